//! The CPU backend's first layer, output layer and Adam.
//!
//! - A measure has some 25 onsets among 9216 cells, so the first layer adds rows of the weight instead
//!   of multiplying by zeros, and its gradient adds rows into the set cells.
//! - Loss and derivatives of the output layer take one pass in place over the logits.
//! - Adam takes one pass over parameter, gradient and both moments: at batch 1 it is most of a step.
//!
//! Every parallel loop writes disjoint chunks, each by one thread in a fixed order, so results do not
//! depend on the number of threads.

use crate::adam_step::AdamStep;
use crate::backend::{Output, OutputLayer, TrainBackend};
use crate::dense::Dense;
use crate::host::{take, to_device, to_host};
use crate::kernels;
use crate::samples::Rows;
use burn::backend::flex::{Flex, FlexDevice, FlexTensor};
use burn::tensor::{Tensor, TensorPrimitive};
use rayon::prelude::*;

/// Elements that one thread processes at a time; part of the definition of every long sum.
const CHUNK: usize = 1 << 15;
/// Columns that one thread sums together.
const COLUMNS: usize = 256;

pub(crate) fn raw<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}

pub(crate) fn wrap<const D: usize>(tensor: FlexTensor) -> Tensor<Flex, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

pub(crate) fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("single precision and contiguous")
}

/// Sums the columns of a row-major matrix, each from the first row to the last.
pub(crate) fn column_sums(matrix: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    sums.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, sums)| {
        for row in matrix.chunks_exact(width) {
            let first = block * COLUMNS;
            kernels::add(sums, &row[first..first + sums.len()]);
        }
    });
    sums
}

/// Returns the loss of all rows; replaces `logits` by `scale` times its derivatives.
fn loss_in_place(logits: &mut [f32], layer: OutputLayer<'_, Flex>, rows: &Rows, scale: f32) -> f64 {
    let bias = raw(layer.layer.bias.clone());
    let (bias, mut losses) = (slice(&bias), vec![0.0; rows.len()]);
    let measures = logits.par_chunks_exact_mut(bias.len()).zip(&mut losses).enumerate();
    measures.for_each(|(row, (logits, loss))| {
        let onsets = rows.row(row);
        *loss = kernels::measure_loss(layer.reconstruction, logits, bias, onsets, scale);
    });
    losses.iter().sum()
}

impl TrainBackend for Flex {
    fn bag(layer: &Dense<Self>, rows: &Rows) -> Tensor<Self, 2> {
        let [_, hidden] = layer.weight.dims();
        let (weight, bias) = (raw(layer.weight.clone()), raw(layer.bias.clone()));
        let (weight, bias) = (slice(&weight), slice(&bias));
        let mut sums = vec![0.0; rows.len() * hidden];
        sums.par_chunks_exact_mut(hidden).enumerate().for_each(|(row, sums)| {
            sums.copy_from_slice(bias);
            for &cell in rows.row(row) {
                kernels::add(sums, &weight[cell as usize * hidden..][..hidden]);
            }
        });
        to_device(sums, [rows.len(), hidden], &FlexDevice)
    }

    fn bag_gradient(gradient: Tensor<Self, 2>, rows: &Rows, cells: usize) -> Dense<Self> {
        let [_, hidden] = gradient.dims();
        let gradient = raw(gradient);
        let gradient = slice(&gradient);
        let by_cell = rows.by_cell(cells);
        let mut weight = vec![0.0; cells * hidden];
        weight.par_chunks_exact_mut(hidden).enumerate().for_each(|(cell, sums)| {
            for &row in by_cell.row(cell) {
                kernels::add(sums, &gradient[row as usize * hidden..][..hidden]);
            }
        });
        Dense::new([cells, hidden], weight, column_sums(gradient, hidden), &FlexDevice)
    }

    fn output(
        hidden: Tensor<Self, 2>,
        layer: OutputLayer<'_, Self>,
        rows: &Rows,
        scale: f32,
    ) -> Output<Self> {
        let weight = layer.layer.weight.clone();
        let ([_, cells], mut logits) = (weight.dims(), raw(hidden.clone().matmul(weight.clone())));
        let loss = loss_in_place(logits.storage_mut(), layer, rows, scale);
        let bias = to_device(column_sums(slice(&logits), cells), [cells], &FlexDevice);
        let derivatives = wrap::<2>(logits);
        let of_weight = hidden.transpose().matmul(derivatives.clone());
        let hidden = derivatives.matmul(weight.transpose());
        Output { loss, hidden, layer: Dense { weight: of_weight, bias } }
    }

    fn output_loss(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>, rows: &Rows) -> f64 {
        let mut logits = raw(hidden.matmul(layer.layer.weight.clone()));
        loss_in_place(logits.storage_mut(), layer, rows, 1.0)
    }

    fn probabilities(hidden: Tensor<Self, 2>, layer: OutputLayer<'_, Self>) -> Vec<f32> {
        let mut logits = to_host(hidden.matmul(layer.layer.weight.clone()));
        let bias = raw(layer.layer.bias.clone());
        let bias = slice(&bias);
        let rows = logits.par_chunks_exact_mut(bias.len());
        rows.for_each(|logits| kernels::probabilities(logits, bias));
        logits
    }

    fn adam<const D: usize>(
        step: &AdamStep,
        parameter: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        [first, second]: [Tensor<Self, D>; 2],
    ) -> (Tensor<Self, D>, [Tensor<Self, D>; 2]) {
        let (mut p, g) = (raw(parameter), raw(gradient));
        let (mut m, mut v) = (raw(first), raw(second));
        let [p_chunks, m_chunks, v_chunks] = [&mut p, &mut m, &mut v]
            .map(|tensor| tensor.storage_mut::<f32>().par_chunks_mut(CHUNK));
        let chunks = p_chunks.zip(slice(&g).par_chunks(CHUNK)).zip(m_chunks.zip(v_chunks));
        chunks.for_each(|((p, g), (m, v))| kernels::adam(*step, p, g, m, v));
        (wrap(p), [wrap(m), wrap(v)])
    }

    fn lerp<const D: usize>(average: &mut Tensor<Self, D>, target: &Tensor<Self, D>, share: f32) {
        let (mut values, target) = (raw(take(average)), raw(target.clone()));
        let chunks = values.storage_mut().par_chunks_mut(CHUNK);
        let chunks = chunks.zip(slice(&target).par_chunks(CHUNK));
        chunks.for_each(|(average, target)| kernels::lerp(average, target, share));
        *average = wrap(values);
    }

    fn sum_of_squares<const D: usize>(tensor: &Tensor<Self, D>) -> f64 {
        let tensor = raw(tensor.clone());
        let chunks = slice(&tensor).par_chunks(CHUNK).map(kernels::sum_of_squares);
        chunks.collect::<Vec<f64>>().iter().sum()
    }

    fn on_cpu<const D: usize>(tensor: Tensor<Self, D>) -> Tensor<Flex, D> {
        tensor
    }
}
