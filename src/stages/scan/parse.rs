//! Parses one file content: its catalog row, and its notes.

use super::describe::{blank, describe};
use crate::columnar::{CatalogRow, DRUM_OFFSET, ScoreRow};
use crate::fingerprint::Digest;
use crate::music::midi::{MAX_BYTES, ReadOutcome, Status, read, too_large};
use crate::music::near_duplicates::sketch;
use crate::music::score::Score;
use crate::stage_api::InputFile;
use std::io::Read;
use std::panic::catch_unwind;
use std::path::Path;

/// Detail of a file on which the reader panicked.
const READER_PANICKED: &str = "the reader broke off; please report this file";
/// Bytes that are read of a file that is too large to be music, to identify it.
pub(super) const START: u64 = 64 * 1024;

/// Returns whether a row follows from its content alone, and not from an error while it was read.
pub(super) fn is_deterministic(row: &CatalogRow) -> bool {
    row.status != Status::IoError && row.detail != READER_PANICKED
}

/// The notes of a usable content.
#[derive(Debug, PartialEq)]
pub(super) struct Music {
    pub(super) score: ScoreRow,
    /// See `music::near_duplicates`.
    pub(super) sketch: Vec<u32>,
}

/// Parses a file. Returns its row, without path, group and duplicate, and its notes if it is usable. All errors are in
/// the row.
pub(super) fn parse(file: &InputFile, digest: &str) -> (CatalogRow, Option<Music>) {
    let limit = if file.size > MAX_BYTES { START } else { MAX_BYTES };
    let bytes = match read_start(&file.location, file.size.min(limit), limit) {
        Ok(bytes) => bytes,
        Err(error) => return (unreadable(file, digest, &error.to_string()), None),
    };
    if file.size > MAX_BYTES {
        let row = describe(&too_large(&bytes, file.size), digest, file.size);
        return (CatalogRow { md5: md5_of_file(&file.location).ok(), ..row }, None);
    }
    // A row must not describe other bytes than its digest does, even if the file is changed back.
    if file.digest != Some(Digest::compute(&bytes)) {
        return (unreadable(file, digest, "it changed while it was read"), None);
    }
    let size = bytes.len() as u64;
    let parsed = catch_unwind(|| {
        let Parsed { row, outcome, score } = parse_bytes(bytes, digest);
        let music = score.zip(outcome.score);
        (row, music.map(|(row, score)| Music { score: row, sketch: sketch(&score) }))
    });
    // The reader should not panic; a bug in it must cost only one file.
    parsed.unwrap_or_else(|_| {
        let detail = READER_PANICKED.to_owned();
        (CatalogRow { status: Status::NotMidi, detail, ..blank(digest, size) }, None)
    })
}

/// Computes the MD5 of a file that is too large for memory.
pub(super) fn md5_of_file(path: &Path) -> std::io::Result<String> {
    let mut md5 = md5::Context::new();
    std::io::copy(&mut fs_err::File::open(path)?, &mut md5)?;
    Ok(hex(md5.finalize()))
}

fn hex(digest: md5::Digest) -> String {
    format!("{digest:x}")
}

/// A parsed file content.
pub(super) struct Parsed {
    pub(super) row: CatalogRow,
    pub(super) outcome: ReadOutcome,
    /// The notes; `None` if the file is not usable.
    pub(super) score: Option<ScoreRow>,
}

/// Parses the bytes of a file.
pub(super) fn parse_bytes(bytes: Vec<u8>, digest: &str) -> Parsed {
    let md5 = hex(md5::compute(&bytes));
    let outcome = read(&bytes);
    let size = bytes.len() as u64;
    drop(bytes);
    let row = CatalogRow { md5: Some(md5), ..describe(&outcome, digest, size) };
    let Some(score) = outcome.score.as_ref().filter(|_| row.status == Status::Ok) else {
        return Parsed { row, outcome, score: None };
    };
    let score = score_row(score, digest);
    let row = match score {
        Some(_) => row,
        None => {
            let detail = "more than 2^32 ticks between two notes".to_owned();
            CatalogRow { status: Status::AbsurdLength, detail, ..row }
        }
    };
    Parsed { row, outcome, score }
}

/// Reads at most `limit` bytes from the start of a file of `size` bytes.
pub(super) fn read_start(path: &Path, size: u64, limit: u64) -> std::io::Result<Vec<u8>> {
    let file = fs_err::File::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the row of a file that cannot be read.
pub(super) fn unreadable(file: &InputFile, digest: &str, reason: &str) -> CatalogRow {
    let detail = reason.to_owned();
    CatalogRow { status: Status::IoError, detail, ..blank(digest, file.size) }
}

/// Converts the notes to a row; `None` if two of them are too far apart.
fn score_row(score: &Score, digest: &str) -> Option<ScoreRow> {
    let mut row = ScoreRow {
        digest: digest.to_owned(),
        division: score.division.get(),
        deltas: Vec::with_capacity(score.notes.len()),
        pitches: Vec::with_capacity(score.notes.len()),
        ..ScoreRow::default()
    };
    let mut last = 0;
    for note in &score.notes {
        row.deltas.push(u32::try_from(note.onset.0 - last).ok()?);
        row.pitches.push(note.pitch.get() + if note.drum { DRUM_OFFSET } else { 0 });
        last = note.onset.0;
    }
    for (tick, signature) in &score.signatures {
        row.signature_ticks.push(tick.0);
        row.numerators.push(signature.numerator());
        row.denominators.push(signature.denominator());
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &std::path::Path, bytes: &[u8], digest: Digest) -> InputFile {
        let location = folder.join("file.mid");
        fs_err::write(&location, bytes).unwrap();
        InputFile {
            path: "file.mid".into(),
            location,
            digest: Some(digest),
            size: bytes.len() as u64,
            is_executable: false,
        }
    }

    #[test]
    fn unusable_file_is_deterministic() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"no music", Digest::compute(b"no music"));
        let (row, score) = parse(&file, &Digest::compute(b"no music").to_string());
        assert_eq!((row.status, score), (Status::NotMidi, None));
        assert!(is_deterministic(&row));
    }

    #[test]
    fn bytes_that_differ_from_the_digest_are_an_error_and_not_reused() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"no music", Digest::compute(b"what it was before"));
        let (row, score) = parse(&file, "");
        assert_eq!((row.status, score), (Status::IoError, None));
        assert_eq!(row.detail, "it changed while it was read");
        assert!(!is_deterministic(&row));
    }

    #[test]
    fn read_errors_and_panics_are_not_reused() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"", Digest::compute(b""));
        fs_err::remove_file(&file.location).unwrap();
        let (row, _) = parse(&file, "");
        assert!(!is_deterministic(&row), "{}", row.detail);
        assert!(!is_deterministic(&CatalogRow { detail: READER_PANICKED.into(), ..blank("", 0) }));
    }
}
