//! The gradient of one micro-batch; of a factored network, `factored` computes it.
//!
//! The thesis' graph is cut at three places, and each piece's gradient is handed to the one before it as the
//! weights of a weighted sum: autodiff sees only the layers between the kernels of the first and the
//! last layer, and neither the noise nor the divergence. With `d` for "gradient of the loss":
//!
//! ```text
//! bag ─► encoder ─► mean, log deviation ─► z ─► decoder ─► output
//!     d sums    d mean = dz + beta mean / N         dz         d hidden
//!               d log deviation = dz noise deviation + beta (deviation^2 - 1) / N
//! ```
//!
//! With normalized means, `d mean` goes back through the normalization. With free bits, `beta` is 0 in the dimensions that are within them. With dropout, masks multiply hidden
//! units of the decoder inside its piece. The log deviation is clamped, and where it is, its gradient passes through as at the border.

use crate::architecture::{ENCODER, NetworkSizes};
use crate::backend::{Output, TrainBackend, to_host};
use crate::batch::Batch;
use crate::factored;
use crate::mean_norm::MeanNormalization;
use crate::network::{Dense, Network, clamp_log_std};
use crate::settings::{Reconstruction, SongWeight};
use crate::step_rng::{Masks, RandomInputs};
use burn::backend::Autodiff;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Gradients of all parameters, layer by layer.
#[derive(Debug)]
pub(crate) struct Gradients<B: TrainBackend> {
    pub(crate) layers: Vec<Dense<B>>,
}

impl<B: TrainBackend> Gradients<B> {
    /// The sum of two micro-batches' gradients.
    pub(crate) fn plus(self, other: Self) -> Self {
        let layers = self.layers.into_iter().zip(other.layers).map(|(one, other)| Dense {
            weight: one.weight + other.weight,
            bias: one.bias + other.bias,
        });
        Gradients { layers: layers.collect() }
    }

    /// Euclidean norm of all gradients together.
    pub(crate) fn norm(&self) -> f64 {
        let squares =
            |Dense { weight, bias }: &Dense<B>| B::sum_of_squares(weight) + B::sum_of_squares(bias);
        self.layers.iter().map(squares).sum::<f64>().sqrt()
    }
}

/// Losses summed over samples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) reconstruction: f64,
    pub(crate) kl: f64,
    /// The reconstruction with each song's weight, as the loss takes it.
    pub(crate) weighted: f64,
    /// The divergence with each song's weight.
    pub(crate) weighted_kl: f64,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Sums) {
        self.reconstruction += other.reconstruction;
        self.kl += other.kl;
        self.weighted += other.weighted;
        self.weighted_kl += other.weighted_kl;
    }
}

/// What a gradient is of: `scale` times the sum over samples of their weight times reconstruction plus
/// `beta` times divergence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective<'a> {
    pub(crate) reconstruction: Reconstruction,
    pub(crate) song_weight: SongWeight,
    pub(crate) beta: f64,
    pub(crate) scale: f64,
    /// Deviation of normalized means; 0 leaves them.
    pub(crate) mean_norm: f64,
    /// Factors of `beta` by latent dimension; 1 where absent.
    pub(crate) charged: Option<&'a [f32]>,
}

/// Divergence of normal distributions from the standard normal one, summed over everything, in nats
/// (Kingma & Welling 2013, appendix B).
pub(crate) fn divergence(mean: &[f32], log_std: &[f32]) -> f64 {
    let one = |(&mean, &log_std): (&f32, &f32)| divergence_of_one(mean, log_std);
    mean.iter().zip(log_std).map(one).sum()
}

/// [`divergence`] of one dimension of one sample.
pub(crate) fn divergence_of_one(mean: f32, log_std: f32) -> f64 {
    let (mean, log_std) = (f64::from(mean), f64::from(log_std));
    0.5 * (mean * mean + (2.0 * log_std).exp() - 1.0) - log_std
}

/// Losses and gradients of the samples in `batch`, with what was drawn for them.
pub(crate) fn gradients<B: TrainBackend>(
    network: &Network<B>,
    batch: &Batch,
    draws: RandomInputs,
    objective: Objective<'_>,
) -> (Gradients<B>, Sums) {
    match &network.architecture.network {
        NetworkSizes::Thesis(_) => thesis_gradients(network, batch, draws, objective),
        NetworkSizes::Factored(_) => factored::gradients(network, batch, draws, objective),
    }
}

