//! The gradient of a micro-batch of the thesis network.
//!
//! The graph is cut at three places, and the gradient of each piece is passed to the one before it as the
//! weights of a weighted sum: autodiff sees only the layers between the kernels of the first and the last
//! layer, and neither the noise nor the KL. With `d` for "gradient of the loss":
//!
//! ```text
//! bag ─► encoder ─► mean, log std ─► z ─► decoder ─► output
//!     d sums    d mean = dz + beta mean / N         dz         d hidden
//!               d log std = dz noise std + beta (std^2 - 1) / N
//! ```
//!
//! With normalized means, `d mean` goes back through the normalization. With free bits, `beta` is 0 in the
//! dimensions below them. With dropout, masks multiply hidden units of the decoder inside its piece. Where
//! the log standard deviation is clamped, its gradient is that at the border.

use crate::architecture::ENCODER;
use crate::backend::{Output, TrainBackend};
use crate::batch::Batch;
use crate::dense::Dense;
use crate::host::{to_device, to_host};
use crate::mean_norm::{normalize_means, normalize_means_gradient};
use crate::network::{Network, clamp_log_std};
use crate::objective::{Gradients, Objective, Sums, kl_divergence};
use crate::step_rng::RandomInputs;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// Returns losses and gradients of the samples in `batch`.
pub(crate) fn gradients<B: TrainBackend>(
    network: &Network<B>,
    batch: &Batch,
    RandomInputs { noise, masks }: RandomInputs,
    objective: Objective<'_>,
) -> (Gradients<B>, Sums) {
    let (inputs, targets) = (batch.inputs(), &batch.targets);
    let Objective { reconstruction, beta, scale, kl_weights, mean_norm, .. } = objective;
    let first = network.first();
    let device = first.weight.device();
    let songs = targets.len() / network.architecture.geometry.measures();
    let tracked = network.tracked::<Autodiff<B>>();

    let sums = Tensor::from_inner(B::bag(first, inputs)).require_grad();
    let (mean, log_std) = tracked.posterior(sums.clone(), songs);
    let (means, normalization) = normalize_means(mean.clone().inner(), mean_norm);
    let log_stds = clamp_log_std(log_std.clone().inner());
    let stds = log_stds.clone().exp();
    let noise = to_device::<B, 2>(noise, means.dims(), &device) * stds.clone();
    let latent = Tensor::from_inner(noise.clone() + means.clone()).require_grad();
    let masks = masks.map(|masks| masks.on_device([songs, targets.len()], &device));
    let hidden = tracked.last_hidden(latent.clone(), masks);

    let layer = network.output_layer(reconstruction);
    let output = B::output(hidden.clone().inner(), layer, targets, scale as f32);
    let Output { loss, hidden: hidden_gradient, layer: last } = output;
    let mut decoder = (hidden * Tensor::from_inner(hidden_gradient)).sum().backward();

    let latent_gradient = leaf_gradient(latent.grad_remove(&mut decoder));
    let scale_kl = |kl_gradient: Tensor<B, 2>| {
        let scaled = kl_gradient * (beta * scale);
        match kl_weights {
            Some(weights) => scaled * Tensor::<B, 1>::from_data(weights, &device).unsqueeze(),
            None => scaled,
        }
    };
    let mean_gradient = scale_kl(means.clone()) + latent_gradient.clone();
    let mean_gradient = normalize_means_gradient(normalization.as_ref(), mean_gradient);
    let std_gradient = scale_kl(stds.clone() * stds - 1.0) + noise * latent_gradient;
    let objective = (mean * Tensor::from_inner(mean_gradient)).sum()
        + (log_std * Tensor::from_inner(std_gradient)).sum();
    let mut encoder = objective.backward();
    let sums_gradient = leaf_gradient(sums.grad_remove(&mut encoder));
    let [cells, _] = first.weight.dims();

    let mut layers = vec![B::bag_gradient(sums_gradient, inputs, cells)];
    let names = network.architecture.layers();
    for (layer, shape) in tracked.layers.iter().zip(names).take(tracked.layers.len() - 1).skip(1) {
        let from = if shape.name.starts_with(ENCODER) { &mut encoder } else { &mut decoder };
        let weight = leaf_gradient(layer.weight.grad_remove(from));
        layers.push(Dense { weight, bias: leaf_gradient(layer.bias.grad_remove(from)) });
    }
    layers.push(last);
    let kl = kl_divergence(&to_host(means), &to_host(log_stds));
    (Gradients { layers }, Sums { reconstruction: loss, kl, weighted: loss, weighted_kl: kl })
}

/// Returns the gradient of a leaf that the objective certainly depends on.
fn leaf_gradient<B: TrainBackend, const D: usize>(gradient: Option<Tensor<B, D>>) -> Tensor<B, D> {
    gradient.expect("each leaf takes part in the objective")
}

#[cfg(test)]
#[path = "gradient_tests.rs"]
mod tests;
