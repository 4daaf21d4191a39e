//! The command line's arguments. The documentation of commands and options is their `--help`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Turns a folder of MIDI files into new 16-measure songs.
///
/// A pipeline is a YAML file in pipelines/. Running it computes only what changed since the last run;
/// all outputs are in artifacts/.
#[derive(Debug, Parser)]
#[command(name = "partita", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  partita run demo                      compose, train, generate, report: no download needed
  partita run vgm --set corpus=~/midi   your own folder of MIDI files
  partita status demo                   what would run, and why
  partita stats demo/catalog            what is in the corpus")]
pub(super) struct Arguments {
    /// Look for the project in this folder and above instead of the current one
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub(super) directory: Option<PathBuf>,
    /// Write JSON to stdout, errors included
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a pipeline; computes only what changed
    #[command(after_help = "Examples:
  partita run demo
  partita run vgm --set corpus=~/midi --set stages.train.params.epochs=5
  partita run demo --from songs         'songs' and everything downstream
  partita run demo --dry-run            show what would run, change nothing
  partita run demo --watch              run again whenever the pipeline or an input changes")]
    Run(Run),
    /// Show each stage's verdict and its first reason
    #[command(after_help = "Example:
  partita status demo --exit-code && echo 'all fresh'")]
    Status(Status),
    /// Show every reason why a stage would run
    #[command(after_help = "Example:
  partita explain demo train")]
    Explain(Explain),
    /// Draw a pipeline's stages and their inputs
    #[command(after_help = "Example:
  partita graph demo --format dot | dot -Tsvg > demo.svg")]
    Graph(Graph),
    /// Inspect a Parquet file: overview, counts or SQL
    #[command(after_help = "Examples:
  partita stats demo/catalog
  partita stats demo/catalog --by time_signatures
  partita stats demo/catalog --sql \"select path, notes from self order by notes desc limit 5\"
  partita stats demo/catalog --sql @query.sql --out answer.parquet
  partita stats demo/catalog --with labels=labels.csv \\
      --sql \"select label, count(*) from self join labels using (path) group by label\"
  partita stats some/file.parquet --describe --format csv")]
    Stats(Stats),
    /// Show one MIDI file: its catalog row, faults, meters, pianoroll and samples
    #[command(after_help = "Examples:
  partita show data/song.mid
  partita show data/song.mid --png song.png
  partita show data/song.mid --json")]
    Show(Show),
    /// Manage artifacts/store: show size, verify, prune
    #[command(after_help = "Examples:
  partita store size
  partita store verify
  partita store prune --dry-run")]
    #[command(subcommand)]
    Store(StoreCommand),
    /// List, show and compare past runs
    #[command(
        after_help = "RUN is a run's id or any part that matches exactly one run (RUN02, 1855), or
last, last~1, ..., or a pipeline's name for its newest run (demo, demo~1, ...).

Examples:
  partita runs
  partita runs show last
  partita runs diff demo~1 demo"
    )]
    #[command(args_conflicts_with_subcommands = true)]
    Runs {
        #[command(subcommand)]
        what: Option<RunsCommand>,
        #[command(flatten)]
        list: RunsList,
    },
    /// List the project's pipelines
    #[command(after_help = "Example:
  partita list")]
    List,
    /// List the stage kinds, or one kind's inputs, parameters and outputs
    #[command(after_help = "Example:
  partita kinds train")]
    Kinds {
        /// Only this kind
        kind: Option<String>,
    },
    /// Print the JSON Schema of pipeline files, for completion and checks in an editor
    #[command(after_help = "Example:
  partita schema > pipelines/schema.json
