//! Checks mutated MIDI files: `mutations COUNT SEED [FOLDER]`.

use partita_fuzz::build::{Track, file};
use partita_fuzz::checks::{check, check_deterministic};
use partita_fuzz::hostile;
use partita_fuzz::memory::{Counting, peak};
use partita_fuzz::music::compose::compose;
use partita_fuzz::music::midi::write;
use partita_fuzz::mutate::mutate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Maximum memory of any file in bytes, including its own.
const MAX_MEMORY: usize = 64 << 20;
/// Maximum time for any file, on a busy machine.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Maximum size of a seed file: small ones give more inputs per second.
const MAX_SEED_BYTES: u64 = 40_000;

/// Number of the current input plus one, for the watchdog.
static CURRENT: AtomicU64 = AtomicU64::new(0);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let number =
        |text: Option<String>, default: u64| text.map_or(default, |t| t.parse().expect("a number"));
    let count = number(arguments.next(), 1_000_000);
    let seed = number(arguments.next(), 1);
    let seeds = seeds(arguments.next().filter(|folder| !folder.is_empty()).as_deref());
    println!("{} seeds", seeds.len());
    std::thread::spawn(watchdog);
    let mut summary = Summary::default();
    for (name, make) in hostile::files((32 << 20) - 1000) {
        let bytes = make();
        summary.run(name, &bytes);
        println!("  {name}: {} bytes, {}", bytes.len(), summary.last);
    }
    for index in 0..count {
        // An input depends only on its number, so a failing one can be reproduced.
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut bytes = seeds[rng.random_range(0..seeds.len())].clone();
        let other = &seeds[rng.random_range(0..seeds.len())];
        mutate(&mut bytes, other, &mut rng);
        summary.run(&format!("{seed}-{index}"), &bytes);
        if (index + 1) % 100_000 == 0 {
            println!("{} inputs: {summary}", index + 1);
        }
    }
    println!("{summary}");
    std::process::exit(i32::from(summary.failures > 0));
}

/// Aborts if an input does not end.
fn watchdog() {
    loop {
        let before = CURRENT.load(Relaxed);
        std::thread::sleep(6 * MAX_TIME);
        if before > 0 && CURRENT.load(Relaxed) == before {
            eprintln!("no end to the input after {}", before - 1);
            std::process::abort();
        }
    }
}

#[derive(Default)]
struct Summary {
    inputs: u64,
    failures: u64,
    statuses: BTreeMap<&'static str, u64>,
    slowest: (Duration, String),
    largest: (usize, String),
    last: String,
}

impl Summary {
    fn run(&mut self, name: &str, bytes: &[u8]) {
        CURRENT.fetch_add(1, Relaxed);
        self.inputs += 1;
        let own = bytes.to_vec();
        let start = Instant::now();
        let (result, peak) = peak(|| catch_unwind(|| check(own)));
        // What was there before is the input itself.
        let (took, cost) = (start.elapsed(), peak + bytes.len());
        let again = catch_unwind(|| check_deterministic(bytes));
        let status = result.as_ref().map_or("panic", |status| status.as_str());
        *self.statuses.entry(status).or_default() += 1;
        self.last = format!("{status}, {took:.1?}, {:.1} MiB", cost as f64 / 1_048_576.0);
        if result.is_err() || again.is_err() || cost > MAX_MEMORY || took > MAX_TIME {
            self.failures += 1;
            let path = Path::new("artifacts").join(format!("{}.mid", name.replace(' ', "_")));
            let _ = std::fs::create_dir_all("artifacts");
            let _ = std::fs::write(&path, bytes);
            println!("FAILED {}: {}", path.display(), self.last);
        }
        if took > self.slowest.0 {
            self.slowest = (took, name.to_owned());
        }
        if cost > self.largest.0 {
            self.largest = (cost, name.to_owned());
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory = self.largest.0 as f64 / 1_048_576.0;
        write!(
            out,
            "{} failures; slowest {:.1?} ({}), most memory {memory:.1} MiB ({}); {:?}",
            self.failures, self.slowest.0, self.slowest.1, self.largest.1, self.statuses
        )
    }
}

/// Returns composed songs, files built in code, and the files of a folder.
fn seeds(folder: Option<&str>) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0..20).map(|index| write(&compose(1, index))).collect();
    let conductor =
        Track::new().meta(0, 3, b"name").tempo(0, 400_000).meter(0, 3, 2).meter(2880, 4, 2);
    let drums = Track::new()
        .sysex(0, &[0x43, 0x10, 0x4C, 8, 11, 7, 2, 0xF7])
        .note(0, 9, 40)
        .note(9, 11, 41);
    let tune = Track::new().after(0, &[0xC1, 7]).note(200, 1, 64).raw(&[5, 65, 90, 5, 65, 0]);
    for format in 0..3 {
        seeds.push(file(
            format,
            480,
            &[conductor.clone().end(), drums.clone().end(), tune.clone().end()],
        ));
    }
    let files =
        folder.into_iter().flat_map(|folder| walkdir::WalkDir::new(folder).sort_by_file_name());
    for entry in files.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        if entry.metadata().is_ok_and(|metadata| metadata.len() <= MAX_SEED_BYTES) {
            seeds.extend(std::fs::read(entry.path()));
        }
    }
    seeds
}
