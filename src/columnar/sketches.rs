//! `sketches.arrow`: hashes by which near-duplicates are found, one row per content with notes, in the order of
//! digests. A file apart from the scores, since every scan reads all of it. Not compressed: hashes are random numbers.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `digest` | utf8 | BLAKE3 of the file's content |
//! | `sketch` | list of u32 | a sample of hashes of the song's notes: at most 128 numbers, ascending |

use super::error::{Result, ShardProblem};
use super::ipc::{Compression, IpcWriter, ListColumn, decode, list_array, list_type, map};
use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use arrow::record_batch::RecordBatch;
use std::path::Path;
use std::sync::Arc;

fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("digest", DataType::Utf8, false),
        Field::new("sketch", list_type(DataType::UInt32), false),
    ]))
}

/// Writes sketches by digest, in the order given.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn write_sketches<'a>(
    path: &Path,
    sketches: impl Iterator<Item = (impl AsRef<str>, &'a [u32])>,
) -> Result<()> {
    let sketches: Vec<_> = sketches.collect();
    let digests = StringArray::from_iter_values(sketches.iter().map(|(digest, _)| digest));
    let lists = list_array::<UInt32Type>(sketches.iter().map(|&(_, sketch)| sketch));
    let mut writer = IpcWriter::create(path, schema(), Compression::None)?;
    writer.write(vec![Arc::new(digests), lists])?;
    writer.finish()
}

/// The sketches of a file.
pub struct SketchSet {
    batches: Vec<Batch>,
}

struct Batch {
    digests: StringArray,
    sketches: ListColumn<UInt32Type>,
}

impl SketchSet {
    /// Reads a file of sketches.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, has other columns, or is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let batches = decode(&map(path)?, &schema(), "sketches")
            .and_then(|batches| {
                let batches: Option<Vec<Batch>> = batches.iter().map(Batch::new).collect();
                batches.ok_or(ShardProblem::Damaged("column types"))
            })
            .map_err(|problem| problem.in_file(path))?;
        Ok(Self { batches })
    }

    /// Number of sketches.
    pub fn len(&self) -> usize {
        self.batches.iter().map(|batch| batch.digests.len()).sum()
    }

    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each digest with its sketch, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u32])> {
        self.batches.iter().flat_map(|batch| {
            (0..batch.digests.len()).map(|row| (batch.digests.value(row), batch.sketches.at(row)))
        })
    }
}

impl Batch {
    fn new(batch: &RecordBatch) -> Option<Self> {
        let digests = batch.column_by_name("digest")?.as_string_opt::<i32>()?.clone();
        Some(Self { digests, sketches: ListColumn::new(batch, "sketch")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_are_read_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sketches.arrow");
        let written = [("a", &[1, 5, u32::MAX][..]), ("b", &[]), ("c", &[7])];
        write_sketches(&path, written.into_iter()).unwrap();
        assert!(SketchSet::open(&path).unwrap().iter().eq(written));
        write_sketches(&path, std::iter::empty::<(&str, &[u32])>()).unwrap();
        assert!(SketchSet::open(&path).unwrap().is_empty());
    }

    #[test]
    fn truncated_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sketches.arrow");
        write_sketches(&path, [("a", &[1, 5][..])].into_iter()).unwrap();
        let whole = fs_err::read(&path).unwrap();
        for length in 0..whole.len() {
            fs_err::write(&path, &whole[..length]).unwrap();
            assert!(SketchSet::open(&path).is_err(), "{length}");
        }
    }
}
