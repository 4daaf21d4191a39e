//! Projects, and the pipelines in them.

use super::error::{LocatedError, SpecError};
use super::error_kind::SpecErrorKind;
use super::load;
use super::suggest;
use std::path::{Path, PathBuf};

/// Folders under `artifacts/` that are no pipeline's.
const RESERVED: [&str; 3] = ["store", "work", "runs"];
const EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// A file under `pipelines/`.
#[derive(Debug)]
pub struct PipelineEntry {
    /// The file's stem.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// `about:` (empty when it says nothing), or why the file or its name will not do.
    pub about: Result<String, SpecError>,
}

/// The project that `start` lies in: the nearest folder upward that holds `pipelines/`.
///
/// # Errors
/// There is none.
pub fn find_project(start: &Path) -> Result<PathBuf, SpecError> {
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let project = absolute.ancestors().find(|folder| folder.join("pipelines").is_dir());
    project.map(Path::to_owned).ok_or_else(|| {
        let hint = "change into a project, or name one by -C DIR".to_owned();
        SpecErrorKind::NoProject(absolute.clone()).alone(Some(hint))
    })
}

/// All pipelines of a project, sorted by name. Nothing but their `about:` is checked.
#[must_use]
pub fn list(root: &Path) -> Vec<PipelineEntry> {
    let Ok(folder) = fs_err::read_dir(root.join("pipelines")) else {
        return Vec::new();
    };
    let files = folder.flatten().map(|entry| entry.path()).filter(|path| is_yaml(path));
    let mut entries: Vec<_> = files
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let about = check_name(&name).and_then(|()| load::about(&path, root));
            PipelineEntry { name, path, about }
        })
        .collect();
    entries.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    entries
}

/// The file that a person means: `demo` is `pipelines/demo.yaml` (or `.yml`); what ends in `.yaml`
/// or `.yml` is a path, from here, from the project or from its `pipelines/`.
///
/// # Errors
/// There is no such pipeline, two of them, or its name will not do.
pub fn locate(root: &Path, name_or_path: &str) -> Result<PathBuf, SpecError> {
    let folder = root.join("pipelines");
    let path = Path::new(name_or_path);
    if is_yaml(path) {
        let places = [path.to_owned(), root.join(path), folder.join(path)];
        let found = places.into_iter().find(|place| place.is_file());
        return found.ok_or_else(|| unknown(root, name_or_path));
    }
    check_name(name_or_path)?;
    let places = EXTENSIONS.map(|extension| folder.join(format!("{name_or_path}.{extension}")));
    match places.each_ref().map(|place| place.is_file()) {
        [true, true] => Err(SpecErrorKind::AmbiguousPipeline(name_or_path.to_owned())
            .alone(Some("delete one, or name a path".to_owned()))),
        [true, false] => Ok(places[0].clone()),
        [false, true] => Ok(places[1].clone()),
        [false, false] => Err(unknown(root, name_or_path)),
    }
}

/// The name of the pipeline in a file: its stem.
pub(crate) fn name_of(path: &Path) -> Result<String, SpecError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    check_name(&stem)?;
    Ok(stem.into_owned())
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

/// A pipeline's name is a folder's name under `artifacts/`.
fn check_name(name: &str) -> Result<(), SpecError> {
    if RESERVED.contains(&name) {
        return Err(SpecErrorKind::ReservedPipelineName(name.to_owned()).alone(None));
    }
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    let why = match name.chars().find(|&c| !fits(c)) {
        None if name.is_empty() => "it is empty",
        None if name.starts_with(['.', '-', ' ']) => "it begins with '.', '-' or a space",
        None if name.ends_with(['.', ' ']) => "it ends in '.' or a space",
        None if name.len() > 100 => "it is longer than 100 bytes",
        None => return Ok(()),
        Some('/') => "it holds '/'",
        Some(_) => "only letters, digits, '_', '-', '.' and spaces make one",
    };
    let hint = "a name stands for pipelines/NAME.yaml, a path ends in .yaml".to_owned();
    Err(SpecErrorKind::InvalidPipelineName(name.to_owned(), why).alone(Some(hint)))
}

fn unknown(root: &Path, name: &str) -> SpecError {
    let mut names: Vec<String> = list(root).into_iter().map(|entry| entry.name).collect();
    names.dedup();
    let names = names.iter().map(String::as_str);
    let hint = suggest::or_list(name, "pipelines", names);
    let otherwise = || match list(root).len() {
        0 => format!("{} holds no pipelines", root.join("pipelines").display()),
        count => format!("'partita list' shows all {count}"),
    };
    SpecErrorKind::UnknownPipeline(name.to_owned()).alone(Some(hint.unwrap_or_else(otherwise)))
}

/// A file's path as errors show it: relative to the project where it lies inside.
pub(crate) fn shown(path: &Path, root: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

impl LocatedError {
    /// The error without settings.
    pub(crate) fn in_file(self, path: &Path, root: &Path) -> SpecError {
        self.into_error(&shown(path, root), &[])
    }
}
