//! Copies blobs to paths where the user may open them.

use super::record::OutputFile;
use super::{Result, Store};
use std::path::Path;

/// How a blob is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyMode {
    /// A reflink or a copy, so that an edit never reaches the blob.
    Copy,
    /// A reflink or a copy of a small blob, a hard link to a large one. For run folders, in which a second
    /// copy of a model would waste space.
    LinkIfLarge,
}

/// Size in bytes above which [`CopyMode::LinkIfLarge`] links.
const LARGE: u64 = 4 << 20;

impl Store {
    /// Copies an output of a record to a path that does not exist yet, creating its folders.
    ///
    /// # Errors
    /// Returns an error if the blob cannot be read or the target cannot be written.
    pub fn materialize(&self, file: &OutputFile, target: &Path, mode: CopyMode) -> Result<()> {
        if file.is_folder() {
            return Ok(self.files.create_all(target)?);
        }
        self.files.create_all(target.parent().unwrap_or(&self.layout.root))?;
        let blob = self.layout.blob(&file.digest);
        // A program is executable, so it cannot be a hard link to the blob.
        let links = mode == CopyMode::LinkIfLarge && file.size > LARGE && !file.executable;
        if links && self.files.link(&blob, target)? {
            return Ok(());
        }
        Ok(self.files.copy(&blob, target, file.executable)?)
    }
}
