use serde_json::json;

use super::Overview;
use crate::columnar::fixture::{catalog, sample_rows, shards, written};
use crate::columnar::render::width;
use crate::columnar::{CatalogRow, MetricRow, Row, SampleRow, SampleSet, Table};

fn overview<R: Row>(rows: &[R], shards: Option<&SampleSet>) -> Overview {
    let folder = tempfile::tempdir().unwrap();
    Overview::of(&Table::open(&written(folder.path(), rows)).unwrap(), shards).unwrap()
}

fn fits(overview: &Overview) {
    for columns in [40, 60, 80, 100, 200] {
        let text = overview.render(columns);
        text.lines().for_each(|line| assert!(width(line) <= columns, "{columns}: {line}"));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

#[test]
fn a_catalog_is_pictured_at_once() {
    let overview = overview(&catalog(), None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @"");
    insta::assert_snapshot!(overview.render(80), @"");
}

#[test]
fn samples_are_pictured_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let set = SampleSet::open(&shards(folder.path(), 200)).unwrap();
    let overview = overview(&sample_rows(200), Some(&set));
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @"");
}

#[test]
fn any_other_table_is_described() {
    let metric = |name: &str, value| MetricRow { name: name.to_owned(), value };
    let rows = [
        metric("reconstruction.f1", Some(0.25)),
        metric("latent.kl_nats", Some(31.5)),
        metric("songs", None),
    ];
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @"");
    assert_eq!(overview.to_json()["rows"], 3);
}

#[test]
fn the_json_counts_what_the_text_counts() {
    let json = overview(&catalog(), None).to_json();
    assert_eq!(json["files"], 40);
    assert_eq!(json["usable"], 38);
    assert_eq!(json["status"][1], json!({ "value": "no_header", "count": 2, "share": 0.05 }));
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
fn empty_tables_have_a_picture_too() {
    fits(&overview::<CatalogRow>(&[], None));
    fits(&overview::<SampleRow>(&[], None));
    let broken: Vec<CatalogRow> = catalog().into_iter().filter(|row| row.status != "ok").collect();
    fits(&overview(&broken, None));
}

#[test]
fn a_long_tail_is_counted_and_not_drawn() {
    let rows: Vec<SampleRow> = (0..1_000)
        .map(|index| SampleRow {
            onsets: if index < 995 { 100 + index % 50 } else { 1_000_000 },
            ..sample_rows(1).remove(0)
        })
        .collect();
    let json = overview(&rows, None).to_json();
    assert_eq!(json["onsets"]["histogram"]["above"], 5);
    assert_eq!(json["onsets"]["max"], 1_000_000.0);
}
