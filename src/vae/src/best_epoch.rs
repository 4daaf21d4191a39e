//! The best epoch so far by the observer's F1, and its weights, saved beside the checkpoint.
//!
//! The history alone determines the best epoch. Its weights are in `best-<epoch>.safetensors`, written
//! before the checkpoint that refers to them; older ones are removed after it. So after a crash at any
//! time, the file that the checkpoint's history refers to exists.

use crate::architecture::Architecture;
use crate::backend::TrainBackend;
use crate::checkpoint::CheckpointError;
use crate::network::Network;
use crate::observer::EpochReport;
use crate::tensor_file::{self, TensorFile};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

const PREFIX: &str = "best-";
const SUFFIX: &str = ".safetensors";

/// Returns the first epoch with the largest F1; `None` if no trained epoch has one.
pub(crate) fn best_epoch(history: &[EpochReport]) -> Option<usize> {
    let trained = history.iter().filter(|report| report.epoch > 0);
    let found = trained.filter_map(|report| Some((report.epoch, report.metrics.f1?)));
    found.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(epoch, _)| epoch)
}

/// Returns true if none of the last `patience` epochs was the best.
pub(crate) fn is_exhausted(history: &[EpochReport], patience: Option<usize>) -> bool {
    let last = history.last().map_or(0, |report| report.epoch);
    match (patience, best_epoch(history)) {
        (Some(patience), Some(best)) => last - best >= patience,
        _ => false,
    }
}

fn path(folder: &Path, epoch: usize) -> PathBuf {
    folder.join(format!("{PREFIX}{epoch}{SUFFIX}"))
}

/// Writes the weights of an epoch; creates the folder if it is missing.
pub(crate) fn save<B: TrainBackend>(
    folder: &Path,
    epoch: usize,
    architecture: &Architecture,
    network: &Network<B>,
) -> Result<(), CheckpointError> {
    let path = path(folder, epoch);
    let tensors = architecture.tensors();
    fs::create_dir_all(folder)
        .and_then(|()| tensor_file::create(&path, None, &tensors, |at| network.values(at)))
        .and_then(|file| file.sync_all())
        .map_err(CheckpointError::io(&path))
}

/// Reads the weights of an epoch.
pub(crate) fn load<B: TrainBackend>(
    folder: &Path,
    epoch: usize,
    architecture: &Architecture,
    device: &B::Device,
) -> Result<Network<B>, CheckpointError> {
    let path = path(folder, epoch);
    let file = File::open(&path).map_err(CheckpointError::io(&path))?;
    let corrupt = CheckpointError::corrupt(&path);
    let mut file = TensorFile::open(BufReader::new(file)).map_err(&corrupt)?;
    Network::build(architecture, device, |tensor| file.read(&tensor.name, &tensor.shape))
        .map_err(&corrupt)
}

/// Removes the weights of all epochs except `kept`.
pub(crate) fn remove_others(folder: &Path, kept: Option<usize>) -> Result<(), CheckpointError> {
    let kept = kept.map(|epoch| path(folder, epoch));
    let remove = || -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let found = entry?.path();
            let name = found.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_best = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
            if is_best && Some(&found) != kept.as_ref() {
                fs::remove_file(&found)?;
            }
        }
        Ok(())
    };
    remove().map_err(CheckpointError::io(folder))
}
