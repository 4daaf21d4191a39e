//! All methods of [`TrainBackend`] by plain tensor operations, for backends without kernels of their own.
//!
//! Onsets become dense tensors of zeros and ones, `[rows, cells]`, and the first layer a matrix product. That
//! is fast on a GPU: the product takes a fraction of a millisecond, while burn 0.21 adds selected rows one
//! after the other in a single thread per column. Sums for a loss or a norm are computed along one axis on
//! the device and completed in double precision on the host.
//!
//! Results differ from the CPU's kernels by rounding, and on CUDA matrix products round their inputs to
//! TF32, about 1e-3. `device_check` compares both before a training starts.

mod mixture;
#[cfg(test)]
mod tests;

use crate::adam_step::AdamStep;
use crate::backend::{Output, OutputLayer, TrainBackend};
use crate::dense::Dense;
use crate::factored_backend::FactoredBackend;
use crate::host::{take, to_host};
use crate::samples::Rows;
use crate::settings::Reconstruction;
use burn::backend::flex::{Flex, FlexDevice};
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};
use std::ops::Range;

/// A backend that trains by plain tensor operations.
pub(crate) trait GenericBackend: Backend {}

#[cfg(feature = "cuda")]
impl GenericBackend for burn::backend::Cuda {}

/// Runs the same operations on every machine.
#[cfg(test)]
impl GenericBackend for burn_ndarray::NdArray {}

/// Returns the onsets of some rows as zeros and ones, `[rows, cells]`.
fn onset_matrix<B: Backend>(
    rows: &Rows,
    range: Range<usize>,
    cells: usize,
    device: &B::Device,
) -> Tensor<B, 2> {
    let zeros = Tensor::zeros([range.len(), cells], device);
    let max = range.clone().map(|row| rows.row(row).len()).max().unwrap_or(0);
    if max == 0 {
        return zeros;
    }
    // Shorter rows are padded by adding 0 to their first cell.
    let shape = [range.len(), max];
    let (mut places, mut values) = (vec![0i32; shape[0] * max], vec![0f32; shape[0] * max]);
    for (index, row) in range.enumerate() {
        for (at, &cell) in rows.row(row).iter().enumerate() {
            (places[index * max + at], values[index * max + at]) = (cell as i32, 1.0);
        }
    }
    let places = Tensor::<B, 2, Int>::from_data(TensorData::new(places, shape), device);
    let values = Tensor::<B, 2>::from_data(TensorData::new(values, shape), device);
    zeros.scatter(1, places, values, IndexingUpdateOp::Add)
}

/// Returns the onsets of all rows as zeros and ones.
fn all_onsets<B: Backend>(rows: &Rows, cells: usize, device: &B::Device) -> Tensor<B, 2> {
    onset_matrix(rows, 0..rows.len(), cells, device)
}

/// Returns the sum of all elements.
fn total<B: Backend>(values: Tensor<B, 2>) -> f64 {
    to_host(values.sum_dim(1)).into_iter().map(f64::from).sum()
}

/// Returns the summed loss of logits with the onsets `targets`, and its derivatives by the logits.
fn loss_and_derivatives<B: Backend>(
    logits: Tensor<B, 2>,
    targets: Tensor<B, 2>,
    reconstruction: Reconstruction,
) -> (f64, Tensor<B, 2>) {
    let probabilities = sigmoid(logits.clone());
    let error = probabilities.clone() - targets.clone();
    match reconstruction {
        // Settings do not allow Poisson for the thesis network.
        Reconstruction::Bce | Reconstruction::Poisson => {
            // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), with the maximum computed so that NaN stays NaN.
            let size = logits.clone().abs();
            let above = (size.clone() + logits.clone()) * 0.5 + (-size).exp().log1p();
            (total(above - logits * targets), error)
        }
        Reconstruction::Mse => {
            let slope = probabilities.clone() * (-probabilities + 1.0) * 2.0;
            (total(error.clone() * error.clone()), error * slope)
        }
    }
}

impl<B: GenericBackend> TrainBackend for B {
    fn bag(layer: &Dense<Self>, rows: &Rows) -> Tensor<Self, 2> {
        let [cells, _] = layer.weight.dims();
        Self::affine(&all_onsets(rows, cells, &layer.weight.device()), layer)
    }

    fn bag_gradient(gradient: Tensor<Self, 2>, rows: &Rows, cells: usize) -> Dense<Self> {
        let onsets = all_onsets(rows, cells, &gradient.device());
        let weight = onsets.transpose().matmul(gradient.clone());
        Dense { weight, bias: Self::column_sums(&gradient) }
    }

    fn output(
        hidden: Tensor<Self, 2>,
        OutputLayer { layer, reconstruction }: OutputLayer<'_, Self>,
        rows: &Rows,
        scale: f32,
    ) -> Output<Self> {
        let [_, cells] = layer.weight.dims();
        let logits = Self::affine(&hidden, layer);
        let targets = all_onsets(rows, cells, &hidden.device());
        let (loss, derivatives) = loss_and_derivatives(logits, targets, reconstruction);
        let derivatives = derivatives * scale;
        let weight = hidden.transpose().matmul(derivatives.clone());
        let hidden = derivatives.clone().matmul(layer.weight.clone().transpose());
        Output { loss, hidden, layer: Dense { weight, bias: Self::column_sums(&derivatives) } }
    }

    fn output_loss(hidden: Tensor<Self, 2>, output: OutputLayer<'_, Self>, rows: &Rows) -> f64 {
        let OutputLayer { layer, reconstruction } = output;
        let [_, cells] = layer.weight.dims();
        let targets = all_onsets(rows, cells, &hidden.device());
        let logits = Self::affine(&hidden, layer);
        loss_and_derivatives(logits, targets, reconstruction).0
    }

    fn probabilities(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>) -> Vec<f32> {
        to_host(sigmoid(Self::affine(&hidden, layer.layer)))
    }

    fn adam<const D: usize>(
        step: &AdamStep,
        parameter: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        [first, second]: [Tensor<Self, D>; 2],
    ) -> (Tensor<Self, D>, [Tensor<Self, D>; 2]) {
        let AdamStep { scale, complement_1, complement_2, rate, epsilon, decay } = *step;
        let gradient = gradient * scale;
        let square = (gradient.clone() * gradient.clone()).clamp_max(f32::MAX);
        let first = (gradient - first.clone()) * complement_1 + first;
        let second = (square - second.clone()) * complement_2 + second;
        let change = first.clone() * rate / (second.clone().sqrt() + epsilon);
        let parameter = parameter.clone() - (change + parameter * decay);
        (parameter, [first, second])
    }

    fn lerp<const D: usize>(average: &mut Tensor<Self, D>, target: &Tensor<Self, D>, share: f32) {
        let taken = take(average);
        *average = (target.clone() - taken.clone()) * share + taken;
    }

    fn sum_of_squares<const D: usize>(tensor: &Tensor<Self, D>) -> f64 {
        let dims = tensor.dims();
        // A vector is short enough for the host to sum.
        let width = if D > 1 { dims[D - 1] } else { 1 };
        let rows = tensor.clone().reshape([dims.iter().product::<usize>() / width, width]);
        total(rows.clone() * rows)
    }

    fn on_cpu<const D: usize>(tensor: Tensor<Self, D>) -> Tensor<Flex, D> {
        Tensor::from_data(tensor.into_data(), &FlexDevice)
    }
}
