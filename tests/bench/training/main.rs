//! Training speed of the thesis network compared with the thesis' own stack, memory by batch size, and the time in which
//! a decoder draws a song.
//!
//! ```sh
//! make bench-training                           # partita only
//! PEERS=/path/to/venv/bin make bench-training   # and Keras: a Python with tensorflow
//! ```
//!
//! Both train the same layers by the same arithmetic (single precision, Adam) on songs of 350 onsets at random,
//! in alternating processes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its results")]

mod drawing;
#[path = "../corpus/process.rs"]
#[expect(dead_code, reason = "the other benchmark uses more")]
mod process;
mod throughput;

use clap::Parser;
use process::{Call, call};
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
#[command(about = "Training speed compared with Keras, and memory by batch size")]
struct Arguments {
    /// Songs per step.
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Steps per measurement.
    #[arg(long, default_value_t = 10)]
    steps: usize,
    /// Runs of each.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Batch sizes whose memory is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 512])]
    batches: Vec<usize>,
    /// Passed by `cargo bench` to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Trains once and prints samples per second: see [`throughput`].
const THROUGHPUT: &str = "throughput";
const NETWORKS: [&str; 2] = ["thesis", "factored"];
const MIB: f64 = 1_048_576.0;

fn main() -> Result<()> {
    // Each training runs in a process of its own: this program, called with a subcommand.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench").peekable();
    if words.next_if(|word| word == THROUGHPUT).is_some() {
        return throughput::run(words);
    }
    let arguments = Arguments::parse();
    let work = tempfile::Builder::new().prefix("partita-bench-").tempdir()?;
    let peer = work.path().join("peer.py");
    fs_err::write(&peer, include_str!("peer.py"))?;
    let python = std::env::var_os("PEERS")
        .map_or_else(|| "python3".into(), |folder| PathBuf::from(folder).join("python"));
    let version = Command::new(&python).arg(&peer).arg("--version").output();
    let version = version.ok().filter(|output| output.status.success());
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=arguments.repeats.max(1) {
        eprintln!("call {round} of {}", arguments.repeats.max(1));
        ours.push(samples(&train(arguments.batch, arguments.steps, NETWORKS[0])?)?);
        if version.is_some() {
            let mut command = Command::new(&python);
            command.arg(&peer).args([arguments.batch, arguments.steps].map(|n| n.to_string()));
            let output: serde_json::Value = serde_json::from_str(&call(&mut command)?.printed)?;
            theirs.push(output["samples_per_second"].as_f64().ok_or("it printed no speed")?);
        }
    }
    println!(
        "Training of the thesis network (48.5 million parameters), batch {}, single precision, {} cores.\n\
         Samples per second: median (slowest - fastest) of {} alternating runs.\n",
        arguments.batch,
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        ours.len()
    );
    let ratio = median(&ours) / median(&theirs);
    println!("{}", line("partita", &ours));
    match version {
        Some(version) => {
            println!("{}", line(&format!("tensorflow {version}"), &theirs));
            println!("\npartita: {ratio:.2} times as fast as tensorflow");
        }
        None => println!(
            "\nNot compared with Keras.\n\
             Create a venv with 'pip install tensorflow-cpu', and run with PEERS=VENV/bin"
        ),
    }
    println!("\n{:>8}{:>10}{:>14}{:>10}", "batch", "network", "samples/s", "MiB");
    for network in NETWORKS {
        for &batch in &arguments.batches {
            let took = train(batch, 3, network)?;
            let (rate, peak) = (samples(&took)?, took.peak as f64 / MIB);
            println!("{batch:>8}{network:>10}{rate:>14.1}{peak:>10.0}");
        }
    }
    drawing::run()
}

/// Trains for `steps` steps in another process.
fn train(batch: usize, steps: usize, network: &str) -> Result<Call> {
    let (batch, steps) = (batch.to_string(), steps.to_string());
    call(Command::new(std::env::current_exe()?).args([THROUGHPUT, &batch, &steps, "0", network]))
}

/// Parses the first number that a training printed: samples per second.
fn samples(call: &Call) -> Result<f64> {
    let first = call.printed.split_whitespace().next().ok_or("it printed no speed")?;
    Ok(first.parse()?)
}

fn line(name: &str, rates: &[f64]) -> String {
    let (min, max) =
        rates.iter().fold((f64::MAX, 0.0), |(a, b): (f64, f64), &r| (a.min(r), b.max(r)));
    format!("  {name:<22}{:>8.1}  ({min:.1} - {max:.1})", median(rates))
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
