//! Shards in memory.

use crate::stage_api::Result;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Shards by number, each read on first use.
pub(super) struct ShardCache<T>(BTreeMap<usize, T>);

impl<T> ShardCache<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Returns a shard, and reads it if this is its first use.
    pub(super) fn get(&mut self, key: usize, read: impl FnOnce(usize) -> Result<T>) -> Result<&T> {
        Ok(match self.0.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(read(key)?),
        })
    }
}
