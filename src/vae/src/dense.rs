//! A dense layer.

use crate::architecture::LayerShape;
use crate::host::to_device;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::linear;

/// A dense layer `y = x w + b`: weight `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Dense<B: Backend> {
    pub(crate) weight: Tensor<B, 2>,
    pub(crate) bias: Tensor<B, 1>,
}

impl<B: Backend> Dense<B> {
    /// Creates a layer from row-major host values.
    pub(crate) fn new(
        shape: LayerShape,
        weight: Vec<f32>,
        bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let LayerShape { inputs, outputs, .. } = shape;
        Dense {
            weight: to_device(weight, [inputs, outputs], device),
            bias: to_device(bias, [outputs], device),
        }
    }

    pub(crate) fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }
}
