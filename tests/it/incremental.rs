//! Stages over many files reuse parts of their last outputs, with the same bytes as a run from scratch.

use crate::groups::{medley, original, similar};
use crate::midi::{Track, one};
use crate::project::{Outcome, Project};
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

const PIPELINE: &str = "\
stages:
  catalog:
    uses: scan
    files: { midi: \"data/midi/**/*.mid\" }
  rolls:
    uses: extract
    from: { catalog: catalog }
    where: \"status = 'ok'\"
    params: { measures: 2, steps: 16, least_onsets: 1, validation: 0.3, limit: 0 }
";

/// Four measures, `up` semitones higher, that differ from all transpositions of other numbers.
fn tune(number: u32, up: u8) -> Track {
    (0..16).fold(Track::new().note(0, 0, 30 + up), |track, beat| {
        let step = (number / 5_u32.pow(beat % 8) + beat) % 5;
        track.note(470, 0, 40 + 3 * step as u8 + up)
    })
}

pub fn song(number: u32) -> Vec<u8> {
    one(tune(number, 0).end())
}

/// The notes of [`song`] in other bytes.
fn same_notes(number: u32) -> Vec<u8> {
    one(Track(tune(number, 0).0).meta(0, 1, b"the same notes").end())
}

/// The same notes and some unreadable bytes.
fn with_unread_bytes(number: u32) -> Vec<u8> {
    [song(number), b"what is this?".to_vec()].concat()
}

/// Shorter than the two measures of a sample.
fn short(number: u32) -> Vec<u8> {
    one(Track::new().note(0, 0, 60).note(470, 0, 61 + (number % 30) as u8).end())
}

/// Creates a project with `songs` songs, and a pipeline that scans and extracts them.
pub fn corpus(songs: u32) -> Project {
    let project = Project::of(PIPELINE);
    for number in 0..songs {
        project.write(&format!("data/midi/{number:05}.mid"), song(number));
    }
    project
}

/// Returns the numbers of computed and reused parts.
pub fn parts(run: &Outcome, stage: &str) -> (u64, u64) {
    let parts = &run.stage(stage)["parts"];
    let count = |name: &str| parts[name].as_u64().unwrap_or_else(|| panic!("{}", run.stdout));
    (count("made"), count("taken"))
}

/// Runs, and asserts that every output equals that of a first run over the same files.
pub fn run_as_from_scratch(project: &Project, options: &[&str]) -> Outcome {
    let run = project.run(options);
    let fresh = Project::new().file("pipelines/p.yaml", project.bytes("pipelines/p.yaml"));
    for (path, bytes) in project.files("data") {
        fresh.write(&format!("data/{path}"), bytes);
    }
    fresh.run(&[]);
    let (ours, theirs) = (project.files("artifacts/p"), fresh.files("artifacts/p"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    assert!(ours.keys().any(|path| path.ends_with("catalog.parquet")), "something came out");
    for (path, bytes) in &ours {
        assert!(*bytes == theirs[path], "{path} differs from that of a run from scratch");
    }
    run
}

/// Returns a text column of a file's row in the catalog.
fn of_row(project: &Project, path: &str, column: &str) -> String {
    let sql = format!("select * from self where path = '{path}'");
    let stats = project.call_plain(&["stats", "p/catalog", "--sql", &sql, "--format", "json"]);
    stats.json[0][column].as_str().unwrap_or_default().to_owned()
}

/// Flips a bit in the blob of an output.
fn damage(project: &Project, output: &str) {
    let content = project.bytes(output);
    let blobs = project.files("artifacts/store/blobs");
    let (path, _) = blobs.iter().find(|(_, bytes)| **bytes == content).expect("a blob");
    let path = project.path("artifacts/store/blobs").join(path);
    let mut bytes = content;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(&path, bytes).unwrap();
}

#[test]
fn scenario_01_one_file_added_changed_or_deleted_of_many_is_all_that_is_parsed() {
    let project = corpus(2_000);
    let first = project.run(&[]);
    assert_eq!((parts(&first, "catalog"), parts(&first, "rolls")), ((2_000, 0), (2_000, 0)));
    project.write("data/midi/added.mid", song(2_000));
    let added = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&added, "catalog"), parts(&added, "rolls")), ((1, 2_000), (1, 2_000)));
    project.write("data/midi/00700.mid", song(2_001));
    let changed = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&changed, "catalog"), parts(&changed, "rolls")), ((1, 2_000), (1, 2_000)));
    project.remove("data/midi/01400.mid");
    let deleted = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&deleted, "catalog"), parts(&deleted, "rolls")), ((0, 2_000), (0, 2_000)));
    let said = "catalog: 1 part computed, 2,000 reused";
    assert!(added.stderr.contains(said), "{}", added.stderr);
}

#[test]
fn renamed_file_is_not_parsed_and_its_new_name_is_used_everywhere() {
    let project = corpus(6);
    project.run(&[]);
    project.rename("data/midi/00002.mid", "data/midi/zebra.mid");
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((0, 6), (0, 6)));
    assert_eq!(of_row(&project, "zebra.mid", "status"), "ok");
}

