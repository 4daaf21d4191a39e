//! Samples as Arrow IPC files ("shards"), sparse, their buffers compressed with zstd.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `song` | utf8 | notes digest of the song |
//! | `group` | utf8 | group of the song |
//! | `path` | utf8 | file that the sample was taken from |
//! | `first_measure` | u32 | first measure of the sample in the song, from 0 |
//! | `transposition` | i8 | semitones by which the sample was shifted; 0 without augmentation |
//! | `time_signature` | utf8 | such as `4/4` |
//! | `onsets` | u32 | cells in all measures |
//! | `measures` | list of list of u16 | per measure the cell ids, ascending; `step * pitches + (pitch - lowest)` |
//!
//! The schema's metadata holds the shape. A shard is a range of whole songs whose end depends on the songs themselves,
//! not on their number: adding or removing a song changes its own shard and, rarely, the next; the others keep their
//! bytes, and so their blobs in the store. Record batches are small, so a writer holds about a thousand samples.
//! [`SampleSet`] holds all of them, decompressed, at about a kilobyte per sample. Training reads them repeatedly in
//! any order, and they may not fit into memory: [`SampleFile`] puts them into one file.

mod boundaries;
mod check;
mod flat;
mod read;
mod schema;
mod write;

pub use boundaries::{ShardBoundaries, sample_shard};
pub use flat::SampleFile;
pub use read::{SampleMeta, SampleSet};
pub use schema::Split;
pub use write::ShardWriter;

#[cfg(test)]
mod tests;
