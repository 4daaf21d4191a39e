//! The files that match a [`FilePattern`].

use super::glob;
use super::unsearched::Unsearched;
use super::{FilePattern, LocatedError, Location, Piece, SpecError, SpecErrorKind, SpecResult};
use globset::GlobMatcher;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A file that matches a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchedFile {
    /// Path below [`FilePattern::base`], with `/` between names. A byte that is not UTF-8 is
    /// shown as `\xNN` (and a backslash before `xNN` as `\x5C`), so that no two files share it.
    pub relative: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Lists all files that match a pattern, sorted by relative path. Symbolic links are followed, except back into a
/// folder around them; a dangling link is listed, so that reading it reports the error. Files that vanish during
/// the walk are left out, and so are folders in `unsearched`.
///
/// # Errors
/// Returns an error in `file`, the pipeline file, if the base does not exist, is no folder, or a folder cannot be
/// read, or if it is in `unsearched`. A pattern that matches no files is no error: the list is empty.
pub fn list(
    pattern: &FilePattern,
    file: &Path,
    unsearched: &Unsearched,
) -> Result<Vec<MatchedFile>, SpecError> {
    walk(pattern, unsearched).map_err(|error| error.in_file(file, Path::new(""), &[]))
}

/// Lists the folders in which a change may change the result of [`list`] or the content of its files: those that
/// [`list`] reads, and those that symbolic links lead to from there. If the base is missing: the nearest folder above
/// it.
pub fn folders(pattern: &FilePattern, unsearched: &Unsearched) -> Vec<PathBuf> {
    let Some(base) = pattern.base.ancestors().find(|folder| folder.is_dir()) else {
        return Vec::new();
    };
    let deepest = match base == pattern.base && glob::literal(&pattern.pattern).is_none() {
        true => glob::max_depth(&pattern.pattern).unwrap_or(usize::MAX),
        false => 1,
    };
    let mut folders = Vec::new();
    // Folders that cannot be read cannot be watched; `list` reports them.
    let walk = WalkDir::new(base).follow_links(true).max_depth(deepest).into_iter();
    for entry in walk.filter_entry(|entry| !unsearched.contains(entry)).flatten() {
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
    if written.is_empty() || written.contains('\0') {
        return Err(bad_pattern(&written, "it names no file", location));
    }
    let wild = glyphs.iter().position(glob::begins_glob);
    let end = match wild {
        Some(_) => glyphs.len(),
        // `data/vgm/` is the folder `data/vgm`.
        None => glyphs.iter().rposition(|&(c, _)| c != '/').map_or(1, |last| last + 1),
    };
    if glyphs[end - 1].0 == '/' && wild.is_some() {
        let why = "it ends in '/' and names no files";
        return Err(bad_pattern(&written, why, location).hint("add '**/*.mid'"));
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
            let home = home.ok_or_else(|| {
                let message = format!("'{written}' starts in the home folder, but HOME is not set");
                SpecErrorKind::NoHome.at(location, message)
            })?;
            Path::new(&home).join(below.trim_start_matches('/'))
        }
        _ if folder.is_empty() => root.to_owned(),
        _ => root.join(folder),
    };
    let pattern = glob::pattern(rest);
    glob::compile(&pattern).map_err(|why| bad_pattern(&written, &why, location))?;
    let position = location.position().unwrap_or(super::Position::START);
    Ok(FilePattern { base, pattern, written, position })
}

fn bad_pattern(written: &str, why: &str, location: Location) -> Box<LocatedError> {
    SpecErrorKind::BadPattern.at(location, format!("invalid file pattern '{written}': {why}"))
}

impl FilePattern {
    /// Returns whether it has wildcards: then it is a number of files, otherwise one.
    pub fn is_glob(&self) -> bool {
        glob::literal(&self.pattern).is_none()
    }

    /// Returns the file that it names; `None` for a glob.
    pub fn file(&self) -> Option<PathBuf> {
        Some(self.base.join(glob::literal(&self.pattern)?))
    }

    fn error(&self, kind: SpecErrorKind, message: String) -> Box<LocatedError> {
        kind.at(Location::File(self.position), message)
    }

    /// Matches paths relative to the base: `*` and `?` do not cross `/`, the extension matches in any case, hidden
    /// names are names like any other.
    pub(crate) fn matcher(&self) -> SpecResult<GlobMatcher> {
        glob::compile(&self.pattern)
            .map_err(|why| bad_pattern(&self.written, &why, Location::File(self.position)))
    }
}

fn walk(pattern: &FilePattern, unsearched: &Unsearched) -> SpecResult<Vec<MatchedFile>> {
    if unsearched.is_around(&pattern.base) {
        let message = format!("'{}' is among the outputs of the stage itself", pattern.written);
        let hint = "read another stage's outputs by 'from', or copy the files to data/";
        return Err(pattern.error(SpecErrorKind::OwnOutput, message).hint(hint));
    }
    if let Some(name) = glob::literal(&pattern.pattern) {
        return one(pattern, &name);
    }
    let matcher = pattern.matcher()?;
    let base = fs_err::metadata(&pattern.base)
        .map_err(|error| unreachable_path(pattern, &pattern.base, &error))?;
    if !base.is_dir() {
        let message = format!("'{}': {} is not a folder", pattern.written, pattern.base.display());
        let hint = "name a folder before the first wildcard";
        return Err(pattern.error(SpecErrorKind::NotAFolder, message).hint(hint));
    }
    let mut files = Vec::new();
    let deepest = glob::max_depth(&pattern.pattern).unwrap_or(usize::MAX);
    let walk = WalkDir::new(&pattern.base).follow_links(true).min_depth(1).max_depth(deepest);
    for entry in walk.into_iter().filter_entry(|entry| !unsearched.contains(entry)) {
        let path = match entry {
            Ok(entry) if entry.file_type().is_file() => entry.into_path(),
            Ok(_) => continue,
            Err(error) if error.loop_ancestor().is_some() => continue,
            Err(error) => match dangling_link(pattern, &error)? {
                Some(path) => path,
                None => continue,
            },
        };
        let relative = path.strip_prefix(&pattern.base).unwrap_or(&path);
        if matcher.is_match(relative) {
            files.push(MatchedFile { relative: path_text(relative), path });
        }
    }
    files.sort();
    Ok(files)
}

/// The file of a path without wildcards.
fn one(pattern: &FilePattern, name: &str) -> SpecResult<Vec<MatchedFile>> {
    let (path, written) = (pattern.base.join(name), &pattern.written);
    let metadata =
        fs_err::metadata(&path).map_err(|error| unreachable_path(pattern, &path, &error))?;
    if metadata.is_dir() {
        let message = format!("'{written}' is a folder, expected a file or a pattern");
        let folder = written.trim_end_matches('/');
        let hint = format!("for the files in it, write '{folder}/**/*.mid'");
        return Err(pattern.error(SpecErrorKind::IsFolder, message).hint(hint));
    }
    if !metadata.is_file() {
        let message = format!("'{written}' is not a regular file");
        let hint = "copy its content to a file";
        return Err(pattern.error(SpecErrorKind::NotAFile, message).hint(hint));
    }
    Ok(vec![MatchedFile { relative: path_text(Path::new(name)), path }])
}

/// The error of a path that is missing or cannot be read.
fn unreachable_path(
    pattern: &FilePattern,
    path: &Path,
    error: &std::io::Error,
) -> Box<LocatedError> {
    let (written, shown) = (&pattern.written, path.display());
    if error.kind() != ErrorKind::NotFound {
        // The text without fs_err's path, which is in the message already.
        let error = error.raw_os_error().map_or_else(
            || error.kind().to_string(),
            |code| std::io::Error::from_raw_os_error(code).to_string(),
        );
        let message = format!("'{written}': cannot read {shown}: {error}");
        return pattern.error(SpecErrorKind::Walk, message);
    }
    let existing = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let hint = existing.and_then(|folder| {
        let missing = path.strip_prefix(folder).ok()?.components().next()?;
        let entries = fs_err::read_dir(folder).ok()?.take(1000).flatten();
        let names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let missing = missing.as_os_str().to_string_lossy();
        let near = crate::text::suggest::nearest(&missing, names.iter().map(String::as_str))?;
        Some(format!("did you mean '{}'?", folder.join(near).display()))
    });
    let message = format!("'{written}': {shown} does not exist");
    pattern.error(SpecErrorKind::PathMissing, message).maybe_hint(hint)
}

/// The path of a dangling link; `None` for a file deleted since its folder was read.
fn dangling_link(pattern: &FilePattern, error: &walkdir::Error) -> SpecResult<Option<PathBuf>> {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let code = error.io_error().and_then(std::io::Error::raw_os_error);
    let error = code.map_or_else(|| ErrorKind::Other.into(), std::io::Error::from_raw_os_error);
    let is_missing = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || path.read_link().is_ok_and(|_| error.kind() != ErrorKind::PermissionDenied);
    if !is_missing {
        return Err(unreachable_path(pattern, &path, &error));
    }
    Ok(path.is_symlink().then_some(path))
}

/// Returns the path that [`MatchedFile::relative`] shows.
pub fn path_of(relative: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(relative.len());
    let mut rest = relative;
    while let Some((before, escape)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        // A backslash before an `x` that is in the name is escaped itself.
        let byte = escape.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(byte);
        rest = escape.get(2..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    OsString::from_vec(bytes).into()
}

/// Returns a path as text that no other path has, see [`MatchedFile::relative`].
pub fn path_text(relative: &Path) -> String {
    let mut text = String::new();
    for chunk in relative.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace("\\x", "\\x5Cx"));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}
