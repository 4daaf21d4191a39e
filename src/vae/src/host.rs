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

/// Takes a tensor out of its place, because a second owner would make the backend copy.
pub(crate) fn take<B: Backend, const D: usize>(place: &mut Tensor<B, D>) -> Tensor<B, D> {
    let placeholder = Tensor::empty([1; D], &place.device());
    std::mem::replace(place, placeholder)
}

/// Splits a row-major matrix into its rows.
pub(crate) fn rows_of(values: &[f32], width: usize) -> Vec<Vec<f32>> {
    values.chunks_exact(width).map(<[f32]>::to_vec).collect()
}
