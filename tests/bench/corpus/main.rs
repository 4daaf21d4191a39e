//! Time of scan and extract together, compared with symusic and pretty_midi on the same files.
//!
//! ```sh
//! make bench-corpus CORPUS=data/free                   # a folder of MIDI files; without it, composed ones
//! PEERS=/path/to/venv/bin make bench-corpus CORPUS=... # a Python with symusic, pretty_midi and numpy
//! ```
//!
//! All contenders read the same files, once before anything is timed, in alternating calls. Partita runs in a
//! new project each time, so it reuses nothing from a store: its time is that of the whole call, which reads
//! every file for its digest, writes every row and digest of the catalog, and publishes. A peer reports the time
//! of its work alone. pretty_midi is slow, so it reads some of the files, evenly spread, and files per second
//! are compared.
//!
//! Then a folder of 30,000 files, the same ones transposed: a first run with its memory, a run without changes,
//! and a run after one more file.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod contenders;
mod files;
mod many;
mod process;
mod table;

use clap::Parser;
use std::error::Error;
use std::path::PathBuf;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
#[command(about = "Time of scan and extract together, beside symusic and pretty_midi")]
struct Arguments {
    /// A folder of MIDI files; without it, composed songs.
    folder: Option<PathBuf>,
    /// Calls per result.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Maximum number of files for pretty_midi.
    #[arg(long, default_value_t = 200)]
    most: usize,
    /// Files in the large folder; 0 skips it.
    #[arg(long, default_value_t = 30_000)]
    many: usize,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Passed by `cargo bench` to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let work = tempfile::Builder::new().prefix("partita-bench-").tempdir()?;
    let partita = contenders::program()?;
    let folder = match &arguments.folder {
        Some(folder) => fs_err::canonicalize(folder)?,
        None => {
            eprintln!("composing songs: CORPUS=FOLDER takes a folder of MIDI files instead");
            files::compose(&partita, &work.path().join("composed"))?
        }
    };
    let files = files::list(&folder)?;
    let mut contenders = contenders::all(&partita, &folder, &files, arguments.most, work.path())?;
    let bytes = files::read_all(&files)?;
    for round in 1..=arguments.repeats.max(1) {
        for contender in contenders.iter_mut().filter(|contender| contender.is_there()) {
            eprintln!("{}: call {round} of {}", contender.name, arguments.repeats);
            contender.call()?;
        }
    }
    let many = match arguments.many {
        0 => None,
        count => Some(many::measure(&partita, &files, count, work.path())?),
    };
    let results = table::Results { files: files.len(), bytes, contenders: &contenders, many };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&results.json())?);
    } else {
        print!("{}", results.text());
    }
    Ok(())
}

/// Returns the median; of an even number of values, the mean of the two in the middle.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => figures[count / 2],
        count => f64::midpoint(figures[count / 2 - 1], figures[count / 2]),
    }
}
