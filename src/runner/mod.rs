//! Schedules and executes. It never prints (events are its voice) and names no concrete stage kind.
//!
//! [`Prepared::new`] locks the pipeline, surveys its input files and plans; [`Prepared::execute`]
//! does what the plan says: independent stages in parallel within what the machine has, each that waited
//! judged again when its upstreams' outputs are known.

mod ended;
mod execute;
mod finish;
mod folder;
mod hash;
mod knowledge;
mod machine;
mod prepare;
mod previous;
mod reads;
mod reporter;
mod resolved;
mod schedule;
mod summary;
mod survey;
mod watch;
mod worker;

pub use finish::NO_CHECKPOINT_HINT;
pub use folder::RunFolder;
pub(crate) use folder::{info_path, started_at};
pub use hash::Watch;
pub use knowledge::StoreKnowledge;
pub use machine::Machine;
pub use prepare::{Look, Options, Prepared, RunError, look};
pub use resolved::{ResolvedNeeds, ResolvedPipeline, ResolvedStage};
pub use summary::{RunSummary, StageSummary};
pub use survey::{FilesSeen, SurveyError, survey};
pub use watch::{Means, WatchError, Watcher};
