//! Which Parquet file a target names: a path, a stage's only table, or one of its tables.

use super::super::super::failure::Failure;
use super::super::super::project;
use crate::spec;
use crate::text::suggest;
use std::path::{Path, PathBuf};

/// Folders below one that are looked through: a stage keeps its tables near, and a slip of the finger names `/`.
const DEEP: usize = 3;
/// Tables that a hint names.
const NAMED: usize = 6;

/// The Parquet file that `target` names, seen from the folder `start`.
pub(super) fn find(start: &Path, target: &str) -> Result<PathBuf, Failure> {
    let as_path = start.join(target);
    let pipeline = target.ends_with(".yaml") || target.ends_with(".yml");
    if target.is_empty() || pipeline {
        return Err(no_stage(start, target));
    }
    if as_path.is_file() {
        return Ok(as_path);
    }
    if as_path.is_dir() && !tables_in(&as_path).is_empty() {
        return only_table(&as_path, target, target);
    }
    let Some((pipeline, rest)) = parts(target) else {
        return Err(no_stage(start, target));
    };
    let root = match project::root(start) {
        // Outside a project a target can only be a path.
        Err(_) if target.ends_with(".parquet") => return Err(no_file(&as_path, target)),
        root => root?,
    };
    let pipeline_file = match spec::locate(&root, pipeline) {
        Ok(file) => file,
        // A folder that is there: a path was meant, not a pipeline.
        Err(_) if as_path.parent().is_some_and(Path::is_dir) => {
            return Err(no_file(&as_path, target));
        }
        Err(error) => return Err(error.into()),
    };
    let name = pipeline_file.file_stem().map_or(pipeline.into(), |stem| stem.to_string_lossy());
    let store = project::store_to_read(&root)?;
    // A matrix value may hold a slash: of all that could be the stage, the longest is.
    let splits = rest.match_indices('/').map(|(at, _)| (&rest[..at], &rest[at + 1..]));
    let splits: Vec<(&str, &str)> = splits.chain([(rest, "")]).collect();
    let folder = |stage: &str| store.layout().visible(&name, stage);
    if let Some((stage, table)) = splits.into_iter().rev().find(|(stage, _)| folder(stage).is_dir())
    {
        let folder = folder(stage);
        let shown = format!("{pipeline}/{stage}");
        return match table {
            "" => only_table(&folder, &shown, stage),
            table => named_table(&folder, &shown, table),
        };
    }
    Err(no_outputs(&root, pipeline, rest))
}

/// Pipeline and stage; the pipeline may be the path of its file.
fn parts(target: &str) -> Option<(&str, &str)> {
    let ends = [".yaml/", ".yml/"];
    let file = ends.iter().find_map(|end| target.find(end).map(|at| at + end.len() - 1));
    let (pipeline, stage) = match file {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => target.split_once('/')?,
    };
    let stage = stage.trim_end_matches('/');
    (!pipeline.is_empty() && !stage.is_empty()).then_some((pipeline, stage))
}

/// The Parquet files below `folder`, as paths within it: those less deep first, then by name.
fn tables_in(folder: &Path) -> Vec<String> {
    let mut tables = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(DEEP).into_iter().flatten() {
        let parquet = entry.path().extension().is_some_and(|extension| extension == "parquet");
        if let (true, Ok(within)) = (parquet, entry.path().strip_prefix(folder)) {
            tables.push(within.to_string_lossy().into_owned());
        }
    }
    tables.sort_by_key(|table| (table.matches('/').count(), table.clone()));
    tables
}

fn only_table(folder: &Path, target: &str, stage: &str) -> Result<PathBuf, Failure> {
    let tables = tables_in(folder);
    match &tables[..] {
        [] => Err(Failure::usage("no_table", format!("'{stage}' made no Parquet file"))
            .hint("tables are made by scan, extract, train, generate and evaluate")),
        [only] => Ok(folder.join(only)),
        several => {
            let message = format!("'{stage}' made {} Parquet files", several.len());
            Err(Failure::usage("several_tables", message).hint(named(target, several)))
        }
    }
}

