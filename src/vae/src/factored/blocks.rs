//! Layers with hand-written gradients; each forward pass keeps what its backward pass needs.

use crate::dense::Dense;
use crate::factored_backend::{FactoredBackend, Normalized};
use burn::tensor::Tensor;

/// Gradient of the parameters of `x w + b`, not computed before [`LayerGradient::compute`].
#[derive(Debug)]
pub(crate) struct LayerGradient<B: FactoredBackend> {
    input: Tensor<B, 2>,
    gradient: Tensor<B, 2>,
}

impl<B: FactoredBackend> LayerGradient<B> {
    pub(crate) fn compute(self) -> Dense<B> {
        let bias = B::column_sums(&self.gradient);
        Dense { weight: self.input.transpose().matmul(self.gradient), bias }
    }
}

/// Returns the gradients of the input and the parameters of `x w + b`.
pub(crate) fn affine_gradient<B: FactoredBackend>(
    input: &Tensor<B, 2>,
    layer: &Dense<B>,
    gradient: Tensor<B, 2>,
) -> (Tensor<B, 2>, LayerGradient<B>) {
    let of_layer = LayerGradient { input: input.clone(), gradient: gradient.clone() };
    (gradient.matmul(layer.weight.clone().transpose()), of_layer)
}

/// `LN(x + act(a layer of LN(x)))` with `x = act(before)`.
#[derive(Debug)]
pub(crate) struct Block<B: FactoredBackend> {
    before: Tensor<B, 2>,
    inner: Normalized<B>,
    residual: Tensor<B, 2>,
    pub(crate) output: Normalized<B>,
}

impl<B: FactoredBackend> Block<B> {
    pub(crate) fn forward(before: Tensor<B, 2>, layer: &Dense<B>) -> Self {
        let activated = B::activate(&before);
        let inner = B::normalize(activated.clone());
        let residual = B::affine(&inner.values, layer);
        let output = B::normalize(activated + B::activate(&residual));
        Block { before, inner, residual, output }
    }

    /// Returns the gradients of `before` and of the layer.
    pub(crate) fn backward(
        &self,
        layer: &Dense<B>,
        gradient: Tensor<B, 2>,
    ) -> (Tensor<B, 2>, LayerGradient<B>) {
        let sum = B::normalize_gradient(&self.output, gradient);
        let residual = B::activate_gradient(&self.residual, sum.clone());
        let (inner, layer) = affine_gradient(&self.inner.values, layer, residual);
        let activated = sum + B::normalize_gradient(&self.inner, inner);
        (B::activate_gradient(&self.before, activated), layer)
    }
}
