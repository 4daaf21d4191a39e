//! Refinement of the encoder's codes by gradient steps through the decoder.
//!
//! An encoder maps all songs by the same function, so on songs that it was not trained on its code is far
//! from the best one for the decoder (the amortization gap: Cremer, Li & Duvenaud 2018). Starting from the
//! encoder's code, [`Model::refine`] minimizes `reconstruction + beta / 2 |z|^2`, the training's loss at a
//! point, for each song on its own (semi-amortized inference: Kim et al. 2018). The code keeps its size;
//! only finding it costs more.

use crate::host::{rows_of, to_device, to_host};
use crate::model::{Model, ModelError};
use crate::samples::Rows;
use burn::backend::flex::{Flex, FlexDevice};
use burn::tensor::Tensor;

/// Adam's decay rates and its epsilon. Gradients here are of one song and without noise, so the second
/// moment may follow them faster than in a training.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.99;
const EPSILON: f64 = 1e-6;

/// Parameters of [`Model::refine`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refinement {
    /// Gradient steps per song; 0 leaves codes unchanged.
    pub steps: usize,
    /// Adam's first step size, in units of the prior's standard deviation; it decays to 0 along half a
    /// cosine.
    pub rate: f64,
}

impl Model {
    /// Refines the codes of songs from `start`, for example the means of [`Model::encode`]. Songs are onset
    /// cells as there; a code depends only on its own song and start, up to rounding.
    ///
    /// # Errors
    /// Returns an error if a cell is outside the song, or if a start does not have `latent` numbers.
    pub fn refine(
        &self,
        samples: &[Vec<u32>],
        start: &[Vec<f32>],
        refinement: Refinement,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.check_latents(start)?;
        let latent = self.architecture.latent;
        let mut refined = Vec::with_capacity(start.len());
        let chunks = samples.chunks(self.chunk()).zip(start.chunks(self.chunk()));
        for (chunk, (songs, start)) in chunks.enumerate() {
            let rows = Rows::from_songs(songs, chunk * self.chunk(), self.architecture.geometry)?;
            let codes = to_device(start.concat(), [start.len(), latent], &FlexDevice);
            refined.extend(rows_of(&to_host(self.descend(codes, &rows, refinement)), latent));
        }
        Ok(refined)
    }

    /// Computes the gradient of `reconstruction + beta / 2 |z|^2` by the codes of songs.
    pub(crate) fn code_gradient(&self, codes: &Tensor<Flex, 2>, rows: &Rows) -> Tensor<Flex, 2> {
        let penalty = codes.clone() * self.beta;
        self.network.latent_gradient(codes.clone(), rows, self.reconstruction) + penalty
    }

