//! `scores/*.arrow`: the notes of every usable file content, so that later stages need neither the files nor a MIDI
//! reader. Arrow IPC, buffers compressed with zstd, one row per content, in the order of their digests.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `digest` | utf8 | BLAKE3 of the file, 64 hex digits |
//! | `division` | u16 | ticks per quarter note |
//! | `deltas` | list of u32 | ticks from each note's onset to the next one's, the first from the start |
//! | `pitches` | list of u8 | MIDI pitch of each note, plus 128 on a drum channel |
//! | `signature_ticks` | list of u64 | tick of each time signature |
//! | `numerators`, `denominators` | list of u8 | the time signatures |
//!
//! A shard holds a range of contents, of all that a scan found, usable or not, so the digests of a corpus determine
//! which shard holds which content ([`score_partitions`]). Adding or removing a content changes its own shard and
//! rarely a second one; the others keep their bytes, and so their blobs in the store.
//!
//! To add a column, change [`ScoreRow`], `schema`, `columns` and `rows`. If it is missing in one of them, the code does
//! not compile, or writing or opening a file fails.

mod partition;

pub use partition::{score_partitions, score_shard};

use super::error::{Result, ShardProblem, ShardResult};
use super::ipc::{Compression, IpcWriter, ListColumn, decode, list_array, list_type, map};
use arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt16Array};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use std::path::Path;
use std::sync::Arc;

/// Rows of a record batch, at most.
const BATCH: usize = 256;
/// Notes after which a record batch ends, so that songs of millions of notes do not add up.
const NOTES: usize = 1 << 22;

/// Added to the pitch of a note on a drum channel.
pub const DRUM_OFFSET: u8 = 128;

/// One file content's notes and meter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: String,
    /// Ticks per quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start; below 2^32.
    pub deltas: Vec<u32>,
    /// MIDI pitch of each note, plus [`DRUM_OFFSET`] on a drum channel.
    pub pitches: Vec<u8>,
    /// Tick of each time signature.
    pub signature_ticks: Vec<u64>,
    /// Numerator of each time signature.
    pub numerators: Vec<u8>,
    /// Denominator of each time signature.
    pub denominators: Vec<u8>,
}

fn schema() -> Arc<Schema> {
    let columns = [
        ("digest", DataType::Utf8),
        ("division", DataType::UInt16),
        ("deltas", list_type(DataType::UInt32)),
        ("pitches", list_type(DataType::UInt8)),
        ("signature_ticks", list_type(DataType::UInt64)),
        ("numerators", list_type(DataType::UInt8)),
        ("denominators", list_type(DataType::UInt8)),
    ];
    let fields = columns.map(|(name, kind)| Field::new(name, kind, false));
    Arc::new(Schema::new(fields.to_vec()))
}

fn columns(rows: &[&ScoreRow]) -> Vec<ArrayRef> {
    vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.digest))),
        Arc::new(UInt16Array::from_iter_values(rows.iter().map(|row| row.division))),
        list_array::<UInt32Type>(rows.iter().map(|row| &row.deltas[..])),
        list_array::<UInt8Type>(rows.iter().map(|row| &row.pitches[..])),
        list_array::<UInt64Type>(rows.iter().map(|row| &row.signature_ticks[..])),
        list_array::<UInt8Type>(rows.iter().map(|row| &row.numerators[..])),
        list_array::<UInt8Type>(rows.iter().map(|row| &row.denominators[..])),
    ]
}

/// The rows of a batch; `None` if it has other columns.
fn rows(batch: &RecordBatch) -> Option<Vec<ScoreRow>> {
    let digests = batch.column_by_name("digest")?.as_string_opt::<i32>()?;
    let divisions = batch.column_by_name("division")?.as_primitive_opt::<UInt16Type>()?;
    let deltas = ListColumn::<UInt32Type>::new(batch, "deltas")?;
    let pitches = ListColumn::<UInt8Type>::new(batch, "pitches")?;
    let signature_ticks = ListColumn::<UInt64Type>::new(batch, "signature_ticks")?;
    let numerators = ListColumn::<UInt8Type>::new(batch, "numerators")?;
    let denominators = ListColumn::<UInt8Type>::new(batch, "denominators")?;
    let row = |row: usize| ScoreRow {
        digest: digests.value(row).to_owned(),
        division: divisions.value(row),
        deltas: deltas.at(row).to_vec(),
        pitches: pitches.at(row).to_vec(),
        signature_ticks: signature_ticks.at(row).to_vec(),
        numerators: numerators.at(row).to_vec(),
        denominators: denominators.at(row).to_vec(),
    };
    Some((0..digests.len()).map(row).collect())
}

fn check_order<'a>(digests: impl Iterator<Item = &'a str>) -> ShardResult {
    match digests.is_sorted_by(|one, next| one < next) {
        true => Ok(()),
        false => Err(ShardProblem::Damaged("digests out of order")),
    }
}

/// Writes a shard. The digests of the rows must ascend.
///
/// # Errors
/// Returns an error if they do not, or if the file cannot be written.
pub fn write_scores(path: &Path, rows: &[&ScoreRow]) -> Result<()> {
    check_order(rows.iter().map(|row| row.digest.as_str()))
        .map_err(|problem| problem.in_file(path))?;
    let mut writer = IpcWriter::create(path, schema(), Compression::Zstd)?;
    let mut rest = rows;
    while !rest.is_empty() {
        let mut notes = 0;
        let full = rest.iter().take(BATCH).position(|row| {
            notes += row.pitches.len();
            notes >= NOTES
        });
        let (batch, after) = rest.split_at(full.map_or(BATCH.min(rest.len()), |last| last + 1));
        writer.write(columns(batch))?;
        rest = after;
    }
    writer.finish()
}

/// All rows of a shard, in the order of their digests.
pub struct ScoreSet(Vec<ScoreRow>);

impl ScoreSet {
    /// Reads a shard of scores.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, has other columns, is truncated or damaged, or its digests do not
    /// ascend.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(&map(path)?).map_err(|problem| problem.in_file(path))
    }

    fn from_bytes(file: &Buffer) -> ShardResult<Self> {
        let batches = decode(file, &schema(), "scores")?;
        let parts: Option<Vec<Vec<ScoreRow>>> = batches.iter().map(rows).collect();
        let rows: Vec<ScoreRow> =
            parts.ok_or(ShardProblem::Damaged("column types"))?.into_iter().flatten().collect();
        check_order(rows.iter().map(|row| row.digest.as_str()))?;
        Ok(Self(rows))
    }

    /// The row of a content; `None` if there is none.
    pub fn find(&self, digest: &str) -> Option<&ScoreRow> {
        let index = self.0.binary_search_by(|row| row.digest.as_str().cmp(digest)).ok()?;
        Some(&self.0[index])
    }
}

#[cfg(test)]
mod tests;
