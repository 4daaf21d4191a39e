//! Normalized posterior means, whose KL divergence cannot vanish.
//!
//! Each dimension's means get mean 0 and standard deviation `gamma` over a batch (BN-VAE: Zhu et al. 2020,
//! with a fixed scale and no shift), so the KL is at least `latent gamma^2 / 2` nats regardless of the
//! decoder. A training step takes the statistics of its batch, or of each micro-batch. Validation and the
//! final model use an ordinary network: [`fold_into_network`] measures the training samples and puts the
//! normalization into the layer of the means.

use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::host::{to_device, to_host};
use crate::moments::DimensionMoments;
use crate::network::{Frozen, Network};
use crate::samples::{Rows, SampleError, Samples, spread_indices};
use burn::tensor::{Tensor, backend::Backend};

/// Added to a variance before its root.
const EPSILON: f64 = 1e-5;
/// Maximum number of training samples measured. Evenly spread, they give the moments to a few percent.
const MAX_SAMPLES: usize = 2048;
/// Samples encoded at once.
const CHUNK: usize = 64;

/// Values that the backward pass of a normalization needs.
#[derive(Debug)]
pub(crate) struct MeanNormalization<B: Backend> {
    /// Means scaled to standard deviation 1, `[songs, latent]`.
    unit: Tensor<B, 2>,
    /// `gamma` divided by the standard deviation of each dimension, `[1, latent]`.
    factors: Tensor<B, 2>,
}

/// Normalizes the means of a batch, `[songs, latent]`; leaves them unchanged if `gamma` is 0.
pub(crate) fn normalize_means<B: Backend>(
    means: Tensor<B, 2>,
    gamma: f64,
) -> (Tensor<B, 2>, Option<MeanNormalization<B>>) {
    if gamma == 0.0 {
        return (means, None);
    }
    let centred = means.clone() - means.mean_dim(0);
    let std = (centred.clone().powi_scalar(2).mean_dim(0) + EPSILON).sqrt();
    let unit = centred / std.clone();
    (unit.clone() * gamma, Some(MeanNormalization { unit, factors: std.recip() * gamma }))
}

/// Converts the gradient of normalized means into that of the encoder's means.
pub(crate) fn normalize_means_gradient<B: Backend>(
    normalization: Option<&MeanNormalization<B>>,
    gradient: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let Some(MeanNormalization { unit, factors }) = normalization else { return gradient };
    let along = (gradient.clone() * unit.clone()).mean_dim(0);
    let centred = gradient.clone() - gradient.mean_dim(0);
    (centred - unit.clone() * along) * factors.clone()
}

/// Returns a network whose means are those of `network`, normalized over the training samples.
pub(crate) fn fold_into_network<B: TrainBackend>(
    network: &Network<B>,
    samples: &dyn Samples,
    gamma: f64,
) -> Result<Network<B>, SampleError> {
    let latent = network.architecture.latent;
    let mut moments = DimensionMoments::new(latent);
    for indices in spread_indices(samples.len(), MAX_SAMPLES).chunks(CHUNK) {
        let rows = Rows::read(samples, indices.iter().copied(), network.architecture.geometry)?;
        moments.add(&to_host(network.encode(&rows).0));
    }
    let scale = |(mean, variance): (f64, f64)| {
        (mean as f32, (gamma / (variance.max(0.0) + EPSILON).sqrt()) as f32)
    };
    let (centres, factors): (Vec<f32>, Vec<f32>) = moments.means_and_variances().map(scale).unzip();
    let device = network.first().weight.device();
    let [centres, factors] =
        [centres, factors].map(|values| to_device::<B, 2>(values, [1, latent], &device));
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
        to_device(values, [10, 4], &FlexDevice)
    }

    #[test]
    fn normalized_dimension_has_mean_0_and_the_requested_standard_deviation() {
        let (normalized, _) = normalize_means(tensor::<Flex>(means()), 0.5);
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
    fn gradient_equals_plain_autodiff() {
        let weights: Vec<f32> = (0..40).map(|at| ((at * 31) % 17) as f32 - 8.0).collect();
        let tracked = tensor::<Autodiff<Flex>>(means()).require_grad();
        let (normalized, _) = normalize_means(tracked.clone(), 0.7);
        let mut gradients = (normalized * tensor(weights.clone())).sum().backward();
        let expected = to_host(tracked.grad_remove(&mut gradients).unwrap());
        let (_, normalization) = normalize_means(tensor::<Flex>(means()), 0.7);
        let gradient = normalize_means_gradient(normalization.as_ref(), tensor(weights));
        let found = to_host(gradient);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn folded_network_encodes_to_the_normalized_means_of_its_training_samples() {
        for model in [model(3), factored_model(3)] {
            let samples = memory_samples(200, 5);
            let network = fold_into_network(&model.network, &samples, 0.6).unwrap();
            let rows = Rows::read(&samples, 0..200, model.architecture.geometry).unwrap();
            let plain = model.network.encode(&rows).0;
            let expected = to_host(normalize_means(plain, 0.6).0);
            let found = to_host(network.encode(&rows).0);
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-3, "{found} {expected}");
            }
        }
    }
}
