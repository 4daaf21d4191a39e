//! The query of `--sql`, and the tables that it can use beside `self`.

use super::target::{self, StageTable};
use super::{Failure, open};
use crate::columnar::Table;
use std::io::Read;
use std::path::Path;

/// Characters of a query at most; more is surely another file.
const MAX_QUERY: u64 = 1 << 20;

/// The text of the query: `argument` itself, the file after `@`, or standard input for `-`.
pub(super) fn text(start: &Path, argument: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let failure = |error: std::io::Error, name: &str| {
        Failure::usage("sql", format!("cannot read the query from {name}: {error}"))
            .hint("--sql @FILE reads a text file, --sql - standard input")
    };
    if argument == "-" {
        std::io::stdin()
            .take(MAX_QUERY)
            .read_to_string(&mut text)
            .map_err(|error| failure(error, "standard input"))?;
    } else if let Some(file) = argument.strip_prefix('@') {
        let name = format!("'{file}'");
        let opened = fs_err::File::open(start.join(file)).map_err(|error| failure(error, &name))?;
        opened.take(MAX_QUERY).read_to_string(&mut text).map_err(|error| failure(error, &name))?;
    } else {
        text.push_str(argument);
    }
    Ok(text)
}

/// The tables of `--with NAME=FILE`.
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

/// The tables of other stages that `query` mentions; tables `known` by the same name hide them. A stage whose table cannot be
/// opened is as if it had none.
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
