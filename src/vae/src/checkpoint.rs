//! A training on disk, so that it can go on after any end.
//!
//! One safetensors file: the weights, Adam's two moments of each, their average where there is one, and
//! the state of the loop as JSON
//! in the header's metadata. It is written beside the old one, flushed to the disk and renamed over
//! it: a crash leaves the old checkpoint or the new one, never half of one.

use crate::adam::Moments;
use crate::architecture::TensorShape;
use crate::backend::TrainBackend;
use crate::network::Network;
use crate::observer::{EpochReport, REPORT_WORDS};
use crate::settings::Settings;
use crate::tensor_file::{self, Key, TensorFile, TensorFileError};
use crate::train::Progress;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// 2: the average of the weights, and what an observer found. 3: weighted losses.
const FORMAT: u32 = 3;
/// Name of a checkpoint in its folder; a file of this name is whole.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
const STATE: &str = "state";
/// Weights, both moments and the average, as prefixes of their keys.
const PREFIXES: [&str; 4] = ["weights", "first_moments", "second_moments", "average"];

/// Why a checkpoint cannot be written or resumed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Reading or writing failed.
    #[error("cannot read or write the checkpoint {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is damaged.
    #[error("the checkpoint {} is damaged; remove it to train from the start", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TensorFileError,
    },
    /// The file's state is missing or no state.
    #[error("the checkpoint {} holds no state of a training; remove it to train from the start", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong, where it is there at all.
        source: Option<serde_json::Error>,
    },
}

/// The loop's state. Floating-point numbers are kept as bits, which JSON cannot round.
#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    settings: String,
    samples: [usize; 2],
    epoch: usize,
    step: usize,
    steps: u64,
    sums: [u64; 7],
    history: Vec<[u64; REPORT_WORDS]>,
}

/// What a checkpoint is valid for: the settings, and the numbers of training and validation samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) samples: [usize; 2],
}

/// All that changes while training.
#[derive(Debug)]
pub(crate) struct Checkpoint<B: TrainBackend> {
    pub(crate) network: Network<B>,
    pub(crate) moments: Moments<B>,
    /// The moving average of the weights, where one is kept.
    pub(crate) average: Option<Network<B>>,
    pub(crate) progress: Progress,
}

/// Keys, and the part and the place in it of each: what is not trained is written once.
fn keys(settings: &Settings) -> (Vec<Key>, Vec<(usize, usize)>) {
    let (mut keys, mut places) = (Vec::new(), Vec::new());
    let averaged = settings.remedies.ema > 0.0;
    for (part, prefix) in PREFIXES[..if averaged { 4 } else { 3 }].iter().enumerate() {
        let architecture = &settings.architecture;
        let tensors = if part == 0 { architecture.tensors() } else { architecture.trained() };
        for (place, TensorShape { name, shape }) in tensors.into_iter().enumerate() {
            keys.push((format!("{prefix}.{name}"), shape));
            places.push((part, place));
        }
    }
    (keys, places)
}

fn settings_text(settings: &Settings) -> io::Result<String> {
    Ok(serde_json::to_string(settings)?)
}

impl<B: TrainBackend> Checkpoint<B> {
    /// Replaces the folder's checkpoint; makes the folder if need be.
    pub(crate) fn save(
        &self,
        folder: &Path,
        identity: Identity<'_>,
    ) -> Result<(), CheckpointError> {
        let path = folder.join(CHECKPOINT);
        self.replace(folder, &path, identity).map_err(|source| CheckpointError::Io { path, source })
    }

    fn replace(&self, folder: &Path, path: &Path, identity: Identity<'_>) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let Progress { epoch, step, steps, sums, history } = &self.progress;
        let state = State {
            format: FORMAT,
            settings: settings_text(identity.settings)?,
            samples: identity.samples,
            epoch: *epoch,
            step: *step,
            steps: *steps,
            sums: sums.to_array().map(f64::to_bits),
            history: history.iter().map(EpochReport::to_words).collect(),
        };
        let metadata = BTreeMap::from([(STATE.to_owned(), serde_json::to_string(&state)?)]);
        let (keys, places) = keys(identity.settings);
        let mut parts = vec![&self.network, &self.moments.first, &self.moments.second];
        parts.extend(&self.average);
        let temporary = path.with_extension("temporary");
        let mut out = BufWriter::new(File::create(&temporary)?);
        tensor_file::write(&mut out, Some(&metadata), &keys, |index| {
            let (part, place) = places[index];
            parts[part].values(place)
        })?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    }

    /// The folder's checkpoint, if there is one with this identity.
    pub(crate) fn load(
        folder: &Path,
        identity: Identity<'_>,
        device: &B::Device,
    ) -> Result<Option<Self>, CheckpointError> {
        let path = folder.join(CHECKPOINT);
        let at_path = |source| CheckpointError::Io { path: path.clone(), source };
        let damaged = |source| CheckpointError::Damaged { path: path.clone(), source };
        let stateless = |source| CheckpointError::State { path: path.clone(), source };
        let file = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(at_path(source)),
        };
        let mut file = TensorFile::open(file).map_err(damaged)?;
        let state = file.metadata(STATE).ok_or_else(|| stateless(None))?;
        let state: State = serde_json::from_str(state).map_err(|error| stateless(Some(error)))?;
        let settings = settings_text(identity.settings).map_err(at_path)?;
        if (state.format, &state.settings, state.samples) != (FORMAT, &settings, identity.samples) {
            return Ok(None);
        }
        let architecture = &identity.settings.architecture;
        let [weights, first, second, average] = PREFIXES;
        let mut read = |prefix: &str, tensor: &TensorShape| {
            file.read(&format!("{prefix}.{}", tensor.name), &tensor.shape)
        };
        let network = Network::build(architecture, device, |tensor| read(weights, tensor));
        let network = network.map_err(damaged)?;
        let mut trained = |prefix: &str| {
            let read = |tensor: &TensorShape| read(prefix, tensor);
            Network::build_trained(architecture, device, read).map_err(damaged)
        };
        let (first, second) = (trained(first)?, trained(second)?);
        let averaged = identity.settings.remedies.ema > 0.0;
        let average = averaged.then(|| trained(average)).transpose()?;
        let fixed = network.fixed.clone();
        let average = average.map(|average: Network<B>| Network { fixed, ..average });
        let progress = Progress {
            epoch: state.epoch,
            step: state.step,
            steps: state.steps,
            sums: crate::sums::EpochSums::from_array(state.sums.map(f64::from_bits)),
            history: state.history.iter().map(EpochReport::from_words).collect(),
        };
        Ok(Some(Checkpoint { network, moments: Moments { first, second }, average, progress }))
    }
}
