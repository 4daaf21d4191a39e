//! Arrow IPC files. Their buffers are compressed one by one, so decoded batches own their memory and the mapping ends
//! when the file is read.

mod lists;
mod read;
mod write;

pub(super) use lists::{ListColumn, list_array, list_type};
pub(super) use read::{decode, decode_with, map};
pub(super) use write::{Compression, IpcWriter};
