//! Arguments of `store`.

use super::Wait;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Show disk usage of artifacts/
    #[command(after_help = "Example:
  partita store size")]
    Size,
    /// Verify every stored file
    ///
    /// Damaged files are moved to artifacts/store/quarantine, and the next run of a pipeline recomputes
    /// them. Exits with 5 if a file was damaged. Safe during runs.
    #[command(after_help = "Example:
  partita store verify")]
    Verify,
    /// Remove results that neither the newest runs nor the visible outputs need
    #[command(after_help = "Examples:
  partita store prune --dry-run         show what would be removed, change nothing
  partita store prune --keep 1 --runs   keep only the newest run of each pipeline")]
    Prune(Prune),
}

/// Removes results that neither the visible outputs nor the newest runs of any pipeline need, files left by
/// killed processes, and the quarantine. Keeps the visible outputs and everything they were made from, run
/// folders (unless --runs), and checkpoints of interrupted training (unless --work). A large file that is also
/// linked into a run folder frees no space until both are removed.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Keep results of the newest N finished runs of each pipeline
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) keep: usize,
    /// Show what would be freed; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove older run folders too
    #[arg(long)]
    pub(crate) runs: bool,
    /// Remove checkpoints of interrupted training too
    #[arg(long)]
    pub(crate) work: bool,
    /// Wait for active runs, at most SECONDS
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever", value_parser = Wait::parse)]
    pub(crate) wait: Option<Wait>,
}
