//! `partita stats`.

mod target;

use super::super::args::{Stats, TableFormat};
use super::super::failure::{ExitCode, Failure};
use super::super::output::{Output, width};
use crate::columnar::{Frame, SampleSet, Table, column_docs};
use crate::inspect::{Overview, render_description, render_table};
use crate::text::wrap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a table is made as wide as: a narrower terminal wraps it, on a wider one lines grow too long to follow.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=100;

pub(in super::super) fn stats(
    start: &Path,
    arguments: Stats,
    output: Output,
) -> Result<ExitCode, Failure> {
    let path = target::find(start, &arguments.target)?;
    let table = Table::open(&path)?;
    let format = if output.json { TableFormat::Json } else { arguments.format };
    if let Some(query) = &arguments.sql {
        show(&table.sql(query)?, format, output);
    } else if let Some(column) = &arguments.by {
        show(&table.by(column)?, format, output);
    } else if arguments.describe || format == TableFormat::Csv {
        let description = table.describe()?;
        match format {
            TableFormat::Table => {
                let described = render_description(&description, columns());
                output.text(&(described + &explained(&table, columns())));
            }
            _ => show(&description.frame(), format, output),
        }
    } else {
        let overview = Overview::of(&table, shards(&path).as_ref())?;
        match format {
            TableFormat::Json => output.json(&overview.to_json()),
            _ => output.text(&overview.render(columns())),
        }
    }
    Ok(ExitCode::Done)
}

/// What the columns mean, where that is known.
fn explained(table: &Table, columns: usize) -> String {
    let known = column_docs(table);
    let names = known.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    let mut text = if known.is_empty() { String::new() } else { "\n".to_owned() };
    for (name, meaning) in known {
        for (line, part) in wrap(meaning, columns.saturating_sub(names)).iter().enumerate() {
            let name = if line == 0 { *name } else { "" };
            let _ = writeln!(text, "{name:names$}{part}");
        }
    }
    text
}

fn show(frame: &Frame, format: TableFormat, output: Output) {
    match format {
        TableFormat::Table => output.text(&render_table(frame, columns())),
        TableFormat::Csv => output.text(&frame.to_csv()),
        TableFormat::Json => output.json(&frame.to_json()),
    }
}

/// Columns of the screen: what `COLUMNS` says, else what the terminal has.
fn columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    stated.unwrap_or_else(width).clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// The shards beside a table of samples, which tell more of them than the table.
fn shards(table: &Path) -> Option<SampleSet> {
    let folder = fs_err::read_dir(table.parent()?.join("samples")).ok()?;
    let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    SampleSet::open(&paths).ok()
}
