//! A training's state on disk, from which it can resume after any interruption.
//!
//! One safetensors file: the weights, both Adam moments, the average of the weights if there is one, and
//! the state of the loop as JSON in the header's metadata. It is written under another name, synced to
//! disk and renamed, so a crash leaves either the old checkpoint or the new one, never half of one.

use crate::architecture::TensorShape;
use crate::backend::TrainBackend;
use crate::network::Network;
use crate::observer::EpochReport;
use crate::settings::Settings;
use crate::sums::EpochSums;
use crate::tensor_file::{self, TensorFile, TensorFileError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// 2: average of the weights, and what an observer found. 3: weighted losses.
const FORMAT: u32 = 3;
/// Name of the checkpoint in its folder. A file of this name is complete.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
const STATE: &str = "state";
/// Key prefixes of the weights, both moments and the average.
const PREFIXES: [&str; 4] = ["weights", "first_moments", "second_moments", "average"];

/// Why a checkpoint cannot be written or resumed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Reading or writing failed.
    #[error("cannot read or write the checkpoint {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is corrupt.
    #[error("the checkpoint {} is corrupt; remove it to train from the start", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: TensorFileError,
    },
}

impl CheckpointError {
    /// Adds the path to a system's error.
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| CheckpointError::Io { path: path.to_owned(), source }
    }

    /// Adds the path to the error of a corrupt file.
    pub(crate) fn corrupt(path: &Path) -> impl Fn(TensorFileError) -> Self {
        move |source| CheckpointError::Corrupt { path: path.to_owned(), source }
    }
}

/// Metadata of a checkpoint.
#[derive(Serialize, Deserialize)]
struct State<P> {
    format: u32,
    settings: String,
    samples: [usize; 2],
    #[serde(flatten)]
    progress: P,
}

/// Identifies the training that a checkpoint belongs to: its settings, and the numbers of training and
/// validation samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) samples: [usize; 2],
}

/// Progress of the training loop.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Current epoch, from 1.
    pub(crate) epoch: usize,
    /// Steps done in it.
    pub(crate) step: usize,
    /// Steps done in all.
    pub(crate) steps: u64,
    pub(crate) sums: EpochSums,
    /// Finished epochs.
    pub(crate) history: Vec<EpochReport>,
}

/// Everything that changes during training.
#[derive(Debug)]
pub(crate) struct Checkpoint<B: TrainBackend> {
    pub(crate) network: Network<B>,
    /// First and second moments.
    pub(crate) moments: [Network<B>; 2],
    /// Moving average of the weights, if the settings request one.
    pub(crate) average: Option<Network<B>>,
    pub(crate) progress: Progress,
}

/// Returns the tensors of a checkpoint, and the part and index in it of each. Frozen tensors are stored once.
fn tensors(settings: &Settings) -> (Vec<TensorShape>, Vec<(usize, usize)>) {
    let parts = if settings.options.ema > 0.0 { 4 } else { 3 };
    let part = |(part, &prefix): (usize, &&'static str)| {
        let architecture = &settings.architecture;
        let tensors = if part == 0 { architecture.tensors() } else { architecture.trained() };
        let keyed = move |(index, TensorShape { name, shape })| {
            (TensorShape { name: format!("{prefix}.{name}"), shape }, (part, index))
        };
        tensors.into_iter().enumerate().map(keyed)
    };
    PREFIXES[..parts].iter().enumerate().flat_map(part).unzip()
}

impl<B: TrainBackend> Checkpoint<B> {
    /// Replaces the folder's checkpoint; creates the folder if it is missing.
    pub(crate) fn save(&self, folder: &Path, identity: Identity) -> Result<(), CheckpointError> {
        let path = folder.join(CHECKPOINT);
        self.replace(folder, &path, identity).map_err(CheckpointError::io(&path))
    }

    fn replace(&self, folder: &Path, path: &Path, identity: Identity<'_>) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let state = State {
            format: FORMAT,
            settings: serde_json::to_string(identity.settings)?,
            samples: identity.samples,
            progress: &self.progress,
        };
        let metadata = HashMap::from([(STATE.to_owned(), serde_json::to_string(&state)?)]);
        let (tensors, origins) = tensors(identity.settings);
        let [first, second] = &self.moments;
        let parts: Vec<_> =
            [&self.network, first, second].into_iter().chain(&self.average).collect();
        let temporary = path.with_extension("temporary");
        let file = tensor_file::create(&temporary, Some(metadata), &tensors, |at| {
            let (part, index) = origins[at];
            parts[part].values(index)
        })?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    }

    /// Reads the folder's checkpoint; `None` if there is none with this identity.
    pub(crate) fn load(
        folder: &Path,
        identity: Identity<'_>,
        device: &B::Device,
    ) -> Result<Option<Self>, CheckpointError> {
        let path = folder.join(CHECKPOINT);
        let corrupt = CheckpointError::corrupt(&path);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CheckpointError::io(&path)(error)),
        };
        let mut file = TensorFile::open(BufReader::new(file)).map_err(&corrupt)?;
        let state: State<Progress> = file.metadata(STATE).map_err(&corrupt)?;
        let settings = identity.settings;
        let expected = serde_json::to_string(settings)
            .map_err(|error| CheckpointError::io(&path)(error.into()))?;
        if (state.format, state.settings, state.samples) != (FORMAT, expected, identity.samples) {
            return Ok(None);
        }
        let architecture = &settings.architecture;
        let [weights, first, second, average] = PREFIXES;
        let mut read = |prefix: &str, tensor: &TensorShape| {
            file.read(&format!("{prefix}.{}", tensor.name), &tensor.shape)
        };
        let network = Network::build(architecture, device, |tensor| read(weights, tensor));
        let network = network.map_err(&corrupt)?;
        let mut trained = |prefix: &str| {
            let read = |tensor: &TensorShape| read(prefix, tensor);
            Network::build_trained(architecture, device, read).map_err(&corrupt)
        };
        let moments = [trained(first)?, trained(second)?];
        let average = (settings.options.ema > 0.0).then(|| trained(average)).transpose()?;
        let frozen = network.frozen.clone();
        let average = average.map(|average: Network<B>| Network { frozen, ..average });
        Ok(Some(Checkpoint { network, moments, average, progress: state.progress }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkpoint of an earlier build must resume.
    #[test]
    fn state_keeps_its_json_form() {
        let sums = EpochSums { seconds: 0.5, ..EpochSums::default() };
        let progress = Progress { epoch: 1, step: 2, steps: 3, sums, history: Vec::new() };
        let (settings, samples) = ("s".to_owned(), [4, 5]);
        let state = State { format: FORMAT, settings, samples, progress: &progress };
        let json = r#"{"format":3,"settings":"s","samples":[4,5],"epoch":1,"step":2,"steps":3,"sums":[0,0,0,0,0,0,4602678819172646912],"history":[]}"#;
        assert_eq!(serde_json::to_string(&state).unwrap(), json);
        let read: State<Progress> = serde_json::from_str(json).unwrap();
        assert_eq!((read.progress.steps, read.progress.sums), (3, sums));
    }
}