fn thesis_gradients<B: TrainBackend>(
    network: &Network<B>,
    batch: &Batch,
    RandomInputs { noise, masks }: RandomInputs,
    objective: Objective<'_>,
) -> (Gradients<B>, Sums) {
    let (inputs, targets) = (batch.inputs(), &batch.targets);
    let Objective { reconstruction, beta, scale, charged, mean_norm, .. } = objective;
    let measures = network.architecture.geometry.measures();
    let first = network.first();
    let device = first.weight.device();
    let songs = targets.len() / measures;
    let tracked = network.tracked::<Autodiff<B>>();

    let sums = Tensor::from_inner(B::bag(&first.weight, &first.bias, inputs)).require_grad();
    let (mean, log_std) = tracked.posterior(sums.clone(), songs);
    let (means, normalization) = normalized(mean.clone().inner(), mean_norm);
    let log_stds = clamp_log_std(log_std.clone().inner());
    let deviations = log_stds.clone().exp();
    let noise = Tensor::<B, 2>::from_data(TensorData::new(noise, means.dims()), &device);
    let noise = noise * deviations.clone();
    let latent = Tensor::from_inner(noise.clone() + means.clone()).require_grad();
    let masks = masks.map(|Masks { song, measure }| {
        [(song, songs), (measure, songs * measures)].map(|(mask, rows)| {
            let width = mask.len() / rows;
            Tensor::from_inner(Tensor::from_data(TensorData::new(mask, [rows, width]), &device))
        })
    });
    let hidden = tracked.masked_last_hidden(latent.clone(), measures, masks);

    let layer = network.output_layer(reconstruction);
    let output = B::output(hidden.clone().inner(), layer, targets, scale as f32);
    let Output { loss, hidden: hidden_gradient, weight, bias } = output;
    let last = Dense { weight, bias };
    let mut decoder = (hidden * Tensor::from_inner(hidden_gradient)).sum().backward();

    let pull = beta * scale;
    let latent_gradient = leaf(latent.grad_remove(&mut decoder));
    let charge = |pulled: Tensor<B, 2>| match charged {
        Some(weights) => pulled * Tensor::<B, 1>::from_data(weights, &device).unsqueeze(),
        None => pulled,
    };
    let mean_gradient = charge(means.clone() * pull) + latent_gradient.clone();
    let mean_gradient = back(&normalization, mean_gradient);
    let deviation_gradient =
        charge((deviations.clone() * deviations - 1.0) * pull) + noise * latent_gradient;
    let objective = (mean * Tensor::from_inner(mean_gradient)).sum()
        + (log_std * Tensor::from_inner(deviation_gradient)).sum();
    let mut encoder = objective.backward();
    let sums_gradient = leaf(sums.grad_remove(&mut encoder));
    let [cells, _] = first.weight.dims();
    let (weight, bias) = B::bag_gradient(sums_gradient, inputs, cells);

    let mut layers = vec![Dense { weight, bias }];
    let names = network.architecture.layers();
    for (layer, shape) in tracked.layers.iter().zip(names).take(tracked.layers.len() - 1).skip(1) {
        let Dense { weight, bias } = layer;
        let from = if shape.name.starts_with(ENCODER) { &mut encoder } else { &mut decoder };
        let (weight, bias) = (weight.grad_remove(from), bias.grad_remove(from));
        layers.push(Dense { weight: leaf(weight), bias: leaf(bias) });
    }
    layers.push(last);
    let kl = divergence(&to_host(means), &to_host(log_stds));
    (Gradients { layers }, Sums { reconstruction: loss, kl, weighted: loss, weighted_kl: kl })
}

/// Means as the rest of the network takes them, and what their gradient goes back through.
pub(crate) fn normalized<B: Backend>(
    means: Tensor<B, 2>,
    mean_norm: f64,
) -> (Tensor<B, 2>, Option<MeanNormalization<B>>) {
    if mean_norm == 0.0 {
        return (means, None);
    }
    let (means, normalization) = MeanNormalization::of(means, mean_norm);
    (means, Some(normalization))
}

/// The gradient of the means as the encoder says them.
pub(crate) fn back<B: Backend>(
    normalization: &Option<MeanNormalization<B>>,
    gradient: Tensor<B, 2>,
) -> Tensor<B, 2> {
    match normalization {
        Some(normalization) => normalization.gradient(gradient),
        None => gradient,
    }
}

/// The gradient of a leaf that the objective certainly depends on.
fn leaf<B: TrainBackend, const D: usize>(gradient: Option<Tensor<B, D>>) -> Tensor<B, D> {
    gradient.expect("each leaf takes part in the objective")
}

#[cfg(test)]
#[path = "gradient_tests.rs"]
mod tests;
