//! Whether `artifacts/` itself and the store in it may be used. Each may be a link, so that it can be on another
//! disk, but not to anything: a link in a project from a stranger may lead anywhere.

use super::{Files, STORE};
use crate::store::{Result, StoreError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

impl Files {
    /// Opens the files below `root`, after checking it and the store.
    ///
    /// `artifacts/` may lead to a folder that is empty or that this program filled; the store to such a folder on
    /// another disk.
    ///
    /// # Errors
    /// Returns an error if one of the two is a file, or a link to anything else.
    pub(in crate::store) fn open_root(root: PathBuf) -> Result<Self> {
        let mut files = Self::new(root);
        let Some(target) = target(&files.root)? else { return Ok(files) };
        if target.is_link {
            files.check_target(&files.root, &target, is_ours(&target.path))?;
        }
        let store = files.root.join(STORE);
        if let Some(linked) = self::target(&store)?.filter(|store| store.is_link) {
            if linked.device == target.device {
                let what = "is a link to a folder on the same disk";
                return Err(StoreError::UnusableRoot { path: store, what: what.into() });
            }
            files.check_target(&store, &linked, linked.path.join("version").is_file())?;
            files.linked_store = Some(linked.path);
        }
        Ok(files)
    }

    fn check_target(&self, path: &Path, target: &Target, is_ours: bool) -> Result<()> {
        let refuse = |what| Err(StoreError::UnusableRoot { path: path.to_path_buf(), what });
        let project = self.root.parent().and_then(|project| project.canonicalize().ok());
        let is_other = |folder: &&Path| {
            Some(*folder) != project.as_deref() && folder.join("pipelines").is_dir()
        };
        if let Some(other) = target.path.ancestors().skip(1).find(is_other) {
            return refuse(format!("is a link into another project, {}", other.display()));
        }
        if !is_ours && !is_empty(&target.path) {
            let what = "which this program did not write";
            return refuse(format!("is a link to {}, {what}", target.path.display()));
        }
        Ok(())
    }
}

/// A folder, perhaps at the end of a link.
struct Target {
    path: PathBuf,
    is_link: bool,
    device: u64,
}

/// Returns the folder at a path; `None` if nothing is there.
fn target(path: &Path) -> Result<Option<Target>> {
    let Ok(data) = fs_err::symlink_metadata(path) else { return Ok(None) };
    let is_link = data.is_symlink();
    let refuse = |what: &str| StoreError::UnusableRoot { path: path.into(), what: what.into() };
    let target = fs_err::canonicalize(path).and_then(|path| Ok((fs_err::metadata(&path)?, path)));
    match target {
        Ok((data, path)) if data.is_dir() => Ok(Some(Target { path, is_link, device: data.dev() })),
        Ok(_) => Err(refuse("is not a folder")),
        Err(_) => Err(refuse("is a link to a missing folder, or not accessible")),
    }
}

/// Returns whether a folder was filled by this program. The store may have been deleted to free space.
fn is_ours(folder: &Path) -> bool {
    let is_folder =
        |name: &str| fs_err::symlink_metadata(folder.join(name)).is_ok_and(|data| data.is_dir());
    is_folder("store") && folder.join("store/version").is_file()
        || is_folder("runs") && is_folder("work")
}

fn is_empty(folder: &Path) -> bool {
    // A new disk has a folder for damaged files.
    let is_entry = |entry: std::io::Result<fs_err::DirEntry>| {
        entry.map_or(true, |entry| entry.file_name() != "lost+found")
    };
    fs_err::read_dir(folder).is_ok_and(|mut entries| !entries.any(is_entry))
}
