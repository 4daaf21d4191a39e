//! The untrained factored network.

use crate::architecture::{Architecture, LayerShape, NetworkSizes};
use crate::dense::{Dense, Parameters};
use crate::network::{Frozen, Network};
use crate::rng::{self, Purpose};
use burn::tensor::{Tensor, backend::Backend};

/// Base rates are kept this far from 0 and 1, so that no logit is infinite.
pub(crate) const BASE_RATE_MARGIN: f64 = 1e-5;
/// Initial posterior standard deviation.
const INITIAL_STD: f64 = 0.3;
/// Factor of the weights whose output is added to principal components.
const RESIDUAL_INIT_SCALE: f32 = 0.02;
/// Initial standard deviation of the biases that distinguish the measures.
const POSITION_STD: f32 = 0.3;

impl<B: Backend> Network<B> {
    /// Creates an untrained network: weights normal with standard deviation `gain / sqrt(inputs)`, and biases
    /// such that the network starts at the `rates` of the cells of a measure: rhythms and profiles scattered
    /// around the marginal rates, and the mean number of onsets per song.
    pub(crate) fn initial_factored(
        architecture: &Architecture,
        seed: u64,
        rates: &[f64],
        components: Option<Parameters>,
        device: &B::Device,
    ) -> Self {
        let pitches = architecture.geometry.pitches();
        let rates: Vec<f64> = rates.iter().map(|rate| rate.max(BASE_RATE_MARGIN)).collect();
        let of_steps: Vec<f64> = rates.chunks(pitches).map(|step| step.iter().sum()).collect();
        let of_pitch = |pitch| rates.iter().skip(pitch).step_by(pitches).sum();
        let of_pitches: Vec<f64> = (0..pitches).map(of_pitch).collect();
        let onsets = rates.iter().sum::<f64>() * architecture.geometry.measures() as f64;
        let layer = |(index, shape): (usize, LayerShape)| {
            let LayerShape { name, inputs, outputs } = shape;
            let mut random = rng::stream(seed, Purpose::Weights, index as u64);
            let is_residual = components.is_some() && name == "encoder.mean";
            let gain = if is_residual { RESIDUAL_INIT_SCALE * gain(name) } else { gain(name) };
            let scale = gain / (inputs as f32).sqrt();
            let mut weight = rng::normal(&mut random, inputs * outputs);
            weight.iter_mut().for_each(|weight| *weight *= scale);
            let mut scattered = |margins: &[f64]| {
                let noise = rng::normal(&mut random, outputs);
                let each = outputs / margins.len();
                let around = |(at, noise): (usize, f32)| noise + margins[at / each].ln() as f32;
                noise.into_iter().enumerate().map(around).collect()
            };
            let bias = match name {
                "encoder.log_deviation" => vec![INITIAL_STD.ln() as f32; outputs],
                "decoder.rhythms" => scattered(&of_steps),
                "decoder.pitch_profiles" => scattered(&of_pitches),
                "decoder.core_code" => {
                    let noise = rng::normal(&mut random, outputs);
                    noise.into_iter().map(|noise| POSITION_STD * noise).collect()
                }
                "decoder.onsets" => vec![onsets.ln() as f32; outputs],
                _ => vec![0.0; outputs],
            };
            Dense::new([inputs, outputs], weight, bias, device)
        };
        let layers: Vec<_> = architecture.layers().into_iter().enumerate().map(layer).collect();
        let rates: Vec<f32> = rates.into_iter().map(|rate| rate as f32).collect();
        let base = Tensor::from_data(rates.as_slice(), device);
        debug_assert!(matches!(architecture.network, NetworkSizes::Factored(_)));
        let shape = architecture.components().dims();
        let components = components.map(|(weight, bias)| Dense::new(shape, weight, bias, device));
        let frozen = Some(Frozen { base, components });
        Network { architecture: *architecture, layers, frozen }
    }
}

/// Returns the scale of a layer's outputs for inputs of standard deviation 1.
fn gain(name: &str) -> f32 {
    match name {
        // Some 25 of the 9216 inputs are set.
        "encoder.measure_hidden" => 8.0,
        "encoder.mean" | "decoder.core" | "decoder.measure_core" => 0.5,
        "encoder.log_deviation" | "decoder.onsets" => 0.1,
        "decoder.song_residual" => 0.7,
        _ => 1.0,
    }
}
