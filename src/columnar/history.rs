//! Tables of a training and an evaluation: the history, the metrics.

use super::table::table;

table! {
    /// One epoch of training; only deterministic values. Losses are means over samples, in the loss' own units
    /// (nats for `bce` and KL). Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct HistoryRow, sorted by (epoch) {
        /// Epoch, from 1
        pub epoch: u32,
        /// Optimizer steps since the start
        pub steps: u64,
        /// Samples seen since the start
        pub samples: u64,
        /// Learning rate of the epoch's last step
        pub learning_rate: f64,
        /// Weight of the KL term in the epoch's last step
        pub beta: f64,
        /// Training loss: reconstruction + beta * KL
        pub loss: f64,
        /// Reconstruction term of the training loss
        pub reconstruction: f64,
        /// KL divergence of the posterior from the prior
        #[unit = "nats per sample"]
        pub kl: f64,
        /// Loss on the validation samples; empty without validation samples
        pub validation_loss: Option<f64>,
        /// Reconstruction term of the validation loss
        pub validation_reconstruction: Option<f64>,
        /// KL on the validation samples
        #[unit = "nats per sample"]
        pub validation_kl: Option<f64>,
        /// Latent units whose posterior mean varies over the samples
        pub active_units: Option<u32>,
        /// Mean L2 norm of the gradient before clipping
        pub gradient_norm: f64,
        /// KL divergence of the training loss
        #[unit = "bits per sample"]
        pub kl_bits: f64,
        /// KL on the validation samples
        #[unit = "bits per sample"]
        pub validation_kl_bits: Option<f64>,
        /// Density-matched F1 of up to 500 validation samples, decoded from the posterior mean
        pub validation_f1: Option<f64>,
        /// Mean Jaccard index of pairs of 16 generated songs; 1: all songs identical
        pub pair_jaccard: Option<f64>,
        /// Mean Jaccard index of pairs of measures of a generated song; 1: all measures identical
        pub measure_jaccard: Option<f64>,
    }
}

table! {
    /// One metric of an evaluation.
    pub struct MetricRow {
        /// Name, dotted: `reconstruction.f1`
        pub name: String,
        /// Value; empty if undefined
        pub value: Option<f64>,
    }
}
