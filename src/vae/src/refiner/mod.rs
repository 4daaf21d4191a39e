//! Learned refining: a small network that improves an encoder's codes by looking at the decoder's gradients.
//!
//! An encoder maps all songs by the same function, so on songs that it was not trained on its codes are far from the best
//! ones for the decoder. Gradient steps find better codes (`refine`), but take a hundred of them. A [`Refiner`] has
//! learned to take large steps (iterative amortized inference: Marino, Yue & Mandt 2018):
//!
//! ```text
//! g       = gradient of `reconstruction + beta / 2 |z|^2` by z
//! h       = block(z, LN(g), LN(last change of z), log of the root mean square of g, 1 at the number of the step)
//! next z  = z + a layer of h
//! ```
//!
//! A block and LN are those of `factored`. A step learns to lower the loss at the code that it leads to; encoder, decoder
//! and the steps before it stay as they are, so no gradient flows through a gradient.
//!
//! `refiner.safetensors` contains `hidden`, `residual` and `step`, each with `.weight` and `.bias`, F32 as in the other
//! files of a model. The inputs of `hidden` are those of the block, in that order.

mod file;
mod training;

pub use training::{RefinerSize, RefinerTrainer};

use crate::dense::Dense;
use crate::factored::blocks::Block;
use crate::factored_backend::FactoredBackend;
use crate::host::{to_device, to_host};
use crate::model::Model;
use crate::rng::{self, Purpose};
use crate::samples::Rows;
use burn::backend::flex::{Flex, FlexDevice};
use burn::tensor::Tensor;

/// Names and number of the layers.
const LAYERS: [&str; 3] = ["hidden", "residual", "step"];
/// Scales of a layer's outputs at first, for inputs of standard deviation 1: the first steps change little.
const GAINS: [f32; 3] = [1.0, 0.7, 0.02];
/// Added to a mean square before its logarithm.
const EPSILON: f32 = 1e-6;

/// A network that refines the codes of one model.
#[derive(Debug, Clone)]
pub struct Refiner {
    /// Steps per code.
    steps: usize,
    latent: usize,
    layers: [Dense<Flex>; LAYERS.len()],
}

/// A step, with the values that its backward pass needs.
struct Step {
    input: Tensor<Flex, 2>,
    block: Block<Flex>,
    /// Codes after the step.
    codes: Codes,
}

/// Codes, and by how much the last step changed them: not at all before the first.
struct Codes {
    values: Tensor<Flex, 2>,
    change: Tensor<Flex, 2>,
}

impl Codes {
    fn new(values: Tensor<Flex, 2>) -> Self {
        Self { change: values.zeros_like(), values }
    }
}

/// Returns inputs and outputs of the layers.
fn shapes(latent: usize, hidden: usize, steps: usize) -> [[usize; 2]; LAYERS.len()] {
    [[3 * latent + 1 + steps, hidden], [hidden, hidden], [hidden, latent]]
}

impl Refiner {
    /// Creates an untrained refiner that takes `steps` steps through `hidden` units.
    fn new(latent: usize, hidden: usize, steps: usize, seed: u64) -> Self {
        let shapes = shapes(latent, hidden, steps);
        let layers = std::array::from_fn(|index| {
            let [inputs, outputs] = shapes[index];
            let mut random = rng::stream(seed, Purpose::Refiner, index as u64);
            let scale = GAINS[index] / (inputs as f32).sqrt();
            let mut weight = rng::normal(&mut random, inputs * outputs);
            weight.iter_mut().for_each(|weight| *weight *= scale);
            Dense::new([inputs, outputs], weight, vec![0.0; outputs], &FlexDevice)
        });
        Self { steps, latent, layers }
    }

    /// Refines the codes of songs.
    pub(crate) fn refine(
        &self,
        model: &Model,
        rows: &Rows,
        codes: Tensor<Flex, 2>,
    ) -> Tensor<Flex, 2> {
        let mut codes = Codes::new(codes);
        for step in 0..self.steps {
            let gradient = model.code_gradient(&codes.values, rows);
            codes = self.step(step, codes, &gradient).codes;
        }
        codes.values
    }

    fn step(&self, step: usize, codes: Codes, gradient: &Tensor<Flex, 2>) -> Step {
        let songs = codes.values.dims()[0];
        let mut others = Vec::with_capacity(songs * (1 + self.steps));
        for row in to_host(gradient.clone()).chunks_exact(self.latent) {
            let square: f32 = row.iter().map(|value| value * value).sum();
            others.push(0.5 * (square / self.latent as f32 + EPSILON).ln());
            others.extend((0..self.steps).map(|other| if other == step { 1.0 } else { 0.0 }));
        }
        let others = to_device(others, [songs, 1 + self.steps], &FlexDevice);
        let [direction, last_change] =
            [gradient.clone(), codes.change].map(|values| Flex::normalize(values).values);
        let input = Tensor::cat(vec![codes.values.clone(), direction, last_change, others], 1);
        let [hidden, residual, last] = &self.layers;
        let block = Block::forward(Flex::affine(&input, hidden), residual);
        let change = Flex::affine(&block.output.values, last);
        let codes = Codes { values: codes.values + change.clone(), change };
        Step { input, block, codes }
    }
}

impl Model {
    /// Returns the model with a refiner, which improves the means of [`Model::encode`].
    #[must_use]
    pub fn with_refiner(self, refiner: Refiner) -> Self {
        Self { refiner: Some(refiner), ..self }
    }
}

#[cfg(test)]
mod tests;
