//! Projects, and the pipelines in them.

use super::name::{check_name, name_error};
use super::{SpecError, SpecErrorKind, load};
use crate::text::suggest;
use std::path::{Path, PathBuf};

const EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// A file under `pipelines/`.
#[derive(Debug)]
pub struct PipelineEntry {
    /// The file's stem.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// `about:` (empty if missing), or the error in the file or its name.
    pub about: Result<String, SpecError>,
}

/// Folders of a project in which no other project begins: they hold pipelines, the user's data and outputs, where a
/// folder may be called `pipelines` too.
const PARTS: [&str; 3] = ["artifacts", "data", "pipelines"];

/// Returns the project around `start`: the nearest folder upward that holds `pipelines/`. A folder `pipelines/` without
/// pipelines in it, or below `artifacts`, `data` or `pipelines` of a project, makes no project.
///
/// # Errors
/// Returns an error if there is none.
pub fn find_project(start: &Path) -> Result<PathBuf, SpecError> {
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let holders = absolute.ancestors().filter(|folder| folder.join("pipelines").is_dir());
    let (projects, empty): (Vec<&Path>, Vec<&Path>) =
        holders.partition(|folder| !list_files(folder).is_empty());
    let parts: Vec<PathBuf> =
        projects.iter().flat_map(|outer| PARTS.map(|part| outer.join(part))).collect();
    // A project without any pipeline was just begun.
    let mut nearest = projects.into_iter().chain(empty);
    let nearest = nearest.find(|folder| !parts.iter().any(|part| folder.starts_with(part)));
    nearest.map(Path::to_path_buf).ok_or_else(|| {
        let message = format!("no folder 'pipelines' in {} or above", absolute.display());
        let hint = "change into a project, or name one by -C DIR".to_owned();
        name_error(SpecErrorKind::NoProject, message, Some(hint))
    })
}

/// Lists all pipelines of a project, sorted by name. Of each file only `about:` is checked.
pub fn list(root: &Path) -> Vec<PipelineEntry> {
    let files = list_files(root).into_iter().map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let about = check_name(&name).and_then(|()| load::about(&path, root));
        PipelineEntry { name, path, about }
    });
    let mut entries: Vec<_> = files.collect();
    entries.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    entries
}

/// Lists the files of a project's pipelines.
fn list_files(root: &Path) -> Vec<PathBuf> {
    let Ok(folder) = fs_err::read_dir(root.join("pipelines")) else { return Vec::new() };
    let paths = folder.flatten().map(|entry| entry.path());
    paths.filter(|path| is_yaml(path) && path.is_file()).collect()
}

/// Finds a pipeline's file: `demo` is `pipelines/demo.yaml` (or `.yml`); a text that ends in `.yaml` or `.yml` is a
/// path, relative to the current folder, the project or its `pipelines/`.
///
/// # Errors
/// Returns an error if there is no such pipeline, if there are two, or if the name is not allowed.
pub fn locate(root: &Path, name_or_path: &str) -> Result<PathBuf, SpecError> {
    let folder = root.join("pipelines");
    let path = Path::new(name_or_path);
    if is_yaml(path) {
        let candidates = [path.to_owned(), root.join(path), folder.join(path)];
        let found = candidates.into_iter().find(|path| path.is_file());
        return found.ok_or_else(|| unknown(root, name_or_path));
    }
    check_name(name_or_path)?;
    let candidates = EXTENSIONS.map(|extension| folder.join(format!("{name_or_path}.{extension}")));
    let mut found = candidates.into_iter().filter(|path| path.is_file());
    let first = found.next().ok_or_else(|| unknown(root, name_or_path))?;
    if found.next().is_some() {
        let message = format!("pipeline '{name_or_path}' exists twice: as .yaml and as .yml");
        let hint = "delete one, or name a path".to_owned();
        return Err(name_error(SpecErrorKind::AmbiguousPipeline, message, Some(hint)));
    }
    Ok(first)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

fn unknown(root: &Path, name: &str) -> SpecError {
    let mut names: Vec<String> = list(root).into_iter().map(|entry| entry.name).collect();
    names.dedup();
    let hint = suggest::or_list(name, "pipelines", &names);
    let hint = hint.unwrap_or_else(|| match list(root).len() {
        0 => format!("{} holds no pipelines", root.join("pipelines").display()),
        count => format!("'partita list' shows all {count}"),
    });
    name_error(SpecErrorKind::UnknownPipeline, format!("unknown pipeline '{name}'"), Some(hint))
}
