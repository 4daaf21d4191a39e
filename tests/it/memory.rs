//! What a run holds in memory of a corpus.

use crate::midi::{Track, one};
use crate::project::Project;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const SCAN: &str = "stages:\n  catalog:\n    uses: scan\n    files: { midi: 'data/*.mid' }\n";

/// Notes of a song: they give far more figures than a sketch keeps.
const NOTES: usize = 1_500;

/// So many songs, all different.
fn corpus(songs: u64) -> Project {
    let project = Project::of(SCAN);
    for number in 0..songs {
        let mut chance = ChaCha8Rng::seed_from_u64(number);
        let track = (0..NOTES).fold(Track::new(), |track, _| {
            track.note([110, 230, 470][chance.random_range(0..3)], 0, chance.random_range(40..80))
        });
        project.write(&format!("data/{number:05}.mid"), one(track.end()));
    }
    project
}

/// The most memory that a first run held until its last event, in bytes, as the kernel counted it.
fn peak(project: &Project) -> u64 {
    let arguments = ["run", "p", "--jobs", "2", "--progress", "json"];
    let mut command = project.command(&arguments);
    // One thread pool is made per machine core otherwise, with memory of its own.
    command.env("RAYON_NUM_THREADS", "2").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        line.unwrap();
        let status = fs_err::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        peak = kibibytes.unwrap_or(peak);
    }
    assert!(child.wait().unwrap().success());
    peak * 1024
}

#[test]
fn a_scan_holds_of_each_file_a_row_and_a_sketch_and_no_notes() {
    // Both more than are read at a time.
    let (few, many) = (700, 2_800);
    let [of_few, of_many] = [few, many].map(|songs| peak(&corpus(songs)));
    assert!(of_few > 1 << 20, "{of_few}");
    let of_each = of_many.saturating_sub(of_few) / (many - few);
    // All figures of a song would be 8 KiB more than row, sketch and what the runner knows, which take about 5.
    assert!(of_each < 8 << 10, "{of_each} bytes a file: {of_few} for {few}, {of_many} for {many}");
}
