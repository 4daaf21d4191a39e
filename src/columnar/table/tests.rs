use super::write::FORMAT;
use super::*;
use crate::columnar::fixture::{catalog, sample_rows, written};
use arrow::array::Array;
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::basic::ColumnOrder;
use parquet::file::metadata::ParquetMetaDataReader;
use std::sync::Arc;

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
        npy: Some("0.npy".to_owned()),
        png: Some("0.png".to_owned()),
        tempo: 120,
        time_signature: "4/4".to_owned(),
        sheet: Some("0.musicxml".to_owned()),
        melody_threshold: None,
        melody: vec![0, u32::MAX],
        source: Some("my.mid".to_owned()),
        cells: vec![0, 9216],
        score: None,
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

#[test]
fn files_state_orders_that_every_reader_knows() {
    let folder = tempfile::tempdir().unwrap();
    // Of 2, 13 and 47 columns: the list of orders has a short and a long form.
    let metrics = [MetricRow { name: "nan".to_owned(), value: Some(f64::NAN) }];
    for path in [
        written(&folder.path().join("a"), &metrics),
        written(&folder.path().join("b"), &sample_rows(20_000)),
        written(&folder.path().join("c"), &catalog()),
    ] {
        let file = std::fs::File::open(&path).unwrap();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
        let orders = metadata.file_metadata().column_orders().unwrap();
        assert_eq!(orders.len(), metadata.file_metadata().schema_descr().num_columns());
        let is_known = |order: &ColumnOrder| matches!(order, ColumnOrder::TYPE_DEFINED_ORDER(_));
        assert!(orders.iter().all(is_known), "{orders:?}");
    }
}

#[test]
fn metadata_holds_meanings_units_version_and_sorted_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.parquet");
    write_catalog(&path, &catalog()).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
    let pairs = metadata.file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        let pair = pairs.iter().find(|pair| pair.key == key).unwrap();
        pair.value.clone().unwrap()
    };
    assert_eq!(value("partita.format"), FORMAT);
    assert!(value("partita.about").starts_with("One file of a scan."));
    let columns: serde_json::Value = serde_json::from_str(&value("partita.columns")).unwrap();
    assert_eq!(columns["duration"]["unit"], "seconds");
    assert_eq!(columns["duration"]["meaning"], "Duration");
    assert_eq!(columns["path"]["unit"], serde_json::Value::Null);
    assert_eq!(columns.as_object().unwrap().len(), CatalogRow::fields().len());
    let sorted = metadata.row_group(0).sorting_columns().unwrap();
    assert_eq!((sorted.len(), sorted[0].column_idx, sorted[0].descending), (1, 0, false));
}

#[test]
fn rows_out_of_order_declare_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let sorted = |rows: &[CatalogRow]| {
        let file = std::fs::File::open(written(folder.path(), rows)).unwrap();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
        metadata.row_group(0).sorting_columns().is_some()
    };
    let mut rows = catalog();
    assert!(sorted(&rows));
    rows.swap(3, 4);
    assert!(!sorted(&rows));
}

#[test]
fn tables_of_the_first_format_are_read_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    // Lists had an `item`; today they have an `element`.
    let list =
        arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Float32Type, _, _>([
            Some([Some(0.5)]),
        ]);
    assert!(!matches!(list.data_type(), list if *list == <Vec<f32> as Cell>::data_type()));
    let schema = Schema::new(vec![Field::new("latent", list.data_type().clone(), false)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(list)]).unwrap();
    let batch = Batch { path: folder.path(), batch: &batch };
    assert_eq!(Vec::<f32>::get(batch.column::<Vec<f32>>("latent").unwrap(), 0), [0.5]);
    let path = written(
        folder.path(),
        &[OldCatalogRow { path: "a.mid".to_owned(), programs: "0 33".to_owned() }],
    );
    let error = read::<ListedPrograms>(&path).unwrap_err().to_string();
    assert!(error.contains("`programs` holds Utf8"), "{error}");
    assert!(error.contains("another version wrote this file"), "{error}");
}

table! {
    /// Two columns of a catalog of the first format.
    pub struct OldCatalogRow {
        /// As today
        pub path: String,
        /// Text
        pub programs: String,
    }
}

table! {
    /// Two columns of a catalog of today.
    pub struct ListedPrograms {
        /// As before
        pub path: String,
        /// A list
        pub programs: Vec<i32>,
    }
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
