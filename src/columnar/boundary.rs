//! Boundaries of shards.

/// Returns true if a shard may begin with the song or content of this name; true for about one name in `one_in`. Only
/// a hash of the name decides (FNV-1a, its bits mixed by the finalizer of MurmurHash3), so neighbours have no effect.
pub(super) fn is_shard_boundary(name: &str, one_in: u64) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 33).is_multiple_of(one_in)
}
