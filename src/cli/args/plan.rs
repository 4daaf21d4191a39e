//! Arguments of the commands that show a pipeline: `status`, `explain` and `graph`.

use super::PipelineArgs;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Exit with 3 if a stage is stale
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Show every instance of a large sweep instead of groups
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Only this stage
    pub(crate) stage: Option<String>,
    /// Explain every instance of a large sweep instead of groups
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Format of the drawing
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: GraphFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A list with arrows
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
}
