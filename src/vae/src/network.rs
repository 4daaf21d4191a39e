//! The parameters of either network, and its operations.
//!
//! Parameters are plain tensors in the order of [`Architecture::tensors`]; training, checkpoints and files
//! treat both networks alike. `thesis` and `factored` implement the layers.

use crate::architecture::{Architecture, LayerShape, NetworkSizes, TensorShape};
use crate::backend::{TrainBackend, to_device, to_host};
use crate::factored;
use crate::samples::Rows;
use crate::settings::Reconstruction;
use crate::thesis;
use burn::backend::Flex;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::linear;

/// Range that the log standard deviation of a posterior is clamped to: 0.0067 to 7.4. Beyond it the
/// gradient is that of the border, so that a runaway network finds its way back.
pub(crate) const LOG_STD_RANGE: (f32, f32) = (-5.0, 2.0);

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

    fn on_cpu(&self) -> Dense<Flex>
    where
        B: TrainBackend,
    {
        Dense { weight: B::on_cpu(self.weight.clone()), bias: B::on_cpu(self.bias.clone()) }
    }
}

/// All parameters.
#[derive(Debug, Clone)]
pub(crate) struct Network<B: Backend> {
    pub(crate) architecture: Architecture,
    /// In the order of [`Architecture::layers`].
    pub(crate) layers: Vec<Dense<B>>,
    /// Tensors that are not trained; `None` if the network has none, or if only layers matter.
    pub(crate) frozen: Option<Frozen<B>>,
}

/// Statistics of the training samples that a factored network uses.
#[derive(Debug, Clone)]
pub(crate) struct Frozen<B: Backend> {
    /// Onset rate of each cell of a measure.
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
        if let [base, components @ ..] = &tensors[2 * network.layers.len()..] {
            let base = Tensor::from_data(values(base)?.as_slice(), device);
            let components = match components {
                [weight, bias] => {
                    let shape = architecture.components();
                    Some(Dense::new(shape, values(weight)?, values(bias)?, device))
                }
                _ => None,
            };
            network.frozen = Some(Frozen { base, components });
        }
        Ok(network)
    }

    /// Builds only the tensors of [`Architecture::trained`].
    pub(crate) fn build_trained<E>(
        architecture: &Architecture,
        device: &B::Device,
        mut values: impl FnMut(&TensorShape) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let (mut layers, tensors) = (Vec::new(), architecture.trained());
        for (pair, shape) in tensors.chunks_exact(2).zip(architecture.layers()) {
            layers.push(Dense::new(shape, values(&pair[0])?, values(&pair[1])?, device));
        }
        Ok(Network { architecture: *architecture, layers, frozen: None })
    }

    /// Builds layers of zeros.
    pub(crate) fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        let layers =
            architecture.layers().into_iter().map(|LayerShape { inputs, outputs, .. }| {
                let weight = Tensor::zeros([inputs, outputs], device);
                Dense { weight, bias: Tensor::zeros([outputs], device) }
            });
        Network { architecture: *architecture, layers: layers.collect(), frozen: None }
    }

    /// Returns the layer from cells to the first hidden layer.
    pub(crate) fn first(&self) -> &Dense<B> {
        &self.layers[0]
    }

    /// Returns the values of a tensor, numbered as in [`Architecture::tensors`].
    pub(crate) fn values(&self, index: usize) -> Vec<f32> {
        let of = |Dense { weight, bias }: &Dense<B>, is_weight: bool| {
            if is_weight { to_host(weight.clone()) } else { to_host(bias.clone()) }
        };
        if let Some(layer) = self.layers.get(index / 2) {
            return of(layer, index.is_multiple_of(2));
        }
        match (&self.frozen, index - 2 * self.layers.len()) {
            (Some(Frozen { base, .. }), 0) => to_host(base.clone()),
            (Some(Frozen { components: Some(layer), .. }), at) => of(layer, at == 1),
            _ => unreachable!("a tensor of the architecture"),
        }
    }
}

impl<B: TrainBackend> Network<B> {
    /// Returns mean and clamped log standard deviation of the posterior, `[songs, latent]` each.
    pub(crate) fn encode(&self, rows: &Rows) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let (mean, log_std) = match &self.architecture.network {
            NetworkSizes::Thesis(_) => {
                let sums = B::bag(&self.first().weight, &self.first().bias, rows);
                self.posterior(sums, rows.len() / self.architecture.geometry.measures())
            }
            NetworkSizes::Factored(_) => factored::encode(self, rows),
        };
        (mean, clamp_log_std(log_std))
    }

    /// Returns the reconstruction losses of songs decoded from latent vectors `[songs, latent]`: their sum,
    /// and their weighted sum.
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

    /// Returns the gradient of the summed reconstruction losses by the latent vectors `[songs, latent]`.
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

    /// Returns the probabilities of all cells of songs decoded from latent vectors `[songs, latent]`,
    /// row-major.
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

    /// Copies the network to the CPU, where models are.
    pub(crate) fn on_cpu(&self) -> Network<Flex> {
        let frozen = |Frozen { base, components }: &Frozen<B>| Frozen {
            base: B::on_cpu(base.clone()),
            components: components.as_ref().map(Dense::on_cpu),
        };
        Network {
            architecture: self.architecture,
            layers: self.layers.iter().map(Dense::on_cpu).collect(),
            frozen: self.frozen.as_ref().map(frozen),
        }
    }
}

/// Clamps log standard deviations to [`LOG_STD_RANGE`].
pub(crate) fn clamp_log_std<B: Backend>(log_std: Tensor<B, 2>) -> Tensor<B, 2> {
    log_std.clamp(LOG_STD_RANGE.0, LOG_STD_RANGE.1)
}
