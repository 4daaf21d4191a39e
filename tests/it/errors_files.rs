//! Invalid input files: found before anything runs if possible, and always reported.

use crate::project::{Outcome, Project};
use crate::tiny::{CORPUS, chain, corpus, song};

fn refused(project: &Project, code: &str, place: Option<(u64, u64)>) -> Outcome {
    let call = project.call(&["run", "p"]);
    assert_eq!((call.code, call.error("code")), (2, code), "{}{}", call.stdout, call.stderr);
    let error = &call.json["error"];
    assert_eq!(error["line"].as_u64().zip(error["column"].as_u64()), place, "{error}");
    assert_eq!(call.error("file"), "pipelines/p.yaml");
    let left = project.listing("artifacts");
    let done = |path: &&String| {
        path.starts_with("store/records") || path.starts_with("runs") || path.starts_with("p/")
    };
    assert_eq!(left.iter().find(done), None);
    call
}

#[test]
fn empty_folder_is_refused() {
    let project = Project::of(CORPUS);
    fs_err::create_dir_all(project.path("data/midi")).unwrap();
    let call = refused(&project, "no_files", Some((5, 20)));
    let message = "input 'midi' of stage 'catalog' matches no files: data/midi/**/*.mid";
    assert_eq!(call.error("message"), message);
    assert_eq!(
        call.error("hint"),
        "put MIDI files there, or name another folder, in the pipeline or as its variable: --set corpus=DIR"
    );
}

#[test]
fn pattern_without_matches_is_refused() {
    let project = corpus();
    project.change("*.mid", "*.rmi");
    let call = refused(&project, "no_files", Some((5, 20)));
    assert!(call.error("message").ends_with("data/midi/**/*.rmi"), "{}", call.stdout);
}

#[test]
fn missing_folder_is_refused() {
    let project = corpus();
    let call = project.call(&["run", "p", "--set", "corpus=data/nothing"]);
    assert_eq!((call.code, call.error("code")), (2, "path_missing"), "{}", call.stdout);
    assert!(call.error("message").contains("data/nothing"), "{}", call.stdout);
}

#[test]
fn missing_file_is_refused() {
    let project = chain();
    project.remove("data/text.txt");
    let call = refused(&project, "path_missing", Some((4, 20)));
    let path = project.path("data/text.txt");
    assert_eq!(
        call.error("message"),
        format!("'data/text.txt': {} does not exist", path.display())
    );
}

#[test]
fn folder_instead_of_a_file_is_refused() {
    let project = chain();
    project.remove("data/text.txt");
    project.write("data/text.txt/inside", "x");
    let call = refused(&project, "is_folder", Some((4, 20)));
    assert!(call.error("message").contains("is a folder, expected a file or a pattern"));
}

#[test]
fn files_in_the_place_of_artifacts_are_refused_and_kept() {
    for place in ["artifacts", "artifacts/store", "artifacts/work", "artifacts/runs"] {
        let project = chain().file(place, "in the way");
        let call = project.call(&["run", "p"]);
        assert_eq!(call.code, 2, "{place}: {}{}", call.stdout, call.stderr);
        assert!(
            call.error("message").contains(&project.path(place).display().to_string()),
            "{}",
            call.stdout
        );
        assert_eq!(project.text(place), "in the way");
        assert_eq!(call.stdout.lines().count(), 10, "one object: {}", call.stdout);
    }
}

#[test]
fn store_of_another_format_is_not_changed() {
    let project = chain();
    project.run(&[]);
    project.write("artifacts/store/version", "99\n");
    let before = project.files("artifacts");
    for command in ["run", "status"] {
        let call = project.call(&[command, "p"]);
        assert_eq!((call.code, call.error("code")), (5, "store_version"), "{}", call.stdout);
        assert!(call.error("message").contains("'99'"), "{}", call.stdout);
    }
    assert_eq!(project.files("artifacts"), before);
}

/// The rows of the catalog: path, status, detail.
fn catalog(project: &Project) -> Vec<serde_json::Value> {
    let sql = "select path, status, detail from self order by path";
    let rows = project.call_plain(&["stats", "p/catalog", "--sql", sql, "--format", "json"]);
    assert_eq!(rows.code, 0, "{}", rows.stderr);
    rows.json.as_array().unwrap().clone()
}

#[test]
fn files_that_are_no_midi_have_rows_with_a_reason() {
    let project = Project::of(CORPUS);
    project.write("data/midi/text.mid", "not music");
    project.write("data/midi/empty.mid", "");
    project.write("data/midi/page.mid", "<html><body>404</body></html>");
    let run = project.call(&["run", "p"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert_eq!(
        (run.executed(), run.ended("failed")),
        (vec!["catalog".into()], vec!["rolls".into()])
    );
    assert_eq!(run.stage("rolls")["detail"], "of 3 files in the catalog, none is selected");
    assert!(!run.stage("rolls")["hint"].is_null());
    let rows = catalog(&project);
    assert_eq!(
        rows.iter().map(|row| &row["path"]).collect::<Vec<_>>(),
        ["empty.mid", "page.mid", "text.mid"]
    );
    for row in rows {
        assert_ne!(row["status"], "ok");
        assert!(!row["detail"].as_str().unwrap().is_empty(), "{row}");
    }
}

#[test]
fn unusable_files_do_not_affect_usable_ones() {
    let project = corpus();
    project.write("data/midi/broken.mid", &song(48)[..20]);
    project.write("data/midi/text.mid", "not music");
    project.run(&[]);
    let rows = catalog(&project);
    let usable = rows.iter().filter(|row| row["status"] == "ok").map(|row| &row["path"]);
    assert_eq!(usable.collect::<Vec<_>>(), ["one.mid", "three.mid", "two.mid"]);
    assert_eq!(rows.len(), 5);
}

#[test]
fn dangling_link_has_a_row_with_an_error() {
    let project = corpus();
    std::os::unix::fs::symlink("/nowhere/at/all.mid", project.path("data/midi/lost.mid")).unwrap();
    project.run(&[]);
    let rows = catalog(&project);
    let lost = rows.iter().find(|row| row["path"] == "lost.mid").expect("a row");
    assert_ne!(lost["status"], "ok");
    assert_eq!(project.run(&[]).executed(), [""; 0], "and it stays fresh");
    project.write("data/midi/now.mid", song(53));
    project.remove("data/midi/lost.mid");
    project.rename("data/midi/now.mid", "data/midi/lost.mid");
    assert_eq!(project.run(&[]).executed(), ["catalog", "rolls"]);
}

#[test]
fn file_that_vanishes_before_the_scan_has_no_row() {
    let project = Project::of(
        "stages:\n  first: { uses: command, run: \"rm data/midi/two.mid; : > {out}/x\", outputs: [x] }\n  \
         catalog: { uses: scan, files: { midi: \"data/midi/*.mid\" } }\n",
    );
    for (name, lowest) in [("one", 48), ("two", 55)] {
        project.write(&format!("data/midi/{name}.mid"), song(lowest));
    }
    std::os::unix::fs::symlink("nowhere", project.path("data/midi/three.mid")).unwrap();
    let run = project.run(&["--jobs", "1"]);
    assert_eq!(run.executed(), ["first", "catalog"]);
    let sql = "select path, status from self";
    let rows = project.call(&["stats", "p/catalog", "--sql", sql]).json;
    let expected = serde_json::json!([
        { "path": "one.mid", "status": "ok" },
        { "path": "three.mid", "status": "io_error" },
    ]);
    assert_eq!(rows, expected);
    assert_eq!(project.run(&["--only", "catalog"]).fresh(), ["catalog"]);
}
