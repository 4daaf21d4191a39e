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
    insta::assert_snapshot!(overview.render(100), @r#"
    40 files, 493.8 kB: 38 usable (95.0 %) with 1.4 hours of music

    status     files   share                       most frequent detail
    ─────────  ─────  ──────  ───────────────────  ────────────────────────
    ok            38  95.0 %  ███████████████████
    no_header      2   5.0 %  █                    does not begin with MThd

    Of the usable: 19 groups, 2 duplicates, 0 with an assumed time signature

    time signature  files   share         division  files   share         format  files    share
    ──────────────  ─────  ──────  ────   ────────  ─────  ──────  ────   ──────  ─────  ───────  ─────
    4/4                31  81.6 %  ████   480          30  78.9 %  ███▉   1          38  100.0 %  █████
    3/4                 7  18.4 %  ▉      96            8  21.1 %  █

    measures: min 16, 25% 33.50, median 59.50, 75% 80.75, max 112, mean 59.87
      ████    ▂▂▂▂        ▂▂▂▂                ▂▂▂▂                                ▂▂▂▂
      ████▄▄▄▄████        ████▄▄▄▄▄▄▄▄    ▄▄▄▄████    ▄▄▄▄▄▄▄▄▄▄▄▄            ▄▄▄▄████
      ████████████▆▆▆▆▆▆▆▆████████████▆▆▆▆████████▆▆▆▆████████████    ▆▆▆▆▆▆▆▆████████
      15                                                                           115

    notes: min 400, 25% 1,612, median 2,824, 75% 4,035, max 5,247, mean 2,824
      ██████   ███   ███   ███   ███   ███   ███   ███   ██████   ███   ███
      ██████▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄██████▄▄▄███▄▄▄███▄▄▄▄▄▄
      ███████████████████████████████████████████████████████████████████████████
      400                                                                   5,400

    tempo: min 80, 25% 101.2, median 122.5, 75% 143.8, max 165, mean 121.9
      ████████        ████        ████████        ████        ████████
      ████████    ████████████    ████████    ████████████    ████████
      ████████████████████████████████████████████████████████████████████████
      80                                                                   170

    2 files with unread bytes or faults, the worst:
    path            status      bytes  bytes unread  faults
    ──────────────  ─────────  ──────  ────────────  ─────────
    odd/a�[31m.mid  no_header  12,345        12,345  no_header
    odd/b.mid       no_header  12,345        12,345  no_header
    "#);
    insta::assert_snapshot!(overview.render(80), @r#"
    40 files, 493.8 kB: 38 usable (95.0 %) with 1.4 hours of music

    status     files   share                       most frequent detail
    ─────────  ─────  ──────  ───────────────────  ────────────────────────
    ok            38  95.0 %  ███████████████████
    no_header      2   5.0 %  █                    does not begin with MThd

    Of the usable: 19 groups, 2 duplicates, 0 with an assumed time signature

    time signature  files   share         division  files   share
    ──────────────  ─────  ──────  ────   ────────  ─────  ──────  ────
    4/4                31  81.6 %  ████   480          30  78.9 %  ███▉
    3/4                 7  18.4 %  ▉      96            8  21.1 %  █

    format  files    share
    ──────  ─────  ───────  ─────
    1          38  100.0 %  █████

    measures: min 16, 25% 33.50, median 59.50, 75% 80.75, max 112, mean 59.87
      ███   ▂▂▂      ▂▂▂            ▂▂▂                        ▂▂▂
      ███▄▄▄███      ███▄▄▄▄▄▄   ▄▄▄███   ▄▄▄▄▄▄▄▄▄         ▄▄▄███
      █████████▆▆▆▆▆▆█████████▆▆▆██████▆▆▆█████████   ▆▆▆▆▆▆██████
      15                                                       115

    notes: min 400, 25% 1,612, median 2,824, 75% 4,035, max 5,247, mean 2,824
      ██████   ███   ███   ███   ███   ███   ███   ███   ██████   ███   ███
      ██████▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄███▄▄▄██████▄▄▄███▄▄▄███▄▄▄▄▄▄
      ███████████████████████████████████████████████████████████████████████████
      400                                                                   5,400

    tempo: min 80, 25% 101.2, median 122.5, 75% 143.8, max 165, mean 121.9
      ████████        ████        ████████        ████        ████████
      ████████    ████████████    ████████    ████████████    ████████
      ████████████████████████████████████████████████████████████████████████
      80                                                                   170

    2 files with unread bytes or faults, the worst:
    path            status      bytes  bytes unread  faults
    ──────────────  ─────────  ──────  ────────────  ─────────
    odd/a�[31m.mid  no_header  12,345        12,345  no_header
    odd/b.mid       no_header  12,345        12,345  no_header
    "#);
}

#[test]
fn samples_are_pictured_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let set = SampleSet::open(&shards(folder.path(), 200)).unwrap();
    let overview = overview(&sample_rows(200), Some(&set));
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    200 samples of 20 songs in 10 groups

    Splits
    split       samples  songs  groups  median onsets
    ──────────  ───────  ─────  ──────  ─────────────
    train           180     18      10            291
    validation       20      2       2            317

    time signature  samples   share
    ──────────────  ───────  ──────  ───────────────
    4/4                 150  75.0 %  ███████████████
    3/4                  50  25.0 %  █████

    onsets a sample: min 100, 25% 194.5, median 292.5, 75% 396.2, max 498, mean 295.5
      ████▂▂▂▂▆▆▆▆▄▄▄▄▄▄▄▄▆▆▆▆▄▄▄▄▄▄▄▄▄▄▄▄▆▆▆▆    ▆▆▆▆▂▂▂▂▄▄▄▄▄▄▄▄▂▂▂▂▄▄▄▄▄▄▄▄▄▄▄▄▂▂▂▂
      ████████████████████████████████████████████████████████████████████████████████
      ████████████████████████████████████████████████████████████████████████████████
      100                                                                          500

    different measures a sample: min 1, 25% 4, median 8, 75% 12, max 16, mean 8.340
      ████████████████████████████████▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆
      ████████████████████████████████████████████████████████████████
      ████████████████████████████████████████████████████████████████
      1                                                             16

    onsets by pitch
      ▇▇▇▇▇▇▇▇████
      ████████████
      ████████████
      60        62

    onsets by part of the measure (in 4 parts)
      ████▇▇▇▇▇▇▇▇▇▇▇▇
      ████████████████
      ████████████████
      1              4

    The largest groups
    group  samples  songs  for instance
    ─────  ───────  ─────  ──────────────
    g0          20      2  game/song0.mid
    g1          20      2  game/song2.mid
    g2          20      2  game/song4.mid
    g3          20      2  game/song6.mid
    g4          20      2  game/song8.mid
    "#);
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
    insta::assert_snapshot!(overview.render(100), @r#"
    3 rows

    column  type  empty  distinct     min    25%  median    75%    max   mean
    ──────  ────  ─────  ────────  ──────  ─────  ──────  ─────  ─────  ─────
    value   f64       1         2  0.2500  8.062   15.88  23.69  31.50  15.88

    column  type  empty  distinct  most frequent
    ──────  ────  ─────  ────────  ────────────────────────────────────────────────────
    name    str       0         3  latent.kl_nats (1), reconstruction.f1 (1), songs (1)
    "#);
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
