//! One file content: what it is, and its notes.

use crate::columnar::{CatalogRow, DRUM_OFFSET, ScoreRow};
use crate::fingerprint::Digest;
use crate::music::canonical::Canonical;
use crate::music::midi::{MAX_BYTES, ReadOutcome, Status, read, too_large};
use crate::music::near_duplicates::sketch;
use crate::music::note::Tick;
use crate::music::roll::{Drums, QuantizedScore, RollShape, quantize};
use crate::music::score::Score;
use crate::stage_api::InputFile;
use std::io::Read;
use std::panic::catch_unwind;
use std::path::Path;

/// Detail of a file on which the reader panicked.
const READER_PANICKED: &str = "the reader broke off; please report this file";

/// Whether a row follows from its content alone, and not from what happened while it was read.
pub(super) fn is_deterministic(row: &CatalogRow) -> bool {
    row.status != Status::IoError.as_str() && row.detail != READER_PANICKED
}

/// What a content says of itself; a [`CatalogRow`] whose path, group and duplicate are still open.
pub(super) struct Parsed(pub(super) CatalogRow);

/// What a usable content plays.
#[derive(Debug, PartialEq)]
pub(super) struct Music {
    pub(super) score: ScoreRow,
    /// See `music::near_duplicates`.
    pub(super) sketch: Vec<u32>,
}

/// Reads one file. Whatever is wrong with it ends up in its row.
pub(super) fn parse(file: &InputFile, digest: &str) -> (Parsed, Option<Music>) {
    let most = if file.size > MAX_BYTES { START } else { MAX_BYTES };
    let bytes = match start_of(&file.location, file.size.min(most), most) {
        Ok(bytes) => bytes,
        Err(error) => return (Parsed(unreadable(file, digest, &error.to_string())), None),
    };
    if file.size > MAX_BYTES {
        return (Parsed(describe(&too_large(&bytes, file.size), digest, file.size)), None);
    }
    // A row must never tell of other bytes than its digest does, not even when the file is put back.
    if file.digest != Some(Digest::compute(&bytes)) {
        return (Parsed(unreadable(file, digest, "it changed while it was read")), None);
    }
    let size = bytes.len() as u64;
    // The reader promises not to panic; a fault in it must still cost one file and not the batch.
    let reading = catch_unwind(|| {
        let reading = read(&bytes);
        drop(bytes);
        let described = describe(&reading, digest, size);
        let score = reading.score.filter(|_| described.status == "ok");
        let row = score.map(|score| music(&score, digest));
        (described, row)
    });
    match reading {
        Ok((row, score)) => match score {
            Some(None) => (Parsed(absurd(row)), None),
            score => (Parsed(row), score.flatten()),
        },
        Err(_) => {
            let row = CatalogRow {
                status: "not_midi".into(),
                detail: READER_PANICKED.into(),
                ..empty(digest, size)
            };
            (Parsed(row), None)
        }
    }
}

/// Bytes that tell what a file is that is too large to be music.
const START: u64 = 64 * 1024;

