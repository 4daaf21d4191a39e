//! The output of `stats` for each table of a run, as text and for programs.

use crate::midi::{Track, one};
use crate::project::{Outcome, Project};
use crate::tiny::{CORPUS, WHOLE, corpus, song};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Every table of a pipeline of all kinds.
const TABLES: [&str; 5] = ["p/catalog", "p/rolls", "p/train", "p/drawn", "p/report"];

/// The program's output on a terminal with this many columns.
fn on_screen(project: &Project, columns: &str, arguments: &[&str]) -> String {
    let mut command = project.command(&[&["stats"], arguments].concat());
    let outcome = Outcome::of(command.env("COLUMNS", columns));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{arguments:?}");
    outcome.stdout
}

/// The length of the longest line in characters.
fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn every_table_has_an_overview_a_description_and_json() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    for table in TABLES {
        for columns in [60, 80, 100] {
            for options in [&[table][..], &[table, "--describe"]] {
                let text = on_screen(&project, &columns.to_string(), options);
                assert!(text.lines().count() > 3, "{table}: {text}");
                assert!(widest(&text) <= columns, "{table} in {columns} columns:\n{text}");
            }
        }
        // Each column is named twice, the second time with its meaning.
        let described = on_screen(&project, "100", &[table, "--describe"]);
        let columns = project.call(&["stats", table, "--describe"]);
        let columns = columns.json.as_array().unwrap();
        let (_, meanings) = described.rsplit_once("\n\n").unwrap();
        for column in columns.iter().filter_map(|column| column["column"].as_str()) {
            let is_told = |line: &str| line.split_whitespace().next() == Some(column);
            assert!(meanings.lines().any(is_told), "{table}: {column}\n{meanings}");
        }
        let json = project.call(&["stats", table]);
        assert!(json.json.as_object().is_some_and(|facts| facts.len() > 1), "{}", json.stdout);
        let csv = project.call_plain(&["stats", table, "--format", "csv"]).stdout;
        assert!(csv.starts_with("column,type,empty,distinct,min"), "{csv}");
    }
    for (table, told) in [
        ("p/catalog", "usable"),
        ("p/rolls", "onsets on a beat"),
        ("p/rolls", "onsets by pitch class"),
        ("p/train", "validation loss"),
        ("p/drawn", "of model"),
        ("p/report", "reconstruction.f1"),
    ] {
        let text = on_screen(&project, "100", &[table]);
        assert!(text.contains(told), "{table} does not tell of '{told}':\n{text}");
    }
}

#[test]
fn output_is_60_to_100_columns_wide() {
    let project = corpus();
    project.run(&[]);
    let select = ["p/catalog", "--sql", "select * from self"];
    let [narrow, wide, none] =
        ["1", "500", "wide"].map(|columns| on_screen(&project, columns, &select));
    assert!((50..=60).contains(&widest(&narrow)), "{narrow}");
    assert!((90..=100).contains(&widest(&wide)), "{wide}");
    assert_eq!(none, wide, "without a number of columns there are 100");
    assert!(wide.contains("more columns: "), "{wide}");
}

#[test]
fn text_from_files_never_controls_the_terminal() {
    let project = Project::of(CORPUS);
    let title = "\u{1b}[2J\u{7}boo\u{9b}31m\u{202e}gnos".as_bytes();
    let tune =
        (0..16).fold(Track::new().meta(0, 3, title), |track, beat| track.note(470, 0, 60 + beat));
    project.write("data/midi/\u{1b}[31mred\u{202e}dim.mid", one(tune.end()));
    project.write("data/midi/broken\u{7}.mid", "no music");
    project.run(&[]);
    let steers = |c: &char| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c);
    for options in [
        &[][..],
        &["--describe"],
        &["--by", "path"],
        &["--by", "title"],
        &["--sql", "select path, title from self"],
        &["--sql", "select path as \"\u{1b}[31m\" from self"],
        &["--sql", "select \"\u{1b}[31m\" from self"],
    ] {
        for format in ["table", "csv", "json"] {
            let call = [&["stats", "p/catalog", "--format", format], options].concat();
            let outcome = project.call_plain(&call);
            let found: Vec<char> = outcome.stdout.chars().filter(steers).collect();
            // JSON and CSV may contain directional marks; only a terminal is at risk.
            let reorders = |c: &char| !c.is_control() && format != "table";
            assert!(found.iter().all(reorders), "{call:?}: {}", outcome.stdout);
            assert_eq!(outcome.stderr.chars().filter(steers).count(), 0, "{}", outcome.stderr);
        }
    }
}

