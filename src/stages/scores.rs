//! What stages know of a catalog's scores: which shard holds which content.

use crate::columnar::{ScoreSet, score_partitions, score_shard};
use crate::fingerprint::Digest;
use crate::stage_api::{InputFile, InputSet, StageError};
use std::ops::Range;

/// The contents of a catalog, and the shards that hold their scores.
pub(super) struct Scores {
    /// Ascending, each once.
    digests: Vec<Digest>,
    stretches: Vec<Range<usize>>,
    /// The shard of each stretch.
    shards: Vec<InputFile>,
}

impl Scores {
    /// Those of a scan's outputs, whose catalog names these contents, in any order and perhaps more than once.
    ///
    /// # Errors
    /// When the outputs lack a shard.
    pub(super) fn of(
        outputs: &InputSet,
        digests: impl Iterator<Item = Digest>,
    ) -> Result<Self, StageError> {
        let mut digests: Vec<Digest> = digests.collect();
        digests.sort_unstable();
        digests.dedup();
        let stretches = score_partitions(digests.iter().map(Digest::to_string));
        let found: Vec<&InputFile> = outputs.files_under("scores/", ".arrow").collect();
        let wanted = (0..stretches.len()).map(|stretch| format!("scores/{}", score_shard(stretch)));
        if !wanted.eq(found.iter().map(|file| file.path.clone())) {
            return Err(StageError::failed(format!(
                "the catalog has {} shards of scores, expected {}",
                found.len(),
                stretches.len()
            )));
        }
        Ok(Self { digests, stretches, shards: found.into_iter().cloned().collect() })
    }

    /// How many shards there are.
    pub(super) fn len(&self) -> usize {
        self.shards.len()
    }

    /// The digests of the contents of a shard, usable or not.
    pub(super) fn contents(&self, shard: usize) -> &[Digest] {
        &self.digests[self.stretches[shard].clone()]
    }

    /// Which shard a content is in.
    pub(super) fn shard_of(&self, digest: &Digest) -> Option<usize> {
        let place = self.digests.binary_search(digest).ok()?;
        Some(self.stretches.partition_point(|stretch| stretch.end <= place))
    }

    /// The file of a shard.
    pub(super) fn file(&self, shard: usize) -> &InputFile {
        &self.shards[shard]
    }

    /// Reads a shard.
    ///
    /// # Errors
    /// When it is gone or cannot be read.
    pub(super) fn open(&self, shard: usize) -> Result<ScoreSet, StageError> {
        ScoreSet::open(&self.shards[shard].location).map_err(StageError::failed)
    }
}
