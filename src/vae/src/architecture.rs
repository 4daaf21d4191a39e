//! The sizes of a network, and the list of its parameters.

use serde::{Deserialize, Serialize};

/// Largest size of any one layer; a bound that keeps every product of two sizes within `u64`.
const MAX_SIZE: usize = 1 << 24;
/// Largest parameter count: 8 GiB of weights in single precision.
const MAX_PARAMETERS: u64 = 1 << 31;

/// What one song is made of: `measures` rows of `steps * pitches` onset bits, pitches innermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// Measures of a song (16 in the thesis).
    pub measures: usize,
    /// Steps of a measure (96 in the thesis).
    pub steps: usize,
    /// Pitches of a step (96 in the thesis).
    pub pitches: usize,
}

impl Geometry {
    /// Cells of a measure: `steps * pitches` (9216 in the thesis); cell `step * pitches + pitch`.
    pub fn cells(&self) -> usize {
        self.steps * self.pitches
    }

    /// Cells of a whole song: `measures * cells`.
    pub fn song_cells(&self) -> usize {
        self.measures * self.cells()
    }
}

/// The sizes of all layers. The encoder is `cells - measure_hidden - measure_code` per measure, then
/// `measures * measure_code - song_hidden - latent` per song; the decoder mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Shape of a song.
    pub geometry: Geometry,
    /// Width of the hidden layer shared by all measures (2000 in the thesis).
    pub measure_hidden: usize,
    /// Width of a measure's code (200 in the thesis).
    pub measure_code: usize,
    /// Width of the hidden layer over all codes of a song (1600 in the thesis).
    pub song_hidden: usize,
    /// Dimensions of the latent space (120 in the thesis).
    pub latent: usize,
}

/// Why an [`Architecture`] describes no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// A size is zero or absurdly large.
    #[error("`{name}` is {found}, but must lie in 1..={MAX_SIZE}")]
    Size {
        /// Field of [`Architecture`] or [`Geometry`].
        name: &'static str,
        /// Its value.
        found: usize,
    },
    /// The cells of a song cannot be numbered by `u32`.
    #[error("{measures} measures of {cells} cells are more than 2^32 - 1 cells per song")]
    TooManyCells {
        /// Measures of a song.
        measures: usize,
        /// Cells of a measure.
        cells: u64,
    },
    /// More than 2^31 parameters.
    #[error("the network would have {found} parameters, more than {MAX_PARAMETERS}")]
    TooManyParameters {
        /// Parameter count.
        found: u64,
    },
}

/// A dense layer's place in the network: weight `[inputs, outputs]`, bias `[outputs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerShape {
    pub(crate) name: &'static str,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

/// Layers of the encoder, which come first in every list of layers.
pub(crate) const ENCODER_LAYERS: usize = 5;
/// Layers of encoder and decoder.
pub(crate) const LAYERS: usize = 9;

impl Architecture {
    /// Trainable numbers, biases included: 48,500,056 for the thesis' sizes.
    pub fn parameters(&self) -> u64 {
        let size = |layer: LayerShape| (layer.inputs as u64 + 1) * layer.outputs as u64;
        self.layers().into_iter().map(size).sum()
    }

    /// Whether a network of these sizes can be built.
    ///
    /// # Errors
    /// Names the first size that is out of range.
    pub fn validate(&self) -> Result<(), ArchitectureError> {
        let Architecture { geometry, measure_hidden, measure_code, song_hidden, latent } = *self;
        let Geometry { measures, steps, pitches } = geometry;
        for (name, found) in [
            ("measures", measures),
            ("steps", steps),
            ("pitches", pitches),
            ("measure_hidden", measure_hidden),
            ("measure_code", measure_code),
            ("song_hidden", song_hidden),
            ("latent", latent),
        ] {
            if !(1..=MAX_SIZE).contains(&found) {
                return Err(ArchitectureError::Size { name, found });
            }
        }
        let cells = steps as u64 * pitches as u64;
        if cells.saturating_mul(measures as u64) > u64::from(u32::MAX) {
            return Err(ArchitectureError::TooManyCells { measures, cells });
        }
        match self.parameters() {
            found if found > MAX_PARAMETERS => Err(ArchitectureError::TooManyParameters { found }),
            _ => Ok(()),
        }
    }

    /// The width of a song's codes side by side.
    pub(crate) fn song_code(&self) -> usize {
        self.geometry.measures * self.measure_code
    }

    /// Every layer in the order of data flow, the encoder's [`ENCODER_LAYERS`] first.
    pub(crate) fn layers(&self) -> [LayerShape; LAYERS] {
        let cells = self.geometry.cells();
        let (hidden, code) = (self.measure_hidden, self.measure_code);
        let (song, song_hidden, latent) = (self.song_code(), self.song_hidden, self.latent);
        let layer = |name, inputs, outputs| LayerShape { name, inputs, outputs };
        [
            layer("encoder.measure_hidden", cells, hidden),
            layer("encoder.measure_code", hidden, code),
            layer("encoder.song_hidden", song, song_hidden),
            layer("encoder.mean", song_hidden, latent),
            layer("encoder.log_deviation", song_hidden, latent),
            layer("decoder.song_hidden", latent, song_hidden),
            layer("decoder.measure_code", song_hidden, song),
            layer("decoder.measure_hidden", code, hidden),
            layer("decoder.cells", hidden, cells),
        ]
    }

    /// Bytes that one sample occupies at the height of a training step, rounded up generously.
    pub(crate) fn activation_bytes(&self) -> usize {
        let measure = 2 * self.geometry.cells() + 12 * (self.measure_hidden + self.measure_code);
        let song = 12 * (self.song_hidden + self.latent);
        4 * (self.geometry.measures * measure + song)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THESIS: Architecture = Architecture {
        geometry: Geometry { measures: 16, steps: 96, pitches: 96 },
        measure_hidden: 2000,
        measure_code: 200,
        song_hidden: 1600,
        latent: 120,
    };

    #[test]
    fn the_thesis_network_has_its_published_number_of_parameters() {
        assert_eq!(THESIS.parameters(), 48_500_056);
        let encoder: usize =
            THESIS.layers()[..ENCODER_LAYERS].iter().map(|l| (l.inputs + 1) * l.outputs).sum();
        assert_eq!(encoder, 24_340_040);
    }

    #[test]
    fn impossible_sizes_are_named() {
        assert_eq!(THESIS.validate(), Ok(()));
        let error = Architecture { latent: 0, ..THESIS }.validate().unwrap_err();
        assert_eq!(error, ArchitectureError::Size { name: "latent", found: 0 });
        let geometry = Geometry { measures: 1 << 20, steps: 1 << 20, pitches: 1 << 24 };
        let error = Architecture { geometry, ..THESIS }.validate().unwrap_err();
        assert!(matches!(error, ArchitectureError::TooManyCells { .. }));
        let error = Architecture { measure_hidden: 1 << 20, ..THESIS }.validate().unwrap_err();
        assert!(matches!(error, ArchitectureError::TooManyParameters { .. }));
    }
}
