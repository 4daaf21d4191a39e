//! Finds the shard of a catalog's scores that contains a file's content.

use crate::columnar::{ScoreSet, score_partitions, score_shard};
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, InputSet, Result, StageError};
use std::ops::Range;

/// The contents of a catalog, and the shards that hold their scores.
pub(super) struct Scores {
    /// Ascending, each once.
    digests: Vec<Digest>,
    partitions: Vec<Range<usize>>,
    /// The shard of each partition.
    shards: Vec<InputFile>,
}

impl Scores {
    /// Finds the shards in a scan's outputs whose catalog has these contents, in any order, with repetitions.
    ///
    /// # Errors
    /// Returns an error if the outputs lack a shard.
    pub(super) fn of(outputs: &InputSet, digests: impl Iterator<Item = Digest>) -> Result<Self> {
        let mut digests: Vec<Digest> = digests.collect();
        digests.sort_unstable();
        digests.dedup();
        let partitions = score_partitions(digests.iter().map(Digest::to_string));
        let found: Vec<&InputFile> = outputs.files_under("scores/", ".arrow").collect();
        let wanted =
            (0..partitions.len()).map(|partition| format!("scores/{}", score_shard(partition)));
        if !wanted.eq(found.iter().map(|file| file.path.clone())) {
            return Err(StageError::failed(format!(
                "the catalog has {} shards of scores, expected {}",
                found.len(),
                partitions.len()
            )));
        }
        Ok(Self { digests, partitions, shards: found.into_iter().cloned().collect() })
    }

    /// Returns the number of shards.
    pub(super) fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns the digests of the contents of a shard, usable or not.
    pub(super) fn contents(&self, shard: usize) -> &[Digest] {
        &self.digests[self.partitions[shard].clone()]
    }

    /// Returns the shard that has a content.
    pub(super) fn shard_of(&self, digest: &Digest) -> Option<usize> {
        let place = self.digests.binary_search(digest).ok()?;
        Some(self.partitions.partition_point(|partition| partition.end <= place))
    }

    /// Returns the file of a shard.
    pub(super) fn file(&self, shard: usize) -> &InputFile {
        &self.shards[shard]
    }

    /// Reads a shard.
    ///
    /// # Errors
    /// Returns an error if it is missing or cannot be read.
    pub(super) fn open(&self, shard: usize) -> Result<ScoreSet> {
        Ok(ScoreSet::open(&self.shards[shard].location)?)
    }
}
