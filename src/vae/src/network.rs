//! The parameters of a network, whichever it is, and what one can do with it.
//!
//! Parameters are plain tensors in the order of [`Architecture::tensors`]; training, checkpoints and files
//! treat every network alike. What the layers compute stands in `thesis` and `factored`.

use crate::architecture::{Architecture, LayerShape, NetworkSizes, TensorShape};
use crate::backend::{TrainBackend, to_host};
use crate::factored;
use crate::samples::Rows;
use crate::settings::Reconstruction;
use crate::thesis;
use burn::backend::Flex;
use burn::tensor::backend::Backend;
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

    pub(crate) fn forward(&self, input: Tensor<B, 2>) -> Tensor<B, 2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }
}

/// All parameters.
#[derive(Debug, Clone)]
pub(crate) struct Network<B: Backend> {
    pub(crate) architecture: Architecture,
    /// In the order of [`Architecture::layers`].
    pub(crate) layers: Vec<Dense<B>>,
    /// What no training changes, where the network has it and not only its layers are meant.
    pub(crate) fixed: Option<Fixed<B>>,
}

/// What a factored network knows of its training samples.
#[derive(Debug, Clone)]
pub(crate) struct Fixed<B: Backend> {
    /// The rate of each cell of a measure.
    pub(crate) base: Tensor<B, 1>,
    /// Principal components, from the cells of a song.
    pub(crate) components: Option<Dense<B>>,
}

impl<B: Backend> Network<B> {
    /// Builds the tensors in the order of [`Architecture::tensors`], stopping at the first error.
    pub(crate) fn build<E>(
        architecture: &Architecture,
        device: &B::Device,
        mut values: impl FnMut(&TensorShape) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let mut network = Self::build_trained(architecture, device, &mut values)?;
        let tensors = architecture.tensors();
        let mut fixed = tensors[2 * network.layers.len()..].iter();
        if let Some(base) = fixed.next() {
            let base = Tensor::from_data(values(base)?.as_slice(), device);
            let components = match fixed.as_slice() {
                [weight, bias] => {
                    let shape = architecture.components();
                    Some(Dense::new(shape, values(weight)?, values(bias)?, device))
                }
                _ => None,
            };
            network.fixed = Some(Fixed { base, components });
        }
        Ok(network)
    }

    /// Builds the tensors of [`Architecture::trained`] alone.
    pub(crate) fn build_trained<E>(
        architecture: &Architecture,
        device: &B::Device,
        mut values: impl FnMut(&TensorShape) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let (mut layers, tensors) = (Vec::new(), architecture.trained());
        for (pair, shape) in tensors.chunks_exact(2).zip(architecture.layers()) {
            layers.push(Dense::new(shape, values(&pair[0])?, values(&pair[1])?, device));
        }
        Ok(Network { architecture: *architecture, layers, fixed: None })
    }

    /// Layers of zeros.
    pub(crate) fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        let zeros = |tensor: &TensorShape| {
            Ok::<_, std::convert::Infallible>(vec![0.0; tensor.shape.iter().product()])
        };
        let Ok(network) = Self::build_trained(architecture, device, zeros);
        network
    }

    /// The layer from cells to the first hidden layer.
    pub(crate) fn first(&self) -> &Dense<B> {
        &self.layers[0]
    }

    /// The values of a tensor, counted as in [`Architecture::tensors`].
    pub(crate) fn values(&self, index: usize) -> Vec<f32> {
        let of = |Dense { weight, bias }: &Dense<B>, is_weight: bool| {
            if is_weight { to_host(weight.clone()) } else { to_host(bias.clone()) }
        };
        if let Some(layer) = self.layers.get(index / 2) {
            return of(layer, index.is_multiple_of(2));
        }
        match (&self.fixed, index - 2 * self.layers.len()) {
            (Some(Fixed { base, .. }), 0) => to_host(base.clone()),
            (Some(Fixed { components: Some(layer), .. }), at) => of(layer, at == 1),
            _ => unreachable!("a tensor of the architecture"),
        }
    }
}

impl<B: TrainBackend> Network<B> {
    /// Mean and clamped log deviation of the posterior, `[songs, latent]` each.
    pub(crate) fn encode(&self, rows: &Rows) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let (mean, log_deviation) = match &self.architecture.network {
            NetworkSizes::Thesis(_) => {
                let sums = B::bag(&self.first().weight, &self.first().bias, rows);
                self.posterior(sums, rows.len() / self.architecture.geometry.measures())
            }
            NetworkSizes::Factored(_) => factored::encode(self, rows),
        };
        (mean, clamp_log_deviation(log_deviation))
    }

    /// The reconstruction losses of songs decoded from latent vectors `[songs, latent]`: summed as they are, and
    /// each times its weight.
    pub(crate) fn losses(
        &self,
        latent: Tensor<B, 2>,
        rows: &Rows,
        reconstruction: Reconstruction,
        weights: &[f32],
    ) -> [f64; 2] {
        match &self.architecture.network {
            NetworkSizes::Thesis(_) => {
                let hidden = self.last_hidden(latent, self.architecture.geometry.measures());
                [B::output_loss(hidden, self.output_layer(reconstruction), rows); 2]
            }
            NetworkSizes::Factored(_) => factored::losses(self, latent, rows, weights),
        }
    }

    /// The gradient of the summed reconstruction losses by the latent vectors `[songs, latent]`.
    pub(crate) fn latent_gradient(
        &self,
        latent: Tensor<B, 2>,
        rows: &Rows,
        reconstruction: Reconstruction,
    ) -> Tensor<B, 2> {
        match &self.architecture.network {
            NetworkSizes::Thesis(_) => thesis::latent_gradient(self, latent, rows, reconstruction),
            NetworkSizes::Factored(_) => factored::latent_gradient(self, latent, rows),
        }
    }

    /// The probabilities of all cells of songs from latent vectors `[songs, latent]`, row-major.
    pub(crate) fn probabilities(
        &self,
        latent: Tensor<B, 2>,
        reconstruction: Reconstruction,
    ) -> Vec<f32> {
        match &self.architecture.network {
            NetworkSizes::Thesis(_) => {
                let hidden = self.last_hidden(latent, self.architecture.geometry.measures());
                B::probabilities(hidden, self.output_layer(reconstruction))
            }
            NetworkSizes::Factored(_) => factored::probabilities(self, latent),
        }
    }

    /// The network where models live.
    pub(crate) fn on_cpu(&self) -> Network<Flex> {
        let layer = |Dense { weight, bias }: &Dense<B>| Dense {
            weight: B::on_cpu(weight.clone()),
            bias: B::on_cpu(bias.clone()),
        };
        let fixed = |Fixed { base, components }: &Fixed<B>| Fixed {
            base: B::on_cpu(base.clone()),
            components: components.as_ref().map(layer),
        };
        Network {
            architecture: self.architecture,
            layers: self.layers.iter().map(layer).collect(),
            fixed: self.fixed.as_ref().map(fixed),
        }
    }
}

/// Holds log deviations to [`LOG_DEVIATION`].
pub(crate) fn clamp_log_deviation<B: Backend>(log_deviation: Tensor<B, 2>) -> Tensor<B, 2> {
    log_deviation.clamp(LOG_DEVIATION.0, LOG_DEVIATION.1)
}
