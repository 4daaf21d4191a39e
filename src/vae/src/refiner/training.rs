//! Training a refiner.

use super::{Codes, LAYERS, Refiner, Step};
use crate::adam_step::AdamStep;
use crate::dense::Dense;
use crate::factored::blocks::affine_gradient;
use crate::host::to_device;
use crate::model::{Model, ModelError};
use crate::samples::Rows;
use burn::backend::flex::{Flex, FlexDevice};
use burn::tensor::Tensor;

/// Sizes of a refiner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefinerSize {
    /// Steps per code, at least one.
    pub steps: usize,
    /// Hidden units, at least one.
    pub hidden: usize,
}

type Layers = [Dense<Flex>; LAYERS.len()];

/// A refiner in training.
pub struct RefinerTrainer<'a> {
    model: &'a Model,
    refiner: Refiner,
    moments: [Layers; 2],
    time: u64,
}

impl<'a> RefinerTrainer<'a> {
    /// Starts with an untrained refiner of a model that has none.
    ///
    /// # Panics
    /// Panics if the model has a refiner, which its codes would be refined by twice.
    pub fn new(model: &'a Model, RefinerSize { steps, hidden }: RefinerSize, seed: u64) -> Self {
        assert!(model.refiner.is_none(), "the model has a refiner");
        let refiner = Refiner::new(model.architecture.latent, hidden, steps, seed);
        let zeros = |Dense { weight, bias }: &Dense<Flex>| Dense {
            weight: weight.zeros_like(),
            bias: bias.zeros_like(),
        };
        let moments = [(); 2].map(|()| refiner.layers.each_ref().map(zeros));
        Self { model, refiner, moments, time: 0 }
    }

    /// Learns from songs, given as onset cells as in [`Model::encode`]. A song counts by the inverse of its onsets.
    ///
    /// # Errors
    /// Returns an error if a cell is outside the song.
    pub fn learn(&mut self, songs: &[Vec<u32>], rate: f64) -> Result<(), ModelError> {
        if songs.is_empty() {
            return Ok(());
        }
        let Model { architecture, .. } = self.model;
        let rows = Rows::from_songs(songs, 0, architecture.geometry)?;
        let weights = songs.iter().map(|song| 1.0 / song.len().max(1) as f32).collect();
        let weights: Tensor<Flex, 2> = to_device(weights, [songs.len(), 1], &FlexDevice);
        let mut codes = Codes::new(self.model.network.encode(&rows).0);
        let mut gradient = self.model.code_gradient(&codes.values, &rows);
        let mut sums: Option<Layers> = None;
        for step in 0..self.refiner.steps {
            let taken = self.refiner.step(step, codes, &gradient);
            gradient = self.model.code_gradient(&taken.codes.values, &rows);
            let gradients = self.gradients(&taken, gradient.clone() * weights.clone());
            sums = Some(match sums {
                None => gradients,
                Some(sums) => add(sums, gradients),
            });
            codes = taken.codes;
        }
        if let Some(sums) = sums {
            self.update(sums, rate, songs.len());
        }
        Ok(())
    }

    /// Returns the gradients of the layers from that of the codes after a step.
    fn gradients(&self, step: &Step, gradient: Tensor<Flex, 2>) -> Layers {
        let [hidden, residual, last] = &self.refiner.layers;
        let (output, of_last) = affine_gradient(&step.block.output.values, last, gradient);
        let (before, of_residual) = step.block.backward(residual, output);
        let (_, of_hidden) = affine_gradient(&step.input, hidden, before);
        [of_hidden, of_residual, of_last].map(|gradient| gradient.compute())
    }

    fn update(&mut self, gradients: Layers, rate: f64, songs: usize) {
        self.time += 1;
        let step = AdamStep::new(rate, self.time, 1.0 / songs as f64, 0.0);
        let [first, second] = &mut self.moments;
        let moments = first.iter_mut().zip(second);
        for ((layer, moments), gradient) in
            self.refiner.layers.iter_mut().zip(moments).zip(gradients)
        {
            crate::adam::update_layer([&step, &step], layer, moments, gradient);
        }
    }

    /// Returns the number of its trainable parameters.
    pub fn parameters(&self) -> usize {
        let size = |layer: &Dense<Flex>| layer.weight.shape().num_elements() + layer.bias.dims()[0];
        self.refiner.layers.iter().map(size).sum()
    }

    /// Returns the refiner as it is.
    pub fn refiner(&self) -> Refiner {
        self.refiner.clone()
    }
}

fn add(sums: Layers, others: Layers) -> Layers {
    let mut others = others.into_iter();
    sums.map(|Dense { weight, bias }| match others.next() {
        Some(other) => Dense { weight: weight + other.weight, bias: bias + other.bias },
        None => Dense { weight, bias },
    })
}
