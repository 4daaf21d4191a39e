//! The columns of the catalog that archives join and filter by.

use crate::midi::{Track, file, one};
use crate::project::Project;
use crate::tiny::CORPUS;
use serde_json::{Value, json};

fn row(project: &Project, path: &str) -> Value {
    let sql = format!("select * from self where path = '{path}'");
    let rows = project.call_plain(&["stats", "p/catalog", "--sql", &sql, "--format", "json"]);
    rows.json[0].clone()
}

#[test]
fn names_lyrics_key_tempo_and_polyphony_are_columns() {
    let project = Project::of(CORPUS);
    let conductor = Track::new()
        .meta(0, 2, b"(c) 1998 A")
        .meta(0, 3, b"Song")
        .meta(0, 0x59, &[0xFD, 0])
        .tempo(0, 500_000)
        .tempo(960, 1_000_000)
        .tempo(960, 250_000)
        .tempo(96_000, 1)
        .end();
    let voice = (0..16).fold(
        Track::new()
            .meta(0, 3, b"Voice")
            .meta(0, 4, b"Oohs")
            .meta(0, 5, b"sing ")
            .meta(0, 5, b"it\r"),
        |track, beat| track.on(0, 0, 60 + beat, 64).on(480, 0, 60 + beat, 0),
    );
    let chords = (0..4).fold(Track::new().meta(0, 3, b"Chords"), |track, _| {
        let on = track.after(0, &[0xC1, 33]).on(0, 1, 48, 80).on(0, 1, 52, 81);
        on.on(1920, 1, 48, 0).on(0, 1, 52, 0)
    });
    let bytes = file(1, 480, &[conductor, voice.end(), chords.end()]);
    project.write("data/midi/a.mid", &bytes);
    project.run(&[]);
    let row = row(&project, "a.mid");
    let expected = json!({
        "copyright": "(c) 1998 A",
        "track_names": ["Song", "Voice", "Chords"],
        "instrument_names": ["Oohs"],
        "lyrics": "sing it",
        "key": "Eb", "mode": "major", "key_changes": 0,
        "tempo": 120.0, "lowest_tempo": 60.0, "highest_tempo": 240.0, "tempo_changes": 3,
        "polyphony": 3, "velocities": 3, "deviations": 1, "performance": false,
        "programs": [0, 33], "faults": [], "time_signatures": ["4/4"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&row[name], value, "{name}");
    }
    assert_eq!(row["md5"], format!("{:x}", md5::compute(&bytes)));
}

#[test]
fn performances_differ_from_scores() {
    let project = Project::of(CORPUS);
    let tune = |played: bool| {
        (0..64_u64).fold(Track::new(), |track, beat| {
            let (late, louder) =
                if played { (beat * 7 % 19, (beat * 7 % 40) as u8) } else { (0, 0) };
            let pitch = 48 + (beat * 5 % 24) as u8;
            track
                .on(late, 0, pitch, 60 + louder)
                .on(480 - late - 30, 0, pitch, 0)
                .after(30, &[0xB0, 7, 9])
        })
    };
    project.write("data/midi/played.mid", one(tune(true).end()));
    project.write("data/midi/written.mid", one(tune(false).end()));
    project.write("data/midi/broken.mid", "no music");
    project.run(&[]);
    let played = row(&project, "played.mid");
    assert_eq!(played["performance"], true, "{played}");
    assert!(played["velocities"].as_i64() > Some(20) && played["deviations"].as_i64() > Some(10));
    let written = row(&project, "written.mid");
    assert_eq!((&written["performance"], &written["deviations"]), (&json!(false), &json!(1)));
    let broken = row(&project, "broken.mid");
    assert_eq!((&broken["performance"], &broken["polyphony"]), (&json!(null), &json!(0)));
    assert_eq!(broken["md5"].as_str().unwrap().len(), 32);
}

#[test]
fn lists_are_counted_by_value_and_json_in_csv() {
    let project = Project::of(CORPUS);
    let with = |program: u8| {
        let start = Track::new().after(0, &[0xC0, program]).note(0, 0, 60);
        (0..16).fold(start.after(0, &[0xC0, 40]), |track, beat| track.note(470, 0, 60 + beat % 7))
    };
    project.write("data/midi/a.mid", one(with(1).end()));
    project.write("data/midi/b.mid", one(with(2).note(0, 0, 61).end()));
    project.run(&[]);
    let by =
        project.call_plain(&["stats", "p/catalog", "--by", "programs", "--format", "json"]).json;
    let counts: Vec<_> =
        by.as_array().unwrap().iter().map(|it| (&it["programs"], &it["count"])).collect();
    assert_eq!(counts, [(&json!(40), &json!(2)), (&json!(1), &json!(1)), (&json!(2), &json!(1))]);
    let sql = "select programs, faults from self where array_contains(programs, 2)";
    let csv = project.call_plain(&["stats", "p/catalog", "--format", "csv", "--sql", sql]).stdout;
    assert_eq!(csv, "programs,faults\n\"[2,40]\",[]\n");
    let table = project.call_plain(&["stats", "p/catalog", "--sql", sql]).stdout;
    assert!(table.contains("2 40"), "{table}");
}

#[test]
fn condition_on_a_list_as_text_is_refused_with_the_right_one() {
    let yaml = CORPUS.replace("status = 'ok'", "faults like '%sample_clock%'");
    let project = Project::of(&yaml);
    project.write("data/midi/a.mid", one(Track::new().note(0, 0, 60).end()));
    let failed = project.call(&["run", "p"]);
    assert_eq!(failed.code, 2, "{}", failed.stdout);
    assert_eq!(failed.error("hint"), "faults is a list: array_contains(faults, VALUE)");
}
