//! Random seeds of stages.

use super::Preimage;

/// Derives a stage's seed from the pipeline's seed and the stage's name as written. All instances of a
/// matrix share it, so that a sweep compares parameters and not luck.
pub fn derive_seed(pipeline_seed: u64, stage_name: &str) -> u64 {
    let digest = Preimage::new("seed").number(pipeline_seed).text(stage_name).finish();
    let (first, _) = digest.bytes().as_chunks();
    u64::from_le_bytes(first[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_depends_on_pipeline_seed_and_stage_name() {
        assert_ne!(derive_seed(1, "train"), derive_seed(2, "train"));
        assert_ne!(derive_seed(1, "train"), derive_seed(1, "songs"));
        assert_eq!(derive_seed(1, "train"), derive_seed(1, "train"));
    }
}
