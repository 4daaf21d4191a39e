//! Files of one input whose names collide: several patterns have several folders to start from.

use crate::plan::SnapshotFile;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Two files of one input that have the same name, or the name of a folder of the other.
#[derive(Debug)]
pub struct EqualNames {
    /// The name.
    name: String,
    /// The files, relative to the project if inside.
    files: [PathBuf; 2],
}

impl fmt::Display for EqualNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.files.each_ref().map(|path| path.display());
        write!(f, "has two files with the name '{}': {first} and {second}", self.name)
    }
}

impl EqualNames {
    /// Returns how to keep the files apart.
    pub fn hint(&self) -> String {
        let [first, second] = &self.files;
        let above = first.ancestors().skip(1).find(|folder| second.starts_with(folder));
        let above = above.unwrap_or(Path::new("")).join("**");
        let pattern = above.join(Path::new(&self.name).extension().map_or_else(
            || "*".to_owned(),
            |extension| format!("*.{}", extension.to_string_lossy()),
        ));
        let pattern = pattern.display();
        format!(
            "write one pattern that starts above both, such as '{pattern}': then names include folders; \
             or make them two inputs"
        )
    }
}

/// Checks that no two files, sorted by path, have the same place in a folder of all.
pub(super) fn check_names(files: &[SnapshotFile], root: &Path) -> Result<(), EqualNames> {
    let shown = |file: &SnapshotFile| {
        file.location.strip_prefix(root).unwrap_or(&file.location).to_path_buf()
    };
    let refused = |a: &SnapshotFile, b: &SnapshotFile| {
        Err(EqualNames { name: a.path.clone(), files: [shown(a), shown(b)] })
    };
    let mut by_path: HashMap<&str, &SnapshotFile> = HashMap::new();
    for file in files {
        if let Some(first) = by_path.insert(&file.path, file) {
            return refused(first, file);
        }
    }
    for file in files {
        let mut folders = file.path.match_indices('/').map(|(slash, _)| &file.path[..slash]);
        if let Some(outer) = folders.find_map(|folder| by_path.get(folder)) {
            return refused(outer, file);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(files: &[(&str, &str)]) -> Option<String> {
        let file = |&(path, location): &(&str, &str)| SnapshotFile {
            path: path.into(),
            location: location.into(),
            content: None,
        };
        let files: Vec<_> = files.iter().map(file).collect();
        check_names(&files, Path::new("/p")).err().map(|error| format!("{error}; {}", error.hint()))
    }

    #[test]
    fn files_whose_names_collide_are_refused() {
        assert_eq!(error(&[("a", "/p/x/a"), ("b/a", "/p/y/b/a"), ("b-", "/p/b-")]), None);
        let equal = error(&[("a.csv", "/p/d/x/a.csv"), ("a.csv", "/p/d/y/a.csv")]).unwrap();
        assert!(equal.contains("'a.csv': d/x/a.csv and d/y/a.csv"), "{equal}");
        assert!(equal.contains("'d/**/*.csv'"), "{equal}");
        let nested = error(&[("a", "/p/x/a"), ("a-", "/p/a-"), ("a/b", "/q/a/b")]).unwrap();
        assert!(nested.contains("'a': x/a and /q/a/b"), "{nested}");
    }
}
