//! Normalized posterior means: a divergence that cannot vanish.
//!
//! Each dimension's means are brought to mean 0 and deviation `gamma` over a batch (BN-VAE: Zhu et al. 2020, with
//! a fixed scale and no shift), so the divergence is at least `latent gamma^2 / 2` nats however the decoder
//! behaves. Statistics are of the batch in a training step, of each part of it where a batch is worked through
//! in parts. What is validated and handed on is an ordinary network: [`folded`] measures the training samples
//! exactly and puts the normalization into the layer of the means.

use crate::backend::{TrainBackend, to_host};
use crate::network::{Dense, Frozen, Network};
use crate::samples::{Rows, SampleError, Samples};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Added to a variance before its root.
const EPSILON: f64 = 1e-5;
/// Training samples that are measured, at most: evenly spread, they tell the moments to a few percent.
const MEASURED: usize = 2048;
/// Samples encoded at once.
const CHUNK: usize = 64;

/// What the way back needs.
#[derive(Debug)]
pub(crate) struct MeanNormalization<B: Backend> {
    /// Means at deviation 1, `[songs, latent]`.
    unit: Tensor<B, 2>,
    /// `gamma` over the deviation that each dimension had, `[1, latent]`.
    factors: Tensor<B, 2>,
}

impl<B: Backend> MeanNormalization<B> {
    /// Normalises the means of a batch, `[songs, latent]`.
    pub(crate) fn of(means: Tensor<B, 2>, gamma: f64) -> (Tensor<B, 2>, Self) {
        let centred = means.clone() - means.mean_dim(0);
        let deviation = (centred.clone().powi_scalar(2).mean_dim(0) + EPSILON).sqrt();
        let unit = centred / deviation.clone();
        (unit.clone() * gamma, Self { unit, factors: deviation.recip() * gamma })
    }

    /// The gradient of the means as they came from that of the normalized ones.
    pub(crate) fn gradient(&self, gradient: Tensor<B, 2>) -> Tensor<B, 2> {
        let along = (gradient.clone() * self.unit.clone()).mean_dim(0);
        let centred = gradient.clone() - gradient.mean_dim(0);
        (centred - self.unit.clone() * along) * self.factors.clone()
    }
}

/// The network whose means are those of `network`, normalized over the training samples.
pub(crate) fn folded<B: TrainBackend>(
    network: &Network<B>,
    samples: &dyn Samples,
    gamma: f64,
) -> Result<Network<B>, SampleError> {
    let (centres, factors) = moments(network, samples, gamma)?;
    let device = network.first().weight.device();
    let row = |values: Vec<f32>| {
        let width = values.len();
        Tensor::<B, 2>::from_data(TensorData::new(values, [1, width]), &device)
    };
    let (centres, factors) = (row(centres), row(factors));
    let scaled = |Dense { weight, bias }: &Dense<B>, shift: bool| {
        let bias = bias.clone().unsqueeze::<2>();
        let bias = if shift { bias - centres.clone() } else { bias };
        Dense {
            weight: weight.clone() * factors.clone(),
            bias: (bias * factors.clone()).squeeze::<1>(),
        }
    };
    let mut network = network.clone();
    let at = network.architecture.mean_layer();
    network.layers[at] = scaled(&network.layers[at], true);
    if let Some(Frozen { components: Some(components), .. }) = &mut network.frozen {
        *components = scaled(components, false);
    }
    Ok(network)
}

/// Each dimension's mean over the samples, and `gamma` over its deviation.
fn moments<B: TrainBackend>(
    network: &Network<B>,
    samples: &dyn Samples,
    gamma: f64,
) -> Result<(Vec<f32>, Vec<f32>), SampleError> {
    let latent = network.architecture.latent;
    let count = samples.len().min(MEASURED);
    let places: Vec<usize> = (0..count).map(|place| place * samples.len() / count).collect();
    let mut sums = vec![(0.0, 0.0); latent];
    for places in places.chunks(CHUNK) {
        let rows = Rows::read(samples, places.iter().copied(), network.architecture.geometry)?;
        for song in to_host(network.encode(&rows).0).chunks_exact(latent) {
            for ((sum, squares), &mean) in sums.iter_mut().zip(song) {
                *sum += f64::from(mean);
                *squares += f64::from(mean) * f64::from(mean);
            }
        }
    }
    let of = |(sum, squares): (f64, f64)| {
        let mean = sum / count as f64;
        let variance = (squares / count as f64 - mean * mean).max(0.0);
        (mean as f32, (gamma / (variance + EPSILON).sqrt()) as f32)
    };
    Ok(sums.into_iter().map(of).unzip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{factored_model, model};
    use crate::testing::memory_samples;
    use burn::backend::flex::FlexDevice;
    use burn::backend::{Autodiff, Flex};

    fn means() -> Vec<f32> {
        (0..40).map(|at| ((at * 7919) % 31) as f32 / 10.0 - 1.0).collect()
    }

    fn tensor<B: Backend<Device = FlexDevice>>(values: Vec<f32>) -> Tensor<B, 2> {
        Tensor::from_data(TensorData::new(values, [10, 4]), &FlexDevice)
    }

    #[test]
    fn each_dimension_has_mean_0_and_the_deviation_asked_for() {
        let (normalized, _) = MeanNormalization::of(tensor::<Flex>(means()), 0.5);
        let values = to_host(normalized);
        for unit in 0..4 {
            let of_unit: Vec<f64> =
                values.iter().skip(unit).step_by(4).map(|&value| f64::from(value)).collect();
            let mean = of_unit.iter().sum::<f64>() / 10.0;
            let square = of_unit.iter().map(|value| value * value).sum::<f64>() / 10.0;
            assert!(mean.abs() < 1e-6 && (square.sqrt() - 0.5).abs() < 1e-4, "{mean} {square}");
        }
    }

    #[test]
    fn its_gradient_is_that_of_plain_autodiff() {
        let weights: Vec<f32> = (0..40).map(|at| ((at * 31) % 17) as f32 - 8.0).collect();
        let tracked = tensor::<Autodiff<Flex>>(means()).require_grad();
        let (normalized, _) = MeanNormalization::of(tracked.clone(), 0.7);
        let mut gradients = (normalized * tensor(weights.clone())).sum().backward();
        let expected = to_host(tracked.grad_remove(&mut gradients).unwrap());
        let (_, back) = MeanNormalization::of(tensor::<Flex>(means()), 0.7);
        let found = to_host(back.gradient(tensor(weights)));
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn a_folded_network_says_the_normalised_means_of_its_training_samples() {
        for model in [model(3), factored_model(3)] {
            let samples = memory_samples(200, 5);
            let network = folded(&model.network, &samples, 0.6).unwrap();
            let rows = Rows::read(&samples, 0..200, model.architecture.geometry).unwrap();
            let plain = model.network.encode(&rows).0;
            let expected = to_host(MeanNormalization::of(plain, 0.6).0);
            let found = to_host(network.encode(&rows).0);
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-3, "{found} {expected}");
            }
        }
    }
}
