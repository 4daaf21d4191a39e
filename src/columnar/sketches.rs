//! `sketches.arrow`: what near-duplicates are found by, a row a content that has notes, in the order of digests. A file
//! of its own, apart from the scores, since all of it is read in every scan. Not compressed: its numbers are hashes.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `digest` | utf8 | BLAKE3 of the file's content |
//! | `sketch` | list of u32 | a sample of what the song plays: at most 128 numbers, ascending |

use super::error::{ColumnarError, ShardProblem};
use super::mapped::{decode, map};
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, ListBuilder, PrimitiveBuilder, StringArray, StringBuilder,
    UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

/// Bytes of an element of each buffer of a batch; see [`mapped::decode`](super::mapped::decode).
const WIDTHS: [usize; 7] = [
    1, 4, 1, // digest
    1, 4, 1, 4, // sketch
];

fn schema() -> Arc<Schema> {
    let item = Arc::new(Field::new("item", DataType::UInt32, false));
    Arc::new(Schema::new(vec![
        Field::new("digest", DataType::Utf8, false),
        Field::new("sketch", DataType::List(item), false),
    ]))
}

/// Writes sketches by digest, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_sketches<'a>(
    path: &Path,
    sketches: impl Iterator<Item = (impl AsRef<str>, &'a [u32])>,
) -> Result<(), ColumnarError> {
    let file = BufWriter::new(fs_err::File::create(path)?);
    pack(file, sketches).map_err(|error| refused(path, error))
}

fn pack<'a>(
    file: BufWriter<fs_err::File>,
    sketches: impl Iterator<Item = (impl AsRef<str>, &'a [u32])>,
) -> Result<(), ArrowError> {
    let item = Field::new("item", DataType::UInt32, false);
    let mut digests = StringBuilder::new();
    let mut lists = ListBuilder::new(PrimitiveBuilder::<UInt32Type>::new()).with_field(item);
    for (digest, sketch) in sketches {
        digests.append_value(digest);
        lists.values().append_slice(sketch);
        lists.append(true);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(digests.finish()), Arc::new(lists.finish())];
    let mut writer = FileWriter::try_new(file, &schema())?;
    writer.write(&RecordBatch::try_new(schema(), columns)?)?;
    writer.finish()
}

/// Sketches where they lie in their file.
pub struct SketchSet {
    batches: Vec<Batch>,
}

struct Batch {
    digests: StringArray,
    lists: ListArray,
    values: UInt32Array,
}

impl SketchSet {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no such file, or is damaged.
    pub fn open(path: &Path) -> Result<Self, ColumnarError> {
        let damaged = |problem| ColumnarError::Shard { path: path.to_owned(), problem };
        let ((), batches) = decode(&map(path)?, &WIDTHS, accept).map_err(damaged)?;
        let batches: Option<Vec<Batch>> = batches.iter().map(Batch::new).collect();
        let batches = batches.ok_or_else(|| damaged(ShardProblem::Damaged("column types")))?;
        Ok(Self { batches })
    }

    /// How many sketches there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.iter().map(|batch| batch.digests.len()).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each digest with its sketch, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u32])> {
        self.batches.iter().flat_map(|batch| {
            (0..batch.digests.len()).map(|row| (batch.digests.value(row), batch.sketch(row)))
        })
    }
}

impl Batch {
    fn new(batch: &RecordBatch) -> Option<Self> {
        let lists = batch.column(1).as_list_opt::<i32>()?.clone();
        let values = lists.values().as_primitive_opt::<UInt32Type>()?.clone();
        Some(Self { digests: batch.column(0).as_string_opt::<i32>()?.clone(), lists, values })
    }

    /// Offsets ascend and lie inside the values: Arrow's validation saw to that when the batch was decoded.
    fn sketch(&self, row: usize) -> &[u32] {
        let offsets = self.lists.value_offsets();
        &self.values.values()[offsets[row] as usize..offsets[row + 1] as usize]
    }
}

fn accept(found: &Schema) -> Result<(), ShardProblem> {
    if found.fields() == schema().fields() {
        return Ok(());
    }
    Err(ShardProblem::Arrow(ArrowError::SchemaError("not a table of sketches".into())))
}

fn refused(path: &Path, error: ArrowError) -> ColumnarError {
    ColumnarError::Shard { path: path.to_owned(), problem: ShardProblem::Arrow(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_come_back_by_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sketches.arrow");
        let written = [("a", &[1, 5, u32::MAX][..]), ("b", &[]), ("c", &[7])];
        write_sketches(&path, written.into_iter()).unwrap();
        assert!(SketchSet::open(&path).unwrap().iter().eq(written));
        write_sketches(&path, std::iter::empty::<(&str, &[u32])>()).unwrap();
        assert!(SketchSet::open(&path).unwrap().is_empty());
    }

    #[test]
    fn a_file_cut_short_anywhere_is_an_error() {
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
