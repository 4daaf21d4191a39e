//! `partita stats`.

use super::super::args::{Stats, TableFormat};
use super::super::failure::{ExitCode, Failure};
use super::super::output::{Output, nearest, nearest_or_all, width};
use super::super::project;
use crate::columnar::{Frame, Overview, SampleSet, Table};
use crate::spec;
use std::path::{Path, PathBuf};

pub(in super::super) fn stats(
    start: &Path,
    arguments: Stats,
    output: Output,
) -> Result<ExitCode, Failure> {
    let path = target(start, &arguments.target)?;
    let table = Table::open(&path)?;
    let format = if output.json { TableFormat::Json } else { arguments.format };
    let frame = match (&arguments.sql, &arguments.by) {
        (Some(query), _) => Some(table.sql(query)?),
        (_, Some(column)) => Some(table.by(column)?),
        _ if arguments.describe => Some(table.describe()?.frame()),
        _ => None,
    };
    match frame {
        Some(frame) => show(&frame, format, output),
        None => {
            let overview = Overview::of(&table, shards(&path).as_ref())?;
            match format {
                TableFormat::Table => output.text(&overview.render(width())),
                TableFormat::Json => output.json(&overview.to_json()),
                TableFormat::Csv => output.text(&table.describe()?.frame().to_csv()),
            }
        }
    }
    Ok(ExitCode::Done)
}

fn show(frame: &Frame, format: TableFormat, output: Output) {
    match format {
        TableFormat::Table => output.text(&frame.render_table(width())),
        TableFormat::Csv => output.text(&frame.to_csv()),
        TableFormat::Json => output.json(&frame.to_json()),
    }
}

/// The shards beside a table of samples, which tell more of them than the table.
fn shards(table: &Path) -> Option<SampleSet> {
    let folder = fs_err::read_dir(table.parent()?.join("samples")).ok()?;
    let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    SampleSet::open(&paths).ok()
}

/// The Parquet file that a target names: a path, or a stage's visible outputs.
fn target(start: &Path, target: &str) -> Result<PathBuf, Failure> {
    let as_path = start.join(target);
    if as_path.is_file() {
        return Ok(as_path);
    }
    if target.ends_with(".parquet") {
        return Err(Failure::usage("no_such_file", format!("there is no file '{target}'")));
    }
    let root = project::root(start)?;
    let Some((pipeline, stage)) = target.split_once('/') else {
        let hint = "for example: partita stats demo/catalog";
        return Err(Failure::usage(
            "target",
            format!("'{target}' is no .parquet file and no stage"),
        )
        .hint(hint));
    };
    let store = project::store_to_read(&root)?;
    let folder = store.layout().visible(pipeline, stage);
    if !folder.is_dir() {
        return Err(missing(&root, &store.layout().pipeline(pipeline), (pipeline, stage)));
    }
    let mut tables = Vec::new();
    for entry in walkdir::WalkDir::new(&folder).into_iter().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "parquet") {
            tables.push(entry.into_path());
        }
    }
    // The table of the stage's own folder before one further down, then by name.
    tables.sort_by_key(|path| (path.components().count(), path.clone()));
    tables.into_iter().next().ok_or_else(|| {
        Failure::usage("no_table", format!("stage '{stage}' of '{pipeline}' makes no Parquet file"))
    })
}

fn missing(root: &Path, folder: &Path, (pipeline, stage): (&str, &str)) -> Failure {
    if let Err(error) = spec::locate(root, pipeline) {
        return error.into();
    }
    let known = project::load(root, pipeline, &[]).map(|p| p.stages).unwrap_or_default();
    let instances: Vec<String> = known
        .iter()
        .filter(|s| s.name == stage)
        .map(|s| format!("'{pipeline}/{}'", s.id))
        .collect();
    if instances.len() > 1 {
        let message = format!("stage '{stage}' of '{pipeline}' has {} instances", instances.len());
        return Failure::usage("several_instances", message)
            .hint(format!("name one: {}", instances.join(", ")));
    }
    let known: Vec<String> = known.into_iter().map(|known| known.id.0).collect();
    if !known.is_empty() && !known.iter().any(|id| id == stage) {
        let message = format!("pipeline '{pipeline}' has no stage '{stage}'");
        return Failure::usage("unknown_stage", message)
            .hint(nearest_or_all(stage, "stages", &known));
    }
    let names: Vec<String> = fs_err::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let hint = nearest(stage, &names)
        .unwrap_or_else(|| format!("run it first: partita run {pipeline} --until {stage}"));
    Failure::usage("no_outputs", format!("stage '{stage}' of '{pipeline}' has no outputs yet"))
        .hint(hint)
}
