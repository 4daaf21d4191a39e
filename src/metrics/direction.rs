//! Which of two figures is better, for those of `metrics.json` where that can be said.

/// Of these, more is better, as long as both were measured on the same samples: [`YARDSTICK`] tells.
///
/// Everything else has no direction. Baselines belong to the samples, not to the model. Active units
/// and nats tell a collapsed model from a working one, but more of them is no better model. The
/// likeness of drawn songs should come near that of real ones, from either side, and so should their likeness
/// to training songs; what the two-sample view says of them depends on how many were drawn.
const MORE_IS_BETTER: [&str; 8] = [
    "reconstruction.precision",
    "reconstruction.recall",
    "reconstruction.f1",
    "reconstruction.half.precision",
    "reconstruction.half.recall",
    "reconstruction.half.f1",
    "reconstruction.average_precision",
    "songs.within_quartiles.count",
];

/// Figures that begin so depend on the samples alone: where they are equal, two models were shown
/// the same.
pub const YARDSTICK: &str = "reconstruction.baselines.";

/// Whether more of this figure is better; `false` where neither direction is.
#[must_use]
pub fn more_is_better(name: &str) -> bool {
    MORE_IS_BETTER.contains(&name)
}
