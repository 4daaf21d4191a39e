//! Finds the Parquet file that a target names: a path, a stage's only table, or one of its tables.

use super::{Failure, PipelineArgs, project};
use crate::cli::failure::stage_hint;
use crate::spec::{self, Pipeline};
use crate::store::Layout;
use crate::text::suggest::did_you_mean;
use std::path::{Path, PathBuf};

/// Depth of the search for tables in a folder. Stages keep their tables near; a mistyped target may be `/`.
const MAX_DEPTH: usize = 3;
/// Tables listed in a hint.
const MAX_LISTED: usize = 6;
/// Hint for a target that names nothing.
const EXAMPLE: &str = "for example: partita stats demo/catalog";

/// A table that a target names.
pub(super) struct Target {
    /// Its file.
    pub(super) path: PathBuf,
    /// Its pipeline, if the target is a stage.
    pipeline: Option<Outputs>,
}

/// The outputs of a pipeline.
struct Outputs {
    /// The project's folder.
    root: PathBuf,
    /// The pipeline, as the target names it.
    pipeline: String,
    /// The pipeline's name.
    name: String,
    layout: Layout,
}

impl Target {
    /// Returns the tables of all stages of the pipeline; empty if the target is no stage.
    pub(super) fn stage_tables(&self) -> Vec<StageTable> {
        let Some(Outputs { root, pipeline, name, layout }) = &self.pipeline else {
            return Vec::new();
        };
        let stages = load(root, pipeline).map(|pipeline| pipeline.stages).unwrap_or_default();
        let tables = |stage: &str| stage_tables(stage, &layout.visible(name, stage));
        stages.iter().flat_map(|stage| tables(&stage.id.0)).collect()
    }
}

/// The table of a stage.
pub(super) struct StageTable {
    /// The stage's name; with the file's name after `_` if the stage made several tables.
    pub(super) name: String,
    /// Its file.
    pub(super) path: PathBuf,
}

/// Returns the table that `target` names, relative to the folder `start`.
pub(super) fn find(start: &Path, target: &str) -> Result<Target, Failure> {
    let alone = |path: PathBuf| Target { path, pipeline: None };
    let as_path = start.join(target);
    if target.is_empty() || target.ends_with(".yaml") || target.ends_with(".yml") {
        return Err(no_stage(start, target));
    }
    if as_path.is_file() {
        return Ok(alone(as_path));
    }
    if as_path.is_dir() && !tables_in(&as_path).is_empty() {
        return only_table(&as_path, target, target).map(alone);
    }
    let (pipeline, rest) = split_target(target).ok_or_else(|| no_stage(start, target))?;
    let root = match project::root(start) {
        // Outside a project, a target can only be a path.
        Err(_) if target.ends_with(".parquet") => return Err(no_file(&as_path, target)),
        root => root?,
    };
    let in_folder = as_path.parent().is_some_and(Path::is_dir);
    let pipeline_file = match spec::locate(&root, pipeline) {
        Ok(file) => file,
        // In an existing folder, the target is a path.
        Err(_) if in_folder => return Err(no_file(&as_path, target)),
        Err(error) => return Err(error.into()),
    };
    let name = pipeline_file.file_stem().map_or(pipeline.into(), |stem| stem.to_string_lossy());
    let store = project::store_to_read(&root)?;
    let folder = |stage: &str| store.layout.visible(&name, stage);
    // A matrix value may contain a slash, so the longest part that is a stage's folder is the stage.
    let shorter = rest.rmatch_indices('/').map(|(at, _)| (&rest[..at], &rest[at + 1..]));
    let mut splits = std::iter::once((rest, "")).chain(shorter);
    let found = splits.find(|(stage, _)| store.files.is_folder(&folder(stage)));
    let (stage, table) = found.ok_or_else(|| no_outputs(&root, pipeline, rest))?;
    let shown = format!("{pipeline}/{stage}");
    let path = match table {
        "" => only_table(&folder(stage), &shown, stage)?,
        table => named_table(&folder(stage), &shown, table)?,
    };
    let (pipeline, name) = (pipeline.to_owned(), name.into_owned());
    let outputs = Outputs { root, pipeline, name, layout: store.layout };
    Ok(Target { path, pipeline: Some(outputs) })
}

/// Returns the tables of a stage, by its name.
fn stage_tables(stage: &str, folder: &Path) -> Vec<StageTable> {
    let files = if folder.is_dir() { tables_in(folder) } else { Vec::new() };
    let is_only = files.len() == 1;
    let name = |file: &str| match is_only {
        true => stage.to_owned(),
        false => {
            let name = file.rsplit('/').next().unwrap_or(file);
            format!("{stage}_{}", name.trim_end_matches(".parquet"))
        }
    };
    files.iter().map(|file| StageTable { name: name(file), path: folder.join(file) }).collect()
}

/// Loads a pipeline without settings.
fn load(root: &Path, name: &str) -> Result<Pipeline, Failure> {
    project::load(root, &PipelineArgs { name: name.to_owned(), set: Vec::new() })
}

/// Splits a target into pipeline and rest; the pipeline may be the path of its file.
fn split_target(target: &str) -> Option<(&str, &str)> {
    let extensions = [".yaml/", ".yml/"];
    let file = extensions.iter().find_map(|end| target.find(end).map(|at| at + end.len() - 1));
    let (pipeline, rest) = match file {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => target.split_once('/')?,
    };
    let rest = rest.trim_end_matches('/');
    (!pipeline.is_empty() && !rest.is_empty()).then_some((pipeline, rest))
}

