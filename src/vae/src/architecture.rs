//! Sizes of a network, and the list of its parameters.

use partita_music::roll::RollSize;
pub(crate) use partita_numerics::tensor_file::TensorShape;
use partita_params::params;
use serde::{Deserialize, Serialize};

/// Maximum size of any layer, which keeps every product of two sizes within `usize`.
const MAX_SIZE: usize = 1 << 24;
/// Maximum number of parameters: 8 GiB of weights in single precision.
const MAX_PARAMETERS: u64 = 1 << 31;

/// The sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Shape of a song.
    pub geometry: RollSize,
    /// Dimensions of the latent space (120 in the thesis).
    pub latent: usize,
    /// Kind of network, and its own sizes.
    pub network: NetworkSizes,
}

/// Kinds of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkSizes {
    /// Dense over the cells of a measure.
    Thesis(ThesisSizes),
    /// Decodes to rhythms, pitch profiles and their combination in each measure.
    Factored(FactoredSizes),
}

params! {
    /// The thesis' network: the encoder is `cells - measure_hidden - measure_code` per measure, then
    /// `measures * measure_code - song_hidden - latent` per song; the decoder mirrors it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct ThesisSizes {
        given {
            /// Width of the hidden layer shared by all measures (2000 in the thesis).
            pub measure_hidden: usize,
            /// Width of a measure's code (200 in the thesis).
            pub measure_code: usize,
            /// Width of the hidden layer over all codes of a song (1600 in the thesis).
            pub song_hidden: usize,
        }
        /// Whether the decoder's hidden units of a measure depend on which measure it is, by a vector per measure; in
        /// the factored network they always do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub measure_position: bool = false for network: thesis,
    }
}

params! {
    /// The factored network: an encoder like the thesis' with a residual layer more, and a decoder that never
    /// touches all cells (see the crate's `factored` module).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct FactoredSizes {
        given {
            /// Width of the encoder's hidden layer shared by all measures.
            pub measure_hidden: usize,
            /// Width of a measure's code in the encoder.
            pub measure_code: usize,
            /// Width of the hidden layers over a whole song, in encoder and decoder.
            pub song_hidden: usize,
        }
        /// Rhythms of a song, each a distribution over the steps of a measure.
        pub rhythms: usize = 24 in 1..=100_000 for network: factored,
        /// Pitch profiles of a song, each a distribution over the pitches.
        pub pitch_profiles: usize = 24 in 1..=100_000 for network: factored,
        /// Size of the code that a measure is decoded from.
        pub core_code: usize = 64 in 1..=100_000 for network: factored,
        /// Hidden units of the per-measure decoder.
        pub core_hidden: usize = 256 in 1..=100_000 for network: factored,
        /// Whether posterior means start as the song's principal components, as many as latent, each of variance 1, to
        /// which the network adds.
        pub principal_components: bool = true for network: factored,
    }
}

/// Why an [`Architecture`] describes no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// A size is zero or too large.
    #[error("`{name}` is {found}, but must be in 1..={MAX_SIZE}")]
    Size {
        /// Field of [`Architecture`].
        name: &'static str,
        /// Its value.
        found: usize,
    },
    /// More than 2^31 parameters.
    #[error("the network would have {found} parameters, more than {MAX_PARAMETERS}")]
    TooManyParameters {
        /// Number of parameters.
        found: u64,
    },
}

/// Name and sizes of a dense layer: weight `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerShape {
    pub(crate) name: &'static str,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl LayerShape {
    /// Returns the dimensions of the weight.
    pub(crate) fn dims(self) -> [usize; 2] {
        [self.inputs, self.outputs]
    }

    fn tensors(self) -> [TensorShape; 2] {
        let LayerShape { name, inputs, outputs } = self;
        [("weight", vec![inputs, outputs]), ("bias", vec![outputs])]
            .map(|(kind, shape)| TensorShape { name: format!("{name}.{kind}"), shape })
    }
}

/// Prefix of the names of the encoder's tensors.
pub(crate) const ENCODER: &str = "encoder.";
/// Onset rates of the cells of a measure in the training samples; not trained.
pub(crate) const BASE: &str = "decoder.base";
/// The layer from the cells of a song to its principal components; not trained.
pub(crate) const COMPONENTS: &str = "encoder.components";

