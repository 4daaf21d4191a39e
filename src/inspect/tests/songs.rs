use super::{fits, overview};
use crate::columnar::{MetricRow, SongRow};

#[test]
fn songs_overview() {
    let song = |index: u32| SongRow {
        index,
        seed: 2_883_393_769_339_966_941,
        model: "ab12".repeat(16),
        threshold: 0.12,
        onsets: 300 + 17 * index,
        density: f64::from(300 + 17 * index) / 147_456.0,
        lowest_pitch: Some(36),
        highest_pitch: Some(88),
        distinct_measures: 9 + index,
        mid: format!("songs/midi/song-{index:03}.mid"),
        npy: None,
        png: None,
        tempo: 120,
        time_signature: "4/4".to_owned(),
        sheet: None,
        melody_threshold: None,
        melody: Vec::new(),
        source: None,
        cells: vec![0, 9216],
        score: None,
        latent: vec![0.5; 120],
    };
    let overview = overview(&(0..3).map(song).collect::<Vec<_>>(), None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    3 songs of model ab12ab12ab12, seed 2883393769339966941

                            min  25 %  median  75 %   max  mean
    ─────────────────────  ────  ────  ──────  ────  ────  ────
    onsets                  300   308     317   326   334   317
    onsets in 1,000 cells  2.03  2.09    2.15  2.21  2.27  2.15
    different measures        9   9.5      10  10.5    11    10

    mid                      onsets   density  distinct_measures  lowest_pitch  highest_pitch  threshold
    ───────────────────────  ──────  ────────  ─────────────────  ────────────  ─────────────  ─────────
    songs/midi/song-000.mid     300  0.002035                  9            36             88     0.1200
    songs/midi/song-001.mid     317  0.002150                 10            36             88     0.1200
    songs/midi/song-002.mid     334  0.002265                 11            36             88     0.1200
    "#);
}

#[test]
fn metrics_of_generated_songs_are_beside_those_of_real_ones() {
    let metric = |(name, value): (&str, Option<f64>)| MetricRow { name: name.to_owned(), value };
    let rows: Vec<MetricRow> = [
        ("latent.kl_nats", Some(31.5)),
        ("real.features.onsets.max", Some(900.0)),
        ("real.features.onsets.median", Some(351.0)),
        ("real.pair_jaccard", Some(0.012)),
        ("reconstruction.f1", Some(0.25)),
        ("songs.features.lag_8_jaccard", None),
        ("songs.features.onsets.median", Some(340.5)),
        ("songs.pair_jaccard", Some(f64::NAN)),
    ]
    .into_iter()
    .map(metric)
    .collect();
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    metric             value
    ─────────────────  ─────
    latent.kl_nats      31.5
    reconstruction.f1   0.25

    of songs                generated   real
    ──────────────────────  ─────────  ─────
    lag_8_jaccard (median)          -      -
    onsets (median)             340.5    351
    pair_jaccard                  NaN  0.012
    "#);
    let json = overview.to_json();
    assert_eq!(json["reconstruction.f1"], 0.25);
    assert_eq!(json["songs.pair_jaccard"], serde_json::Value::Null);
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(8));
}
