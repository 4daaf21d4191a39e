//! Arguments of `run`.

use super::{PipelineArgs, Wait};
use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Run only this stage, on recorded upstream outputs (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(crate) only: Vec<String>,
    /// Run this stage and everything downstream
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(crate) from: Option<String>,
    /// Run this stage and everything upstream
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(crate) until: Option<String>,
    /// Run this stage even if it is fresh (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(crate) force: Vec<String>,
    /// Show what would run and why; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// CPU slots shared by all stages [default: all cores]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Keep running stages that do not depend on a failed one
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Run again whenever the pipeline or an input file changes; Ctrl-C ends it
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) watch: bool,
    /// Wait for another run of this pipeline, at most SECONDS
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever", value_parser = Wait::parse)]
    pub(crate) wait: Option<Wait>,
    /// Read every input file again instead of trusting its size and times
    #[arg(long, alias = "paranoid")]
    pub(crate) rehash: bool,
    /// Finish interrupted training at its last checkpoint; a later run can complete it
    #[arg(long, alias = "finish", conflicts_with = "watch")]
    pub(crate) finish_early: bool,
    /// Device for training: auto, cpu or cuda[:N]; auto uses a GPU if this build can
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    pub(crate) device: DeviceChoice,
    /// Suffix of the run folder's name [default: RUN01]
    #[arg(long, value_name = "ID", value_parser = run_id)]
    pub(crate) run_id: Option<String>,
    /// Free text for the run folder
    #[arg(
        long,
        alias = "run-info",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) note: String,
    /// How to show progress
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub(crate) progress: ProgressChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressChoice {
    /// Bars at a terminal, plain lines elsewhere
    Auto,
    /// Bars
    Bars,
    /// Plain lines
    Plain,
    /// JSON lines on stderr
    Json,
    /// Only warnings and errors
    None,
}

/// `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceChoice {
    /// A GPU if this build can use one, otherwise the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// A CUDA device by number.
    Cuda(usize),
}

fn device(text: &str) -> Result<DeviceChoice, &'static str> {
    match (text, text.strip_prefix("cuda:")) {
        ("auto", _) => Ok(DeviceChoice::Auto),
        ("cpu", _) => Ok(DeviceChoice::Cpu),
        ("cuda", _) => Ok(DeviceChoice::Cuda(0)),
        (_, Some(number)) => {
            number.parse().map(DeviceChoice::Cuda).map_err(|_| "expected cuda:0, cuda:1...")
        }
        _ => Err("expected auto, cpu or cuda[:N]"),
    }
}

fn run_id(text: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = (1..=60).contains(&text.len()) && text.chars().all(fits);
    fits.then(|| text.to_owned()).ok_or("expected up to 60 letters, digits, '-', '_' or '.'")
}