/// The first bytes of a file, `size` as far as is known, and `most` at most.
fn start_of(path: &Path, size: u64, most: u64) -> std::io::Result<Vec<u8>> {
    let file = fs_err::File::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The row of a file that cannot be opened or read.
pub(super) fn unreadable(file: &InputFile, digest: &str, why: &str) -> CatalogRow {
    CatalogRow {
        status: Status::IoError.as_str().into(),
        detail: why.to_owned(),
        ..empty(digest, file.size)
    }
}

fn empty(digest: &str, bytes: u64) -> CatalogRow {
    CatalogRow {
        path: String::new(),
        bytes,
        digest: digest.to_owned(),
        status: String::new(),
        detail: String::new(),
        format: None,
        division: None,
        tracks: None,
        measures: None,
        notes: 0,
        onsets: 0,
        drums: 0,
        lowest_pitch: None,
        highest_pitch: None,
        tempo: None,
        tempo_changes: 0,
        time_signatures: String::new(),
        time_signature_source: String::new(),
        segments: 0,
        programs: String::new(),
        duration: 0.0,
        title: String::new(),
        bytes_unread: 0,
        faults: String::new(),
        off_grid: 0.0,
        outside_window: 0,
        leading_empty: 0,
        loop_points: 0,
        notes_digest: None,
        shape_digest: None,
        group: String::new(),
        duplicate_of: None,
    }
}

fn absurd(row: CatalogRow) -> CatalogRow {
    let detail = "more than 2^32 ticks between two notes".to_owned();
    CatalogRow { status: Status::AbsurdLength.as_str().into(), detail, ..row }
}

fn describe(reading: &ReadOutcome, digest: &str, bytes: u64) -> CatalogRow {
    let row = CatalogRow {
        status: reading.status.as_str().into(),
        detail: reading.detail.clone(),
        format: reading.format.map(i32::from),
        division: reading.division.map(i32::from),
        tracks: Some(reading.tracks.into()),
        bytes_unread: reading.bytes_unread,
        faults: reading.faults.to_string(),
        ..empty(digest, bytes)
    };
    let Some(score) = &reading.score else { return row };
    let pitches = pitches(score);
    let row = describe_score(score, &pitches, row);
    let canonical = Canonical::new(score);
    // Where no pitch is outside the thesis' window, as in most songs, both grids show the same onsets.
    let all_shown =
        pitches.range.is_some_and(|(low, high)| RollShape::THESIS.has_rows_for(low, high));
    let own = (!all_shown).then(|| quantize(score, &RollShape::THESIS, Drums::Drop));
    let quantized = match &own {
        Some(own) => own.as_ref(),
        None => canonical.as_ref().map(Canonical::quantized),
    };
    match quantized {
        Ok(quantized) => describe_grid(quantized, canonical.as_ref().ok(), row),
        Err(reason) => CatalogRow {
            status: reason.status().as_str().into(),
            detail: reason.to_string(),
            ..row
        },
    }
}

/// The notes that are no drums.
struct Pitches {
    notes: usize,
    /// The lowest and the highest one; `None` where there is none.
    range: Option<(u8, u8)>,
}

fn pitches(score: &Score) -> Pitches {
    let (mut notes, mut low, mut high) = (0, u8::MAX, 0);
    for note in score.notes.iter().filter(|note| !note.drum) {
        notes += 1;
        low = low.min(note.pitch.get());
        high = high.max(note.pitch.get());
    }
    Pitches { notes, range: (notes > 0).then_some((low, high)) }
}

fn describe_score(score: &Score, pitches: &Pitches, row: CatalogRow) -> CatalogRow {
    let signatures: Vec<String> =
        score.distinct_signatures().iter().map(ToString::to_string).collect();
    let programs: Vec<String> = score.programs.iter().map(ToString::to_string).collect();
    CatalogRow {
        notes: pitches.notes as i64,
        drums: (score.notes.len() - pitches.notes) as i64,
        lowest_pitch: pitches.range.map(|(low, _)| low.into()),
        highest_pitch: pitches.range.map(|(_, high)| high.into()),
        tempo: Some(score.initial_bpm()),
        tempo_changes: score.tempos.iter().filter(|(tick, _)| *tick > Tick(0)).count() as i64,
        time_signatures: signatures.join(" "),
        time_signature_source: score.signature_source.to_string(),
        programs: programs.join(" "),
        duration: score.seconds(),
        loop_points: score.loops.len() as i64,
        title: score.names.first().cloned().unwrap_or_default(),
        ..row
    }
}

fn describe_grid(
    quantized: &QuantizedScore,
    canonical: Option<&Canonical>,
    row: CatalogRow,
) -> CatalogRow {
    let digest =
        |bytes: Option<Vec<u8>>| Some(Digest::compute(&bytes.unwrap_or_default()).to_string());
    CatalogRow {
        measures: i64::try_from(quantized.measures()).ok(),
        onsets: quantized.onsets.cast_signed(),
        segments: quantized.segments.len() as i64,
        off_grid: quantized.off_grid_fraction,
        outside_window: quantized.outside_window.cast_signed(),
        leading_empty: quantized.leading_empty_measures.cast_signed(),
        notes_digest: digest(canonical.map(Canonical::notes)),
        shape_digest: digest(canonical.map(Canonical::shape)),
        ..row
    }
}

/// What a score plays; `None` when its notes make no row.
fn music(score: &Score, digest: &str) -> Option<Music> {
    Some(Music { score: score_row(score, digest)?, sketch: sketch(score) })
}

/// The notes as a row; `None` when two of them lie too far apart for it.
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
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_so_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"no music", Digest::compute(b"no music"));
        let (Parsed(row), score) = parse(&file, &Digest::compute(b"no music").to_string());
        assert_eq!((row.status.as_str(), score), ("not_midi", None));
        assert!(is_deterministic(&row));
    }

    #[test]
    fn bytes_that_are_not_those_of_the_digest_are_told_and_never_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"no music", Digest::compute(b"what it was before"));
        let (Parsed(row), score) = parse(&file, "");
        assert_eq!((row.status.as_str(), score), ("io_error", None));
        assert_eq!(row.detail, "it changed while it was read");
        assert!(!is_deterministic(&row));
    }

    #[test]
    fn what_went_wrong_while_reading_is_never_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), b"", Digest::compute(b""));
        fs_err::remove_file(&file.location).unwrap();
        let (Parsed(row), _) = parse(&file, "");
        assert!(!is_deterministic(&row), "{}", row.detail);
        assert!(!is_deterministic(&CatalogRow { detail: READER_PANICKED.into(), ..empty("", 0) }));
    }
}