#[test]
fn duplicates_appear_and_vanish_without_being_parsed_again() {
    let project = corpus(5);
    project.write("data/midi/b.mid", with_unread_bytes(0));
    project.write("data/midi/c.mid", same_notes(0));
    let run = project.run(&[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((7, 0), (5, 0)));
    assert_eq!(of_row(&project, "b.mid", "status"), "duplicate_of");
    // The first of the three goes: the second, known as a duplicate, becomes the song itself.
    project.remove("data/midi/00000.mid");
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((0, 6), (1, 4)));
    assert_eq!(of_row(&project, "b.mid", "detail"), "13 bytes left unread");
    assert_eq!(of_row(&project, "c.mid", "duplicate_of"), "b.mid");
    // A copy in front of both, of bytes that are known by another name.
    project.write("data/midi/a.mid", same_notes(0));
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((0, 6), (1, 4)));
    assert_eq!(of_row(&project, "b.mid", "duplicate_of"), "a.mid");
}

#[test]
fn renamed_group_is_renamed_in_reused_parts_too() {
    let project = corpus(5);
    project.run(&[]);
    let before = of_row(&project, "00000.mid", "group");
    let mut added = 0;
    while of_row(&project, "00000.mid", "group") == before {
        added += 1;
        project.write(&format!("data/midi/up{added}.mid"), one(tune(0, added).end()));
        let run = run_as_from_scratch(&project, &[]);
        assert_eq!(parts(&run, "catalog"), (1, 4 + u64::from(added)));
        assert_eq!(parts(&run, "rolls"), (1, 4 + u64::from(added)));
    }
    project.remove(&format!("data/midi/up{added}.mid"));
    assert_eq!(run_as_from_scratch(&project, &[]).restored(), ["catalog", "rolls"]);
    assert_eq!(of_row(&project, "00000.mid", "group"), before);
}

#[test]
fn unusable_files_are_reused_too() {
    let project = corpus(4);
    project.write("data/midi/text.mid", "no music at all");
    project.write("data/midi/empty.mid", "");
    project.write("data/midi/silent.mid", one(Track::new().end()));
    project.write("data/midi/short.mid", short(0));
    let run = project.run(&[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((8, 0), (5, 0)));
    project.write("data/midi/short2.mid", short(1));
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((1, 8), (1, 5)));
}

#[test]
fn stage_without_parts_reports_none() {
    let project = corpus(3);
    project.run(&[]);
    let run = project.run(&[]);
    assert!(run.stage("catalog")["parts"].is_null(), "{}", run.stdout);
}

#[test]
fn forced_stage_recomputes_every_part() {
    let project = corpus(5);
    project.run(&[]);
    let run = run_as_from_scratch(&project, &["--force", "catalog", "--force", "rolls"]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((5, 0), (5, 0)));
    project.write("data/midi/more.mid", song(9));
    let run = run_as_from_scratch(&project, &["--force", "catalog"]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((6, 0), (1, 5)));
}

#[test]
fn corrupt_outputs_are_reported_and_quarantined_and_not_reused() {
    for (output, stage, made) in [
        ("catalog/catalog.parquet", "catalog", ((6, 0), (6, 0))),
        ("catalog/scores/00000.arrow", "catalog", ((6, 0), (6, 0))),
        ("rolls/samples/train-00000.arrow", "rolls", ((1, 5), (6, 0))),
        ("rolls/samples.parquet", "rolls", ((1, 5), (6, 0))),
    ] {
        let project = corpus(5);
        project.run(&[]);
        damage(&project, &format!("artifacts/p/{output}"));
        project.write("data/midi/more.mid", song(9));
        let run = run_as_from_scratch(&project, &[]);
        assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), made, "{output}");
        let (_, file) = output.split_once('/').unwrap();
        let said = format!("'{file}' is corrupt");
        let lines = run.stderr.lines().filter(|line| line.contains(&said));
        assert!(lines.clone().count() == 1, "{}", run.stderr);
        assert!(
            lines
                .clone()
                .all(|line| line.contains(&format!("{stage}: warning: recomputing every part")))
        );
        assert_eq!(project.listing("artifacts/store/quarantine").len(), 1, "{output}");
        assert_eq!(project.run(&[]).fresh(), ["catalog", "rolls"]);
    }
}

#[test]
fn samples_are_recomputed_if_the_last_catalog_is_gone() {
    for gone in ["catalog.parquet", "scores/00000.arrow"] {
        let project = corpus(5);
        project.run(&[]);
        let content = project.bytes(&format!("artifacts/p/catalog/{gone}"));
        project.write("data/midi/more.mid", song(9));
        project.run(&["--only", "catalog"]);
        let blobs = project.files("artifacts/store/blobs");
        let (path, _) = blobs.iter().find(|(_, bytes)| **bytes == content).unwrap();
        project.remove(&format!("artifacts/store/blobs/{path}"));
        assert_eq!(parts(&run_as_from_scratch(&project, &[]), "rolls"), (6, 0), "{gone}");
    }
}

