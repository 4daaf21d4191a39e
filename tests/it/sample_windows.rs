//! The measures that become samples: `measures`, `hop` and `offset` of `extract`.

use crate::incremental::{parts, run_as_from_scratch};
use crate::midi::{Track, one};
use crate::project::Project;
use partita::columnar::{SampleRow, read};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

const PIPELINE: &str = "\
stages:
  catalog:
    uses: scan
    files: { midi: \"data/midi/*.mid\" }
  rolls:
    uses: extract
    from: { catalog: catalog }
    params: { measures: 16, steps: 16, validation: 0 }
";

/// A song of 4/4 measures of eighth notes, different for each number; `meters` are (measure, beats).
fn song(number: u64, measures: u32, meters: &[(u32, u8)]) -> Vec<u8> {
    let mut chance = ChaCha8Rng::seed_from_u64(number);
    let track = (0..measures * 8).fold(Track::new(), |track, eighth| {
        let meter = meters.iter().find(|(measure, _)| measure * 8 == eighth);
        let wait = if eighth == 0 { 0 } else { 230 };
        let track = meter.map_or(track.clone(), |&(_, beats)| track.meter(wait, beats, 2));
        let wait = if meter.is_some() { 0 } else { wait };
        track.note(wait, 0, chance.random_range(40..80))
    });
    one(track.end())
}

fn corpus(songs: u64, params: &str) -> Project {
    let project = Project::of(&PIPELINE.replace("validation: 0 ", &format!("{params} ")));
    for number in 0..songs {
        project.write(&format!("data/midi/{number}.mid"), song(number, 40, &[]));
    }
    project
}

fn samples(project: &Project) -> Vec<SampleRow> {
    read(&project.path("artifacts/p/rolls/samples.parquet")).unwrap()
}

/// First measures of the samples of each song, by side.
fn firsts(project: &Project) -> BTreeMap<String, BTreeSet<Vec<u32>>> {
    let mut songs: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    for row in samples(project) {
        songs.entry((row.split, row.song)).or_default().push(row.first_measure);
    }
    let mut sides: BTreeMap<String, BTreeSet<Vec<u32>>> = BTreeMap::new();
    for ((side, _), firsts) in songs {
        sides.entry(side).or_default().insert(firsts);
    }
    sides
}

#[test]
fn training_samples_start_at_the_offset_and_one_hop_apart() {
    for (params, expected) in [
        ("", vec![0, 16]),
        (", hop: 0", vec![0, 16]),
        (", hop: 16", vec![0, 16]),
        (", hop: 8", vec![0, 8, 16, 24]),
        (", hop: 5", vec![0, 5, 10, 15, 20]),
        (", hop: 1", (0..25).collect()),
        (", offset: 8", vec![8, 24]),
        (", offset: 9", vec![9]),
        (", hop: 8, offset: 4", vec![4, 12, 20]),
        (", hop: 7, offset: 15", vec![15, 22]),
    ] {
        let project = corpus(1, &format!("validation: 0{params}"));
        project.run(&[]);
        let expected = BTreeMap::from([("train".to_owned(), BTreeSet::from([expected]))]);
        assert_eq!(firsts(&project), expected, "{params}");
    }
}

#[test]
fn overlapping_samples_contain_their_measures() {
    let project = corpus(1, "validation: 0, hop: 8");
    project.run(&[]);
    let overlapping = samples(&project);
    project.change("hop: 8", "hop: 0");
    project.run(&[]);
    let [a, b] = &samples(&project)[..] else { panic!("two samples") };
    let of = |row: &SampleRow| (row.first_measure, row.onsets, row.mean_pitch, row.lowest);
    assert_eq!([of(&overlapping[0]), of(&overlapping[2])], [of(a), of(b)]);
    assert_eq!(overlapping.iter().map(|row| row.onsets).collect::<Vec<_>>(), [128; 4]);
}

#[test]
fn samples_never_cross_a_meter_change_and_each_segment_has_its_own_offset() {
    let project = corpus(0, "validation: 0, hop: 2, offset: 1");
    project.change("measures: 16", "measures: 4, least_onsets: 1");
    // 8 measures of 4/4; then 32 quarter notes are 10 measures of 3/4 and a rest.
    project.write("data/midi/song.mid", song(1, 16, &[(0, 4), (8, 3)]));
    project.run(&[]);
    let rows: Vec<(u32, String)> =
        samples(&project).into_iter().map(|row| (row.first_measure, row.time_signature)).collect();
    let expected = [(1, "4/4"), (3, "4/4"), (9, "3/4"), (11, "3/4"), (13, "3/4"), (15, "3/4")];
    assert_eq!(rows, expected.map(|(first, meter)| (first, meter.to_owned())));
}

#[test]
fn validation_samples_never_overlap_so_that_metrics_stay_comparable() {
    let project = corpus(12, "validation: 0.5");
    project.run(&[]);
    let held = |project: &Project| -> Vec<SampleRow> {
        samples(project).into_iter().filter(|row| row.split == "validation").collect()
    };
    let before = held(&project);
    project.change("validation: 0.5", "validation: 0.5, hop: 8, offset: 4");
    project.run(&[]);
    assert!(!before.is_empty() && held(&project) == before);
    let sides = firsts(&project);
    assert_eq!(sides["train"], BTreeSet::from([vec![4, 12, 20]]));
    assert_eq!(sides["validation"], BTreeSet::from([vec![0, 16]]));
}

#[test]
fn songs_that_change_split_are_windowed_again_if_the_windowing_differs() {
    let held = |project: &Project| -> BTreeSet<String> {
        let rows = samples(project).into_iter().filter(|row| row.split == "validation");
        rows.map(|row| row.song).collect()
    };
    for (windows, anew) in [("hop: 8", true), ("offset: 3", true), ("hop: 16", false)] {
        let project = corpus(12, &format!("validation: 0.3, {windows}"));
        project.run(&[]);
        let before = held(&project);
        project.change("validation: 0.3", "validation: 0.7");
        let run = run_as_from_scratch(&project, &[]);
        let moved = (held(&project).len() - before.len()) as u64;
        assert!(moved > 0);
        let made = if anew { moved } else { 0 };
        assert_eq!(parts(&run, "rolls"), (made, 12 - made), "{windows}");
    }
}

#[test]
fn judging_samples_come_from_training_songs_alone_and_never_overlap() {
    let project = corpus(12, "validation: 0.3, hop: 8");
    project.run(&[]);
    let on = |side: &str| -> Vec<SampleRow> {
        samples(&project).into_iter().filter(|row| row.split == side).collect()
    };
    let (train, validation) = (on("train"), on("validation"));
    project.change("validation: 0.3", "validation: 0.3, judging: 0.4");
    let run = run_as_from_scratch(&project, &[]);
    let songs = |rows: &[SampleRow]| -> BTreeSet<String> {
        rows.iter().map(|row| row.song.clone()).collect()
    };
    let judging = on("judging");
    assert_eq!(on("validation"), validation);
    assert!(!judging.is_empty() && songs(&judging).is_subset(&songs(&train)));
    assert_eq!(songs(&train).len(), songs(&on("train")).len() + songs(&judging).len());
    assert_eq!(firsts(&project)["judging"], BTreeSet::from([vec![0, 16]]));
    let moved = songs(&judging).len() as u64;
    assert_eq!(parts(&run, "rolls"), (moved, 12 - moved));
    let note = format!("{moved} songs moved between train and judging because 'judging' changed");
    assert!(run.stderr.contains(&note), "{note}\n{}", run.stderr);
    assert!(project.path("artifacts/p/rolls/samples/judging-00000.arrow").exists());
    project.change(", judging: 0.4", "");
    run_as_from_scratch(&project, &[]);
    assert!(!project.path("artifacts/p/rolls/samples/judging-00000.arrow").exists());
    assert_eq!(on("train"), train);
}

#[test]
fn held_out_fractions_that_leave_nothing_to_train_on_are_refused() {
    let run = corpus(1, "validation: 0.5, judging: 0.5").call(&["run", "p"]);
    let message = "validation 0.5 and judging 0.5 leave no groups to train on";
    let hint = "their sum must be below 1, such as validation 0.1 and judging 0.15";
    assert_eq!((run.code, run.error("message"), run.error("hint")), (2, message, hint));
    assert_eq!(run.json["error"]["line"], 8);
}

#[test]
fn impossible_windows_are_refused_with_valid_values() {
    for (params, message, hint) in [
        (
            "hop: 17",
            "a hop of 17 skips measures between samples of 16",
            "a whole number from 1 to 16; 16 or 0: samples do not overlap",
        ),
        (
            "offset: 16",
            "an offset of 16 skips a whole sample of 16 measures",
            "a whole number from 0 to 15",
        ),
    ] {
        let run = corpus(1, params).call(&["run", "p"]);
        assert_eq!((run.code, run.error("message"), run.error("hint")), (2, message, hint));
        assert_eq!(run.json["error"]["line"], 8);
    }
}
