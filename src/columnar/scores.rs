//! `scores.arrow`: the notes of every usable file content, so that whoever grids them needs neither the
//! files nor a MIDI reader. Arrow IPC, one row a content, in the order given.

use super::error::{ColumnarError, ShardProblem};
use arrow::array::{
    Array, ArrayRef, AsArray, ListBuilder, PrimitiveBuilder, RecordBatch, StringBuilder,
    UInt16Builder,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a record batch: what writer and reader hold.
const BATCH: usize = 256;

/// One file content's notes and meter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// BLAKE3 of the file's bytes, 64 hex digits.
    pub digest: String,
    /// Ticks a quarter note.
    pub division: u16,
    /// Ticks from each note's onset to the next one's, the first from the start; below 2^32.
    pub deltas: Vec<u32>,
    /// MIDI pitch of each note.
    pub pitches: Vec<u8>,
    /// 1 for a note on a drum channel, else 0.
    pub drums: Vec<u8>,
    /// Tick of each time signature.
    pub signature_ticks: Vec<u64>,
    /// Numerator of each time signature.
    pub numerators: Vec<u8>,
    /// Denominator of each time signature.
    pub denominators: Vec<u8>,
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, false)))
}

fn schema() -> Arc<Schema> {
    let columns = [
        ("digest", DataType::Utf8),
        ("division", DataType::UInt16),
        ("deltas", list(DataType::UInt32)),
        ("pitches", list(DataType::UInt8)),
        ("drums", list(DataType::UInt8)),
        ("signature_ticks", list(DataType::UInt64)),
        ("numerators", list(DataType::UInt8)),
        ("denominators", list(DataType::UInt8)),
    ];
    let fields = columns.map(|(name, kind)| Field::new(name, kind, false));
    Arc::new(Schema::new(fields.to_vec()))
}

/// Writes rows one by one in bounded memory.
pub struct ScoreWriter {
    path: PathBuf,
    writer: FileWriter<BufWriter<fs_err::File>>,
    pending: Vec<ScoreRow>,
}

impl ScoreWriter {
    /// A writer into a new file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> Result<Self, ColumnarError> {
        let file = BufWriter::new(fs_err::File::create(path)?);
        let writer = FileWriter::try_new(file, &schema()).map_err(|error| problem(path, error))?;
        Ok(Self { path: path.to_owned(), writer, pending: Vec::new() })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, row: ScoreRow) -> Result<(), ColumnarError> {
        self.pending.push(row);
        if self.pending.len() == BATCH { self.flush() } else { Ok(()) }
    }

    /// Completes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), ColumnarError> {
        self.flush()?;
        self.writer.finish().map_err(|error| problem(&self.path, error))
    }

    fn flush(&mut self) -> Result<(), ColumnarError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.pending);
        RecordBatch::try_new(schema(), columns(&rows))
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|error| problem(&self.path, error))
    }
}

fn columns(rows: &[ScoreRow]) -> Vec<ArrayRef> {
    let mut digests = StringBuilder::new();
    let mut divisions = UInt16Builder::new();
    for row in rows {
        digests.append_value(&row.digest);
        divisions.append_value(row.division);
    }
    vec![
        Arc::new(digests.finish()),
        Arc::new(divisions.finish()),
        lists::<UInt32Type>(rows.iter().map(|row| row.deltas.as_slice())),
        lists::<UInt8Type>(rows.iter().map(|row| row.pitches.as_slice())),
        lists::<UInt8Type>(rows.iter().map(|row| row.drums.as_slice())),
        lists::<UInt64Type>(rows.iter().map(|row| row.signature_ticks.as_slice())),
        lists::<UInt8Type>(rows.iter().map(|row| row.numerators.as_slice())),
        lists::<UInt8Type>(rows.iter().map(|row| row.denominators.as_slice())),
    ]
}

fn lists<'a, T: ArrowPrimitiveType>(rows: impl Iterator<Item = &'a [T::Native]>) -> ArrayRef {
    let field = Field::new("item", T::DATA_TYPE, false);
    let mut builder = ListBuilder::new(PrimitiveBuilder::<T>::new()).with_field(field);
    for row in rows {
        builder.values().append_slice(row);
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// Reads the rows of a file a batch at a time.
///
/// # Errors
/// When the file cannot be read or is no such file; a damaged batch is an error in the iterator.
pub fn read_scores(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Vec<ScoreRow>, ColumnarError>>, ColumnarError> {
    let file = std::io::BufReader::new(fs_err::File::open(path)?);
    let reader = FileReader::try_new(file, None).map_err(|error| problem(path, error))?;
    if reader.schema().fields() != schema().fields() {
        let error = arrow::error::ArrowError::SchemaError("not a table of scores".into());
        return Err(problem(path, error));
    }
    let path = path.to_owned();
    Ok(reader
        .map(move |batch| batch.map_err(|error| problem(&path, error)).map(|batch| rows(&batch))))
}

fn rows(batch: &RecordBatch) -> Vec<ScoreRow> {
    fn items<T: ArrowPrimitiveType>(
        batch: &RecordBatch,
        column: usize,
        row: usize,
    ) -> Vec<T::Native> {
        batch.column(column).as_list::<i32>().value(row).as_primitive::<T>().values().to_vec()
    }
    let digests = batch.column(0).as_string::<i32>();
    let divisions = batch.column(1).as_primitive::<UInt16Type>();
    let row = |index: usize| ScoreRow {
        digest: digests.value(index).to_owned(),
        division: divisions.value(index),
        deltas: items::<UInt32Type>(batch, 2, index),
        pitches: items::<UInt8Type>(batch, 3, index),
        drums: items::<UInt8Type>(batch, 4, index),
        signature_ticks: items::<UInt64Type>(batch, 5, index),
        numerators: items::<UInt8Type>(batch, 6, index),
        denominators: items::<UInt8Type>(batch, 7, index),
    };
    (0..digests.len()).map(row).collect()
}

fn problem(path: &Path, error: arrow::error::ArrowError) -> ColumnarError {
    ColumnarError::Shard { path: path.to_owned(), problem: ShardProblem::Arrow(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32) -> ScoreRow {
        ScoreRow {
            digest: format!("{number:064}"),
            division: 480,
            deltas: vec![number; 3],
            pitches: vec![60, 64, 67],
            drums: vec![0, 1, 0],
            signature_ticks: vec![0],
            numerators: vec![4],
            denominators: vec![4],
        }
    }

    #[test]
    fn rows_come_back_as_they_were_over_several_batches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores");
        let mut writer = ScoreWriter::create(&path).unwrap();
        let rows: Vec<ScoreRow> = (0..600).map(row).collect();
        rows.iter().for_each(|row| writer.push(row.clone()).unwrap());
        writer.finish().unwrap();
        let back: Vec<ScoreRow> = read_scores(&path).unwrap().flat_map(Result::unwrap).collect();
        assert_eq!(back, rows);
    }

    #[test]
    fn a_foreign_or_cut_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores");
        let mut writer = ScoreWriter::create(&path).unwrap();
        writer.push(row(1)).unwrap();
        writer.finish().unwrap();
        let bytes = fs_err::read(&path).unwrap();
        fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(read_scores(&path).is_err());
        fs_err::write(&path, b"MThd").unwrap();
        assert!(read_scores(&path).is_err());
    }
}
