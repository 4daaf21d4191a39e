//! Schedules and runs stages. It never prints (it emits events) and names no stage kind.
//!
//! [`PreparedRun::new`] locks the pipeline, hashes its input files and plans; [`PreparedRun::execute`] does
//! what the plan says: independent stages in parallel within the machine's resources. A stage that waited is
//! planned again once its upstreams' outputs are known.
//!
//! ```text
//! preview / prepare --> execute (schedule) --> job, one per stage --> attempt
//! ```

mod attempt;
mod checkpoint;
mod equal_names;
mod error;
mod execute;
mod folder;
mod hash;
mod job;
mod machine;
mod prepare;
mod preview;
mod previous;
mod refresh;
mod resolved;
mod schedule;
mod snapshot;
mod stage_end;
mod stage_inputs;
mod store_view;
mod summary;
mod unsearched;
mod watch;

pub use checkpoint::NO_CHECKPOINT_HINT;
pub use equal_names::EqualNames;
pub use error::RunError;
pub use folder::RunFolder;
pub(crate) use folder::{info_path, started_at};
pub use hash::HashProgress;
pub use machine::Machine;
pub use prepare::{Options, PreparedRun};
pub use preview::{Preview, preview};
pub use resolved::{ResolvedNeeds, ResolvedPipeline, ResolvedStage};
pub use snapshot::{InputStats, SnapshotError, snapshot_inputs};
pub use summary::{RunSummary, StageSummary};
pub use watch::{WatchError, WatchMode, Watcher};
