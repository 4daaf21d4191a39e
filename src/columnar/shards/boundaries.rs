//! Assigns samples to shards.

use super::Split;
use crate::columnar::boundary::is_shard_boundary;

/// Samples of a shard before a song may end it.
const SHARD: usize = 3_072;
/// Samples after which a shard ends, even within a song.
const SHARD_LIMIT: usize = 8_192;
/// One song in this many may end a shard.
const BOUNDARY: u64 = 64;

/// Decides for each sample of a split in turn, ordered by song, whether it begins a shard.
#[derive(Debug, Default)]
pub struct ShardBoundaries {
    song: String,
    rows: usize,
}

impl ShardBoundaries {
    /// Returns true if a new shard begins with the next sample, which is of `song`. False for the first sample: the
    /// first shard exists even without samples.
    pub fn starts_shard(&mut self, song: &str) -> bool {
        let new_song = song != self.song;
        let may_end = self.rows >= SHARD && new_song && is_shard_boundary(song, BOUNDARY);
        let cut = self.rows >= SHARD_LIMIT || may_end;
        if cut {
            self.rows = 0;
        }
        self.rows += 1;
        if new_song {
            song.clone_into(&mut self.song);
        }
        cut
    }
}

/// The file name of a split's shard.
pub fn sample_shard(split: Split, number: usize) -> String {
    format!("{}-{number:05}.arrow", split.as_str())
}
