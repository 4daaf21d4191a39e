//! The device that a network is trained on.

use std::path::PathBuf;

/// A device that trains networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The CPU: equal settings and samples give equal bits.
    #[default]
    Cpu,
    /// An NVIDIA GPU, numbered from 0 as CUDA does; equals the CPU within tolerances.
    Cuda(usize),
}

/// Why a device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The feature `cuda` is off.
    #[error("this build has no CUDA support")]
    CudaNotCompiled,
    /// A CUDA library cannot be loaded.
    #[error("cannot load the CUDA library '{library}'")]
    NoLibrary {
        /// Name without prefix and suffix: `cuda` comes with the driver, `nvrtc` with the toolkit.
        library: &'static str,
    },
    /// The headers that kernels are compiled with are missing.
    #[error("missing CUDA toolkit headers: no include/cuda_runtime.h in '{}'", toolkit.display())]
    NoHeaders {
        /// Folder searched.
        toolkit: PathBuf,
    },
    /// CUDA does not list the requested GPU.
    #[error("there is no GPU {index}: CUDA lists {found}")]
    NoSuchGpu {
        /// Number of the requested GPU, from 0.
        index: usize,
        /// Number of GPUs.
        found: usize,
    },
}

impl Device {
    /// Returns the first GPU if it can be used, else the CPU.
    pub fn best() -> Self {
        let gpu = Self::Cuda(0);
        if gpu.check().is_ok() { gpu } else { Self::Cpu }
    }

    /// Checks that the device can be used. Opens nothing, and is cheap except for the first call.
    ///
    /// # Errors
    /// Returns the first requirement that is not met.
    pub fn check(self) -> Result<(), DeviceError> {
        match self {
            Self::Cpu => Ok(()),
            Self::Cuda(index) => check_cuda(index),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn check_cuda(_: usize) -> Result<(), DeviceError> {
    Err(DeviceError::CudaNotCompiled)
}

/// burn panics if a requirement is missing, so all are checked first.
#[cfg(feature = "cuda")]
fn check_cuda(index: usize) -> Result<(), DeviceError> {
    use cudarc::{driver, nvrtc};
    // SAFETY: both only try to load a library by its known names; NVIDIA's have no other effect on loading.
    let libraries = unsafe {
        [("cuda", driver::sys::is_culib_present()), ("nvrtc", nvrtc::sys::is_culib_present())]
    };
    if let Some((library, _)) = libraries.into_iter().find(|(_, is_present)| !is_present) {
        return Err(DeviceError::NoLibrary { library });
    }
    let found = driver::CudaContext::device_count().map_or(0, |count| count.max(0) as usize);
    if index >= found {
        return Err(DeviceError::NoSuchGpu { index, found });
    }
    let toolkit = toolkit();
    match toolkit.join("include/cuda_runtime.h").is_file() {
        true => Ok(()),
        false => Err(DeviceError::NoHeaders { toolkit }),
    }
}

/// Returns the only folder in which cubecl looks for the toolkit's headers.
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
    fn cpu_is_always_usable() {
        assert_eq!(Device::Cpu.check(), Ok(()));
        assert_eq!(Device::best().check(), Ok(()));
    }

    /// No machine has a GPU of this number; asking for it must not panic.
    #[test]
    fn missing_gpu_is_an_error() {
        let error = Device::Cuda(999).check().unwrap_err();
        assert!(cfg!(feature = "cuda") != (error == DeviceError::CudaNotCompiled), "{error}");
    }
}