    fn descend(
        &self,
        mut codes: Tensor<Flex, 2>,
        rows: &Rows,
        Refinement { steps, rate }: Refinement,
    ) -> Tensor<Flex, 2> {
        let (mut first, mut second) = (codes.zeros_like(), codes.zeros_like());
        for step in 0..steps {
            let gradient = self.code_gradient(&codes, rows);
            first = first * BETA_1 + gradient.clone() * (1.0 - BETA_1);
            second = second * BETA_2 + gradient.clone() * gradient * (1.0 - BETA_2);
            let time = step as i32 + 1;
            let mean = first.clone() / (1.0 - BETA_1.powi(time));
            let root = (second.clone() / (1.0 - BETA_2.powi(time))).sqrt() + EPSILON;
            let angle = std::f64::consts::PI * step as f64 / steps as f64;
            codes = codes - mean / root * (rate * 0.5 * (1.0 + angle.cos()));
        }
        codes
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::tests::{factored_model, model};
    use crate::objective::Objective;
    use crate::settings::{Reconstruction, SongWeight};
    use crate::step_rng::RandomInputs;
    use crate::testing::memory_samples;

    const SONGS: usize = 3;
    const REFINEMENT: Refinement = Refinement { steps: 60, rate: 0.1 };

    fn songs() -> Vec<Vec<u32>> {
        memory_samples(SONGS, 5).0
    }

    fn rows(model: &Model, songs: &[Vec<u32>]) -> Rows {
        Rows::from_songs(songs, 0, model.architecture.geometry).unwrap()
    }

    fn tensor(codes: &[Vec<f32>]) -> Tensor<Flex, 2> {
        to_device(codes.concat(), [codes.len(), codes[0].len()], &FlexDevice)
    }

    /// What [`Model::refine`] minimizes, summed over the songs.
    pub(crate) fn objective(model: &Model, songs: &[Vec<u32>], codes: &[Vec<f32>]) -> f64 {
        let rows = rows(model, songs);
        let weights = vec![1.0; songs.len()];
        let [loss, _] = model.network.losses(tensor(codes), &rows, model.reconstruction, &weights);
        let square: f64 = codes.iter().flatten().map(|&z| f64::from(z).powi(2)).sum();
        loss + model.beta / 2.0 * square
    }

    fn both() -> [Model; 3] {
        let of_squares = Model { reconstruction: Reconstruction::Mse, ..model(3) };
        [model(3), of_squares, factored_model(3)]
    }

    /// Without noise and KL, the gradient of the mean's bias is that of a song's code.
    #[test]
    fn gradient_by_the_code_equals_the_one_in_training() {
        for (model, mean) in both().into_iter().zip([3, 3, 4]) {
            let Model { network, reconstruction, .. } = &model;
            let width = model.architecture.latent;
            for song in songs() {
                let song = rows(&model, &[song]);
                let objective = Objective {
                    reconstruction: *reconstruction,
                    song_weight: SongWeight::Onsets,
                    beta: 0.0,
                    scale: 1.0,
                    mean_norm: 0.0,
                    kl_weights: None,
                };
                let inputs = RandomInputs { noise: vec![0.0; width], masks: None };
                let (expected, _) = network.gradients(&song.clone().into(), inputs, objective);
                let expected = to_host(expected.layers.into_iter().nth(mean).unwrap().bias);
                let (code, _) = network.encode(&song);
                let found = to_host(network.latent_gradient(code, &song, *reconstruction));
                let largest = expected.iter().fold(0f32, |most, g| most.max(g.abs()));
                assert!(largest > 0.0);
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-4 * largest, "{found} {expected}");
                }
            }
        }
    }

    #[test]
    fn refined_code_has_a_lower_loss_than_the_encoders() {
        for model in both() {
            let songs = songs();
            let start = model.encode(&songs).unwrap().mean;
            let refined = model.refine(&songs, &start, REFINEMENT).unwrap();
            for ((song, start), refined) in songs.iter().zip(&start).zip(&refined) {
                let of = |code: &Vec<f32>| {
                    objective(&model, std::slice::from_ref(song), std::slice::from_ref(code))
                };
                assert!(of(refined) < of(start) - 1e-3, "{} {}", of(refined), of(start));
            }
        }
    }

    #[test]
    fn refined_code_does_not_depend_on_other_songs() {
        for model in both() {
            let songs = songs();
            let start = model.encode(&songs).unwrap().mean;
            let together = model.refine(&songs, &start, REFINEMENT).unwrap();
            let alone = model.refine(&songs[1..2], &start[1..2], REFINEMENT).unwrap();
            let pairs = together[1].iter().zip(&alone[0]);
            let apart = pairs.fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(apart < 1e-3, "{apart}");
        }
    }

    #[test]
    fn zero_steps_leave_codes_unchanged_and_codes_of_another_length_are_errors() {
        let (model, songs) = (factored_model(3), songs());
        let start = model.encode(&songs).unwrap().mean;
        let none = Refinement { steps: 0, ..REFINEMENT };
        assert_eq!(model.refine(&songs, &start, none).unwrap(), start);
        let error = model.refine(&songs, &vec![vec![0.0; 3]; SONGS], none).unwrap_err();
        assert!(matches!(error, ModelError::Latent { index: 0, found: 3, .. }));
    }
}
