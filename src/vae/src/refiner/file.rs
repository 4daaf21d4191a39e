//! A refiner on disk: `refiner.safetensors`.

use super::{LAYERS, Refiner, shapes};
use crate::architecture::TensorShape;
use crate::dense::Dense;
use crate::host::to_host;
use crate::model::{Model, ModelError};
use crate::model_files::SaveError;
use crate::tensor_file::{self, TensorFile, TensorFileError};
use burn::backend::flex::FlexDevice;
use std::io::Cursor;
use std::path::Path;

const FILE: &str = "refiner.safetensors";

/// Returns the keys of a layer's weight and bias.
fn keys(layer: usize) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("{}.{part}", LAYERS[layer]))
}

impl Refiner {
    /// Writes `refiner.safetensors` into an existing folder, replacing such a file.
    pub(crate) fn save(&self, folder: &Path) -> Result<(), SaveError> {
        let hidden = self.layers[1].bias.dims()[0];
        let shapes = shapes(self.latent, hidden, self.steps);
        let tensors: Vec<TensorShape> = (0..LAYERS.len())
            .flat_map(|layer| {
                let [weight, bias] = keys(layer);
                let outputs = shapes[layer][1];
                [(weight, shapes[layer].to_vec()), (bias, vec![outputs])]
            })
            .map(|(name, shape)| TensorShape { name, shape })
            .collect();
        let path = folder.join(FILE);
        let values = |index: usize| {
            let Dense { weight, bias } = &self.layers[index / 2];
            if index.is_multiple_of(2) { to_host(weight.clone()) } else { to_host(bias.clone()) }
        };
        tensor_file::create(&path, None, &tensors, values)
            .map_err(|source| SaveError { path, source })?;
        Ok(())
    }

    /// Reads a `refiner.safetensors` of `model` from its contents.
    ///
    /// # Errors
    /// Returns an error if it is not such a file, or of a model with another latent space.
    pub fn load(bytes: &[u8], model: &Model) -> Result<Self, ModelError> {
        let latent = model.architecture().latent;
        let read = || -> Result<Self, TensorFileError> {
            let mut file = TensorFile::open(Cursor::new(bytes))?;
            let [first, _] = keys(0);
            let (inputs, hidden) = match file.shape(&first) {
                Some(&[inputs, hidden]) if hidden > 0 => (inputs, hidden),
                _ => return Err(TensorFileError::Missing { name: first }),
            };
            // Without steps, the shape of another latent space: the first layer is refused below.
            let steps = inputs.saturating_sub(shapes(latent, hidden, 0)[0][0]).max(1);
            let mut layer = |index: usize, [inputs, outputs]: [usize; 2]| {
                let [weight, bias] = keys(index);
                let (weight, bias) =
                    (file.read(&weight, &[inputs, outputs])?, file.read(&bias, &[outputs])?);
                Ok::<_, TensorFileError>(Dense::new([inputs, outputs], weight, bias, &FlexDevice))
            };
            let [first, residual, last] = shapes(latent, hidden, steps);
            let layers = [layer(0, first)?, layer(1, residual)?, layer(2, last)?];
            Ok(Self { steps, latent, layers })
        };
        read().map_err(|source| ModelError::Weights { file: FILE, source })
    }
}
