//! Files of decoders.

use crate::calibration::Calibration;
use crate::decoder::{Decoder, Nets};
use crate::net::Net;
use crate::without::Without;
use partita_music::roll::RollSize;
use partita_numerics::tensor_file::{self, TensorFile, TensorFileError, TensorShape};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, Cursor};
use std::ops::Range;
use std::path::Path;

/// Key of the metadata that holds the sizes.
const SIZES: &str = "decoder";
/// Version of the format and of the features.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Sizes {
    format: u32,
    #[serde(flatten)]
    size: RollSize,
    latent: usize,
    calibration: Calibration,
    #[serde(default, skip_serializing_if = "Without::is_nothing")]
    without: Without,
}

/// An error while reading the file of a decoder.
#[derive(Debug, thiserror::Error)]
pub enum DecoderFileError {
    /// Its tensors cannot be read.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    /// Another version wrote it.
    #[error("format {0} of a decoder, expected {FORMAT}")]
    Format(u32),
}

impl Decoder {
    /// Writes the decoder as safetensors, and syncs the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let Self { nets: Nets { size, latent, .. }, calibration, without, .. } = *self;
        let sizes = Sizes { format: FORMAT, size, latent, calibration, without };
        let metadata = HashMap::from([(SIZES.to_owned(), serde_json::to_string(&sizes)?)]);
        let tensors = tensors(&self.nets);
        let shapes: Vec<TensorShape> = tensors.iter().map(|(shape, _)| shape.clone()).collect();
        let values = |index: usize| self.parameters[tensors[index].1.clone()].to_vec();
        tensor_file::create(path, Some(metadata), &shapes, values)?.sync_all()
    }

    /// Reads a decoder from the contents of its file.
    ///
    /// # Errors
    /// Returns an error if they are not those of a decoder.
    pub fn load(bytes: &[u8]) -> Result<Self, DecoderFileError> {
        let mut file = TensorFile::open(Cursor::new(bytes))?;
        let Sizes { format, size, latent, calibration, without } = file.metadata(SIZES)?;
        if format != FORMAT {
            return Err(DecoderFileError::Format(format));
        }
        let nets = Nets::new(size, latent);
        let mut parameters = vec![0.0; nets.parameters()];
        for (TensorShape { name, shape }, range) in tensors(&nets) {
            parameters[range].copy_from_slice(&file.read(&name, &shape)?);
        }
        Ok(Self { nets, parameters, calibration, without })
    }
}

/// Returns the name, shape and place of every tensor.
fn tensors(nets: &Nets) -> Vec<(TensorShape, Range<usize>)> {
    let nets = [("plan", nets.plan.net), ("rhythm", nets.rhythm.net), ("chord", nets.chord.net)];
    let of_net = |(name, net): (&'static str, Net)| {
        net.tensors().map(|(part, range, shape)| {
            (TensorShape { name: format!("{name}.{part}"), shape }, range)
        })
    };
    nets.into_iter().flat_map(of_net).collect()
}
