//! Metrics of `metrics.json` for which larger is better.

/// Metrics for which larger is better if both runs were evaluated on the same samples, see [`BASELINES`].
///
/// The others have no direction. Baselines belong to the samples, not to the model. Active units and nats distinguish a
/// collapsed model from a working one, but more of them do not make a model better. The similarity between generated
/// songs should be near that between real ones, and so should their similarity to training songs; the two-sample tests
/// depend on how many songs were generated.
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

/// Prefix of the metrics that depend only on the samples: if they are equal, two models were evaluated on the same ones.
pub const BASELINES: &str = "reconstruction.baselines.";

/// Returns true if larger values of a metric are better; false if it has no direction.
pub fn more_is_better(name: &str) -> bool {
    MORE_IS_BETTER.contains(&name)
}
