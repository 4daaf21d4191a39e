//! The program `partita`.

fn main() -> std::process::ExitCode {
    partita::cli::main()
}
