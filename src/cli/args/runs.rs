//! Arguments of `runs`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List past runs, the newest first
    #[command(after_help = "Example:
  partita runs list --pipeline demo --limit 5")]
    List(RunsList),
    /// Show one run: stages, parameters and metrics
    #[command(after_help = "Example:
  partita runs show last")]
    Show {
        /// The run
        run: String,
    },
    /// Compare runs: settings, results and times
    #[command(after_help = "Examples:
  partita runs diff last~1 last
  partita runs diff last~2 last~1 last --html compared.html")]
    Diff(RunsDiff),
}

#[derive(Debug, Args)]
pub(crate) struct RunsList {
    /// Only runs of this pipeline
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// Maximum number of runs
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct RunsDiff {
    /// Two runs; with --html any number, or one to compare its instances
    #[arg(value_name = "RUN", required = true)]
    pub(crate) runs: Vec<String>,
    /// Write a page with metrics, differing parameters and overlaid training curves
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
