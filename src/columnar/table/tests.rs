use super::{Row, read};
use crate::columnar::fixture::{catalog, sample_rows, written};
use crate::columnar::{
    CatalogRow, HistoryRow, MetricRow, SampleRow, SongRow, read_catalog, write_catalog,
};

fn round_trip<R: Row + PartialEq + std::fmt::Debug>(rows: &[R]) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read::<R>(&written(folder.path(), rows)).unwrap(), rows);
}

#[test]
fn every_table_is_read_as_written() {
    let history = HistoryRow {
        epoch: 1,
        steps: 360,
        samples: 360,
        learning_rate: 0.01,
        beta: 0.1,
        loss: 812.5,
        reconstruction: 800.0,
        kl: 125.0,
        validation_loss: None,
        validation_reconstruction: Some(790.25),
        validation_kl: None,
        active_units: Some(17),
        gradient_norm: 1e-30,
        kl_bits: 2.5,
        validation_kl_bits: None,
        validation_f1: None,
        pair_jaccard: None,
        measure_jaccard: Some(0.25),
    };
    let song = SongRow {
        index: 0,
        seed: u64::MAX,
        model: "ab".repeat(32),
        threshold: 0.5,
        onsets: 0,
        density: 0.0,
        lowest_pitch: None,
        highest_pitch: Some(127),
        distinct_measures: 16,
        mid: "0.mid".to_owned(),
        npy: "0.npy".to_owned(),
        png: "0.png".to_owned(),
        tempo: 120,
        time_signature: "4/4".to_owned(),
        sheet: "0.musicxml".to_owned(),
        melody_threshold: None,
        melody: vec![0, u32::MAX],
        source: Some("my.mid".to_owned()),
        latent: vec![-1.5, 0.0, f32::MIN_POSITIVE],
    };
    let metrics = [
        MetricRow { name: "reconstruction.f1".to_owned(), value: Some(0.25) },
        MetricRow { name: "latent.kl_nats".to_owned(), value: None },
    ];
    round_trip(&catalog());
    round_trip(&[history.clone(), HistoryRow { epoch: 2, ..history }]);
    round_trip(&[song.clone(), SongRow { latent: Vec::new(), ..song }]);
    round_trip(&metrics);
    round_trip(&sample_rows(40_000));
    round_trip::<CatalogRow>(&[]);
}

#[test]
fn catalog_bytes_do_not_depend_on_row_order() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let mut rows = catalog();
    write_catalog(&one, &rows).unwrap();
    rows.reverse();
    write_catalog(&two, &rows).unwrap();
    assert_eq!(fs_err::read(&one).unwrap(), fs_err::read(&two).unwrap());
    let paths: Vec<String> = read_catalog(&two).unwrap().into_iter().map(|row| row.path).collect();
    assert!(paths.is_sorted());
}

#[test]
fn wrong_columns_are_an_error_with_file_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &sample_rows(3));
    let error = read::<CatalogRow>(&path).unwrap_err().to_string();
    assert!(error.contains("0a1b") && error.contains("`bytes` is missing"), "{error}");
    let error = read::<Renamed>(&path).unwrap_err().to_string();
    assert!(error.contains("`onsets` holds UInt32, expected Utf8"), "{error}");
}

table! {
    /// A table with a column of another type than in samples.
    pub struct Renamed {
        /// Onsets
        pub onsets: String,
    }
}

#[test]
fn damaged_table_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &sample_rows(50));
    let bytes = fs_err::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        fs_err::write(&path, &bytes[..length]).unwrap();
        assert!(read::<SampleRow>(&path).is_err(), "{length} bytes");
    }
    for place in (0..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        fs_err::write(&path, &damaged).unwrap();
        // Some damage is not detected here, but by the store's digests.
        drop(read::<SampleRow>(&path));
    }
}
