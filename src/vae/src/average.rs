//! The exponential moving average of the weights (Polyak & Juditsky 1992, with a decay).

use crate::backend::TrainBackend;
use crate::network::{Dense, Network};
use burn::tensor::Tensor;

/// Moves an average by a share towards a network.
pub(crate) fn follow<B: TrainBackend>(average: &mut Network<B>, network: &Network<B>, share: f64) {
    for (average, Dense { weight, bias }) in average.layers.iter_mut().zip(&network.layers) {
        approach(&mut average.weight, weight, share);
        approach(&mut average.bias, bias, share);
    }
}

/// Takes the average out meanwhile, so that no second owner makes the backend copy.
fn approach<B: TrainBackend, const D: usize>(
    average: &mut Tensor<B, D>,
    target: &Tensor<B, D>,
    share: f64,
) {
    let nothing = Tensor::empty([1; D], &target.device());
    let taken = std::mem::replace(average, nothing);
    *average = B::approach(taken, target, share as f32);
}
