//! Writes Arrow IPC files.

use crate::columnar::error::{Result, ShardProblem};
use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use arrow::record_batch::RecordBatch;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The fastest common level of zstd: the next ones save a tenth of the bytes in twice the time.
const LEVEL: i32 = 1;

/// Compression of buffers.
#[derive(Clone, Copy)]
pub(crate) enum Compression {
    None,
    Zstd,
}

/// Writes one file, batch by batch.
pub(crate) struct IpcWriter {
    path: PathBuf,
    schema: SchemaRef,
    writer: FileWriter<BufWriter<fs_err::File>>,
}

impl IpcWriter {
    /// Creates the file.
    pub(crate) fn create(path: &Path, schema: SchemaRef, compression: Compression) -> Result<Self> {
        let file = BufWriter::new(fs_err::File::create(path)?);
        let writer = options(compression)
            .and_then(|options| FileWriter::try_new_with_options(file, &schema, options))
            .map_err(|error| ShardProblem::Arrow(error).in_file(path))?;
        Ok(Self { path: path.to_owned(), schema, writer })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a batch of these columns.
    pub(crate) fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|error| ShardProblem::Arrow(error).in_file(&self.path))
    }

    /// Completes the file.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.writer.finish().map_err(|error| ShardProblem::Arrow(error).in_file(&self.path))
    }
}

fn options(compression: Compression) -> Result<IpcWriteOptions, ArrowError> {
    let options = IpcWriteOptions::default();
    match compression {
        Compression::None => Ok(options),
        Compression::Zstd => options
            .try_with_compression(Some(CompressionType::ZSTD))?
            .try_with_compression_level(Some(LEVEL)),
    }
}
