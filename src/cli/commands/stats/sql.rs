//! The query of `--sql`, and the tables that it can use besides `self`.

use super::target::{self, StageTable};
use super::{Failure, open};
use crate::columnar::Table;
use std::io::{Read, read_to_string, stdin};
use std::path::Path;

/// Bytes that are read of a query; a longer file is no query.
const MAX_QUERY: u64 = 1 << 20;

/// Returns the text of the query: `argument` itself, the file after `@`, or standard input for `-`.
pub(super) fn text(start: &Path, argument: &str) -> Result<String, Failure> {
    let (source, text) = match argument.strip_prefix('@') {
        Some(file) => {
            let opened = fs_err::File::open(start.join(file));
            (format!("'{file}'"), opened.and_then(|file| read_to_string(file.take(MAX_QUERY))))
        }
        None if argument == "-" => {
            ("standard input".to_owned(), read_to_string(stdin().take(MAX_QUERY)))
        }
        None => return Ok(argument.to_owned()),
    };
    text.map_err(|error| {
        Failure::usage("sql", format!("cannot read the query from {source}: {error}"))
            .hint("--sql @FILE reads a text file, --sql - standard input")
    })
}

/// Opens the tables of `--with NAME=FILE`.
pub(super) fn tables(start: &Path, with: &[String]) -> Result<Vec<(String, Table)>, Failure> {
    let mut tables: Vec<(String, Table)> = Vec::new();
    for argument in with {
        let usage = |message: String| {
            Failure::usage("with", message).hint("for example: --with labels=labels.csv")
        };
        let Some((name, file)) =
            argument.split_once('=').filter(|(name, file)| !name.is_empty() && !file.is_empty())
        else {
            return Err(usage(format!("'{argument}' is not NAME=FILE")));
        };
        let is_taken = |known: &str| known.eq_ignore_ascii_case(name);
        if is_taken("self") || tables.iter().any(|(known, _)| is_taken(known)) {
            return Err(usage(format!("there are two tables '{name}'")));
        }
        let path = start.join(file);
        let path = if path.is_file() { path } else { target::find(start, file)?.path };
        tables.push((name.to_owned(), open(&path)?));
    }
    Ok(tables)
}

/// Opens the tables of stages that `query` mentions, except those with the name of a table in `known`. A table that cannot
/// be opened is left out.
pub(super) fn stages(
    query: &str,
    stages: Vec<StageTable>,
    known: &[(String, Table)],
) -> Vec<(String, Table)> {
    let query = query.to_lowercase();
    let is_known = |name: &str| known.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let used = stages
        .into_iter()
        .filter(|stage| query.contains(&stage.name.to_lowercase()) && !is_known(&stage.name));
    used.filter_map(|stage| Some((stage.name, open(&stage.path).ok()?))).collect()
}
