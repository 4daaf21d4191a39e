//! The best epoch so far, by the F1 that the observer finds, and its weights beside the checkpoint.
//!
//! Which epoch it is follows from the history alone. Its weights lie in `best-<epoch>.safetensors`, written
//! before the checkpoint that knows of them, and older ones go after it: a crash at any time leaves the
//! file that the checkpoint's history names.

use crate::architecture::Architecture;
use crate::backend::TrainBackend;
use crate::checkpoint::CheckpointError;
use crate::network::Network;
use crate::observer::EpochReport;
use crate::tensor_file::{self, Key, TensorFile};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

const PREFIX: &str = "best-";
const SUFFIX: &str = ".safetensors";

/// The first epoch with the largest F1; none while no trained epoch has one.
pub(crate) fn best(history: &[EpochReport]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for report in history.iter().filter(|report| report.epoch > 0) {
        if let Some(f1) = report.appraisal.f1
            && best.is_none_or(|(_, largest)| f1 > largest)
        {
            best = Some((report.epoch, f1));
        }
    }
    best.map(|(epoch, _)| epoch)
}

/// Whether the last `patience` epochs brought nothing better.
pub(crate) fn is_exhausted(history: &[EpochReport], patience: Option<usize>) -> bool {
    let last = history.last().map_or(0, |report| report.epoch);
    match (patience, best(history)) {
        (Some(patience), Some(best)) => last - best >= patience,
        _ => false,
    }
}

fn path(folder: &Path, epoch: usize) -> PathBuf {
    folder.join(format!("{PREFIX}{epoch}{SUFFIX}"))
}

fn keys(architecture: &Architecture) -> Vec<Key> {
    architecture.tensors().into_iter().map(|tensor| (tensor.name, tensor.shape)).collect()
}

/// Writes the weights of an epoch; makes the folder if need be.
pub(crate) fn save<B: TrainBackend>(
    folder: &Path,
    epoch: usize,
    architecture: &Architecture,
    network: &Network<B>,
) -> Result<(), CheckpointError> {
    let path = path(folder, epoch);
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut out = BufWriter::new(File::create(&path)?);
        tensor_file::write(&mut out, None, &keys(architecture), |at| network.values(at))?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    write().map_err(|source| CheckpointError::Io { path: path.clone(), source })
}

/// The weights of an epoch.
pub(crate) fn load<B: TrainBackend>(
    folder: &Path,
    epoch: usize,
    architecture: &Architecture,
    device: &B::Device,
) -> Result<Network<B>, CheckpointError> {
    let path = path(folder, epoch);
    let file =
        File::open(&path).map_err(|source| CheckpointError::Io { path: path.clone(), source })?;
    let damaged = |source| CheckpointError::Damaged { path: path.clone(), source };
    let mut file = TensorFile::open(BufReader::new(file)).map_err(damaged)?;
    Network::build(architecture, device, |tensor| file.read(&tensor.name, &tensor.shape))
        .map_err(damaged)
}

/// Removes the weights of all other epochs.
pub(crate) fn tidy(folder: &Path, kept: Option<usize>) -> Result<(), CheckpointError> {
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
    remove().map_err(|source| CheckpointError::Io { path: folder.to_owned(), source })
}
