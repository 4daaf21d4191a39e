//! Arguments of the commands that show data: `stats` and `show`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// A .parquet file, PIPELINE/STAGE, or PIPELINE/STAGE/FILE if the stage has several
    pub(crate) target: String,
    /// Answer an SQL query; the table is called self. @FILE reads the query from a file, - from standard input
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["by", "describe"], allow_hyphen_values = true)]
    pub(crate) sql: Option<String>,
    /// Another table for the query: a .parquet, .csv or .tsv file, or PIPELINE/STAGE. The other stages of the target's
    /// pipeline are there by their names
    #[arg(long, value_name = "NAME=FILE", requires = "sql")]
    pub(crate) with: Vec<String>,
    /// Count rows by a column
    #[arg(long, value_name = "COLUMN", conflicts_with = "describe")]
    pub(crate) by: Option<String>,
    /// Describe every column
    #[arg(long)]
    pub(crate) describe: bool,
    /// Format of the answer
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: TableFormat,
    /// Write the answer to a file, whose name ends with .csv, .parquet or .json
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// An aligned table
    Table,
    /// Comma-separated values
    Csv,
    /// An array of objects
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A MIDI file, in a project or not
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the pianoroll as a picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}
