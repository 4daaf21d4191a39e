//! Equal inputs give equal bytes: in another folder, with other jobs, after any history.

use crate::project::Project;
use crate::tiny::{CORPUS, STAGES, WHOLE, corpus, song};

fn assert_equal(a: &Project, b: &Project, stages: &[&str]) {
    for stage in stages {
        let folder = format!("artifacts/p/{stage}");
        let (one, other) = (a.files(&folder), b.files(&folder));
        assert!(!one.is_empty(), "{stage} has outputs");
        let differing: Vec<_> =
            one.iter().filter(|(path, bytes)| other.get(*path) != Some(*bytes)).collect();
        let paths: Vec<_> = differing.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [""; 0], "outputs of {stage} differ");
        assert_eq!(one.len(), other.len(), "{stage}");
    }
}

#[test]
fn every_kind_gives_equal_bytes_in_another_folder_and_with_other_jobs() {
    let one = Project::of(WHOLE);
    let other = Project::of(WHOLE).moved("a much longer name for the very same project");
    assert_eq!(one.run(&["--jobs", "1"]).executed(), STAGES);
    assert_eq!(other.run(&["--jobs", "3"]).executed(), STAGES);
    assert_equal(&one, &other, &STAGES);
}

/// The matrix products are large enough for several threads.
#[test]
fn large_network_gets_equal_weights_with_any_number_of_jobs() {
    let large = WHOLE.replace(
        "measure_hidden: 8, measure_code: 4, song_hidden: 8, latent: 2, batch: 8",
        "measure_hidden: 400, measure_code: 100, song_hidden: 300, latent: 40, batch: 32",
    );
    assert_ne!(large, WHOLE);
    let [one, two, five] = ["1", "2", "5"].map(|jobs| {
        let project = Project::of(&large);
        project.run(&["--until", "train", "--jobs", jobs]);
        project
    });
    assert_equal(&one, &two, &["train"]);
    assert_equal(&one, &five, &["train"]);
}

#[test]
fn equal_projects_have_equal_fingerprints() {
    let (one, other) = (Project::of(WHOLE), Project::of(WHOLE));
    assert_eq!(one.run(&[]).pairs("fingerprint"), other.run(&[]).pairs("fingerprint"));
}

#[test]
fn forced_stage_reproduces_its_bytes() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let before = project.files("artifacts/p");
    let force: Vec<&str> = STAGES.iter().flat_map(|stage| ["--force", *stage]).collect();
    assert_eq!(project.run(&force).executed(), STAGES);
    assert_eq!(project.files("artifacts/p"), before);
}

#[test]
fn detour_to_the_same_state_gives_the_same_bytes() {
    let straight = Project::of(WHOLE);
    straight.run(&[]);
    let detour =
        Project::of(&WHOLE.replace("songs: 6", "songs: 5").replace("latent: 2", "latent: 3"));
    detour.run(&[]);
    detour.change("songs: 5", "songs: 6");
    detour.run(&[]);
    detour.change("latent: 3", "latent: 2");
    detour.run(&[]);
    assert_equal(&straight, &detour, &STAGES);
}

#[test]
fn order_of_created_files_has_no_effect() {
    let one = corpus();
    let other = Project::of(CORPUS);
    for (name, lowest) in [("three", 60), ("one", 48), ("two", 55)] {
        other.write(&format!("data/midi/{name}.mid"), song(lowest));
    }
    one.run(&["--jobs", "1"]);
    other.run(&["--jobs", "2"]);
    assert_equal(&one, &other, &["catalog", "rolls"]);
}

#[test]
fn more_composed_songs_keep_the_existing_ones() {
    let project = Project::of(WHOLE);
    project.run(&["--until", "songs"]);
    let few = project.files("artifacts/p/songs");
    project.run(&["--until", "songs", "--set", "stages.songs.params.songs=8"]);
    let many = project.files("artifacts/p/songs");
    assert_eq!(many.len(), 8);
    assert!(few.iter().all(|(path, bytes)| many.get(path) == Some(bytes)));
}

#[test]
fn other_seed_gives_other_songs() {
    let project = Project::of(WHOLE);
    project.run(&["--until", "songs"]);
    let one = project.files("artifacts/p/songs");
    project.run(&["--until", "songs", "--set", "seed=2"]);
    let other = project.files("artifacts/p/songs");
    assert!(one.iter().all(|(path, bytes)| other.get(path) != Some(bytes)));
}