impl Architecture {
    /// Returns the number of trainable parameters with biases: 48,500,056 for the thesis' sizes.
    pub fn parameters(&self) -> u64 {
        let size =
            |layer: LayerShape| (layer.inputs as u64 + 1).saturating_mul(layer.outputs as u64);
        self.layers().into_iter().map(size).fold(0, u64::saturating_add)
    }

    /// Checks that a network of these sizes can be built.
    ///
    /// # Errors
    /// Returns the first size that is out of range.
    pub fn validate(&self) -> Result<(), ArchitectureError> {
        let (measure_hidden, measure_code, song_hidden) = match self.network {
            NetworkSizes::Thesis(s) => (s.measure_hidden, s.measure_code, s.song_hidden),
            NetworkSizes::Factored(s) => (s.measure_hidden, s.measure_code, s.song_hidden),
        };
        let mut sizes = vec![("latent", self.latent), ("measure_hidden", measure_hidden)];
        sizes.extend([("measure_code", measure_code), ("song_hidden", song_hidden)]);
        if let NetworkSizes::Factored(s) = self.network {
            sizes.extend([("rhythms", s.rhythms), ("pitch_profiles", s.pitch_profiles)]);
            sizes.extend([("core_code", s.core_code), ("core_hidden", s.core_hidden)]);
        }
        for (name, found) in sizes {
            if !(1..=MAX_SIZE).contains(&found) {
                return Err(ArchitectureError::Size { name, found });
            }
        }
        match self.parameters() {
            found if found > MAX_PARAMETERS => Err(ArchitectureError::TooManyParameters { found }),
            _ => Ok(()),
        }
    }

    /// Every layer in the order of data flow, the encoder's first.
    pub(crate) fn layers(&self) -> Vec<LayerShape> {
        match &self.network {
            NetworkSizes::Thesis(sizes) => sizes.layers(self),
            NetworkSizes::Factored(sizes) => sizes.layers(self),
        }
    }

    /// Every trained tensor in the order of [`Architecture::layers`], each layer's weight before its bias.
    pub(crate) fn trained(&self) -> Vec<TensorShape> {
        self.layers().into_iter().flat_map(LayerShape::tensors).collect()
    }

    /// Every tensor: the trained ones, then the base rates and the principal components of a network that
    /// has them.
    pub(crate) fn tensors(&self) -> Vec<TensorShape> {
        let mut tensors = self.trained();
        if let NetworkSizes::Factored(sizes) = self.network {
            let shape = vec![self.geometry.cells_per_measure()];
            tensors.push(TensorShape { name: BASE.to_owned(), shape });
            if sizes.principal_components {
                tensors.extend(self.components().tensors());
            }
        }
        tensors
    }

    /// The layer of the principal components.
    pub(crate) fn components(&self) -> LayerShape {
        layer(COMPONENTS, self.geometry.cells(), self.latent)
    }

    /// Returns the index of the layer of the posterior means in [`Architecture::layers`].
    pub(crate) fn mean_layer(&self) -> usize {
        match self.network {
            NetworkSizes::Thesis(_) => 3,
            NetworkSizes::Factored(_) => 4,
        }
    }

    /// Returns the widths of the decoder's hidden layers with dropout: of a song, and of a measure.
    pub(crate) fn hidden_units(&self) -> [usize; 2] {
        match self.network {
            NetworkSizes::Thesis(sizes) => [sizes.song_hidden, sizes.measure_hidden],
            NetworkSizes::Factored(sizes) => [sizes.song_hidden, sizes.core_hidden],
        }
    }

    /// Returns the peak memory of one sample in a training step in bytes, generously rounded up.
    pub(crate) fn activation_bytes(&self) -> usize {
        let ([song_hidden, _], geometry) = (self.hidden_units(), self.geometry);
        let (measure, factors) = match self.network {
            NetworkSizes::Thesis(sizes) => {
                let hidden = sizes.measure_hidden + sizes.measure_code;
                (2 * geometry.cells_per_measure() + 12 * hidden, 0)
            }
            NetworkSizes::Factored(sizes) => {
                let core = sizes.rhythms * sizes.pitch_profiles;
                let hidden = sizes.measure_hidden + sizes.measure_code + sizes.core_hidden;
                let rhythms = geometry.steps() * sizes.rhythms;
                let factors = rhythms + geometry.pitches() * sizes.pitch_profiles;
                (6 * core + 12 * (hidden + sizes.core_code), factors)
            }
        };
        4 * (geometry.measures() * measure + 6 * factors + 12 * (song_hidden + self.latent))
    }
}

