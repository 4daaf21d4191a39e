//! `partita stats`.

mod target;

use super::args::{PipelineArgs, Stats, TableFormat};
use super::{CommandResult, ExitCode, Failure, Output, project, width};
use crate::columnar::{Frame, SampleSet, Table, column_docs};
use crate::inspect::{Overview, render_description, render_table};
use crate::text::wrap;
use std::path::{Path, PathBuf};

/// Widths of a table. A narrower terminal wraps it; longer lines would be hard to follow.
const WIDTHS: (usize, usize) = (60, 100);

pub(in crate::cli) fn stats(start: &Path, arguments: Stats, output: Output) -> CommandResult {
    let path = target::find(start, &arguments.target)?;
    let table = Table::open(&path)?;
    let format = if output.json { TableFormat::Json } else { arguments.format };
    if let Some(query) = &arguments.sql {
        show(&table.sql(query)?, format, output);
    } else if let Some(column) = &arguments.by {
        show(&table.by(column)?, format, output);
    } else if arguments.describe || format == TableFormat::Csv {
        let description = table.describe()?;
        if format == TableFormat::Table {
            let text = render_description(&description, columns());
            output.text(&(text + &explain_columns(&table, columns())));
        } else {
            show(&description.frame(), format, output);
        }
    } else {
        let overview = Overview::compute(&table, shards(&path).as_ref())?;
        match format {
            TableFormat::Json => output.json(&overview.to_json()),
            _ => output.text(&overview.render(columns())),
        }
    }
    Ok(ExitCode::Done)
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
        TableFormat::Json => output.json(&frame.to_json()),
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
