//! Partitions contents into shards.

use crate::columnar::boundary::is_shard_boundary;
use std::ops::Range;

/// One content in this many begins a shard.
const BOUNDARY: u64 = 128;

/// Partitions contents, given by their ascending digests, into shards; at least one. Only the digest decides whether a
/// content begins a shard, so adding or removing one changes its own shard, or splits or merges two.
pub fn score_partitions(digests: impl ExactSizeIterator<Item: AsRef<str>>) -> Vec<Range<usize>> {
    let count = digests.len();
    let inner = digests.enumerate().skip(1);
    let begins = inner.filter(|(_, digest)| is_shard_boundary(digest.as_ref(), BOUNDARY));
    let mut start = 0;
    let partition = |end| std::mem::replace(&mut start, end)..end;
    begins.map(|(at, _)| at).chain([count]).map(partition).collect()
}

/// The file name of a shard.
pub fn score_shard(number: usize) -> String {
    format!("{number:05}.arrow")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Digest;

    fn digests(count: u32) -> Vec<String> {
        let digest = |number: u32| Digest::compute(&number.to_le_bytes()).to_string();
        let mut digests: Vec<String> = (0..count).map(digest).collect();
        digests.sort();
        digests
    }

    fn contents(digests: &[String]) -> Vec<&[String]> {
        score_partitions(digests.iter()).into_iter().map(|range| &digests[range]).collect()
    }

    #[test]
    fn every_content_is_in_one_shard_of_about_a_hundred() {
        let all = digests(20_000);
        let shards = contents(&all);
        assert_eq!(shards.concat(), all);
        assert!((120..200).contains(&shards.len()), "{}", shards.len());
        assert_eq!(contents(&all[..0]), [&all[..0]]);
    }

    #[test]
    fn removing_a_content_changes_at_most_two_shards() {
        let all = digests(2_000);
        let before = contents(&all);
        for gone in (0..all.len()).step_by(7) {
            let mut left = all.clone();
            left.remove(gone);
            let now = contents(&left);
            let new = now.iter().filter(|shard| !before.contains(shard)).count();
            assert!(new <= 1, "{new} shards are new without content {gone}");
            let lost = before.iter().filter(|shard| !now.contains(shard)).count();
            assert!(lost <= 2, "{lost} shards are gone with content {gone}");
        }
    }
}
