//! What a run holds in memory of a corpus.

use crate::midi::{Track, one};
use crate::project::Project;
use partita::columnar::{SampleRow, read};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const SCAN: &str = "stages:\n  catalog:\n    uses: scan\n    files: { midi: 'data/*.mid' }\n";

/// A training of next to no network: what it holds is the program and the samples.
const TRAINING: &str = "\
stages:
  catalog:
    uses: scan
    files: { midi: 'data/*.mid' }
  rolls:
    uses: extract
    from: { catalog: catalog }
    params: { measures: 64, hop: 1, steps: 16, pitches: 48, lowest_pitch: 36, validation: 0.1 }
  train:
    uses: train
    from: { samples: rolls }
    params:
      { measure_hidden: 4, measure_code: 2, song_hidden: 4, latent: 2, batch: 64, epochs: 1, songs: 1 }
";

/// Notes of a song: they give far more figures than a sketch keeps.
const NOTES: usize = 1_500;

/// So many songs, all different.
fn corpus(pipeline: &str, songs: u64) -> Project {
    let project = Project::of(pipeline);
    for number in 0..songs {
        let mut chance = ChaCha8Rng::seed_from_u64(number);
        let track = (0..NOTES).fold(Track::new(), |track, _| {
            track.note([110, 230, 470][chance.random_range(0..3)], 0, chance.random_range(40..80))
        });
        project.write(&format!("data/{number:05}.mid"), one(track.end()));
    }
    project
}

/// The most memory that a run held until its last event, in bytes, as the kernel counted it.
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
    let [of_few, of_many] = [few, many].map(|songs| peak(&corpus(SCAN, songs)));
    assert!(of_few > 1 << 20, "{of_few}");
    let of_each = of_many.saturating_sub(of_few) / (many - few);
    // All figures of a song would be 8 KiB more than row, sketch and what the runner knows, which take about 5.
    assert!(of_each < 8 << 10, "{of_each} bytes a file: {of_few} for {few}, {of_many} for {many}");
}

#[test]
fn a_training_holds_of_each_sample_its_place_and_no_onsets() {
    let [few, many] = [20, 80].map(|songs| {
        let project = corpus(TRAINING, songs);
        assert_eq!(project.run(&["--until", "rolls"]).code, 0);
        let samples = read::<SampleRow>(&project.path("artifacts/p/rolls/samples.parquet"));
        (samples.unwrap().len() as u64, peak(&project))
    });
    assert!(few.0 > 2_000 && many.0 > 3 * few.0, "{few:?}, {many:?}");
    let of_each = many.1.saturating_sub(few.1) / (many.0 - few.0);
    // The onsets of a sample are 400 and more, at two bytes at least.
    assert!(of_each < 400, "{of_each} bytes a sample: {few:?}, {many:?}");
}
