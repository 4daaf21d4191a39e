//! Reads Arrow IPC files through a mapping, and checks what Arrow's decoder takes for granted.

use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{
    Block, Buffer as IpcBuffer, CompressionType, FieldNode, RecordBatch as RecordBatchHeader,
};
use arrow::ipc::{root_as_footer, root_as_message};
use arrow::record_batch::RecordBatch;
use memmap2::Mmap;

use crate::columnar::error::{Result, ShardProblem, ShardResult};
use ShardProblem::Damaged;

/// An Arrow IPC file begins with this, padded to 8 bytes, and ends with it.
const MAGIC: &[u8; 6] = b"ARROW1";
/// Length of the footer's length and the closing magic.
const TRAILER: usize = 4 + MAGIC.len();

/// Most bytes of a decompressed buffer: limits the memory that a damaged length can request. The longest column of
/// the largest song has a fifth of it.
const MAX_DECOMPRESSED: i64 = 1 << 28;

/// Maps the file at `path`.
pub(crate) fn map(path: &Path) -> Result<Buffer> {
    let file: File = fs_err::File::open(path)?.into_file();
    if file.metadata()?.len() == 0 {
        return Err(ShardProblem::NotArrow.in_file(path));
    }
    // SAFETY: the mapping must not change under us. The mapped files are blobs of the store: read-only, written under
    // another name and renamed, never changed in place.
    let map = unsafe { Mmap::map(&file) }?;
    let (start, length) = (NonNull::from(&map[..]).cast::<u8>(), map.len());
    // SAFETY: `start` is valid for `length` bytes for as long as the map lives, which the buffer now owns; moving
    // moving the map does not move the mapped memory.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(map)) })
}

/// Decodes the batches of a file with exactly the columns of `schema`, whose content errors call `kind`.
pub(crate) fn decode(file: &Buffer, schema: &Schema, kind: &str) -> ShardResult<Vec<RecordBatch>> {
    let accept = |found: &Schema| match found.fields() == schema.fields() {
        true => Ok(()),
        false => Err(ArrowError::SchemaError(format!("not a table of {kind}")).into()),
    };
    Ok(decode_with(file, accept)?.1)
}

/// Decodes the batches of a file whose schema `accept` accepts; returns also the result of `accept`. Arrow's decoder
/// checks the content of arrays, but slices the file by offsets and allocates by lengths from the file: these are
/// checked before.
pub(crate) fn decode_with<T>(
    file: &Buffer,
    accept: impl FnOnce(&Schema) -> ShardResult<T>,
) -> ShardResult<(T, Vec<RecordBatch>)> {
    if file.len() < MAGIC.len() + 2 + TRAILER || !file.starts_with(MAGIC) {
        return Err(ShardProblem::NotArrow);
    }
    let (rest, trailer) = file
        .split_last_chunk::<TRAILER>()
        .filter(|(_, trailer)| trailer.ends_with(MAGIC))
        .ok_or(Damaged("its end is missing"))?;
    let length = read_footer_length(*trailer)?;
    let footer_start = rest.len().checked_sub(length).ok_or(Damaged("footer length"))?;
    let footer = root_as_footer(&rest[footer_start..]).map_err(|_| Damaged("footer"))?;
    let found = try_fb_to_schema(footer.schema().ok_or(Damaged("no schema"))?)?;
    let accepted = accept(&found)?;
    let mut widths = Vec::new();
    found.fields().iter().for_each(|field| add_buffer_widths(field.data_type(), &mut widths));
    let decoder = FileDecoder::new(Arc::new(found), footer.version());
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        let bytes = slice_block(file, block, footer_start, &widths)?;
        batches.extend(decoder.read_record_batch(block, &bytes)?);
    }
    Ok((accepted, batches))
}

/// Adds the bytes of an element of each buffer of a column: validity (in bytes), offsets if it has some, values.
fn add_buffer_widths(kind: &DataType, widths: &mut Vec<usize>) {
    widths.push(1);
    match kind {
        DataType::Utf8 => widths.extend([size_of::<i32>(), 1]),
        DataType::List(item) => {
            widths.push(size_of::<i32>());
            add_buffer_widths(item.data_type(), widths);
        }
        number => widths.push(number.primitive_width().unwrap_or(1)),
    }
}

/// The bytes of a block if it is before the footer and its buffers are inside it.
fn slice_block(file: &Buffer, block: &Block, end: usize, widths: &[usize]) -> ShardResult<Buffer> {
    let bad_size = |_| Damaged("block size");
    let offset = usize::try_from(block.offset()).map_err(bad_size)?;
    let head = usize::try_from(block.metaDataLength()).map_err(bad_size)?;
    let body = usize::try_from(block.bodyLength()).map_err(bad_size)?;
    if head < 8 {
        return Err(Damaged("block size"));
    }
    let last = head.checked_add(body).and_then(|length| length.checked_add(offset));
    if last.is_none_or(|last| last > end) {
        return Err(Damaged("block outside the file"));
    }
    let bytes = file.slice_with_length(offset, head + body);
    // After eight bytes: the continuation mark and the length.
    let message = root_as_message(&bytes[8..head]).map_err(|_| Damaged("block header"))?;
    let Some(batch) = message.header_as_record_batch() else {
        return Err(Damaged("block without a record batch"));
    };
    check_batch(&batch, &bytes[head..head + body], widths)?;
    Ok(bytes)
}

/// Checks a batch with this body as far as Arrow's decoder does not.
fn check_batch(batch: &RecordBatchHeader<'_>, body: &[u8], widths: &[usize]) -> ShardResult {
    let compressed = match batch.compression().map(|compression| compression.codec()) {
        None => false,
        Some(CompressionType::ZSTD) => true,
        Some(_) => return Err(Damaged("compressed in another way")),
    };
    let natural = |length: i64| i32::try_from(length).is_ok_and(|length| length >= 0);
    let whole = |node: &FieldNode| node.null_count() == 0 && natural(node.length());
    if !natural(batch.length()) || !batch.nodes().iter().flatten().all(whole) {
        return Err(Damaged("row counts"));
    }
    let inside = |(buffer, width): (&IpcBuffer, &usize)| {
        let start = usize::try_from(buffer.offset()).ok().filter(|start| start.is_multiple_of(8));
        let length = usize::try_from(buffer.length()).ok();
        let end = start.zip(length).and_then(|(start, length)| start.checked_add(length));
        let bytes = start.zip(end).and_then(|(start, end)| body.get(start..end));
        bytes.is_some_and(|bytes| {
            decompressed_length(bytes, compressed)
                .is_some_and(|length| length.is_multiple_of(*width))
        })
    };
    let buffers = batch.buffers();
    let count = buffers.as_ref().map_or(0, |buffers| buffers.len());
    if count != widths.len() || !buffers.iter().flatten().zip(widths).all(inside) {
        return Err(Damaged("buffer outside its block"));
    }
    Ok(())
}

/// The length of a buffer after decompression; `None` if it is invalid.
fn decompressed_length(bytes: &[u8], compressed: bool) -> Option<usize> {
    if !compressed || bytes.is_empty() {
        return Some(bytes.len());
    }
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    match i64::from_le_bytes(*length) {
        // Not compressed, since it would have grown.
        -1 => Some(rest.len()),
        length => usize::try_from(length).ok().filter(|_| length <= MAX_DECOMPRESSED),
    }
}
