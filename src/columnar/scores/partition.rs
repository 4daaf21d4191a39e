//! Which contents share a shard.

use crate::columnar::boundary::is_shard_boundary;
use std::ops::Range;

/// One content in this many begins a shard.
const BOUNDARY: u64 = 128;

/// ShardBoundaries contents, given by their ascending digests, into the stretches that share a shard; at least one. A digest alone
/// says whether it begins a stretch, so a content that joins or leaves changes the stretch that it is in, or splits or
/// joins two.
#[must_use]
pub fn score_partitions(
    digests: impl ExactSizeIterator<Item = impl AsRef<str>>,
) -> Vec<Range<usize>> {
    let count = digests.len();
    let inner = digests.enumerate().skip(1);
    let begins = inner.filter(|(_, digest)| is_shard_boundary(digest.as_ref(), BOUNDARY));
    let mut stretches = Vec::new();
    let mut start = 0;
    for end in begins.map(|(at, _)| at).chain([count]) {
        stretches.push(start..end);
        start = end;
    }
    stretches
}

/// The name of the shard of a stretch.
#[must_use]
pub fn score_shard(stretch: usize) -> String {
    format!("{stretch:05}.arrow")
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
        score_partitions(digests.iter()).into_iter().map(|stretch| &digests[stretch]).collect()
    }

    #[test]
    fn every_content_is_in_one_stretch_of_about_a_hundred() {
        let all = digests(20_000);
        let stretches = contents(&all);
        assert_eq!(stretches.concat(), all);
        assert!((120..200).contains(&stretches.len()), "{}", stretches.len());
        assert_eq!(contents(&all[..0]), [&all[..0]]);
    }

    #[test]
    fn a_content_that_leaves_changes_two_stretches_at_most() {
        let all = digests(2_000);
        let before = contents(&all);
        for gone in (0..all.len()).step_by(7) {
            let mut left = all.clone();
            left.remove(gone);
            let now = contents(&left);
            let new = now.iter().filter(|stretch| !before.contains(stretch)).count();
            assert!(new <= 1, "{new} stretches are new without content {gone}");
            let lost = before.iter().filter(|stretch| !now.contains(stretch)).count();
            assert!(lost <= 2, "{lost} stretches are gone with content {gone}");
        }
    }
}
