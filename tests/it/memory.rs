//! Memory of a run per file and per sample.

use crate::midi::{Track, one};
use crate::project::Project;
use partita::columnar::{SampleRow, read};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const SCAN: &str = "stages:\n  catalog:\n    uses: scan\n    files: { midi: 'data/*.mid' }\n";

/// Training of a tiny network, so that memory is that of the program and the samples.
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

/// Notes per song: they give far more values than a sketch keeps.
const NOTES: usize = 1_500;

/// A project with `songs` different songs.
fn corpus(pipeline: &str, songs: u64) -> Project {
    let project = Project::of(pipeline);
    for number in 0..songs {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        let track = (0..NOTES).fold(Track::new(), |track, _| {
            track.note([110, 230, 470][random.random_range(0..3)], 0, random.random_range(40..80))
        });
        project.write(&format!("data/{number:05}.mid"), one(track.end()));
    }
    project
}

/// Peak memory of a run until its last event, in bytes, as counted by the kernel.
fn peak(project: &Project) -> u64 {
    let arguments = ["run", "p", "--jobs", "2", "--progress", "json"];
    let mut command = project.command(&arguments);
    // Otherwise there is one thread per core, each with its own memory.
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
fn scan_keeps_a_row_and_a_sketch_per_file_but_no_notes() {
    // Both more than one batch.
    let (few, many) = (700, 2_800);
    let [of_few, of_many] = [few, many].map(|songs| peak(&corpus(SCAN, songs)));
    assert!(of_few > 1 << 20, "{of_few}");
    let of_each = of_many.saturating_sub(of_few) / (many - few);
    // All values of a song would be 8 KiB more than row, sketch and the runner's data, which take about 5 KiB.
    assert!(of_each < 8 << 10, "{of_each} bytes a file: {of_few} for {few}, {of_many} for {many}");
}

#[test]
fn training_keeps_the_position_of_each_sample_but_no_onsets() {
    let [few, many] = [20, 80].map(|songs| {
        let project = corpus(TRAINING, songs);
        assert_eq!(project.run(&["--until", "rolls"]).code, 0);
        let samples = read::<SampleRow>(&project.path("artifacts/p/rolls/samples.parquet"));
        (samples.unwrap().len() as u64, peak(&project))
    });
    assert!(few.0 > 2_000 && many.0 > 3 * few.0, "{few:?}, {many:?}");
    let of_each = many.1.saturating_sub(few.1) / (many.0 - few.0);
    // A sample has at least 400 onsets of at least two bytes.
    assert!(of_each < 400, "{of_each} bytes a sample: {few:?}, {many:?}");
}
