//! Exponential moving average of the weights (Polyak & Juditsky 1992, with a decay).

use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::network::Network;

/// Moves an average towards a network by `share` of their difference.
pub(crate) fn update<B: TrainBackend>(average: &mut Network<B>, network: &Network<B>, share: f64) {
    for (average, Dense { weight, bias }) in average.layers.iter_mut().zip(&network.layers) {
        B::lerp(&mut average.weight, weight, share as f32);
        B::lerp(&mut average.bias, bias, share as f32);
    }
}
