//! Tables that tell about a training and its model: the history, the metrics.

use super::table::table;

table! {
    /// One epoch of a training; deterministic values only. Losses are means over samples, in the loss' own units
    /// (nats for `bce` and KL). Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct HistoryRow {
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
        /// KL divergence of the posterior from the prior, nats a sample
        pub kl: f64,
        /// Loss on the validation samples; empty without any
        pub validation_loss: Option<f64>,
        /// Reconstruction term of the validation loss
        pub validation_reconstruction: Option<f64>,
        /// KL on the validation samples
        pub validation_kl: Option<f64>,
        /// Latent units whose posterior mean varies over the samples
        pub active_units: Option<u32>,
        /// Mean L2 norm of the gradient before clipping
        pub gradient_norm: f64,
        /// KL divergence of the training loss, bits a sample
        pub kl_bits: f64,
        /// KL on the validation samples, bits a sample
        pub validation_kl_bits: Option<f64>,
        /// Density-matched F1 of up to 500 validation samples, decoded from the posterior mean
        pub validation_f1: Option<f64>,
        /// Mean Jaccard index of pairs among 16 drawn songs: 1 is one song over and over
        pub pair_jaccard: Option<f64>,
        /// Mean Jaccard index of the measures of a drawn song: 1 is one measure over and over
        pub measure_jaccard: Option<f64>,
    }
}

table! {
    /// One named number of an evaluation.
    pub struct MetricRow {
        /// Name, dotted: `reconstruction.f1`
        pub name: String,
        /// Value; empty where it is undefined
        pub value: Option<f64>,
    }
}
