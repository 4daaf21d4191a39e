//! A dense layer.

use crate::host::to_device;
use burn::tensor::module::linear;
use burn::tensor::{Tensor, backend::Backend};

/// Row-major values of a layer: weight and bias.
pub(crate) type Parameters = (Vec<f32>, Vec<f32>);

/// A dense layer `y = x w + b`: weight `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Dense<B: Backend> {
    pub(crate) weight: Tensor<B, 2>,
    pub(crate) bias: Tensor<B, 1>,
}

impl<B: Backend> Dense<B> {
    /// Creates a layer from row-major host values.
    pub(crate) fn new(
        [inputs, outputs]: [usize; 2],
        weight: Vec<f32>,
        bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let weight = to_device(weight, [inputs, outputs], device);
        Dense { weight, bias: to_device(bias, [outputs], device) }
    }

    pub(crate) fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }
}