fn named_table(folder: &Path, target: &str, table: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(table);
    // A path that climbs out of the folder is no table of the stage.
    let tables = tables_in(folder);
    if path.is_file() && (tables.iter().any(|known| known == table)) {
        return Ok(path);
    }
    let by_name = |known: &&String| known.rsplit('/').next() == Some(table);
    if let Some(found) = tables.iter().find(by_name) {
        return Ok(folder.join(found));
    }
    let message = format!("'{target}' made no Parquet file '{table}'");
    let hint = suggest::did_you_mean(table, &tables);
    let hint = match (hint, tables.is_empty()) {
        (Some(hint), _) => hint,
        (None, true) => "it made no Parquet file at all".to_owned(),
        (None, false) => named(target, &tables),
    };
    Err(Failure::usage("no_table", message).hint(hint))
}

fn named(target: &str, tables: &[String]) -> String {
    let target = target.trim_end_matches('/');
    let names = tables.iter().take(NAMED).map(|table| format!("{target}/{table}"));
    let names: Vec<String> = names.collect();
    let more = if tables.len() > NAMED { ", ..." } else { "" };
    format!("name one: {}{more}", names.join(", "))
}

/// A path that leads nowhere.
fn no_file(path: &Path, target: &str) -> Failure {
    let folder = path.parent().unwrap_or(path);
    let message = format!("there is no file '{target}'");
    if !folder.is_dir() {
        return Failure::usage("no_such_file", message)
            .hint("a target is a .parquet file or PIPELINE/STAGE, for example demo/catalog");
    }
    let beside: Vec<String> =
        tables_in(folder).into_iter().filter(|table| !table.contains('/')).collect();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let near = suggest::did_you_mean(&name.unwrap_or_default(), &beside);
    let hint = match (near, beside.is_empty()) {
        (Some(near), _) => near,
        (None, true) => "there is no Parquet file in that folder".to_owned(),
        (None, false) => format!("Parquet files there: {}", beside.join(", ")),
    };
    Failure::usage("no_such_file", message).hint(hint)
}

/// A target without a slash: a pipeline's name perhaps, or a file's.
fn no_stage(start: &Path, target: &str) -> Failure {
    if target.ends_with(".parquet") {
        return no_file(&start.join(target), target);
    }
    let target = target.trim_end_matches('/');
    let message = format!("'{target}' is no .parquet file and no stage");
    let failure = Failure::usage("target", message);
    let Ok(root) = project::root(start) else {
        return failure.hint("for example: partita stats demo/catalog");
    };
    let stages = match spec::locate(&root, target) {
        Ok(_) => project::load(&root, target, &[]).map(|found| found.stages).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    if stages.is_empty() {
        return failure.hint("for example: partita stats demo/catalog");
    }
    let stages: Vec<String> = stages.iter().map(|stage| format!("{target}/{}", stage.id)).collect();
    failure.hint(format!("name a stage: {}", stages.join(", ")))
}

/// A stage without a folder: unknown, one of several instances, or not run yet.
fn no_outputs(root: &Path, pipeline: &str, stage: &str) -> Failure {
    let known = match project::load(root, pipeline, &[]) {
        Ok(pipeline) => pipeline.stages,
        Err(failure) => return failure,
    };
    let asked = stage.split(['[', '/']).next().unwrap_or(stage);
    let instances: Vec<String> = known
        .iter()
        .filter(|known| known.name == asked)
        .map(|known| format!("'{pipeline}/{}'", known.id))
        .collect();
    let ids: Vec<String> = known.iter().map(|known| known.id.0.clone()).collect();
    let exact = ids.iter().any(|id| id == stage);
    if !exact && instances.len() > 1 {
        let message = match stage == asked {
            true => format!("stage '{stage}' of '{pipeline}' has {} instances", instances.len()),
            false => format!("stage '{asked}' of '{pipeline}' has no instance '{stage}'"),
        };
        let hint = format!("name one: {}", instances.join(", "));
        return Failure::usage("several_instances", message).hint(hint);
    }
    if !exact && instances.is_empty() {
        let message = format!("pipeline '{pipeline}' has no stage '{stage}'");
        return Failure::usage("unknown_stage", message).hint(project::stage_hint(stage, &ids));
    }
    let message = format!("stage '{asked}' of '{pipeline}' has no outputs yet");
    Failure::usage("no_outputs", message)
        .hint(format!("run it first: partita run {pipeline} --until {asked}"))
}
