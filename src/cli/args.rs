//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Turns a folder of MIDI files into new 16-measure songs.
///
/// A pipeline is a YAML file under pipelines/. Running it computes only what changed since the last
/// time; everything it makes lands under artifacts/.
#[derive(Debug, Parser)]
#[command(name = "partita", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  partita run demo                      compose, train, draw songs, report: no download needed
  partita run vgm --set corpus=~/midi   your own folder of MIDI files
  partita status demo                   what would run, and why
  partita stats demo/catalog            what is in the corpus")]
pub(super) struct Arguments {
    /// Look for the project from here on upward instead of from the current folder
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
    /// Run a pipeline: only what changed is computed
    #[command(after_help = "Examples:
  partita run demo
  partita run vgm --set corpus=~/midi --set stages.train.params.epochs=5
  partita run demo --from songs         songs and what depends on them
  partita run demo --dry-run            say what would happen, change nothing
  partita run demo --watch              and again whenever the pipeline or an input file changes")]
    Run(Run),
    /// Show each stage's verdict and its first reason
    #[command(after_help = "Example:
  partita status demo --exit-code && echo 'all fresh'")]
    Status(Status),
    /// Show every reason why a stage would run
    #[command(after_help = "Example:
  partita explain demo train")]
    Explain(Explain),
    /// Draw a pipeline's stages and what they read
    #[command(after_help = "Example:
  partita graph demo --format dot | dot -Tsvg > demo.svg")]
    Graph(Graph),
    /// Look into a Parquet file: an overview, or whatever SQL asks
    #[command(after_help = "Examples:
  partita stats demo/catalog
  partita stats demo/catalog --by time_signatures
  partita stats demo/catalog --sql \"select path, notes from self order by notes desc limit 5\"
  partita stats some/file.parquet --describe --format csv")]
    Stats(Stats),
    /// Look after artifacts/store: what it holds, whether it is sound, what can go
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look back: list past runs, show one, lay two side by side
    #[command(
        after_help = "RUN is a run's id or any part of it that fits one run alone (RUN02, 1855), or
last, last~1, ..., or a pipeline's name for its newest run (demo, demo~1, ...).

Examples:
  partita runs
  partita runs show last
  partita runs diff demo~1 demo"
    )]
    #[command(args_conflicts_with_subcommands = true)]
    Runs(Runs),
    /// List the project's pipelines
    List,
    /// List the stage kinds, or one kind's inputs, parameters and outputs
    #[command(after_help = "Example:
  partita kinds train")]
    Kinds(Kinds),
    /// Print the JSON Schema of pipeline files, by which an editor completes and checks them
    #[command(after_help = "Example:
  partita schema > pipelines/schema.json
and as the first line of pipelines/NAME.yaml:
  # yaml-language-server: $schema=schema.json")]
    Schema,
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  partita completions bash > ~/.local/share/bash-completion/completions/partita")]
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// A pipeline's name (`demo` is pipelines/demo.yaml) or a path
    pub(super) pipeline: String,
    /// Run this stage alone, on what lies upstream as last recorded (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(super) only: Vec<String>,
    /// Run this stage and all that depends on it
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(super) from: Option<String>,
    /// Run this stage and all that it depends on
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    pub(super) until: Option<String>,
    /// Run this stage even if it is fresh (repeatable)
    #[arg(long, value_name = "STAGE")]
    pub(super) force: Vec<String>,
    /// Say what would happen and why; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Set a variable, the seed or a parameter: corpus=DIR, seed=2, stages.train.params.epochs=5
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// CPU slots that all stages share [default: all cores]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// After a failure, go on with the stages that do not depend on it
    #[arg(long)]
    pub(super) keep_going: bool,
    /// Run again whenever the pipeline or an input file changes; Ctrl-C ends it
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) watch: bool,
    /// Wait for another run of this pipeline, at most so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever")]
    pub(super) wait: Option<Wait>,
    /// Read every input file again instead of trusting size and times
    #[arg(long)]
    pub(super) paranoid: bool,
    /// End interrupted trainings at their last checkpoint; a later run still completes them
    #[arg(long, conflicts_with = "watch")]
    pub(super) finish: bool,
    /// Where to train: auto, cpu or cuda[:N]; auto takes a card where this build can use one
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(super) device: DeviceChoice,
    /// Name at the end of the run folder's [default: RUN01]
    #[arg(long, value_name = "ID", value_parser = run_id)]
    pub(super) run_id: Option<String>,
    /// Free text, kept in the run folder
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) run_info: String,
    /// How to show progress
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub(super) progress: ProgressChoice,
}

