//! The files that a [`FilePattern`] names.

use super::error::{LocatedError, Location, SpecError, SpecResult};
use super::error_kind::SpecErrorKind;
use super::glob;
use super::model::{FilePattern, Position};
use super::vars::Piece;
use globset::GlobSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A file that a pattern names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedFile {
    /// Path below [`FilePattern::base`], with `/` between names. A byte that is not UTF-8 is
    /// shown as `\xNN` (and a backslash before `xNN` as `\x5C`), so that two files never share it.
    pub relative: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Tells which relative paths a pattern names: `*` and `?` do not cross `/`, the extension
/// matches in any case, hidden names are names like any other.
#[derive(Debug, Clone)]
pub struct Matcher(GlobSet);

impl Matcher {
    /// Whether the pattern names this path below its base.
    #[must_use]
    pub fn is_match(&self, relative: &Path) -> bool {
        self.0.is_match(relative)
    }
}

/// The matcher of a pattern.
///
/// # Errors
/// A malformed pattern, which [`load`](super::load()) would have refused. `file` is the pipeline
/// file that the error shows.
pub fn matcher(pattern: &FilePattern, file: &Path) -> Result<Matcher, SpecError> {
    Ok(Matcher(compile(pattern).map_err(|finding| finding.into_error(file, &[]))?.0))
}

/// All files that a pattern names, sorted by relative path. Symbolic links are followed, but
/// never back into a folder that holds them; one that leads nowhere is listed, so that whoever
/// reads it says so. Files that vanish during the walk are left out.
///
/// # Errors
/// The folder or file does not exist, is of the wrong sort, or a folder cannot be read; placed in
/// `file`, the pipeline file. A pattern that names nothing is no error: an empty list.
pub fn list(pattern: &FilePattern, file: &Path) -> Result<Vec<NamedFile>, SpecError> {
    walk(pattern).map_err(|finding| finding.into_error(file, &[]))
}

/// The folders in which a change may change what [`list`] answers, or what its files hold: those that
/// the pattern looks into, and those that symbolic links lead to from there. Nothing below `skip` is
/// entered, unless the pattern begins there. Where the base is missing: the nearest folder above it.
#[must_use]
pub fn folders(pattern: &FilePattern, skip: &Path) -> Vec<PathBuf> {
    let Some(base) = pattern.base.ancestors().find(|folder| folder.is_dir()) else {
        return Vec::new();
    };
    let deepest = match (glob::literal(&pattern.pattern), compile(pattern)) {
        _ if base != pattern.base => 1,
        (Some(_), _) | (_, Err(_)) => 1,
        (None, Ok((_, deepest))) => deepest.unwrap_or(usize::MAX),
    };
    let begins_there = base.starts_with(skip);
    let mut folders = Vec::new();
    // What cannot be entered cannot be watched; that it cannot be read is told by `list`.
    let walk = WalkDir::new(base).follow_links(true).max_depth(deepest).into_iter();
    for entry in walk.filter_entry(|entry| begins_there || entry.path() != skip).flatten() {
        if entry.file_type().is_dir() && entry.depth() < deepest {
            folders.push(entry.path().to_owned());
        }
        if entry.path_is_symlink() {
            let target = entry.path().canonicalize().ok();
            folders.extend(target.iter().filter_map(|path| path.parent()).map(Path::to_owned));
        }
    }
    folders
}

/// Splits a path or glob into literal folder and pattern.
pub(crate) fn split(pieces: &[Piece], root: &Path, location: Location) -> SpecResult<FilePattern> {
    let glyphs = glob::glyphs(pieces);
    let written: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let bad = |why: &str| {
        SpecErrorKind::BadPattern { pattern: written.clone(), why: why.to_owned() }.at(location)
    };
    if written.is_empty() || written.contains('\0') {
        return Err(bad("it names no file"));
    }
    let wild = glyphs.iter().position(glob::begins_glob);
    let end = match wild {
        Some(_) => glyphs.len(),
        // `data/vgm/` is the folder `data/vgm`.
        None => glyphs.iter().rposition(|&(c, _)| c != '/').map_or(1, |last| last + 1),
    };
    if glyphs[end - 1].0 == '/' && wild.is_some() {
        return Err(bad("it ends in '/' and names no files").hint("add '**/*.mid'".to_owned()));
    }
    let cut = glyphs[..wild.unwrap_or(end)].iter().rposition(|&(c, _)| c == '/');
    let (folder, rest) = match cut {
        Some(slash) => (&glyphs[..slash.max(1)], &glyphs[slash + 1..end]),
        None => (&glyphs[..0], &glyphs[..end]),
    };
    let folder: String = folder.iter().map(|&(c, _)| c).collect();
    let base = match folder.strip_prefix('~') {
        Some(below) if below.is_empty() || below.starts_with('/') => {
            let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
            let home = home.ok_or_else(|| SpecErrorKind::NoHome(written.clone()).at(location))?;
            Path::new(&home).join(below.trim_start_matches('/'))
        }
        _ if folder.is_empty() => root.to_owned(),
        _ => root.join(folder),
    };
    let position = location.position().unwrap_or(Position { line: 1, column: 1 });
    let pattern = FilePattern { base, pattern: glob::pattern(rest), written, position };
    compile(&pattern).map_err(|finding| finding.at_location(location))?;
    Ok(pattern)
}

fn compile(pattern: &FilePattern) -> SpecResult<(GlobSet, Option<usize>)> {
    glob::compile(&pattern.pattern).map_err(|why| {
        fault(pattern, SpecErrorKind::BadPattern { pattern: pattern.written.clone(), why })
    })
}

fn fault(pattern: &FilePattern, fault: SpecErrorKind) -> Box<LocatedError> {
    fault.at(Location::File(pattern.position))
}

fn walk(pattern: &FilePattern) -> SpecResult<Vec<NamedFile>> {
    if let Some(name) = glob::literal(&pattern.pattern) {
        return one(pattern, &name);
    }
    let (set, deepest) = compile(pattern)?;
    match fs_err::metadata(&pattern.base) {
        Ok(base) if base.is_dir() => {}
        Ok(_) => {
            let (written, path) = (pattern.written.clone(), pattern.base.clone());
            return Err(fault(pattern, SpecErrorKind::NotAFolder { written, path }));
        }
        Err(error) => return Err(unreached(pattern, &pattern.base, &error)),
    }
    let mut files = Vec::new();
    let walk = WalkDir::new(&pattern.base).follow_links(true).min_depth(1);
    for entry in walk.max_depth(deepest.unwrap_or(usize::MAX)) {
        let path = match entry {
            Ok(entry) if entry.file_type().is_file() => entry.into_path(),
            Ok(_) => continue,
            Err(error) if error.loop_ancestor().is_some() => continue,
            Err(error) => match lost(&error) {
                Lost::Dangling(path) => path,
                Lost::Vanished => continue,
                Lost::Unreadable(path, error) => return Err(unreached(pattern, &path, &error)),
            },
        };
        let relative = path.strip_prefix(&pattern.base).unwrap_or(&path);
        if set.is_match(relative) {
            files.push(NamedFile { relative: shown(relative), path });
        }
    }
    files.sort();
    Ok(files)
}

/// A path without wildcards.
fn one(pattern: &FilePattern, name: &str) -> SpecResult<Vec<NamedFile>> {
    let path = pattern.base.join(name);
    let metadata = fs_err::metadata(&path).map_err(|error| unreached(pattern, &path, &error))?;
    if metadata.is_dir() {
        let folder = pattern.written.trim_end_matches('/');
        let hint = format!("to take what it holds, write '{folder}/**/*.mid'");
        return Err(fault(pattern, SpecErrorKind::IsFolder(pattern.written.clone())).hint(hint));
    }
    if !metadata.is_file() {
        return Err(fault(pattern, SpecErrorKind::NotAFile(pattern.written.clone())));
    }
    Ok(vec![NamedFile { relative: shown(Path::new(name)), path }])
}

fn unreached(pattern: &FilePattern, path: &Path, error: &std::io::Error) -> Box<LocatedError> {
    let (written, path) = (pattern.written.clone(), path.to_owned());
    if error.kind() != ErrorKind::NotFound {
        // The text without fs_err's path, which stands in the message already.
        let error = error.raw_os_error().map_or_else(
            || error.kind().to_string(),
            |code| std::io::Error::from_raw_os_error(code).to_string(),
        );
        return fault(pattern, SpecErrorKind::Walk { written, path, error });
    }
    let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let hint = there.and_then(|folder| {
        let missing = path.strip_prefix(folder).ok()?.components().next()?;
        let names: Vec<String> = fs_err::read_dir(folder)
            .ok()?
            .take(1000)
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let missing = missing.as_os_str().to_string_lossy();
        let near = super::suggest::nearest(&missing, names.iter().map(String::as_str))?;
        Some(format!("did you mean '{}'?", folder.join(near).display()))
    });
    fault(pattern, SpecErrorKind::PathMissing { written, path }).hint(hint)
}

enum Lost {
    /// A link that leads nowhere.
    Dangling(PathBuf),
    /// Deleted since its folder was read.
    Vanished,
    Unreadable(PathBuf, std::io::Error),
}

fn lost(error: &walkdir::Error) -> Lost {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let code = error.io_error().and_then(std::io::Error::raw_os_error);
    let error = code.map_or_else(|| ErrorKind::Other.into(), std::io::Error::from_raw_os_error);
    let nowhere = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || path.read_link().is_ok_and(|_| error.kind() != ErrorKind::PermissionDenied);
    match (nowhere, path.is_symlink()) {
        (true, true) => Lost::Dangling(path),
        (true, false) => Lost::Vanished,
        (false, _) => Lost::Unreadable(path, error),
    }
}

/// A path as text that no other path has.
fn shown(relative: &Path) -> String {
    let mut text = String::new();
    for chunk in relative.as_os_str().as_encoded_bytes().utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(start) = rest.find("\\x") {
            text.push_str(&rest[..start]);
            text.push_str("\\x5Cx");
            rest = &rest[start + 2..];
        }
        text.push_str(rest);
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
