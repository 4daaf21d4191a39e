//! The parameters of either network.
//!
//! Parameters are plain tensors in the order of [`Architecture::tensors`]; training, checkpoints and files
//! treat both networks alike. `operations` applies them, by the layers of `thesis` or `factored`.

use crate::architecture::{Architecture, LayerShape, NetworkSizes, TensorShape};
use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::host::to_host;
use burn::backend::Flex;
use burn::tensor::{Tensor, backend::Backend};

/// Range that the log standard deviation of a posterior is clamped to: 0.0067 to 7.4. Beyond it the
/// gradient is that at the border, so that a runaway network finds its way back.
pub(crate) const LOG_STD_RANGE: (f32, f32) = (-5.0, 2.0);

/// All parameters.
#[derive(Debug, Clone)]
pub(crate) struct Network<B: Backend> {
    pub(crate) architecture: Architecture,
    /// In the order of [`Architecture::layers`].
    pub(crate) layers: Vec<Dense<B>>,
    /// Tensors that are not trained; `None` if the network has none, or if only its layers are meant.
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
                    let shape = architecture.components().dims();
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
            layers.push(Dense::new(shape.dims(), values(&pair[0])?, values(&pair[1])?, device));
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

    /// Returns true for the factored network.
    pub(crate) fn is_factored(&self) -> bool {
        matches!(self.architecture.network, NetworkSizes::Factored(_))
    }

    /// Returns the layer from cells to the first hidden layer.
    pub(crate) fn first(&self) -> &Dense<B> {
        &self.layers[0]
    }

    /// Returns the values of a tensor, numbered as in [`Architecture::tensors`].
    pub(crate) fn values(&self, index: usize) -> Vec<f32> {
        let (layers, frozen) = (self.layers.len(), self.frozen.as_ref());
        let components = frozen.and_then(|frozen| frozen.components.as_ref());
        let (layer, is_weight) = match index.checked_sub(2 * layers) {
            None => (self.layers.get(index / 2), index.is_multiple_of(2)),
            Some(0) => return frozen.map_or_else(Vec::new, |frozen| to_host(frozen.base.clone())),
            Some(at) => (components, at == 1),
        };
        let Dense { weight, bias } = layer.expect("a tensor of the architecture");
        if is_weight { to_host(weight.clone()) } else { to_host(bias.clone()) }
    }
}

impl<B: TrainBackend> Network<B> {
    /// Copies the network to the CPU, where models are.
    pub(crate) fn on_cpu(&self) -> Network<Flex> {
        let layer = |Dense { weight, bias }: &Dense<B>| Dense {
            weight: B::on_cpu(weight.clone()),
            bias: B::on_cpu(bias.clone()),
        };
        let frozen = |Frozen { base, components }: &Frozen<B>| Frozen {
            base: B::on_cpu(base.clone()),
            components: components.as_ref().map(layer),
        };
        Network {
            architecture: self.architecture,
            layers: self.layers.iter().map(layer).collect(),
            frozen: self.frozen.as_ref().map(frozen),
        }
    }
}

/// Clamps log standard deviations to [`LOG_STD_RANGE`].
pub(crate) fn clamp_log_std<B: Backend>(log_std: Tensor<B, 2>) -> Tensor<B, 2> {
    log_std.clamp(LOG_STD_RANGE.0, LOG_STD_RANGE.1)
}
