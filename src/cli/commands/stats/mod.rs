//! `partita stats`.

mod out;
mod sql;
mod target;

use super::args::{PipelineArgs, Stats, TableFormat};
use super::{CommandResult, ExitCode, Failure, Output, project, width};
use crate::columnar::{Frame, SampleSet, Table, answer, column_docs};
use crate::inspect::{Overview, render_description, render_table};
use crate::text::wrap;
use out::Destination;
use std::path::{Path, PathBuf};

/// Widths of a table. A narrower terminal wraps it; longer lines would be hard to follow.
const WIDTHS: (usize, usize) = (60, 100);

pub(in crate::cli) fn stats(start: &Path, arguments: Stats, output: Output) -> CommandResult {
    let out = arguments.out.as_deref().map(|path| Destination::new(start, path)).transpose()?;
    let target = target::find(start, &arguments.target)?;
    let table = open(&target.path)?;
    let format = if output.json { TableFormat::Json } else { arguments.format };
    let show = |frame: &Frame| match &out {
        Some(out) => out.write(frame, output),
        None => {
            show(frame, format, output);
            Ok(())
        }
    };
    if let Some(query) = &arguments.sql {
        let query = sql::text(start, query)?;
        let mut tables = sql::tables(start, &arguments.with)?;
        tables.extend(sql::stages(&query, target.stage_tables(), &tables));
        let tables: Vec<(String, &Table)> = std::iter::once(("self".to_owned(), &table))
            .chain(tables.iter().map(|(name, table)| (name.clone(), table)))
            .collect();
        show(&answer(&query, &tables)?)?;
    } else if let Some(column) = &arguments.by {
        show(&table.by(column)?)?;
    } else if arguments.describe || format == TableFormat::Csv || out.is_some() {
        let description = table.describe()?;
        if format == TableFormat::Table && out.is_none() {
            let text = render_description(&description, columns());
            output.text(&(text + &explain_columns(&table, columns())));
        } else {
            show(&description.frame())?;
        }
    } else {
        let overview = Overview::compute(&table, shards(&target.path).as_ref())?;
        match format {
            TableFormat::Json => output.json(&overview.to_json()),
            _ => output.text(&overview.render(columns())),
        }
    }
    Ok(ExitCode::Done)
}

/// Opens a table: a CSV file if its extension says so, otherwise a Parquet file.
fn open(path: &Path) -> Result<Table, Failure> {
    let is_text = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("csv") || it.eq_ignore_ascii_case("tsv"));
    Ok(if is_text { Table::open_csv(path)? } else { Table::open(path)? })
}

/// Returns the meanings of the columns, as far as documented.
fn explain_columns(table: &Table, columns: usize) -> String {
    let docs = column_docs(table);
    let name_width = docs.iter().map(|doc| doc.name.len()).max().unwrap_or(0) + 2;
    let mut text = if docs.is_empty() { String::new() } else { "\n".to_owned() };
    for doc in docs {
        let (name, meaning) = (doc.name, doc.text());
        let lines = wrap(&meaning, columns.saturating_sub(name_width));
        let lines = lines.join(&format!("\n{:name_width$}", ""));
        text += &format!("{name:name_width$}{lines}\n");
    }
    text
}

fn show(frame: &Frame, format: TableFormat, output: Output) {
    match format {
        TableFormat::Table => output.text(&render_table(frame, columns())),
        TableFormat::Csv => output.data(&frame.to_csv()),
        TableFormat::Json => output.json(frame),
    }
}

/// Returns the width of a table: `COLUMNS` if set, otherwise the terminal's, within limits.
fn columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    stated.unwrap_or_else(width).clamp(WIDTHS.0, WIDTHS.1)
}

/// Opens the shards beside a table of samples.
fn shards(table: &Path) -> Option<SampleSet> {
    let folder = fs_err::read_dir(table.parent()?.join("samples")).ok()?;
    let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    SampleSet::open(&paths).ok()
}
