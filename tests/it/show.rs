//! `partita show`: one file as text, as JSON and as a picture, in a project and outside.

use crate::midi::{Track, file, one};
use crate::project::{Outcome, Project};
use crate::tiny::{CORPUS, corpus};
use serde_json::json;

/// Four measures of a melody with a change of meter, a title, a text that steers terminals, and a faulty event.
fn melody() -> Vec<u8> {
    let start = Track::new()
        .meta(0, 3, "Lead\u{1b}[2J".as_bytes())
        .meta(0, 5, b"la la\r")
        .meta(0, 0x59, &[0xFE, 1])
        .meter(0, 4, 2);
    let tune = (0..8).fold(start, |track, beat| track.note(470, 0, 60 + beat));
    // A key signature of one byte.
    let tune = tune.meta(0, 0x59, &[0]).meter(0, 3, 2);
    one((0..6).fold(tune, |track, beat| track.note(470, 0, 70 - beat)).end())
}

#[test]
fn file_in_a_project_has_its_samples_and_split() {
    let project = corpus();
    project.run(&[]);
    let shown = project.call(&["show", "data/midi/two.mid"]).json;
    assert_eq!(shown["row"]["status"], "ok");
    assert_eq!(shown["catalogs"][0]["stage"], "p/catalog");
    assert_eq!(shown["catalogs"][0]["path"], "two.mid");
    let samples = &shown["samples"][0];
    assert_eq!((&samples["stage"], &samples["split"]), (&json!("p/rolls"), &json!("train")));
    assert_eq!(samples["first_measures"], json!([0, 2]));
    let text = project.call_plain(&["show", "data/midi/two.mid"]).stdout;
    assert!(text.contains("p/rolls") && text.contains("1 3"), "{text}");
    // The content counts, not the path.
    project.write("elsewhere.mid", project.bytes("data/midi/two.mid"));
    let moved = project.call(&["show", "elsewhere.mid"]).json;
    assert_eq!(moved["samples"], shown["samples"]);
    project.write("data/midi/two.mid", melody());
    let edited = project.call(&["show", "data/midi/two.mid"]).json;
    assert_eq!((&edited["catalogs"], &edited["samples"]), (&json!([]), &json!([])));
}

#[test]
fn file_outside_a_project_has_row_faults_meters_and_picture() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("a.mid"), melody()).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_partita"));
        Outcome::of(command.current_dir(folder.path()).args(arguments))
    };
    let shown = call(&["show", "a.mid", "--json", "--png", "a.png"]).json;
    let row = &shown["row"];
    assert_eq!((&row["key"], &row["mode"]), (&json!("G"), &json!("minor")));
    assert_eq!((&row["lyrics"], &row["polyphony"]), (&json!("la la"), &json!(1)));
    assert_eq!(row["time_signatures"], json!(["4/4", "3/4"]));
    assert_eq!((&row["group"], &shown["catalogs"]), (&json!(null), &json!(null)));
    let fault = &shown["faults"][0];
    let bytes = melody();
    let place = bytes.windows(4).position(|event| event == [0xFF, 0x59, 1, 0]).unwrap();
    assert_eq!(
        (&fault["code"], &fault["offset"]),
        (&json!("bad_key_signature"), &json!(place - 1))
    );
    assert!(fault["meaning"].as_str().unwrap().starts_with("A key signature"));
    let meters = json!([
        { "measure": 1, "tick": 0, "time_signature": "4/4", "measures": 2 },
        { "measure": 3, "tick": 3840, "time_signature": "3/4", "measures": null },
    ]);
    assert_eq!(shown["meters"], meters);
    let png = fs_err::read(folder.path().join("a.png")).unwrap();
    assert_eq!(png[..4], *b"\x89PNG");
    let text = call(&["show", "a.mid"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 100), "{}", text.stdout);
    assert!(!text.stdout.contains('\u{1b}'), "no text of the file steers the terminal");
    for part in ["track_names", "bad_key_signature", "to the end", "C4 ", "⠀"] {
        assert!(text.stdout.contains(part), "{part} is missing:\n{}", text.stdout);
    }
}

#[test]
fn unusable_file_is_shown_and_has_no_picture() {
    let project = Project::of(CORPUS);
    project.write("no.mid", "no music");
    project.write("drums.mid", file(0, 480, &[Track::new().note(0, 9, 40).end()]));
    let shown = project.call(&["show", "no.mid"]);
    assert_eq!((shown.code, &shown.json["row"]["status"]), (0, &json!("not_midi")));
    assert_eq!(shown.json["row"]["md5"].as_str().unwrap().len(), 32);
    let drums = project.call_plain(&["show", "drums.mid"]).stdout;
    assert!(drums.starts_with("drums.mid: no_notes: nothing but 1 drum notes\n"), "{drums}");
    let failed = project.call(&["show", "no.mid", "--png", "no.png"]);
    assert_eq!((failed.code, failed.error("code")), (2, "no_pianoroll"));
    assert!(!project.exists("no.png"));
    for (file, code) in [("missing.mid", "no_such_file"), ("data", "folder")] {
        let _ = fs_err::create_dir_all(project.path("data"));
        let failed = project.call(&["show", file]);
        assert_eq!((failed.code, failed.error("code")), (2, code));
        assert!(!failed.error("hint").is_empty());
    }
}
