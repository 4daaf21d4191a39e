//! Exponential moving average of the weights (Polyak & Juditsky 1992, with a decay).

use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::network::Network;
use burn::tensor::Tensor;

/// Moves an average towards a network by `share` of their difference.
pub(crate) fn update<B: TrainBackend>(average: &mut Network<B>, network: &Network<B>, share: f64) {
    for (average, Dense { weight, bias }) in average.layers.iter_mut().zip(&network.layers) {
        update_tensor(&mut average.weight, weight, share);
        update_tensor(&mut average.bias, bias, share);
    }
}

/// Takes the average out of its place meanwhile, because a second owner would make the backend copy.
fn update_tensor<B: TrainBackend, const D: usize>(
    average: &mut Tensor<B, D>,
    target: &Tensor<B, D>,
    share: f64,
) {
    let placeholder = Tensor::empty([1; D], &target.device());
    let taken = std::mem::replace(average, placeholder);
    *average = B::lerp(taken, target, share as f32);
}
