//! The command line's arguments, a file per group of commands. The documentation of commands and options is their
//! `--help`.

mod data;
mod plan;
mod run;
mod runs;
mod store;
mod wait;

pub(super) use data::{Show, Stats, TableFormat};
pub(super) use plan::{Explain, Graph, GraphFormat, Status};
pub(super) use run::{DeviceChoice, ProgressChoice, Run};
pub(super) use runs::{RunsCommand, RunsDiff, RunsList};
pub(super) use store::{Prune, StoreCommand};
pub(super) use wait::Wait;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

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
