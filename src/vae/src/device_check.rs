//! Checks a GPU's gradients against the CPU's.
//!
//! A failing kernel may raise no error: at most it writes to a log, and training would continue with
//! whatever was in memory. So before the first step, and after each resume, the gradient of a few songs is
//! computed on both devices.

use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::dense::Dense;
use crate::network::Network;
use crate::objective::{Gradients, Objective, Sums};
use crate::samples::Samples;
use crate::settings::Settings;
use crate::step_rng::StepRng;
use crate::train_error::TrainError;
use burn::backend::Flex;
use burn::tensor::Tensor;

/// Songs computed on both devices.
const SONGS: usize = 8;
/// Tolerance of losses, as a share of them. TF32 has three digits.
const LOSS: f64 = 0.01;
/// Tolerance of a parameter's gradient, as a share of itself...
const GRADIENT: f64 = 0.1;
/// ...and of the whole gradient, for gradients that almost cancel.
const WHOLE_GRADIENT: f64 = 0.01;

/// Compares the gradient of the first songs on both devices.
///
/// # Errors
/// Returns [`TrainError::GradientMismatch`] if they differ, or an error if a sample cannot be read.
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
        kl_weights: None,
    };
    let inputs = StepRng::new(settings, 0).next_inputs(songs.len());
    let found = network.gradients(&batch, inputs.clone(), objective);
    let expected = network.on_cpu().gradients(&batch, inputs, objective);
    if is_close(found, expected) { Ok(()) } else { Err(TrainError::GradientMismatch) }
}

fn is_close<B: TrainBackend>(
    (found, found_sums): (Gradients<B>, Sums),
    (expected, expected_sums): (Gradients<Flex>, Sums),
) -> bool {
    // The KL may be almost 0, so its tolerance is a share of the loss too.
    let whole_loss = expected_sums.weighted.abs();
    let near = |found: f64, expected: f64| (found - expected).abs() <= LOSS * whole_loss;
    let whole = expected.norm();
    let mut pairs = found.layers.into_iter().zip(expected.layers);
    near(found_sums.weighted, expected_sums.weighted)
        && near(found_sums.weighted_kl, expected_sums.weighted_kl)
        && pairs.all(|(Dense { weight, bias }, expected)| {
            is_tensor_close(B::on_cpu(weight), expected.weight, whole)
                && is_tensor_close(B::on_cpu(bias), expected.bias, whole)
        })
}

fn is_tensor_close<const D: usize>(
    found: Tensor<Flex, D>,
    expected: Tensor<Flex, D>,
    whole: f64,
) -> bool {
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
    fn generic_backend_passes_and_a_damaged_gradient_fails() {
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
                kl_weights: None,
            };
            let inputs = StepRng::new(&settings, 0).next_inputs(3);
            let computed = || found.gradients(&batch, inputs.clone(), objective);
            let expected = || found.on_cpu().gradients(&batch, inputs.clone(), objective);
            assert!(is_close(computed(), expected()));
            for layer in 0..found.layers.len() {
                let (mut damaged, sums) = computed();
                let weight = &mut damaged.layers[layer].weight;
                *weight = -weight.clone();
                let is_small = {
                    let (expected, _) = expected();
                    let norm = Flex::sum_of_squares(&expected.layers[layer].weight).sqrt();
                    2.0 * norm < WHOLE_GRADIENT * expected.norm()
                };
                assert_eq!(is_close((damaged, sums), expected()), is_small, "layer {layer}");
            }
            let (unharmed, sums) = computed();
            let wrong = Sums { weighted: sums.weighted * 1.1, ..sums };
            assert!(!is_close((unharmed, wrong), expected()));
            let (mut broken, sums) = computed();
            broken.layers[0].bias = broken.layers[0].bias.clone() * f32::NAN;
            assert!(!is_close((broken, sums), expected()));
        }
    }
}
