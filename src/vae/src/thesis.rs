//! The thesis network between its first and last layer, by autodiff; those two have kernels (`flex`).

use crate::architecture::{Architecture, LayerShape};
use crate::backend::OutputLayer;
use crate::dense::Dense;
use crate::network::Network;
use crate::rng::{self, Purpose};
use crate::settings::Reconstruction;
use crate::step_rng::{MaskTensors, masked};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::{AutodiffBackend, Backend};

impl<B: Backend> Network<B> {
    /// Creates an untrained network: weights uniform on plus or minus `sqrt(6 / (inputs + outputs))` (Glorot
    /// & Bengio 2010, the default of the thesis' Keras), biases zero except the output's.
    pub(crate) fn initial_thesis(
        architecture: &Architecture,
        seed: u64,
        output_bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let shapes = architecture.layers();
        let last = shapes.len() - 1;
        let layer = |(index, shape): (usize, LayerShape)| {
            let LayerShape { inputs, outputs, .. } = shape;
            let limit = (6.0 / (inputs + outputs) as f64).sqrt() as f32;
            let mut random = rng::stream(seed, Purpose::Weights, index as u64);
            let weight = rng::uniform(&mut random, inputs * outputs, limit);
            let bias = if index == last { output_bias.clone() } else { vec![0.0; outputs] };
            Dense::new([inputs, outputs], weight, bias, device)
        };
        let layers = shapes.into_iter().enumerate().map(layer).collect();
        Network { architecture: *architecture, layers, frozen: None }
    }

    /// Returns the layer from the last hidden layer to the cells' logits.
    pub(crate) fn output_layer(&self, reconstruction: Reconstruction) -> OutputLayer<'_, B> {
        OutputLayer { layer: &self.layers[self.layers.len() - 1], reconstruction }
    }

    /// Returns mean and unclamped log standard deviation `[songs, latent]`, from the first layer's sums
    /// before ReLU `[songs * measures, measure_hidden]`.
    pub(crate) fn posterior(
        &self,
        sums: Tensor<B, 2>,
        songs: usize,
    ) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let [_, measure_code, song_hidden, mean, log_std, ..] = self.layers.as_slice() else {
            unreachable!("a thesis network has nine layers or ten")
        };
        let codes = relu(measure_code.forward(relu(sums)));
        let [measures, width] = codes.dims();
        let song = relu(song_hidden.forward(codes.reshape([songs, measures / songs * width])));
        (mean.forward(song.clone()), log_std.forward(song))
    }

    /// Returns the last hidden layer `[songs * measures, measure_hidden]` from latent vectors
    /// `[songs, latent]`. Masks multiply the activations of `song_hidden` and `measure_hidden`.
    pub(crate) fn last_hidden(
        &self,
        latent: Tensor<B, 2>,
        masks: Option<MaskTensors<B>>,
    ) -> Tensor<B, 2> {
        let [song_hidden, measure_code, measure_hidden, position @ .., _] = &self.layers[5..]
        else {
            unreachable!("a thesis network has nine layers or ten")
        };
        let measures = self.architecture.geometry.measures();
        let song = masked(relu(song_hidden.forward(latent)), &masks, 0);
        let codes = relu(measure_code.forward(song));
        let [songs, width] = codes.dims();
        let codes = codes.reshape([songs * measures, width / measures]);
        let mut hidden = measure_hidden.forward(codes);
        if let [Dense { weight, bias }] = position {
            let by_measure = weight.clone() + bias.clone().unsqueeze();
            let (rows, wide) = (hidden.dims(), [songs, by_measure.dims().iter().product()]);
            let by_measure = by_measure.reshape([1, wide[1]]);
            hidden = (hidden.reshape(wide) + by_measure).reshape(rows);
        }
        masked(relu(hidden), &masks, 1)
    }

    /// Returns the same parameters, sharing memory, for a new autodiff graph. First and last layer have
    /// their own gradients and are not leaves of it.
    pub(crate) fn tracked<T: AutodiffBackend<InnerBackend = B>>(&self) -> Network<T> {
        let mut network = self.constant::<T>();
        let last = network.layers.len() - 1;
        for Dense { weight, bias } in &mut network.layers[1..last] {
            *weight = weight.clone().require_grad();
            *bias = bias.clone().require_grad();
        }
        network
    }

    /// Returns the same parameters as constants of an autodiff graph.
    pub(crate) fn constant<T: AutodiffBackend<InnerBackend = B>>(&self) -> Network<T> {
        let layer = |Dense { weight, bias }: &Dense<B>| Dense {
            weight: Tensor::from_inner(weight.clone()),
            bias: Tensor::from_inner(bias.clone()),
        };
        let layers = self.layers.iter().map(layer).collect();
        Network { architecture: self.architecture, layers, frozen: None }
    }
}
