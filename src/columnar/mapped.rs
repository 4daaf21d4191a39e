//! Arrow IPC files, read by way of a mapping. Their buffers are compressed with zstd, each on its own, so that what is
//! decoded lies in memory of its own and the mapping goes when the file was read.

use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::writer::IpcWriteOptions;
use arrow::ipc::{
    Block, Buffer as IpcBuffer, CompressionType, FieldNode, RecordBatch as RecordBatchHeader,
};
use arrow::ipc::{root_as_footer, root_as_message};
use arrow::record_batch::RecordBatch;
use memmap2::Mmap;

use super::error::{ColumnarError, ShardProblem};

/// An Arrow IPC file begins with this, padded to 8 bytes, and ends with it.
const MAGIC: &[u8; 6] = b"ARROW1";
/// Length of the footer's length and the closing magic.
const TRAILER: usize = 4 + MAGIC.len();

/// Maps the file at `path`.
pub(super) fn map(path: &Path) -> Result<Buffer, ColumnarError> {
    let file: File = fs_err::File::open(path)?.into_file();
    if file.metadata()?.len() == 0 {
        return Err(ColumnarError::Shard {
            path: path.to_owned(),
            problem: ShardProblem::NotArrow,
        });
    }
    // SAFETY: the mapping must not change under us. What is mapped are blobs of the store: read-only, written under
    // another name and renamed, never changed in place.
    let map = unsafe { Mmap::map(&file) }?;
    let (start, length) = (NonNull::from(&map[..]).cast::<u8>(), map.len());
    // SAFETY: `start` is valid for `length` bytes for as long as the map lives, which the buffer now owns; moving
    // the map does not move what it maps.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(map)) })
}

/// zstd's quickest usual level: the next ones save a tenth of the bytes in twice the time.
const LEVEL: i32 = 1;

/// Most bytes of a buffer when it is decompressed: what a damaged length may make us ask memory for. The longest column
/// of the largest song has a fifth of it.
const MOST_UNPACKED: i64 = 1 << 28;

/// How files are written.
pub(super) fn packing() -> Result<IpcWriteOptions, ArrowError> {
    IpcWriteOptions::default()
        .try_with_compression(Some(CompressionType::ZSTD))?
        .try_with_compression_level(Some(LEVEL))
}

/// What `accept` makes of the file's schema, and its batches. `widths` are the bytes of an element of each buffer of a
/// batch, in the order of the columns: validity (in bytes), then offsets where there are some, then values. Arrow's
/// decoder checks what is inside the arrays, but slices the file by offsets and makes room by lengths that it takes
/// from it: these are checked before.
pub(super) fn decode<T>(
    file: &Buffer,
    widths: &[usize],
    accept: impl FnOnce(&Schema) -> Result<T, ShardProblem>,
) -> Result<(T, Vec<RecordBatch>), ShardProblem> {
    if file.len() < MAGIC.len() + 2 + TRAILER || !file.starts_with(MAGIC) {
        return Err(ShardProblem::NotArrow);
    }
    let trailer_start = file.len() - TRAILER;
    let mut trailer = [0; TRAILER];
    trailer.copy_from_slice(&file[trailer_start..]);
    if !trailer.ends_with(MAGIC) {
        return Err(ShardProblem::Damaged("its end is missing"));
    }
    let footer_length = read_footer_length(trailer)?;
    let footer_start =
        trailer_start.checked_sub(footer_length).ok_or(ShardProblem::Damaged("footer length"))?;
    let footer = root_as_footer(&file[footer_start..trailer_start])
        .map_err(|_| ShardProblem::Damaged("footer"))?;
    let found = try_fb_to_schema(footer.schema().ok_or(ShardProblem::Damaged("no schema"))?)?;
    let accepted = accept(&found)?;
    let decoder = FileDecoder::new(Arc::new(found), footer.version());
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        let bytes = slice_block(file, block, footer_start, widths)?;
        batches.extend(decoder.read_record_batch(block, &bytes)?);
    }
    Ok((accepted, batches))
}

/// The bytes of a block, when it lies before the footer and its buffers inside it.
fn slice_block(
    file: &Buffer,
    block: &Block,
    end: usize,
    widths: &[usize],
) -> Result<Buffer, ShardProblem> {
    let (offset, head, body) = (
        usize::try_from(block.offset()).ok(),
        usize::try_from(block.metaDataLength()).ok().filter(|&length| length >= 8),
        usize::try_from(block.bodyLength()).ok(),
    );
    let (Some(offset), Some(head), Some(body)) = (offset, head, body) else {
        return Err(ShardProblem::Damaged("block size"));
    };
    let length = head.checked_add(body);
    let fits = length.and_then(|length| length.checked_add(offset)).is_some_and(|last| last <= end);
    let Some(length) = length.filter(|_| fits) else {
        return Err(ShardProblem::Damaged("block outside the file"));
    };
    let bytes = file.slice_with_length(offset, length);
    // Eight bytes lead: the continuation mark and the length.
    let message =
        root_as_message(&bytes[8..head]).map_err(|_| ShardProblem::Damaged("block header"))?;
    let Some(batch) = message.header_as_record_batch() else {
        return Err(ShardProblem::Damaged("block without a record batch"));
    };
    check_batch(&batch, &bytes[head..head + body], widths)?;
    Ok(bytes)
}

/// Checks what Arrow's decoder takes for granted of a batch with this body.
fn check_batch(
    batch: &RecordBatchHeader<'_>,
    body: &[u8],
    widths: &[usize],
) -> Result<(), ShardProblem> {
    let packed = match batch.compression().map(|compression| compression.codec()) {
        None => false,
        Some(CompressionType::ZSTD) => true,
        Some(_) => return Err(ShardProblem::Damaged("compressed in another way")),
    };
    let natural = |length: i64| i32::try_from(length).is_ok_and(|length| length >= 0);
    let whole = |node: &FieldNode| node.null_count() == 0 && natural(node.length());
    if !natural(batch.length()) || !batch.nodes().iter().flatten().all(whole) {
        return Err(ShardProblem::Damaged("row counts"));
    }
    let inside = |(buffer, width): (&IpcBuffer, &usize)| {
        let start = usize::try_from(buffer.offset()).ok().filter(|start| start.is_multiple_of(8));
        let length = usize::try_from(buffer.length()).ok();
        let end = start.zip(length).and_then(|(start, length)| start.checked_add(length));
        let bytes = start.zip(end).and_then(|(start, end)| body.get(start..end));
        bytes.is_some_and(|bytes| {
            unpacked(bytes, packed).is_some_and(|length| length.is_multiple_of(*width))
        })
    };
    let buffers = batch.buffers();
    let count = buffers.as_ref().map_or(0, |buffers| buffers.len());
    if count != widths.len() || !buffers.iter().flatten().zip(widths).all(inside) {
        return Err(ShardProblem::Damaged("buffer outside its block"));
    }
    Ok(())
}

/// How many bytes a buffer has when it is decompressed; `None` when it cannot be so.
fn unpacked(bytes: &[u8], packed: bool) -> Option<usize> {
    if !packed || bytes.is_empty() {
        return Some(bytes.len());
    }
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    match i64::from_le_bytes(*length) {
        // Left as it was, since it would have grown.
        -1 => Some(rest.len()),
        length => usize::try_from(length).ok().filter(|_| length <= MOST_UNPACKED),
    }
}
