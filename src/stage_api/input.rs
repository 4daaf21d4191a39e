//! The files that a stage reads.

use super::{Result, StageError};
use crate::fingerprint::{Digest, digest_file};
use crate::spec::StageId;
use crate::spec::files::path_of;
use std::path::{Path, PathBuf};

/// One file of an input.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// The path in the fingerprint: relative to the glob's literal part, or the upstream output's path.
    pub path: String,
    /// Where its bytes are.
    pub location: PathBuf,
    /// Digest of its content; `None` if the file could not be read. The stage reports that itself.
    pub digest: Option<Digest>,
    /// Size in bytes.
    pub size: u64,
    /// Whether an upstream's output is a program.
    pub is_executable: bool,
}

impl InputFile {
    /// Returns its path below the folder of the input, by the names on disk.
    pub fn relative(&self, set: &InputSet) -> PathBuf {
        // Outputs of stages have UTF-8 names, which are not escaped.
        if set.stage.is_some() { PathBuf::from(&self.path) } else { path_of(&self.path) }
    }

    /// Returns whether it is an empty folder among the outputs of a program.
    pub fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    /// Links the unchanged file to a path among a stage's outputs, or copies it if the file system cannot
    /// link. The link is read-only; the store recognizes it and only reads it.
    ///
    /// # Errors
    /// Returns an error if the file can be neither linked nor copied.
    pub fn link_or_copy_to(&self, path: &Path) -> Result<()> {
        if fs_err::hard_link(&self.location, path).is_err() {
            fs_err::copy(&self.location, path)?;
        }
        Ok(())
    }

    /// Returns true if the file's content matches its digest.
    pub fn is_intact(&self) -> bool {
        digest_file(&self.location).is_ok_and(|(digest, _)| Some(digest) == self.digest)
    }
}

/// The files of a `files:` entry, or of one upstream instance.
#[derive(Debug, Clone)]
pub struct InputSet {
    /// The upstream instance.
    pub stage: Option<StageId>,
    /// Files in the order of their paths.
    pub files: Vec<InputFile>,
    /// Whether a command gets a folder, as the pipeline declares: a glob, several outputs. Otherwise there is one file.
    pub is_folder: bool,
}

impl InputSet {
    /// Returns the location of the file at a path.
    ///
    /// # Errors
    /// Returns an error if there is no such file.
    pub fn file(&self, path: &str) -> Result<&Path> {
        let file = self.files.iter().find(|file| file.path == path);
        file.map(|file| file.location.as_path()).ok_or_else(|| {
            StageError::failed(format!("the input has no file '{path}' among its outputs"))
        })
    }

    /// Returns the files in a folder (which ends in `/`) whose names end in `suffix`, in the order of paths.
    pub fn files_under<'a>(
        &'a self,
        folder: &'a str,
        suffix: &'a str,
    ) -> impl Iterator<Item = &'a InputFile> {
        self.files.iter().filter(move |f| f.path.starts_with(folder) && f.path.ends_with(suffix))
    }
}
