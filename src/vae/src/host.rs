//! Copies of tensors between a device and the host.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Copies row-major values to a device.
pub(crate) fn to_device<B: Backend, const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Copies all elements to the host, row-major.
pub(crate) fn to_host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("all tensors of this crate are F32")
}

/// Splits a row-major matrix into its rows.
pub(crate) fn rows_of(values: &[f32], width: usize) -> Vec<Vec<f32>> {
    values.chunks_exact(width).map(<[f32]>::to_vec).collect()
}
