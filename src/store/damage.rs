//! Quarantines damaged files. Only writers (a run, `store verify`) do; readers only report damage.
//!
//! A file is moved, checked again and put back if it is intact, since another process may have replaced it
//! between the check and the move.

use super::files::is_not_plain;
use super::record::Record;
use super::seal::{DigestMismatch, Lookup};
use super::{Result, Store};
use crate::fingerprint::Digest;
use serde::Serialize;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A part of the store that can be damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum StorePart {
    /// The content of a file.
    Blob,
    /// The record of a finished stage.
    Record,
    /// The pointer from a stage to its newest record.
    Pointer,
    /// The digests of input files.
    #[strum(to_string = "file index")]
    FileIndex,
    /// The format of the store.
    #[strum(to_string = "version file")]
    Version,
}

/// A damaged or missing file of the store.
#[derive(Debug, Clone)]
pub struct Damage {
    /// The part of the store.
    pub part: StorePart,
    /// Original path of the file.
    pub path: PathBuf,
    /// Expected digest, if known.
    pub expected: Option<Digest>,
    /// Actual digest; `None` if the file is missing.
    pub found: Option<Digest>,
    /// Path in the quarantine; `None` if there was no file to move.
    pub quarantined_to: Option<PathBuf>,
}

impl Damage {
    pub(super) fn new(part: StorePart, path: &Path, mismatch: DigestMismatch) -> Self {
        let DigestMismatch { expected, found } = mismatch;
        Self { part, path: path.to_path_buf(), expected, found, quarantined_to: None }
    }

    /// Returns a short name: `record train/3fa9c1d2e4f5`, `pointer demo/train`, `file index`.
    pub fn name(&self) -> String {
        let last = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_suffix(".json").unwrap_or(&name).to_owned()
        };
        let (own, parent) = (last(&self.path), self.path.parent().map_or(String::new(), last));
        match self.part {
            StorePart::Blob => format!("blob {own:.12}"),
            StorePart::Record => format!("record {parent}/{own:.12}"),
            StorePart::Pointer => format!("pointer {parent}/{own}"),
            StorePart::FileIndex | StorePart::Version => self.part.to_string(),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_missing = self.found.is_none() && self.quarantined_to.is_none();
        let what = if is_missing { "is missing" } else { "is damaged" };
        write!(f, "{} {what}", self.name())?;
        if self.quarantined_to.is_some() {
            f.write_str("; moved to artifacts/store/quarantine")?;
        }
        Ok(())
    }
}

impl Store {
    /// Quarantines the damaged files on which the plan of a stage depends: its pointer, the record that the
    /// pointer names, the record of its fingerprint (`wanted`: kind and fingerprint) and the blobs of that
    /// record that have another size.
    ///
    /// # Errors
    /// Returns an error if a file cannot be moved.
    pub fn quarantine_damaged(
        &self,
        pipeline: &str,
        stage: &str,
        wanted: Option<(&str, &Digest)>,
    ) -> Result<Vec<Damage>> {
        let mut damaged = Vec::new();
        match self.pointer(pipeline, stage) {
            Lookup::Damaged(mismatch) => {
                let path = self.layout.pointer(pipeline, stage);
                damaged.extend(self.quarantine_pointer(&path, mismatch)?);
            }
            Lookup::Intact(shown) => {
                damaged.extend(self.quarantine_record(&shown.kind, &shown.fingerprint)?);
            }
            Lookup::Absent | Lookup::Unreadable(_) => {}
        }
        if let Some((kind, fingerprint)) = wanted {
            damaged.extend(self.quarantine_record(kind, fingerprint)?);
            let outputs = self.record(kind, fingerprint).into_iter().flat_map(|r| r.outputs);
            for file in outputs.filter(|f| !f.is_folder() && !self.has_blob(&f.digest, f.size)) {
                damaged.extend(self.quarantine_blob(&file.digest)?);
            }
        }
        Ok(damaged)
    }

    /// Quarantines a pointer if it is still damaged.
    pub(super) fn quarantine_pointer(
        &self,
        path: &Path,
        mismatch: DigestMismatch,
    ) -> Result<Option<Damage>> {
        let Some(key) = self.pointer_key(path) else { return Ok(None) };
        let is_damaged = |moved: &Path| matches!(self.pointer_at(moved, &key), Lookup::Damaged(_));
        self.quarantine_if(Damage::new(StorePart::Pointer, path, mismatch), &is_damaged)
    }

    /// Quarantines a record if it is damaged.
    pub(super) fn quarantine_record(
        &self,
        kind: &str,
        fingerprint: &Digest,
    ) -> Result<Option<Damage>> {
        let path = self.layout.record(kind, fingerprint);
        let read = |path: &Path| Record::read(&self.files, path, kind, fingerprint);
        let Lookup::Damaged(mismatch) = read(&path) else { return Ok(None) };
        let is_damaged = |moved: &Path| matches!(read(moved), Lookup::Damaged(_));
        self.quarantine_if(Damage::new(StorePart::Record, &path, mismatch), &is_damaged)
    }

    /// Quarantines a blob if the digest of its content differs from its name.
    ///
    /// # Errors
    /// Returns an error if the blob cannot be read or moved.
    pub fn quarantine_blob(&self, digest: &Digest) -> Result<Option<Damage>> {
        self.quarantine_blob_with(digest, &mut |_| Ok(()))
    }

    /// Like [`Store::quarantine_blob`]; calls `progress` with the size in bytes of each chunk read.
    pub(super) fn quarantine_blob_with(
        &self,
        digest: &Digest,
        progress: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> Result<Option<Damage>> {
        let path = self.layout.blob(digest);
        let found = match self.files.digest_with(&path, progress) {
            Ok((found, _)) if found == *digest => return Ok(None),
            Ok((found, _)) => Some(found),
            Err(error) if is_not_plain(&error) => None,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_damaged =
            |moved: &Path| self.files.digest(moved).map_or(true, |(found, _)| found != *digest);
        let mismatch = DigestMismatch { expected: Some(*digest), found };
        self.quarantine_if(Damage::new(StorePart::Blob, &path, mismatch), &is_damaged)
    }

    /// Moves a damaged file into the quarantine, and back unless `is_damaged` confirms the damage at its new path.
    pub(super) fn quarantine_if(
        &self,
        damage: Damage,
        is_damaged: &dyn Fn(&Path) -> bool,
    ) -> Result<Option<Damage>> {
        let Some(moved) = self.move_to_quarantine(&damage.path)? else { return Ok(None) };
        if !is_damaged(&moved) {
            if !self.files.rename_new(&moved, &damage.path)? {
                self.files.remove_file(&moved)?;
            }
            return Ok(None);
        }
        Ok(Some(Damage { quarantined_to: Some(moved), ..damage }))
    }

    /// Moves a file to a unique name in the quarantine; `None` if the file is gone.
    fn move_to_quarantine(&self, path: &Path) -> Result<Option<PathBuf>> {
        self.files.create_all(&self.layout.quarantine)?;
        let inside = path.strip_prefix(&self.layout.store).unwrap_or(path);
        let name = inside.to_string_lossy().replace('/', "-");
        let mut moved = self.layout.quarantine.join(&name);
        let mut number = 0;
        loop {
            match self.files.rename_new(path, &moved) {
                Ok(true) => return Ok(Some(moved)),
                Ok(false) => number += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            moved.set_file_name(format!("{name}~{number}"));
        }
    }
}
