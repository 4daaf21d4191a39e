//! What a burn backend must bring besides tensors: the layers that touch every cell, the factored network's
//! own arithmetic, and Adam.
//!
//! The rest of the crate is generic over this trait and compiled once for each backend behind
//! non-generic functions. A backend without kernels of its own takes them from `portable`.

use crate::adam::AdamStep;
use crate::factored::FactoredBackend;
use crate::samples::Rows;
use crate::settings::Reconstruction;
use burn::backend::Flex;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// A backend that can train and apply the network.
pub(crate) trait TrainBackend: FactoredBackend {
    /// The first layer before its ReLU, `[rows, hidden]`: the bias plus the weight rows of the onsets.
    fn bag(weight: &Tensor<Self, 2>, bias: &Tensor<Self, 1>, rows: &Rows) -> Tensor<Self, 2>;

    /// Gradients of weight `[cells, hidden]` and bias of [`TrainBackend::bag`] from that of its result.
    fn bag_gradient(
        gradient: Tensor<Self, 2>,
        rows: &Rows,
        cells: usize,
    ) -> (Tensor<Self, 2>, Tensor<Self, 1>);

    /// The output layer and its loss summed over all rows and cells, with the gradients of `scale`
    /// times that sum.
    fn output(
        hidden: Tensor<Self, 2>,
        layer: OutputLayer<'_, Self>,
        rows: &Rows,
        scale: f32,
    ) -> Output<Self>;

    /// The loss of [`TrainBackend::output`] alone.
    fn output_loss(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>, rows: &Rows) -> f64;

    /// The output layer's probabilities, row-major `[rows, cells]`.
    fn probabilities(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>) -> Vec<f32>;

    /// One Adam update; takes ownership so that memory is reused.
    fn adam<const D: usize>(
        step: &AdamStep,
        parameter: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        moments: [Tensor<Self, D>; 2],
    ) -> (Tensor<Self, D>, [Tensor<Self, D>; 2]);

    /// `average + share * (target - average)`; takes ownership so that memory is reused.
    fn approach<const D: usize>(
        average: Tensor<Self, D>,
        target: &Tensor<Self, D>,
        share: f32,
    ) -> Tensor<Self, D>;

    /// Sum of the squares of all elements, in a fixed order.
    fn sum_of_squares<const D: usize>(tensor: &Tensor<Self, D>) -> f64;

    /// The same tensor where models live.
    fn on_cpu<const D: usize>(tensor: Tensor<Self, D>) -> Tensor<Flex, D>;
}

/// All elements, row-major.
pub(crate) fn to_host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("this crate makes tensors of single precision only")
}

/// The output layer's parameters and how its result is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputLayer<'a, B: Backend> {
    pub(crate) weight: &'a Tensor<B, 2>,
    pub(crate) bias: &'a Tensor<B, 1>,
    pub(crate) reconstruction: Reconstruction,
}

/// Loss and gradients of the output layer.
#[derive(Debug)]
pub(crate) struct Output<B: Backend> {
    /// Sum over rows and cells.
    pub(crate) loss: f64,
    /// Gradient of the input `[rows, hidden]`.
    pub(crate) hidden: Tensor<B, 2>,
    /// Gradient of the weight `[hidden, cells]`.
    pub(crate) weight: Tensor<B, 2>,
    /// Gradient of the bias `[cells]`.
    pub(crate) bias: Tensor<B, 1>,
}
