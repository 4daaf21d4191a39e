//! One file per command.

pub(super) mod completions;
pub(super) mod explain;
pub(super) mod graph;
pub(super) mod kinds;
pub(super) mod list;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod schema;
pub(super) mod show;
pub(super) mod stats;
pub(super) mod status;
pub(super) mod store;

use super::failure::{ExitCode, Failure};
use super::output::{Output, progress_sink, width};
use super::plan_view::{self, PlanView, ReasonDetail};
use super::{args, interrupt, machine, project};

/// The exit code of a command that did its work, or the failure to print.
type CommandResult = Result<ExitCode, Failure>;
