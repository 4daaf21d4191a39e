//! The network's parameters and its middle, from the first hidden layer to the last.
//!
//! Parameters are plain tensors: untracked ones belong to training and models, and each step looks at
//! them through a tracked copy that shares their memory ([`Network::tracked`]).

use crate::architecture::{Architecture, LAYERS, LayerShape};
use crate::backend::{OutputLayer, TrainBackend};
use crate::chance::{self, Purpose};
use crate::samples::Rows;
use crate::settings::Reconstruction;
use burn::backend::Flex;
use burn::tensor::activation::relu;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::module::linear;
use burn::tensor::{Tensor, TensorData};

/// The log of the posterior's standard deviation is held to this range: deviations between 0.0067
/// and 7.4. Beyond it the gradient is that of the border, so a runaway network finds its way back.
pub(crate) const LOG_DEVIATION: (f32, f32) = (-5.0, 2.0);

/// A dense layer `y = x w + b`: weight `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Dense<B: Backend> {
    pub(crate) weight: Tensor<B, 2>,
    pub(crate) bias: Tensor<B, 1>,
}

impl<B: Backend> Dense<B> {
    /// A layer out of row-major host values.
    pub(crate) fn new(
        shape: LayerShape,
        weight: Vec<f32>,
        bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let LayerShape { inputs, outputs, .. } = shape;
        Dense {
            weight: Tensor::from_data(TensorData::new(weight, [inputs, outputs]), device),
            bias: Tensor::from_data(TensorData::new(bias, [outputs]), device),
        }
    }

    fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }
}

/// All layers, in the order of [`Architecture::layers`].
#[derive(Debug, Clone)]
pub(crate) struct Network<B: Backend> {
    pub(crate) layers: [Dense<B>; LAYERS],
}

impl<B: Backend> Network<B> {
    /// Builds the layers in order, stopping at the first error.
    pub(crate) fn build<E>(
        architecture: &Architecture,
        device: &B::Device,
        mut values: impl FnMut(usize, LayerShape) -> Result<(Vec<f32>, Vec<f32>), E>,
    ) -> Result<Self, E> {
        let mut layers = Vec::with_capacity(LAYERS);
        for (index, shape) in architecture.layers().into_iter().enumerate() {
            let (weight, bias) = values(index, shape)?;
            layers.push(Dense::new(shape, weight, bias, device));
        }
        Ok(Network { layers: layers.try_into().unwrap_or_else(|_| unreachable!("one per shape")) })
    }

    /// An untrained network: weights uniform on plus or minus `sqrt(6 / (inputs + outputs))` (Glorot &
    /// Bengio 2010, the default of the thesis' Keras), biases zero but for the output's.
    pub(crate) fn initial(
        architecture: &Architecture,
        seed: u64,
        output_bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let built =
            Self::build(architecture, device, |index, LayerShape { inputs, outputs, .. }| {
                let limit = (6.0 / (inputs + outputs) as f64).sqrt() as f32;
                let mut random = chance::stream(seed, Purpose::Weights, index as u64);
                let weight = chance::uniform(&mut random, inputs * outputs, limit);
                let bias =
                    if index == LAYERS - 1 { output_bias.clone() } else { vec![0.0; outputs] };
                Ok::<_, std::convert::Infallible>((weight, bias))
            });
        let Ok(network) = built;
        network
    }

    /// The layer from cells to the first hidden layer.
    pub(crate) fn first(&self) -> &Dense<B> {
        &self.layers[0]
    }

    /// The layer from the last hidden layer to the cells' logits.
    pub(crate) fn last(&self) -> &Dense<B> {
        &self.layers[LAYERS - 1]
    }

    /// Mean and unclamped log deviation `[songs, latent]`, from the first layer's sums before ReLU
    /// `[songs * measures, measure_hidden]`.
    pub(crate) fn posterior(
        &self,
        sums: Tensor<B, 2>,
        songs: usize,
    ) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let [_, measure_code, song_hidden, mean, log_deviation, ..] = &self.layers;
        let codes = relu(measure_code.forward(relu(sums)));
        let [measures, width] = codes.dims();
        let song = relu(song_hidden.forward(codes.reshape([songs, measures / songs * width])));
        (mean.forward(song.clone()), log_deviation.forward(song))
    }

    /// The last hidden layer `[songs * measures, measure_hidden]` from latent vectors `[songs, latent]`.
    pub(crate) fn last_hidden(&self, latent: Tensor<B, 2>, measures: usize) -> Tensor<B, 2> {
        self.masked_last_hidden(latent, measures, None)
    }

    /// [`Network::last_hidden`] with the activations of `song_hidden` and `measure_hidden` multiplied by
    /// masks of their shape.
    pub(crate) fn masked_last_hidden(
        &self,
        latent: Tensor<B, 2>,
        measures: usize,
        masks: Option<[Tensor<B, 2>; 2]>,
    ) -> Tensor<B, 2> {
        let [.., song_hidden, measure_code, measure_hidden, _] = &self.layers;
        let [of_song, of_measures] = masks.map_or([None, None], |masks| masks.map(Some));
        let masked = |units: Tensor<B, 2>, mask: Option<Tensor<B, 2>>| match mask {
            Some(mask) => units * mask,
            None => units,
        };
        let song = masked(relu(song_hidden.forward(latent)), of_song);
        let codes = relu(measure_code.forward(song));
        let [songs, width] = codes.dims();
        let codes = codes.reshape([songs * measures, width / measures]);
        masked(relu(measure_hidden.forward(codes)), of_measures)
    }

    /// The same parameters, sharing memory, for a new autodiff graph. First and last layer have their
    /// own gradients and are no leaves of it.
    pub(crate) fn tracked<T: AutodiffBackend<InnerBackend = B>>(&self) -> Network<T> {
        Network {
            layers: std::array::from_fn(|index| {
                let Dense { weight, bias } = self.layers[index].clone();
                let (weight, bias) = (Tensor::from_inner(weight), Tensor::from_inner(bias));
                if index == 0 || index == LAYERS - 1 {
                    return Dense { weight, bias };
                }
                Dense { weight: weight.require_grad(), bias: bias.require_grad() }
            }),
        }
    }
}

impl<B: TrainBackend> Network<B> {
    /// Mean and clamped log deviation of the posterior, `[songs, latent]` each.
    pub(crate) fn encode(&self, rows: &Rows, measures: usize) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let sums = B::bag(&self.first().weight, &self.first().bias, rows);
        let (mean, log_deviation) = self.posterior(sums, rows.len() / measures);
        (mean, clamp_log_deviation(log_deviation))
    }

    /// The last layer as the backend's kernels want it.
    pub(crate) fn output_layer(&self, reconstruction: Reconstruction) -> OutputLayer<'_, B> {
        let Dense { weight, bias } = self.last();
        OutputLayer { weight, bias, reconstruction }
    }

    /// The network where models live.
    pub(crate) fn on_cpu(&self) -> Network<Flex> {
        Network {
            layers: self.layers.clone().map(|Dense { weight, bias }| Dense {
                weight: B::on_cpu(weight),
                bias: B::on_cpu(bias),
            }),
        }
    }
}

/// Holds log deviations to [`LOG_DEVIATION`].
pub(crate) fn clamp_log_deviation<B: Backend>(log_deviation: Tensor<B, 2>) -> Tensor<B, 2> {
    log_deviation.clamp(LOG_DEVIATION.0, LOG_DEVIATION.1)
}