/// Returns the Parquet files in `folder` as relative paths, sorted by depth, then by name.
fn tables_in(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).max_depth(MAX_DEPTH).into_iter().flatten();
    let tables = entries.filter(|entry| entry.path().extension().is_some_and(|it| it == "parquet"));
    let relative =
        tables.filter_map(|table| table.path().strip_prefix(folder).ok().map(Path::to_owned));
    let mut tables: Vec<String> =
        relative.map(|path| path.to_string_lossy().into_owned()).collect();
    tables.sort_by_key(|table| (table.matches('/').count(), table.clone()));
    tables
}

fn only_table(folder: &Path, target: &str, stage: &str) -> Result<PathBuf, Failure> {
    match &tables_in(folder)[..] {
        [] => Err(Failure::usage("no_table", format!("'{stage}' made no Parquet file"))
            .hint("tables are made by scan, extract, train, generate and evaluate")),
        [only] => Ok(folder.join(only)),
        several => {
            let message = format!("'{stage}' made {} Parquet files", several.len());
            Err(Failure::usage("several_tables", message).hint(list_tables(target, several)))
        }
    }
}

fn named_table(folder: &Path, target: &str, table: &str) -> Result<PathBuf, Failure> {
    let tables = tables_in(folder);
    // Only listed tables: a path may lead out of the folder.
    let exact = tables.iter().find(|known| *known == table);
    let by_name = || tables.iter().find(|known| known.rsplit('/').next() == Some(table));
    if let Some(found) = exact.or_else(by_name) {
        return Ok(folder.join(found));
    }
    let hint = did_you_mean(table, &tables).unwrap_or_else(|| match tables.is_empty() {
        true => "it made no Parquet file at all".to_owned(),
        false => list_tables(target, &tables),
    });
    let message = format!("'{target}' made no Parquet file '{table}'");
    Err(Failure::usage("no_table", message).hint(hint))
}

fn list_tables(target: &str, tables: &[String]) -> String {
    let target = target.trim_end_matches('/');
    let names = tables.iter().take(MAX_LISTED);
    let names: Vec<String> = names.map(|table| format!("{target}/{table}")).collect();
    let more = if tables.len() > MAX_LISTED { ", ..." } else { "" };
    format!("name one: {}{more}", names.join(", "))
}

/// The failure for a path without a file.
fn no_file(path: &Path, target: &str) -> Failure {
    let failure = Failure::usage("no_such_file", format!("there is no file '{target}'"));
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() {
        return failure
            .hint("a target is a .parquet file or PIPELINE/STAGE, for example demo/catalog");
    }
    let mut tables = tables_in(folder);
    tables.retain(|table| !table.contains('/'));
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    failure.hint(did_you_mean(&name, &tables).unwrap_or_else(|| match tables.is_empty() {
        true => "there is no Parquet file in that folder".to_owned(),
        false => format!("Parquet files there: {}", tables.join(", ")),
    }))
}

/// The failure for a target without a stage: perhaps a pipeline's or a file's name.
fn no_stage(start: &Path, target: &str) -> Failure {
    if target.ends_with(".parquet") {
        return no_file(&start.join(target), target);
    }
    let target = target.trim_end_matches('/');
    let failure = Failure::usage("target", format!("'{target}' is no .parquet file and no stage"));
    let pipeline = project::root(start).ok().filter(|root| spec::locate(root, target).is_ok());
    let pipeline = pipeline.and_then(|root| load(&root, target).ok());
    let stages = pipeline.map(|pipeline| pipeline.stages).unwrap_or_default();
    let stages: Vec<String> = stages.iter().map(|stage| format!("{target}/{}", stage.id)).collect();
    match stages.is_empty() {
        true => failure.hint(EXAMPLE),
        false => failure.hint(format!("name a stage: {}", stages.join(", "))),
    }
}

/// The failure for a stage without outputs: unknown, one of several instances, or not run yet.
fn no_outputs(root: &Path, pipeline: &str, stage: &str) -> Failure {
    let known = match load(root, pipeline) {
        Ok(pipeline) => pipeline.stages,
        Err(failure) => return failure,
    };
    let name = stage.split(['[', '/']).next().unwrap_or(stage);
    let instances = known.iter().filter(|known| known.name == name);
    let instances: Vec<_> = instances.map(|known| format!("'{pipeline}/{}'", known.id)).collect();
    let ids: Vec<String> = known.iter().map(|known| known.id.0.clone()).collect();
    let is_known = ids.iter().any(|id| id == stage);
    if !is_known && instances.is_empty() {
        let message = format!("pipeline '{pipeline}' has no stage '{stage}'");
        return Failure::usage("unknown_stage", message).hint(stage_hint(stage, &ids));
    }
    if !is_known && instances.len() > 1 {
        let message = match stage == name {
            true => format!("stage '{stage}' of '{pipeline}' has {} instances", instances.len()),
            false => format!("stage '{name}' of '{pipeline}' has no instance '{stage}'"),
        };
        let hint = format!("name one: {}", instances.join(", "));
        return Failure::usage("several_instances", message).hint(hint);
    }
    Failure::usage("no_outputs", format!("stage '{name}' of '{pipeline}' has no outputs yet"))
        .hint(format!("run it first: partita run {pipeline} --until {name}"))
}