const fn layer(name: &'static str, inputs: usize, outputs: usize) -> LayerShape {
    LayerShape { name, inputs, outputs }
}

impl ThesisSizes {
    fn layers(&self, architecture: &Architecture) -> Vec<LayerShape> {
        let Architecture { geometry, latent, .. } = *architecture;
        let cells = geometry.cells_per_measure();
        let ThesisSizes { measure_hidden: hidden, measure_code: code, song_hidden, .. } = *self;
        let song = geometry.measures() * code;
        let mut layers = vec![
            layer("encoder.measure_hidden", cells, hidden),
            layer("encoder.measure_code", hidden, code),
            layer("encoder.song_hidden", song, song_hidden),
            layer("encoder.mean", song_hidden, latent),
            layer("encoder.log_deviation", song_hidden, latent),
            layer("decoder.song_hidden", latent, song_hidden),
            layer("decoder.measure_code", song_hidden, song),
            layer("decoder.measure_hidden", code, hidden),
        ];
        if self.measure_position {
            layers.push(layer("decoder.measure_position", geometry.measures(), hidden));
        }
        layers.push(layer("decoder.cells", hidden, cells));
        layers
    }
}

impl FactoredSizes {
    fn layers(&self, architecture: &Architecture) -> Vec<LayerShape> {
        let Architecture { geometry, latent, .. } = *architecture;
        let (measures, steps, pitches) =
            (geometry.measures(), geometry.steps(), geometry.pitches());
        let FactoredSizes { measure_hidden, measure_code, song_hidden, .. } = *self;
        let FactoredSizes { rhythms, pitch_profiles, core_code, core_hidden, .. } = *self;
        let core = pitch_profiles * rhythms;
        vec![
            layer("encoder.measure_hidden", geometry.cells_per_measure(), measure_hidden),
            layer("encoder.measure_code", measure_hidden, measure_code),
            layer("encoder.song_hidden", measures * measure_code, song_hidden),
            layer("encoder.song_residual", song_hidden, song_hidden),
            layer("encoder.mean", song_hidden, latent),
            layer("encoder.log_deviation", song_hidden, latent),
            layer("decoder.song_hidden", latent, song_hidden),
            layer("decoder.song_residual", song_hidden, song_hidden),
            layer("decoder.rhythms", song_hidden, steps * rhythms),
            layer("decoder.pitch_profiles", song_hidden, pitches * pitch_profiles),
            layer("decoder.core", song_hidden, core),
            layer("decoder.core_code", song_hidden, measures * core_code),
            layer("decoder.core_hidden", core_code, core_hidden),
            layer("decoder.measure_core", core_hidden, core),
            layer("decoder.onsets", song_hidden, 1),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use partita_music::roll::RollShape;

    const THESIS: Architecture = Architecture {
        geometry: RollShape::THESIS.size(),
        latent: 120,
        network: NetworkSizes::Thesis(SIZES),
    };
    const SIZES: ThesisSizes = ThesisSizes {
        measure_hidden: 2000,
        measure_code: 200,
        song_hidden: 1600,
        measure_position: false,
    };

    #[test]
    fn thesis_network_has_its_published_number_of_parameters() {
        assert_eq!(THESIS.parameters(), 48_500_056);
        let encoder: usize = THESIS.layers()[..5].iter().map(|l| (l.inputs + 1) * l.outputs).sum();
        assert_eq!(encoder, 24_340_040);
    }

    #[test]
    fn mean_layer_is_the_index_of_the_means() {
        for architecture in [THESIS, crate::testing::FACTORED] {
            let layers = architecture.layers();
            assert_eq!(layers[architecture.mean_layer()].name, "encoder.mean");
        }
    }

    #[test]
    fn impossible_size_is_an_error_that_names_it() {
        assert_eq!(THESIS.validate(), Ok(()));
        let error = Architecture { latent: 0, ..THESIS }.validate().unwrap_err();
        assert_eq!(error, ArchitectureError::Size { name: "latent", found: 0 });
        let network = NetworkSizes::Thesis(ThesisSizes { measure_hidden: 1 << 20, ..SIZES });
        let error = Architecture { network, ..THESIS }.validate().unwrap_err();
        assert!(matches!(error, ArchitectureError::TooManyParameters { .. }));
    }
}
