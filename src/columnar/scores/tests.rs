use super::{DRUM_OFFSET, ScoreRow, ScoreSet, write_scores};
use arrow::buffer::Buffer;
use std::path::{Path, PathBuf};

fn row(number: u32) -> ScoreRow {
    ScoreRow {
        digest: format!("{number:064}"),
        division: 480,
        deltas: vec![number; 3],
        pitches: vec![60, DRUM_OFFSET + 64, 67],
        signature_ticks: vec![0, u64::from(number) << 33],
        numerators: vec![4, 3],
        denominators: vec![4, 8],
    }
}

fn written(folder: &Path, rows: &[ScoreRow]) -> PathBuf {
    let path = folder.join("scores");
    write_scores(&path, &rows.iter().collect::<Vec<_>>()).unwrap();
    path
}

#[test]
fn rows_of_several_batches_are_read_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ScoreRow> = (1..=600).map(row).collect();
    let set = ScoreSet::open(&written(folder.path(), &rows)).unwrap();
    assert_eq!(set.0, rows);
}

#[test]
fn row_is_found_only_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ScoreRow> = (1..=600).map(|number| row(number * 2)).collect();
    let set = ScoreSet::open(&written(folder.path(), &rows)).unwrap();
    for wanted in &rows {
        assert_eq!(set.find(&wanted.digest), Some(wanted));
    }
    for absent in [0, 1, 511, 513, 1199, 1201] {
        assert_eq!(set.find(&row(absent).digest), None, "{absent}");
    }
    assert!(set.find("").is_none() && set.find("zebra").is_none());
    let empty = ScoreSet::open(&written(folder.path(), &[])).unwrap();
    assert!(empty.0.is_empty() && empty.find(&rows[0].digest).is_none());
}

#[test]
fn rows_out_of_order_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores");
    let write = |second: u32| write_scores(&path, &[&row(2), &row(second)]);
    assert!(write(2).is_err() && write(1).is_err());
    assert!(write(3).is_ok());
}

#[test]
fn foreign_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign");
    fs_err::write(&path, b"MThd").unwrap();
    assert!(ScoreSet::open(&path).is_err());
    assert!(ScoreSet::open(&folder.path().join("absent")).is_err());
    let shards = crate::columnar::fixture::shards(folder.path(), 3);
    let error = ScoreSet::open(&shards[0]).err().unwrap().to_string();
    assert!(error.contains("not a table of scores"), "{error}");
}

#[test]
fn damaged_file_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ScoreRow> = (1..=9).map(row).collect();
    let bytes = fs_err::read(written(folder.path(), &rows)).unwrap();
    let open = |bytes: &[u8]| ScoreSet::from_bytes(&Buffer::from(bytes)).ok();
    assert_eq!(open(&bytes).map(|set| set.0.len()), Some(9));
    assert!((0..bytes.len()).all(|length| open(&bytes[..length]).is_none()));
    let mut noticed = 0;
    for place in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= mask;
            match open(&damaged) {
                // Changes of numbers and padding are not detected; an accepted file can be read to the end.
                Some(set) => assert!(set.0.iter().all(|row| row.digest.len() < bytes.len())),
                None => noticed += 1,
            }
        }
    }
    assert!(noticed > bytes.len() / 8, "{noticed} of {} changes", bytes.len() * 3);
}
