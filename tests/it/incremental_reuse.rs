//! Unchanged shards keep their blobs and their published copies.

use crate::incremental::{corpus, parts, run_as_from_scratch, song};
use crate::project::Project;
use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// Returns the contents of a stage's shards.
fn shards(project: &Project, folder: &str) -> BTreeSet<Vec<u8>> {
    project.files(&format!("artifacts/p/{folder}")).into_values().collect()
}

#[test]
fn changed_file_rewrites_only_its_shards_and_the_others_keep_their_blobs() {
    let project = corpus(2_000);
    project.run(&[]);
    // A new content may split a shard in two; a removed one may join two shards.
    let edits: [(&dyn Fn(), usize); 4] = [
        (&|| project.write("data/midi/added.mid", song(2_000)), 2),
        (&|| project.write("data/midi/00700.mid", song(2_001)), 3),
        (&|| project.remove("data/midi/01400.mid"), 1),
        (&|| project.write("data/midi/text.mid", "no music at all"), 2),
    ];
    for (edit, most) in edits {
        let before = shards(&project, "catalog/scores");
        assert!(before.len() >= 8, "{} shards", before.len());
        let blobs = project.listing("artifacts/store/blobs").len();
        edit();
        run_as_from_scratch(&project, &[]);
        let rewritten = shards(&project, "catalog/scores").difference(&before).count();
        assert!(rewritten <= most, "{rewritten} shards, {most} at most");
        // Besides the scores: catalog, sketches, overview, and a shard of samples per split.
        let new = project.listing("artifacts/store/blobs").len() - blobs;
        assert!(new <= rewritten + 5, "{new} new blobs, {rewritten} of them scores");
    }
}

#[test]
fn samples_of_unchanged_songs_keep_their_shards() {
    let project = corpus(4_000);
    project.change("measures: 2", "measures: 1");
    project.change("validation: 0.3", "validation: 0");
    project.run(&[]);
    let before = shards(&project, "rolls/samples");
    assert!(before.len() >= 4, "{} shards", before.len());
    project.write("data/midi/added.mid", song(4_000));
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!(parts(&run, "rolls"), (1, 4_000));
    let kept = shards(&project, "rolls/samples").intersection(&before).count();
    assert!(kept + 2 >= before.len(), "{kept} of {} shards are as before", before.len());
}

#[test]
fn linked_shard_is_read_only_in_the_store_and_writable_as_a_copy() {
    let project = corpus(300);
    project.run(&[]);
    project.write("data/midi/added.mid", song(300));
    project.run(&[]);
    let mode = |path: &str| fs_err::metadata(project.path(path)).unwrap().permissions().mode();
    for blob in project.listing("artifacts/store/blobs") {
        let path = format!("artifacts/store/blobs/{blob}");
        assert_eq!(mode(&path) & 0o222, 0, "{path}");
    }
    for shard in project.listing("artifacts/p/catalog/scores") {
        let path = format!("artifacts/p/catalog/scores/{shard}");
        assert_ne!(mode(&path) & 0o200, 0, "{path}");
    }
}

#[test]
fn edited_copy_of_an_unchanged_shard_is_replaced() {
    let project = corpus(600);
    project.run(&[]);
    let shard = "artifacts/p/catalog/scores/00000.arrow";
    let whole = project.bytes(shard);
    let edited: Vec<u8> = whole.iter().map(|byte| byte ^ 1).collect();
    project.write(shard, &edited);
    project.write("data/midi/text.mid", "no music at all");
    let run = project.run(&[]);
    assert!(run.stderr.contains("edited by hand"), "{}", run.stderr);
    assert_eq!(project.bytes("artifacts/p/catalog~edited/scores/00000.arrow"), edited);
    assert!(project.bytes(shard) == whole, "what was recorded stands there again");
}

#[test]
fn unchanged_outputs_are_not_copied_again_and_are_separate_files() {
    let project = corpus(600);
    project.run(&[]);
    let files = |project: &Project| -> BTreeSet<u64> {
        let listed = project.listing("artifacts/p/catalog/scores").into_iter();
        let data = listed.map(|file| {
            let path = project.path(&format!("artifacts/p/catalog/scores/{file}"));
            fs_err::metadata(path).unwrap()
        });
        data.map(|data| {
            assert_eq!(data.nlink(), 1, "linked to nothing else");
            data.ino()
        })
        .collect()
    };
    let before = files(&project);
    project.write("data/midi/added.mid", song(600));
    project.run(&[]);
    let kept = files(&project).intersection(&before).count();
    assert!(kept + 2 >= before.len() && kept > 0, "{kept} of {} files stay", before.len());
}