then add as the first line of pipelines/NAME.yaml:
  # yaml-language-server: $schema=schema.json")]
    Schema,
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  partita completions bash > ~/.local/share/bash-completion/completions/partita")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// A pipeline and its settings.
#[derive(Debug, Clone, Args)]
pub(super) struct PipelineArgs {
    /// A pipeline's name (`demo` is pipelines/demo.yaml) or a path
    #[arg(value_name = "PIPELINE")]
    pub(super) name: String,
    /// Set a variable, the seed or a parameter: corpus=DIR, seed=2, stages.train.params.epochs=5
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Run only this stage, on recorded upstream outputs (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(super) only: Vec<String>,
    /// Run this stage and everything downstream
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(super) from: Option<String>,
    /// Run this stage and everything upstream
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(super) until: Option<String>,
    /// Run this stage even if it is fresh (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(super) force: Vec<String>,
    /// Show what would run and why; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// CPU slots shared by all stages [default: all cores]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Keep running stages that do not depend on a failed one
    #[arg(long)]
    pub(super) keep_going: bool,
    /// Run again whenever the pipeline or an input file changes; Ctrl-C ends it
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) watch: bool,
    /// Wait for another run of this pipeline, at most SECONDS
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever", value_parser = Wait::parse)]
    pub(super) wait: Option<Wait>,
    /// Read every input file again instead of trusting its size and times
    #[arg(long, alias = "paranoid")]
    pub(super) rehash: bool,
    /// Finish interrupted training at its last checkpoint; a later run can complete it
    #[arg(long, alias = "finish", conflicts_with = "watch")]
    pub(super) finish_early: bool,
    /// Device for training: auto, cpu or cuda[:N]; auto uses a GPU if this build can
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    pub(super) device: DeviceChoice,
    /// Suffix of the run folder's name [default: RUN01]
    #[arg(long, value_name = "ID", value_parser = run_id)]
    pub(super) run_id: Option<String>,
    /// Free text for the run folder
    #[arg(
        long,
        alias = "run-info",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) note: String,
    /// How to show progress
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub(super) progress: ProgressChoice,
}

#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Exit with 3 if a stage is stale
    #[arg(long)]
    pub(super) exit_code: bool,
    /// Show every instance of a large sweep instead of groups
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Only this stage
    pub(super) stage: Option<String>,
    /// Explain every instance of a large sweep instead of groups
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Graph {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Format of the drawing
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: GraphFormat,
}

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// A .parquet file, PIPELINE/STAGE, or PIPELINE/STAGE/FILE if the stage has several
    pub(super) target: String,
    /// Answer an SQL query; the table is called self. @FILE reads the query from a file, - from standard input
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["by", "describe"], allow_hyphen_values = true)]
    pub(super) sql: Option<String>,
    /// Another table for the query: a .parquet, .csv or .tsv file, or PIPELINE/STAGE. The other stages of the target's
    /// pipeline are there by their names
    #[arg(long, value_name = "NAME=FILE", requires = "sql")]
    pub(super) with: Vec<String>,
    /// Count rows by a column
    #[arg(long, value_name = "COLUMN", conflicts_with = "describe")]
    pub(super) by: Option<String>,
    /// Describe every column
    #[arg(long)]
    pub(super) describe: bool,
    /// Format of the answer
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: TableFormat,
    /// Write the answer to a file, whose name ends with .csv, .parquet or .json
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// A MIDI file, in a project or not
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Write the pianoroll as a picture
    #[arg(long, value_name = "FILE")]
    pub(super) png: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
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
pub(super) struct Prune {
    /// Keep results of the newest N finished runs of each pipeline
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(super) keep: usize,
    /// Show what would be freed; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Remove older run folders too
    #[arg(long)]
    pub(super) runs: bool,
    /// Remove checkpoints of interrupted training too
    #[arg(long)]
    pub(super) work: bool,
    /// Wait for active runs, at most SECONDS
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever", value_parser = Wait::parse)]
    pub(super) wait: Option<Wait>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
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
pub(super) struct RunsList {
    /// Only runs of this pipeline
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
    /// Maximum number of runs
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
}

#[derive(Debug, Args)]
pub(super) struct RunsDiff {
    /// Two runs; with --html any number, or one to compare its instances
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<String>,
    /// Write a page with metrics, differing parameters and overlaid training curves
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressChoice {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// A list with arrows
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// An aligned table
    Table,
    /// Comma-separated values
    Csv,
    /// An array of objects
    Json,
}

/// `--wait` with its maximum; `None` without limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wait(Option<Duration>);

impl Wait {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self(None));
        }
        let seconds = text.parse().ok().filter(|seconds: &f64| *seconds <= 1e9);
        let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        limit.map(|limit| Self(Some(limit))).ok_or_else(|| "expected seconds, such as 60".into())
    }

    /// Returns the maximum wait: zero without the option, `None` without limit.
    pub(super) fn limit(wait: Option<Self>) -> Option<Duration> {
        wait.map_or(Some(Duration::ZERO), |wait| wait.0)
    }
}

/// `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeviceChoice {
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
