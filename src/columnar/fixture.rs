//! Tables for tests.

use crate::music::midi::Status;
use std::path::{Path, PathBuf};

use crate::music::roll::RollShape;

use super::{
    CatalogRow, SampleMeta, SampleRow, ShardBoundaries, ShardWriter, Split, sample_shard, write,
};

/// A usable file.
pub(crate) fn catalog_row(path: &str) -> CatalogRow {
    CatalogRow {
        path: path.to_owned(),
        bytes: 12_345,
        digest: "ab".repeat(32),
        md5: Some("01".repeat(16)),
        status: Status::Ok,
        detail: String::new(),
        format: Some(1),
        division: Some(480),
        tracks: Some(9),
        measures: Some(64),
        notes: 2_000,
        onsets: 1_900,
        drums: 300,
        lowest_pitch: Some(28),
        highest_pitch: Some(96),
        polyphony: 6,
        velocities: 12,
        deviations: 1,
        performance: Some(false),
        tempo: Some(120.0),
        lowest_tempo: Some(100.0),
        highest_tempo: Some(120.0),
        tempo_changes: 0,
        key: Some("Bb".to_owned()),
        mode: Some("major".to_owned()),
        key_changes: 0,
        time_signatures: vec!["4/4".to_owned()],
        time_signature_source: "written".to_owned(),
        segments: 1,
        programs: vec![0, 33, 48],
        duration: 128.0,
        title: "Theme".to_owned(),
        track_names: vec!["Theme".to_owned(), "Left, hand".to_owned()],
        instrument_names: vec!["Piano".to_owned()],
        lyrics: "First line\nSecond".to_owned(),
        copyright: "1998".to_owned(),
        bytes_unread: 0,
        faults: Vec::new(),
        off_grid: 0.01,
        outside_window: 2,
        leading_empty: 1,
        loop_points: 0,
        notes_digest: Some("cd".repeat(32)),
        shape_digest: Some("ef".repeat(32)),
        group: path.to_owned(),
        duplicate_of: None,
    }
}

/// A file that could not be used.
pub(crate) fn broken_row(path: &str) -> CatalogRow {
    CatalogRow {
        status: Status::NotMidi,
        detail: "does not begin with MThd".to_owned(),
        format: None,
        division: None,
        tracks: None,
        measures: None,
        notes: 0,
        lowest_pitch: None,
        highest_pitch: None,
        performance: None,
        tempo: None,
        lowest_tempo: None,
        highest_tempo: None,
        key: None,
        mode: None,
        bytes_unread: 12_345,
        faults: vec!["not_midi".to_owned()],
        notes_digest: None,
        shape_digest: None,
        ..catalog_row(path)
    }
}

/// Forty files of different length, tempo and meter, two of them broken.
pub(crate) fn catalog() -> Vec<CatalogRow> {
    let usable = (0..38_i32).map(|index| CatalogRow {
        measures: Some(i64::from(16 + index * index % 97)),
        notes: i64::from(400 + index * 131),
        tempo: Some(f64::from(80 + index * 7 % 90)),
        division: Some(if index % 5 == 0 { 96 } else { 480 }),
        time_signatures: vec![if index % 6 == 0 { "3/4" } else { "4/4" }.to_owned()],
        group: format!("g{}", index / 2),
        duplicate_of: (index % 19 == 1).then(|| "game/song00.mid".to_owned()),
        ..catalog_row(&format!("game/song{index:02}.mid"))
    });
    usable.chain(["odd/a\u{1b}[31m.mid", "odd/b.mid"].map(broken_row)).collect()
}

/// Writes `rows` into `folder` under a name without an extension, as in the store.
pub(crate) fn written<R: super::Row>(folder: &Path, rows: &[R]) -> PathBuf {
    fs_err::create_dir_all(folder).unwrap();
    let path = folder.join("0a1b");
    write(&path, rows).unwrap();
    path
}

/// Two measures of 4 steps and 3 pitches.
pub(crate) const SHAPE: RollShape = match RollShape::new(2, 4, 3, 60) {
    Ok(shape) => shape,
    Err(_) => panic!("an impossible shape"),
};

/// The cells of sample `index`, different for each sample.
pub(crate) fn measures(index: usize) -> Vec<Vec<u16>> {
    let cells =
        |keep: usize| (0..12).filter(|cell| (index + keep) >> (cell % 5) & 1 == 1).collect();
    vec![cells(0), cells(7)]
}

/// Writes `count` samples, ten per song, as shards into `folder`.
pub(crate) fn shards(folder: &Path, count: usize) -> Vec<PathBuf> {
    shards_of(folder, 0..count)
}

/// Writes the samples with these indices as shards.
pub(crate) fn shards_of(folder: &Path, indices: impl IntoIterator<Item = usize>) -> Vec<PathBuf> {
    let path = |number: usize| folder.join(sample_shard(Split::Train, number));
    let mut paths = vec![path(0)];
    let mut writer = ShardWriter::create(&paths[0], SHAPE).unwrap();
    let mut boundaries = ShardBoundaries::default();
    for index in indices {
        let song = format!("{:08x}", index / 10);
        if boundaries.starts_shard(&song) {
            paths.push(path(paths.len()));
            let next = ShardWriter::create(&paths[paths.len() - 1], SHAPE).unwrap();
            std::mem::replace(&mut writer, next).finish().unwrap();
        }
        let measures = measures(index);
        let sample = SampleMeta {
            song: &song,
            group: &song,
            path: "game/song.mid",
            first_measure: u32::try_from(index % 10).unwrap() * 2,
            transposition: -1,
            time_signature: "4/4",
            onsets: measures.iter().map(|measure| measure.len() as u32).sum(),
        };
        writer.push(&sample, &measures).unwrap();
    }
    writer.finish().unwrap();
    paths
}

/// The rows of `count` samples, ten per song, a tenth of the songs for validation.
pub(crate) fn sample_rows(count: u32) -> Vec<SampleRow> {
    let row = |index: u32| SampleRow {
        split: if index / 10 % 10 == 9 { "validation" } else { "train" }.to_owned(),
        group: format!("g{}", index / 20),
        song: format!("s{}", index / 10),
        path: format!("game/song{}.mid", index / 10),
        first_measure: index % 10 * 16,
        onsets: 100 + index * 37 % 400,
        lowest: Some(i32::try_from(30 + index % 9).unwrap()),
        highest: Some(i32::try_from(70 + index % 13).unwrap()),
        distinct_measures: 1 + index % 16,
        time_signature: if index % 40 < 30 { "4/4" } else { "3/4" }.to_owned(),
        density: f64::from(100 + index * 37 % 400) / 147_456.0,
        beat_strength: Some(f64::from(index % 11) / 10.0),
        mean_pitch: Some(f64::from(50 + index % 20) + 0.25),
    };
    (0..count).map(row).collect()
}

super::table::table! {
    /// Samples as the first version wrote them.
    pub struct OldSampleRow {
        /// As today
        pub split: String,
        /// As today
        pub group: String,
        /// As today
        pub song: String,
        /// As today
        pub path: String,
        /// As today
        pub onsets: u32,
        /// As today
        pub lowest: Option<i32>,
        /// As today
        pub highest: Option<i32>,
        /// As today
        pub distinct_measures: u32,
        /// As today
        pub time_signature: String,
    }
}

super::table::table! {
    /// A table that another program wrote.
    pub struct PlayRow {
        /// A title
        pub title: String,
        /// How often it was played
        pub plays: Option<i64>,
    }
}
