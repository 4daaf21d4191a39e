//! What a burn backend must provide besides tensors: the layers that touch every cell, the factored
//! network's own arithmetic, and Adam.
//!
//! The rest of the crate is generic over this trait and compiled once per backend, behind non-generic
//! functions. `generic_backend` implements it for backends without kernels of their own.

use crate::adam_step::AdamStep;
use crate::dense::Dense;
use crate::factored_backend::FactoredBackend;
use crate::samples::Rows;
use crate::settings::Reconstruction;
use burn::backend::Flex;
use burn::tensor::{Tensor, backend::Backend};

/// A backend that can train and apply the network.
pub(crate) trait TrainBackend: FactoredBackend {
    /// Computes the first layer before its activation, `[rows, hidden]`: the bias plus the weight rows of
    /// the onsets.
    fn bag(layer: &Dense<Self>, rows: &Rows) -> Tensor<Self, 2>;

    /// Computes the gradients of weight `[cells, hidden]` and bias of [`TrainBackend::bag`] from that of its
    /// result.
    fn bag_gradient(gradient: Tensor<Self, 2>, rows: &Rows, cells: usize) -> Dense<Self>;

    /// Computes the output layer's loss, summed over all rows and cells, and the gradients of `scale` times
    /// that sum.
    fn output(
        hidden: Tensor<Self, 2>,
        layer: OutputLayer<'_, Self>,
        rows: &Rows,
        scale: f32,
    ) -> Output<Self>;

    /// Computes the loss of [`TrainBackend::output`] only.
    fn output_loss(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>, rows: &Rows) -> f64;

    /// Computes the output layer's probabilities, row-major `[rows, cells]`.
    fn probabilities(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>) -> Vec<f32>;

    /// Performs one Adam update; takes ownership so that memory is reused.
    fn adam<const D: usize>(
        step: &AdamStep,
        parameter: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        moments: [Tensor<Self, D>; 2],
    ) -> (Tensor<Self, D>, [Tensor<Self, D>; 2]);

    /// Adds `share * (target - average)` to `average`.
    fn lerp<const D: usize>(average: &mut Tensor<Self, D>, target: &Tensor<Self, D>, share: f32);

    /// Sums the squares of all elements, in a fixed order.
    fn sum_of_squares<const D: usize>(tensor: &Tensor<Self, D>) -> f64;

    /// Copies a tensor to the CPU, where models are.
    fn on_cpu<const D: usize>(tensor: Tensor<Self, D>) -> Tensor<Flex, D>;
}

/// The output layer's parameters and its loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputLayer<'a, B: Backend> {
    pub(crate) layer: &'a Dense<B>,
    pub(crate) reconstruction: Reconstruction,
}

/// Loss and gradients of the output layer.
#[derive(Debug)]
pub(crate) struct Output<B: Backend> {
    /// Sum over rows and cells.
    pub(crate) loss: f64,
    /// Gradient of the input `[rows, hidden]`.
    pub(crate) hidden: Tensor<B, 2>,
    /// Gradient of the parameters: weight `[hidden, cells]` and bias `[cells]`.
    pub(crate) layer: Dense<B>,
}