#[derive(Debug, Args)]
pub(super) struct Status {
    /// A pipeline's name or path
    pub(super) pipeline: String,
    /// Set a variable, the seed or a parameter, as for run
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Exit with 3 when something is stale
    #[arg(long)]
    pub(super) exit_code: bool,
    /// Show each instance of a large sweep instead of grouping those alike
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A pipeline's name or path
    pub(super) pipeline: String,
    /// One stage; all of them without it
    pub(super) stage: Option<String>,
    /// Explain each instance of a large sweep instead of grouping those alike
    #[arg(long)]
    pub(super) all: bool,
    /// Set a variable, the seed or a parameter, as for run
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// A pipeline's name or path
    pub(super) pipeline: String,
    /// Set a variable, the seed or a parameter, as for run
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// The drawing's format
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: GraphFormat,
}

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// A .parquet file, PIPELINE/STAGE, or PIPELINE/STAGE/FILE where a stage makes several
    pub(super) target: String,
    /// An SQL query; the table is called self
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["by", "describe"])]
    pub(super) sql: Option<String>,
    /// Count rows by a column
    #[arg(long, value_name = "COLUMN", conflicts_with = "describe")]
    pub(super) by: Option<String>,
    /// Describe every column
    #[arg(long)]
    pub(super) describe: bool,
    /// How to write the answer
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: TableFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Tell how much room everything under artifacts/ takes
    Size,
    /// Read everything in the store and name what is damaged
    ///
    /// Damaged files are moved to artifacts/store/quarantine, and the next run of a pipeline makes
    /// them anew. Exits with 5 when anything was damaged. It may run beside runs.
    Verify,
    /// Remove what neither the newest runs nor the visible outputs need
    #[command(after_help = "Examples:
  partita store prune --dry-run         say what would go, change nothing
  partita store prune --keep 1 --runs   keep the newest run of each pipeline alone")]
    Prune(Prune),
}

/// What goes: results that neither the visible outputs nor the newest runs of any pipeline need, what
/// killed processes left behind, and the quarantine. What stays: the visible outputs, all that they were
/// made from, run folders (but see --runs), and what an interrupted training goes on from (but see --work).
/// A large file that is also linked into a run folder frees its room only when both are gone.
#[derive(Debug, Args)]
pub(super) struct Prune {
    /// Keep what the newest N finished runs of each pipeline need
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(super) keep: usize,
    /// Say what would be freed; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Remove older run folders too
    #[arg(long)]
    pub(super) runs: bool,
    /// Remove the checkpoints of interrupted trainings too
    #[arg(long)]
    pub(super) work: bool,
    /// Wait for runs under way, at most so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "forever")]
    pub(super) wait: Option<Wait>,
}

#[derive(Debug, Args)]
pub(super) struct Runs {
    #[command(subcommand)]
    pub(super) what: Option<RunsCommand>,
    #[command(flatten)]
    pub(super) list: RunsList,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List past runs, the newest first
    List(RunsList),
    /// Show one run: its stages, parameters and figures
    #[command(after_help = "Example:
  partita runs show last")]
    Show(RunsShow),
    /// Lay two runs side by side: what was asked for, what came out, how long it took
    #[command(after_help = "Example:
  partita runs diff last~1 last
  partita runs diff last~2 last~1 last --html compared.html")]
    Diff(RunsDiff),
}

#[derive(Debug, Args)]
pub(super) struct RunsList {
    /// Runs of this pipeline alone
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
}

#[derive(Debug, Args)]
pub(super) struct RunsShow {
    /// The run
    pub(super) run: String,
}

#[derive(Debug, Args)]
pub(super) struct RunsDiff {
    /// Two runs; with --html one, whose instances are compared, or as many as you like
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<String>,
    /// Write a page with figures, differing parameters and training curves over each other
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Kinds {
    /// One kind; all of them without it
    pub(super) kind: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
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
    /// Nothing but warnings and errors
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

/// `--wait` alone, or with seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wait {
    /// Without end.
    Forever,
    /// At most so long.
    Seconds(f64),
}

impl std::str::FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let seconds: Option<f64> = text.parse().ok();
        let fits = |seconds: &f64| seconds.is_finite() && (0.0..=1e9).contains(seconds);
        seconds.filter(fits).map(Self::Seconds).ok_or_else(|| "expected seconds, such as 60".into())
    }
}

impl Wait {
    /// What an option that may be left out means: not at all, so long, or (`None`) without end.
    pub(super) fn limit(wait: Option<Self>) -> Option<Duration> {
        match wait {
            None => Some(Duration::ZERO),
            Some(Self::Forever) => None,
            Some(Self::Seconds(seconds)) => Some(Duration::from_secs_f64(seconds)),
        }
    }
}

/// `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeviceChoice {
    /// The best there is.
    Auto,
    /// The processor.
    Cpu,
    /// A CUDA device by number.
    Cuda(usize),
}

impl std::str::FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("cuda:")) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            ("cuda", _) => Ok(Self::Cuda(0)),
            (_, Some(number)) => {
                number.parse().map(Self::Cuda).map_err(|_| "expected cuda:0, cuda:1...".into())
            }
            _ => Err("expected auto, cpu or cuda[:N]".into()),
        }
    }
}

fn run_id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !text.is_empty() && text.len() <= 60 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("expected up to 60 letters, digits, '-', '_' or '.'".into())
    }
}