#[test]
fn samples_have_density_beat_strength_and_mean_pitch() {
    let project = Project::of(CORPUS);
    // Two measures of 2/4 on the beat, on one pitch; every other quarter has a note off the beat.
    let tune = (0..4).fold(Track::new().meter(0, 2, 2), |track, beat| {
        let track = track.note(if beat == 0 { 0 } else { 230 }, 0, 60);
        track.note(230, 0, 64)
    });
    project.write("data/midi/off.mid", one(tune.end()));
    project.write("data/midi/on.mid", song(48));
    project.run(&[]);
    let sql =
        "select path, density, beat_strength, mean_pitch from self order by path, first_measure";
    let rows = project.call(&["stats", "p/rolls", "--sql", sql]).json;
    // Eight onsets in 2 measures of 16 steps and 96 pitches, half of them on beats.
    assert_eq!(
        rows[0],
        serde_json::json!({
            "path": "off.mid", "density": 8.0 / 3072.0, "beat_strength": 0.5, "mean_pitch": 62.0
        })
    );
    assert_eq!(rows[1]["beat_strength"], 1.0, "{rows}");
}

#[test]
fn numbers_are_json_numbers_and_undefined_values_null() {
    let project = corpus();
    project.write("data/midi/broken.mid", "no music");
    project.run(&[]);
    let sql = "select path, notes, tempo, notes / 4.0 as quarters, tempo / 0 as infinite from self \
               where path in ('broken.mid', 'one.mid') order by path";
    let rows = project.call(&["stats", "p/catalog", "--sql", sql]).json;
    assert_eq!(
        rows[0],
        serde_json::json!({
            "path": "broken.mid", "notes": 0, "tempo": null, "quarters": 0.0, "infinite": null
        })
    );
    assert_eq!((&rows[1]["notes"], &rows[1]["quarters"]), (&16.into(), &4.0.into()));
    assert!(rows[1]["tempo"].is_number() && rows[1]["infinite"].is_null(), "{rows}");
    let by = project.call(&["stats", "p/catalog", "--by", "status"]).json;
    assert_eq!(
        (&by[0]["status"], &by[0]["count"], &by[0]["share"]),
        (&"ok".into(), &3.into(), &0.75.into())
    );
    assert!(by[1]["mean_tempo"].is_null(), "{by}");
}

#[test]
fn csv_quotes_only_where_needed() {
    let project = Project::of(CORPUS);
    project.write("data/midi/a, \"b\".mid", song(48));
    project.write("data/midi/plain.mid", song(55));
    project.run(&["--until", "catalog"]);
    let sql = "select path, notes from self order by path";
    let csv = project.call_plain(&["stats", "p/catalog", "--sql", sql, "--format", "csv"]);
    assert_eq!(csv.stdout, "path,notes\n\"a, \"\"b\"\".mid\",16\nplain.mid,16\n");
}

#[test]
fn closed_pipe_is_no_error() {
    let project = corpus();
    project.run(&[]);
    // More than a pipe holds, so that writing continues after the reader is gone.
    let crossed = "select a.* from self a cross join self b cross join self c cross join self d \
                   cross join self e";
    for format in ["csv", "json"] {
        let mut command =
            project.command(&["stats", "p/catalog", "--sql", crossed, "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ended = Outcome::from(child.wait_with_output().unwrap());
        assert!(!line.is_empty());
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{format}");
    }
}

#[test]
fn failed_query_has_a_message_and_a_hint() {
    let project = corpus();
    project.run(&["--until", "catalog"]);
    for (query, message, hint) in [
        ("select nots from self", "unknown column 'nots'", "did you mean 'notes'?"),
        (
            "select path from self where status = \"good\"",
            "no column 'good'",
            "single quotes: 'good'",
        ),
        ("select path from songs", "no table 'songs'", "the table is called self"),
        ("selct path from self", "this is not SQL", "select path, notes from self"),
    ] {
        let call = project.call(&["stats", "p/catalog", "--sql", query]);
        assert_eq!((call.code, call.error("code")), (2, "query"), "{}", call.stdout);
        assert!(call.error("message").contains(message), "{}", call.stdout);
        assert!(call.error("hint").contains(hint), "{}", call.stdout);
        let told = project.call_plain(&["stats", "p/catalog", "--sql", query]);
        assert_eq!((told.code, told.stdout.as_str()), (2, ""));
        assert!(widest(&told.stderr) <= 100, "{}", told.stderr);
    }
    let column = project.call(&["stats", "p/catalog", "--by", "devision"]);
    assert!(
        column.error("hint").starts_with("did you mean 'division'? The columns are path, "),
        "{}",
        column.stdout
    );
}
