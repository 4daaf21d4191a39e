//! A corpus of valid, broken and duplicate files: each has one row with its status, and a pipeline selects among them.

use crate::midi::{Track, file, header, one};
use crate::project::Project;
use serde_json::{Value, json};

const CORPUS: &str = "\
stages:
  catalog: { uses: scan, files: { midi: data/midi/*.mid } }
  rolls:
    uses: extract
    from: { catalog: catalog }
    where: \"status = 'ok' and time_signature_source = 'written' and not array_contains(faults, 'sample_clock')\"
    params: { measures: 1, steps: 16, least_onsets: 1, validation: 0 }
";

fn tune(lowest: u8) -> Track {
    (0..6)
        .fold(Track::new().meter(0, 4, 2), |track, note| track.note(470, 0, lowest + 3 * note % 7))
}

fn rows(project: &Project, stage: &str, columns: &str) -> Vec<Value> {
    let sql = format!("select {columns} from self order by path");
    let stats = project.call_plain(&["stats", stage, "--sql", &sql, "--format", "json"]);
    stats.json.as_array().unwrap_or_else(|| panic!("{}", stats.stderr)).clone()
}

#[test]
fn each_file_has_one_row_with_its_status_and_reason() {
    let project = Project::of(CORPUS);
    let good = one(tune(60).end());
    let far = Track::new().on(0, 0, 60, 90).on(480 * 4 * 5000, 0, 62, 90).end();
    let files: [(&str, Vec<u8>, &str); 13] = [
        ("absurd_far", one(far), "absurd_length"),
        ("cut", [header(0, 1, 480), b"MTrk\0\0\0\xFF\0\x90".to_vec()].concat(), "truncated_track"),
        ("drums", one(Track::new().note(0, 9, 40).end()), "no_notes"),
        ("empty", Vec::new(), "not_midi"),
        ("good", good.clone(), "ok"),
        ("high", one(Track::new().note(0, 0, 127).end()), "out_of_range"),
        ("page", b"<html>".to_vec(), "not_midi"),
        ("ppq0", file(0, 0, &[tune(60).end()]), "ppq0"),
        ("same", one(tune(60).tempo(0, 300_000).end()), "duplicate_of"),
        ("silent", one(Track::new().end()), "no_notes"),
        ("smpte", file(0, 0xE728, &[tune(60).end()]), "smpte"),
        ("twice", good.clone(), "duplicate_of"),
        ("wild", good.iter().map(|byte| byte ^ 0x55).collect(), "not_midi"),
    ];
    for (name, bytes, _) in &files {
        project.write(&format!("data/midi/{name}.mid"), bytes);
    }
    // 50 MB that are never read: a sparse file, of which only the start and the size are on disk.
    project.write("data/midi/huge.mid", &good);
    let huge = fs_err::OpenOptions::new().write(true).open(project.path("data/midi/huge.mid"));
    huge.unwrap().set_len(50 << 20).unwrap();
    project.run(&[]);
    let rows = rows(&project, "p/catalog", "path, status, detail, bytes");
    let mut expected: Vec<(String, &str)> =
        files.iter().map(|(name, _, status)| (format!("{name}.mid"), *status)).collect();
    expected.push(("huge.mid".into(), "absurd_length"));
    expected.sort();
    let found: Vec<(String, &str)> = rows
        .iter()
        .map(|row| (row["path"].as_str().unwrap().to_owned(), row["status"].as_str().unwrap()))
        .collect();
    assert_eq!(found, expected);
    for row in rows.iter().filter(|row| row["status"] != "ok") {
        assert_ne!(row["detail"], "", "{row}");
    }
    let huge = rows.iter().find(|row| row["path"] == "huge.mid").unwrap();
    assert_eq!(huge["detail"], "50 MiB: at most 32 MiB are taken for music");
    assert_eq!(huge["bytes"], 50 << 20);
}

#[test]
fn filters_exclude_sample_clocks_and_assumed_meters() {
    let project = Project::of(CORPUS);
    let unwritten = (0..6).fold(Track::new(), |track, note| track.note(470, 0, 50 + note));
    project.write("data/midi/a_good.mid", one(tune(60).end()));
    project.write("data/midi/b_unwritten.mid", one(unwritten.end()));
    project.write("data/midi/c_ripped.mid", file(0, 22_050, &[tune(65).end()]));
    project.run(&[]);
    let rows = rows(&project, "p/catalog", "status, time_signature_source, faults");
    let column =
        |name: &str| rows.iter().map(|row| row[name].as_str().unwrap()).collect::<Vec<_>>();
    let faults: Vec<&Value> = rows.iter().map(|row| &row["faults"]).collect();
    assert_eq!(column("status"), ["ok", "ok", "ok"]);
    assert_eq!(column("time_signature_source"), ["written", "assumed", "written"]);
    assert_eq!(faults, [&json!([]), &json!([]), &json!(["sample_clock"])]);
    let samples = project.call_plain(&["stats", "p/rolls", "--by", "path", "--format", "json"]);
    let paths: Vec<&str> =
        samples.json.as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a_good.mid"]);
}

#[test]
fn meter_changes_make_segments_and_lose_no_file() {
    let project = Project::of(CORPUS);
    let waltz = (0..6).fold(tune(60).meter(0, 3, 2), |track, note| track.note(470, 0, 62 + note));
    project.write("data/midi/two.mid", one(waltz.end()));
    let late =
        (0..4).fold(Track::new().meter(0, 4, 2), |t, note| t.note(480 * 9 - 10, 0, 60 + note));
    project.write("data/midi/late.mid", one(late.end()));
    project.run(&[]);
    let columns = "path, status, segments, time_signatures, leading_empty, measures";
    let rows = rows(&project, "p/catalog", columns);
    assert_eq!(
        (rows[0]["leading_empty"].as_i64(), rows[0]["measures"].as_i64()),
        (Some(2), Some(8))
    );
    assert_eq!((rows[1]["status"].as_str(), rows[1]["segments"].as_i64()), (Some("ok"), Some(2)));
    assert_eq!(rows[1]["time_signatures"], json!(["4/4", "3/4"]));
    let sql = "select time_signature, count(*) as n from self group by time_signature order by n";
    let samples = project.call_plain(&["stats", "p/rolls", "--sql", sql, "--format", "json"]);
    let meters: Vec<&str> = samples
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["time_signature"].as_str().unwrap())
        .collect();
    assert!(meters.contains(&"3/4") && meters.contains(&"4/4"), "{}", samples.stdout);
}
