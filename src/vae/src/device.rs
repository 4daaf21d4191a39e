//! Where a network is trained.

use std::fmt;
use std::path::PathBuf;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor: equal bits for equal settings and samples.
    #[default]
    Cpu,
    /// An NVIDIA card, counted from 0 as CUDA does: equal to the processor within tolerances.
    Cuda(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// Why nothing can be computed on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The feature `cuda` is off.
    #[error("this build computes on the processor alone")]
    NotBuilt,
    /// A library of CUDA's cannot be loaded.
    #[error("CUDA's library '{library}' cannot be loaded")]
    NoLibrary {
        /// Its name without prefix and suffix: `cuda` comes with the driver, `nvrtc` with the toolkit.
        library: &'static str,
    },
    /// The headers that kernels are compiled with are missing.
    #[error("the CUDA toolkit's headers are not there: no include/cuda_runtime.h in {}", toolkit.display())]
    NoHeaders {
        /// The folder looked into.
        toolkit: PathBuf,
    },
    /// There is no such card.
    #[error("there is no card {index}: CUDA shows {found}")]
    NoCard {
        /// The card asked for, from 0.
        index: usize,
        /// How many there are.
        found: usize,
    },
}

impl Device {
    /// The first card where one can compute, else the processor.
    #[must_use]
    pub fn best() -> Self {
        let card = Self::Cuda(0);
        if card.check().is_ok() { card } else { Self::Cpu }
    }

    /// Whether this program can compute there. Opens nothing, and is cheap but for the first call.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn check(self) -> Result<(), DeviceError> {
        match self {
            Self::Cpu => Ok(()),
            Self::Cuda(index) => check_cuda(index),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn check_cuda(_: usize) -> Result<(), DeviceError> {
    Err(DeviceError::NotBuilt)
}

/// burn panics where anything is missing, so all that it needs is looked for first.
#[cfg(feature = "cuda")]
fn check_cuda(index: usize) -> Result<(), DeviceError> {
    use cudarc::{driver, nvrtc};
    // SAFETY: both only try to load a library by its known names; NVIDIA's have no other effect on loading.
    let libraries = unsafe {
        [("cuda", driver::sys::is_culib_present()), ("nvrtc", nvrtc::sys::is_culib_present())]
    };
    if let Some((library, _)) = libraries.into_iter().find(|(_, is_there)| !is_there) {
        return Err(DeviceError::NoLibrary { library });
    }
    let found = driver::CudaContext::device_count().map_or(0, |count| count.max(0) as usize);
    if index >= found {
        return Err(DeviceError::NoCard { index, found });
    }
    let toolkit = toolkit();
    match toolkit.join("include/cuda_runtime.h").is_file() {
        true => Ok(()),
        false => Err(DeviceError::NoHeaders { toolkit }),
    }
}

/// The one folder in which cubecl looks for the toolkit's headers.
#[cfg(feature = "cuda")]
fn toolkit() -> PathBuf {
    let installed = || {
        let folders = ["/usr/local/cuda", "/opt/cuda"].map(PathBuf::from);
        folders.into_iter().find(|folder| folder.exists()).unwrap_or_else(|| "/usr".into())
    };
    std::env::var_os("CUDA_PATH").map_or_else(installed, PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        assert_eq!(Device::Cpu.check(), Ok(()));
        assert_eq!(Device::best().check(), Ok(()));
    }

    /// A machine has no card of this number, and a program that asks for it must not panic.
    #[test]
    fn a_card_that_is_not_there_is_an_error() {
        let error = Device::Cuda(999).check().unwrap_err();
        assert!(cfg!(feature = "cuda") != (error == DeviceError::NotBuilt), "{error}");
    }
}
