use serde_json::json;

use super::{fits, overview};
use crate::columnar::fixture::{OldSampleRow, PlayRow, catalog, sample_rows};
use crate::columnar::{CatalogRow, SampleRow};
use crate::music::midi::Status;

#[test]
fn other_tables_are_described() {
    let play = |title: &str, plays| PlayRow { title: title.to_owned(), plays };
    let rows = [play("Overworld", Some(12)), play("Overworld", None), play("Boss", Some(2_500))];
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    3 rows

    column  min  25%  median    75%    max   mean  empty  distinct  type
    ──────  ───  ───  ──────  ─────  ─────  ─────  ─────  ────────  ────
    plays    12  634   1,256  1,878  2,500  1,256      1         2  i64

    column  type  empty  distinct  most frequent
    ──────  ────  ─────  ────────  ───────────────────────
    title   str       0         2  Overworld (2), Boss (1)
    "#);
    assert_eq!(overview.to_json()["rows"], 3);
}

#[test]
fn older_table_has_an_overview_without_missing_columns() {
    let rows: Vec<OldSampleRow> = (0..3)
        .map(|_| OldSampleRow {
            split: "train".to_owned(),
            group: "g".to_owned(),
            song: "s".to_owned(),
            path: "a.mid".to_owned(),
            onsets: 40,
            lowest: Some(40),
            highest: Some(60),
            distinct_measures: 4,
            time_signature: "4/4".to_owned(),
        })
        .collect();
    let overview = overview(&rows, None);
    fits(&overview);
    let json = overview.to_json();
    assert_eq!((&json["samples"], &json["onsets"]["median"]), (&json!(3), &json!(40.0)));
    assert_eq!(json.get("beat_strength"), None);
}

#[test]
fn json_has_the_counts_of_the_text() {
    let json = overview(&catalog(), None).to_json();
    assert_eq!(json["files"], 40);
    assert_eq!(json["usable"], 38);
    assert_eq!(json["status"][1], json!({ "value": "not_midi", "count": 2, "share": 0.05 }));
    let notes = &json["notes"];
    assert_eq!((&notes["min"], &notes["max"]), (&json!(400.0), &json!(5247.0)));
    let histogram = &notes["histogram"];
    let drawn: u64 =
        histogram["counts"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(drawn + histogram["above"].as_u64().unwrap(), 38);
    let samples = overview(&sample_rows(200), None).to_json();
    assert_eq!(
        (&samples["samples"], &samples["songs"], &samples["groups"]),
        (&json!(200), &json!(20), &json!(10))
    );
}

#[test]
fn empty_tables_have_an_overview() {
    fits(&overview::<CatalogRow>(&[], None));
    fits(&overview::<SampleRow>(&[], None));
    let broken: Vec<CatalogRow> =
        catalog().into_iter().filter(|row| row.status != Status::Ok).collect();
    fits(&overview(&broken, None));
}