#[test]
fn samples_are_reused_unless_a_windowing_parameter_changed() {
    for (from, to, taken) in [
        ("validation: 0.3", "validation: 0.6", true),
        ("limit: 0", "limit: 3", true),
        ("limit: 0", "limit: 900", true),
        ("measures: 2", "measures: 1", false),
        ("steps: 16", "steps: 32", false),
        ("least_onsets: 1", "least_onsets: 2", false),
        ("limit: 0", "limit: 0, pitches: 60", false),
        ("limit: 0", "limit: 0, lowest_pitch: 30", false),
        ("limit: 0", "limit: 0, drums: keep", false),
        ("limit: 0", "limit: 0, hop: 1", false),
        ("limit: 0", "limit: 0, offset: 1", false),
    ] {
        let project = corpus(8);
        project.write("data/midi/short.mid", short(0));
        project.run(&[]);
        project.change(from, to);
        let run = run_as_from_scratch(&project, &[]);
        assert_eq!(run.executed(), ["rolls"]);
        assert_eq!(parts(&run, "rolls"), if taken { (0, 9) } else { (9, 0) }, "{to}");
    }
}

#[test]
fn songs_beyond_the_limit_of_the_last_run_are_recomputed() {
    for limit in 1..12 {
        let project = corpus(5);
        project.change("limit: 0", &format!("limit: {limit}"));
        project.change("validation: 0.3", "validation: 0");
        project.run(&[]);
        project.change(&format!("limit: {limit}"), "limit: 0");
        let run = run_as_from_scratch(&project, &[]);
        // Two samples a song; the last one that was begun counts as unfinished.
        let taken = if limit > 10 { 5 } else { (limit - 1) / 2 };
        assert_eq!(parts(&run, "rolls"), (5 - taken, taken), "limit {limit}");
    }
}

#[test]
fn wider_condition_computes_only_the_added_songs() {
    let project = corpus(6);
    project.change("status = 'ok'", "status = 'ok' and path < '00004'");
    assert_eq!(parts(&project.run(&[]), "rolls"), (4, 0));
    project.change("path < '00004'", "path > '00001'");
    assert_eq!(parts(&run_as_from_scratch(&project, &[]), "rolls"), (2, 3));
}

#[test]
fn reverted_edit_is_restored_and_the_next_edit_builds_on_it() {
    let project = corpus(5);
    project.run(&[]);
    project.write("data/midi/00001.mid", song(50));
    project.run(&[]);
    project.write("data/midi/00001.mid", song(1));
    assert_eq!(project.run(&[]).restored(), ["catalog", "rolls"]);
    project.write("data/midi/00002.mid", song(51));
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((1, 4), (1, 4)));
}

#[test]
fn any_sequence_of_edits_equals_a_run_from_scratch() {
    for seed in 0..3 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let project = corpus(12);
        // Songs of both splits are divided in the same way, or not.
        project.change("limit: 0", &format!("limit: 0, hop: {}", seed % 2));
        project.run(&[]);
        let mut known = contents(&project);
        for step in 0..12 {
            for _ in 0..rng.random_range(1..4) {
                edit(&project, &mut rng);
            }
            let run = run_as_from_scratch(&project, &[]);
            let now = contents(&project);
            if run.executed().contains(&"catalog".into()) {
                let taken = now.intersection(&known).count();
                let expected = ((now.len() - taken) as u64, taken as u64);
                assert_eq!(parts(&run, "catalog"), expected, "seed {seed}, step {step}");
            }
            known = now;
        }
    }
}

/// Returns the distinct contents of the corpus.
fn contents(project: &Project) -> BTreeSet<Vec<u8>> {
    project.files("data/midi").into_values().collect()
}

/// Adds, changes, removes, renames or copies a file; the first ten stay, so that the corpus is never empty.
fn edit(project: &Project, rng: &mut ChaCha8Rng) {
    let number = rng.random_range(0..15);
    let place = format!("data/midi/{:05}.mid", rng.random_range(10..20));
    let other = format!("data/midi/{:05}.mid", rng.random_range(10..20));
    match rng.random_range(0..14) {
        0 | 1 => project.write(&place, song(number)),
        2 => project.write(&place, same_notes(number)),
        3 => project.write(&place, with_unread_bytes(number)),
        4 => project.write(&place, one(tune(number, 1 + (number % 5) as u8).end())),
        5 => project.write(&place, short(number)),
        6 => project.write(&place, format!("no music {number}")),
        10 => project.write(&place, original(number % 4)),
        11 | 12 => project.write(&place, similar(number % 4, number)),
        13 => project.write(&place, medley(number % 4, (number + 1) % 4)),
        7 if project.exists(&place) => project.remove(&place),
        8 if project.exists(&place) => project.rename(&place, &other),
        _ if project.exists(&place) => project.write(&other, project.bytes(&place)),
        _ => project.write(&place, song(number + 20)),
    }
}
