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
//! The schema's metadata holds the shape. A shard is a stretch of whole songs whose end follows from the songs
//! themselves, not from their number: a song that joins or leaves changes the shard that it is in and, rarely, the
//! next; the others keep their bytes, and so their place in the store. Record batches are small, so a writer holds
//! about a thousand samples. [`SampleSet`] holds all of them, decompressed, at about a kilobyte a sample. A training
//! draws them in any order, again and again, and there may be more than fit: [`SampleFile`] lays them out on disk.

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
pub use write::{NewSample, ShardWriter};

#[cfg(test)]
mod tests;
