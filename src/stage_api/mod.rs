//! The interface between the runner and the stage kinds.
//!
//! A kind implements [`StageImpl`]: it declares what it accepts, and turns inputs into files. The runner
//! calls it through this trait and names no concrete kind; `stages/` has one implementation per kind.

mod cancel;
mod context;
mod device;
mod error;
mod input;
mod previous;
mod registry;
mod reporter;
mod run_export;
mod stage_impl;

pub use cancel::CancelToken;
pub use context::StageContext;
pub use device::Device;
pub(crate) use error::with_causes;
pub use error::{ParamError, Result, StageError};
pub use input::{InputFile, InputSet};
pub use previous::Previous;
pub use registry::Registry;
pub use reporter::Reporter;
pub use run_export::{OutputKind, RunExport};
pub use stage_impl::{Completion, StageImpl};
