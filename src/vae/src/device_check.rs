//! Whether a device computes what the processor computes.
//!
//! A kernel that fails on a card says so to a log at most: what follows goes on with whatever was in memory.
//! So before a training takes its first step there, and each time it goes on, the gradient of a few songs is
//! computed on both.

use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::gradient::{Gradients, Objective, Sums, gradients};
use crate::network::{Dense, Network};
use crate::samples::Samples;
use crate::settings::Settings;
use crate::step_rng::StepRng;
use crate::train_error::TrainError;
use burn::backend::Flex;
use burn::tensor::Tensor;

/// Songs that both compute.
const SONGS: usize = 8;
/// How far losses may lie apart, as a share of them. TF32 keeps three digits.
const LOSS: f64 = 0.01;
/// How far a parameter's gradient may lie apart, as a share of itself...
const GRADIENT: f64 = 0.1;
/// ...and of the whole gradient, for what all but cancels.
const WHOLE_GRADIENT: f64 = 0.01;

/// Computes the gradient of the first songs on both devices.
///
/// # Errors
/// [`TrainError::GradientMismatch`], and when a sample cannot be read.
pub(crate) fn check<B: TrainBackend>(
    network: &Network<B>,
    settings: &Settings,
    train: &dyn Samples,
) -> Result<(), TrainError> {
    let songs: Vec<usize> = (0..train.len().min(SONGS)).collect();
    let batch = Batch::read(train, &songs, settings, 1)?;
    let objective = Objective {
        reconstruction: settings.reconstruction,
        song_weight: settings.song_weight,
        beta: settings.beta,
        scale: 1.0 / songs.len() as f64,
        mean_norm: settings.options.mean_norm,
        charged: None,
    };
    let draws = StepRng::new(settings, 0).next_inputs(songs.len());
    let found = gradients(network, &batch, draws.clone(), objective);
    let expected = gradients(&network.on_cpu(), &batch, draws, objective);
    match agree(found, expected) {
        true => Ok(()),
        false => Err(TrainError::GradientMismatch),
    }
}

fn agree<B: TrainBackend>(
    (found, found_sums): (Gradients<B>, Sums),
    (expected, expected_sums): (Gradients<Flex>, Sums),
) -> bool {
    let losses = [
        (found_sums.weighted, expected_sums.weighted),
        (found_sums.weighted_kl, expected_sums.weighted_kl),
    ];
    // The divergence may be all but nothing: it is held to the size of the loss.
    let whole_loss = expected_sums.weighted.abs();
    let near = |(found, expected): (f64, f64)| (found - expected).abs() <= LOSS * whole_loss;
    let whole = expected.norm();
    let mut pairs = found.layers.into_iter().zip(expected.layers);
    losses.into_iter().all(near)
        && pairs.all(|(found, expected)| {
            let Dense { weight, bias } = found;
            close(B::on_cpu(weight), expected.weight, whole)
                && close(B::on_cpu(bias), expected.bias, whole)
        })
}

fn close<const D: usize>(found: Tensor<Flex, D>, expected: Tensor<Flex, D>, whole: f64) -> bool {
    let norm = |tensor: &Tensor<Flex, D>| Flex::sum_of_squares(tensor).sqrt();
    let allowed = GRADIENT * norm(&expected) + WHOLE_GRADIENT * whole;
    norm(&(found - expected)) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both, memory_samples};
    use burn_ndarray::NdArray;

    #[test]
    fn plain_operations_agree_with_the_kernels_and_damage_to_any_gradient_does_not() {
        for settings in both(|raw| raw.batch = 16) {
            let samples = memory_samples(16, 1);
            let found = crate::initialize::untrained::<NdArray>(&settings, &samples);
            check(&found, &settings, &samples).unwrap();
            let batch = Batch::read(&samples, &[0, 1, 2], &settings, 1).unwrap();
            let objective = Objective {
                reconstruction: settings.reconstruction,
                song_weight: settings.song_weight,
                beta: 0.1,
                scale: 1.0,
                mean_norm: 0.0,
                charged: None,
            };
            let draws = StepRng::new(&settings, 0).next_inputs(3);
            let computed = || gradients(&found, &batch, draws.clone(), objective);
            let expected = || gradients(&found.on_cpu(), &batch, draws.clone(), objective);
            assert!(agree(computed(), expected()));
            for layer in 0..found.layers.len() {
                let (mut damaged, sums) = computed();
                let weight = &mut damaged.layers[layer].weight;
                *weight = -weight.clone();
                let is_small = {
                    let (expected, _) = expected();
                    let norm = Flex::sum_of_squares(&expected.layers[layer].weight).sqrt();
                    2.0 * norm < WHOLE_GRADIENT * expected.norm()
                };
                assert_eq!(agree((damaged, sums), expected()), is_small, "layer {layer}");
            }
            let (unharmed, sums) = computed();
            let wrong = Sums { weighted: sums.weighted * 1.1, ..sums };
            assert!(!agree((unharmed, wrong), expected()));
            let (mut broken, sums) = computed();
            broken.layers[0].bias = broken.layers[0].bias.clone() * f32::NAN;
            assert!(!agree((broken, sums), expected()));
        }
    }
}
