//! The operations of either network.

use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::factored;
use crate::gradient;
use crate::network::{Network, clamp_log_std};
use crate::objective::{Gradients, Objective, Sums};
use crate::samples::Rows;
use crate::settings::Reconstruction;
use crate::step_rng::RandomInputs;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

impl<B: TrainBackend> Network<B> {
    /// Returns mean and clamped log standard deviation of the posterior, `[songs, latent]` each.
    pub(crate) fn encode(&self, rows: &Rows) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let (mean, log_std) = match self.is_factored() {
            true => factored::encode(self, rows),
            false => {
                let songs = rows.len() / self.architecture.geometry.measures();
                self.posterior(B::bag(self.first(), rows), songs)
            }
        };
        (mean, clamp_log_std(log_std))
    }

    /// Returns the reconstruction losses of songs decoded from latent vectors `[songs, latent]`: their sum,
    /// and their weighted sum.
    pub(crate) fn losses(
        &self,
        latent: Tensor<B, 2>,
        rows: &Rows,
        reconstruction: Reconstruction,
        weights: &[f32],
    ) -> [f64; 2] {
        if self.is_factored() {
            return factored::losses(self, latent, rows, weights);
        }
        let hidden = self.last_hidden(latent, None);
        [B::output_loss(hidden, self.output_layer(reconstruction), rows); 2]
    }

    /// Returns losses and gradients of the samples in `batch`.
    pub(crate) fn gradients(
        &self,
        batch: &Batch,
        inputs: RandomInputs,
        objective: Objective<'_>,
    ) -> (Gradients<B>, Sums) {
        match self.is_factored() {
            true => factored::gradients(self, batch, inputs, objective),
            false => gradient::gradients(self, batch, inputs, objective),
        }
    }

    /// Returns the gradient of the summed reconstruction losses by the latent vectors `[songs, latent]`.
    pub(crate) fn latent_gradient(
        &self,
        latent: Tensor<B, 2>,
        rows: &Rows,
        reconstruction: Reconstruction,
    ) -> Tensor<B, 2> {
        if self.is_factored() {
            return factored::latent_gradient(self, latent, rows);
        }
        let latent = Tensor::<Autodiff<B>, 2>::from_inner(latent).require_grad();
        let hidden = self.constant::<Autodiff<B>>().last_hidden(latent.clone(), None);
        let layer = self.output_layer(reconstruction);
        let gradient = B::output(hidden.clone().inner(), layer, rows, 1.0).hidden;
        let mut gradients = (hidden * Tensor::from_inner(gradient)).sum().backward();
        latent.grad_remove(&mut gradients).expect("the sum depends on the latent vectors")
    }

    /// Returns the probabilities of all cells of songs decoded from latent vectors `[songs, latent]`,
    /// row-major.
    pub(crate) fn probabilities(
        &self,
        latent: Tensor<B, 2>,
        reconstruction: Reconstruction,
    ) -> Vec<f32> {
        if self.is_factored() {
            return factored::probabilities(self, latent);
        }
        B::probabilities(self.last_hidden(latent, None), self.output_layer(reconstruction))
    }
}
