//! Schedules and executes. It never prints (events are its voice) and names no concrete stage kind.
//!
//! [`Prepared::new`] locks the pipeline, surveys its input files and plans; [`Prepared::execute`]
//! does what the plan says: independent stages in parallel within what the machine has, each that waited
//! judged again when its upstreams' outputs are known.

mod checkpoint;
mod execute;
mod folder;
mod hash;
mod machine;
mod prepare;
mod previous;
mod reporter;
mod resolved;
mod schedule;
mod snapshot;
mod stage_end;
mod stage_inputs;
mod store_view;
mod summary;
mod watch;
mod worker;

pub use checkpoint::NO_CHECKPOINT_HINT;
pub use folder::RunFolder;
pub(crate) use folder::{info_path, started_at};
pub use hash::HashProgress;
pub use machine::Machine;
pub use prepare::{Options, Prepared, Preview, RunError, preview};
pub use resolved::{ResolvedNeeds, ResolvedPipeline, ResolvedStage};
pub use snapshot::{InputStats, SnapshotError, snapshot_inputs};
pub use store_view::CachedStoreView;
pub use summary::{RunSummary, StageSummary};
pub use watch::{WatchError, WatchMode, Watcher};
