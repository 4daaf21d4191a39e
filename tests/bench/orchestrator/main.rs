//! Times of a first run, a run without changes and a run after a small change, compared with DVC and
//! Snakemake on the same folder.
//!
//! ```sh
//! make bench                                     # builds the program, then runs this
//! make bench BENCH="--files 3000 --instances 100"  # smaller
//! PEERS=/path/to/venv/bin make bench             # where dvc and snakemake are, if not on PATH
//! ```
//!
//! All tools run on one folder of small MIDI files, generated from a fixed seed. Each has one stage that
//! depends on the folder and counts its files; partita also parses them all with `scan`. Then many instances
//! of a stage that echoes a number. A result is the median wall time of a call of the program, with the
//! fastest and the slowest. The files that a tool opens are counted by inotify, in calls that are not timed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its results")]

mod corpus;
mod measure;
mod table;
mod tools;

use clap::Parser;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
#[command(
    about = "Times of first runs, runs without changes and runs after small changes, compared with DVC and Snakemake"
)]
struct Arguments {
    /// Files in the folder.
    #[arg(long, default_value_t = 30_000)]
    files: usize,
    /// Instances of the small stage.
    #[arg(long, default_value_t = 1000)]
    instances: usize,
    /// Maximum number of calls per result.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Seconds after which a result gets no further call.
    #[arg(long, default_value_t = 30.0)]
    patience: f64,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Passed by `cargo bench` to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::Builder::new().prefix("partita-bench-").tempdir()?;
    let tools = tools::find(folder.path(), arguments.instances)?;
    eprintln!("writing {} files", arguments.files);
    let mut corpus = corpus::Corpus::new(folder.path().join("files/corpus"), arguments.files)?;
    let mut rows = measure::Rows::default();
    let pace = measure::Pace { repeats: arguments.repeats, patience: arguments.patience };
    // The folder first: with many instances another tool may take a quarter of an hour.
    for many in [false, true] {
        for tool in &tools {
            for task in tool.tasks(corpus.len()).iter().filter(|task| task.is_many() == many) {
                eprintln!("{}: {}", tool.name, task.what);
                if many {
                    measure::instances(&mut rows, tool, task, pace)?;
                } else {
                    measure::folder(&mut rows, tool, task, &mut corpus, pace)?;
                }
            }
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&table::json(&arguments, &tools, &rows))?);
    } else {
        print!("{}", table::text(&arguments, &tools, &rows));
    }
    Ok(())
}
