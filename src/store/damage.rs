//! Damage by name, and how it is set aside.
//!
//! Only who may write sets something aside: a run, and `store verify`. Who only reads says what it met.
//! Between a look at a file and its removal another process may have put a sound one there; so a file
//! is moved first, looked at once more where it then lies, and put back if it turns out to be sound.

use super::blobs::looks_whole;
use super::record::Record;
use super::seal::{Fault, Lookup};
use super::{Store, StoreError, create_all};
use crate::fingerprint::{Digest, digest_file, digest_file_with};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::Serialize;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A part of the store that can be damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A stored content.
    Blob,
    /// What a finished stage left behind.
    Record,
    /// Which record a stage shows.
    Pointer,
    /// The known digests of input files.
    FileIndex,
    /// The store's format version.
    Version,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blob => "blob",
            Self::Record => "record",
            Self::Pointer => "pointer",
            Self::FileIndex => "file index",
            Self::Version => "version file",
        })
    }
}

/// Something in the store that is not what was written.
#[derive(Debug, Clone, Serialize)]
pub struct Damage {
    /// What it is.
    pub part: Part,
    /// Where it lay.
    pub path: PathBuf,
    /// Digest that it should have, where that is known.
    pub expected: Option<Digest>,
    /// Digest that it had; `None` when it was gone.
    pub found: Option<Digest>,
    /// Where it was moved; `None` when there was nothing to move.
    pub aside: Option<PathBuf>,
}

impl Damage {
    pub(super) fn new(part: Part, path: &Path, fault: Fault) -> Self {
        let Fault { expected, found } = fault;
        Self { part, path: path.to_path_buf(), expected, found, aside: None }
    }

    /// A short name: `record train/3fa9c1d2e4f5`, `pointer demo/train`, `file index`.
    #[must_use]
    pub fn name(&self) -> String {
        let last = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_suffix(".json").unwrap_or(&name).to_owned()
        };
        let (own, above) = (last(&self.path), self.path.parent().map_or(String::new(), last));
        match self.part {
            Part::Blob => format!("blob {}", own.chars().take(12).collect::<String>()),
            Part::Record => format!("record {above}/{}", own.chars().take(12).collect::<String>()),
            Part::Pointer => format!("pointer {above}/{own}"),
            Part::FileIndex | Part::Version => self.part.to_string(),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.found.is_none() { "is gone" } else { "is damaged" };
        write!(f, "{} {what}", self.name())?;
        if self.aside.is_some() {
            f.write_str(" and was set aside in artifacts/store/quarantine")?;
        }
        Ok(())
    }
}

impl Store {
    /// Sets aside what is damaged of that on which the verdict on a stage rests: the pointer to what it
    /// shows, that record, and the record of the fingerprint that it has now with such of its blobs as
    /// have another size.
    ///
    /// # Errors
    /// When something cannot be moved.
    pub fn set_damaged_aside(
        &self,
        pipeline: &str,
        stage: &str,
        wanted: Option<(&str, &Digest)>,
    ) -> Result<Vec<Damage>, StoreError> {
        let mut damaged = Vec::new();
        match self.current(pipeline, stage) {
            Lookup::Damaged(fault) => {
                damaged
                    .extend(self.set_pointer_aside(&self.layout.pointer(pipeline, stage), fault)?);
            }
            Lookup::Sound(shown) => {
                damaged.extend(self.set_record_aside(&shown.kind, &shown.fingerprint)?);
            }
            Lookup::Absent | Lookup::Unreadable(_) => {}
        }
        if let Some((kind, fingerprint)) = wanted {
            damaged.extend(self.set_record_aside(kind, fingerprint)?);
            let outputs = self.record(kind, fingerprint).into_iter().flat_map(|r| r.outputs);
            for file in outputs.filter(|f| !looks_whole(&self.blob(&f.digest), f.size)) {
                damaged.extend(self.set_blob_aside(&file.digest)?);
            }
        }
        Ok(damaged)
    }

    /// Sets a pointer aside if it is damaged still.
    pub(super) fn set_pointer_aside(
        &self,
        path: &Path,
        fault: Fault,
    ) -> Result<Option<Damage>, StoreError> {
        let Some(place) = self.place_at(path) else { return Ok(None) };
        let still = |moved: &Path| matches!(self.pointer(moved, &place), Lookup::Damaged(_));
        self.set_aside(Part::Pointer, path, fault, &still)
    }

    /// Sets a record aside if it is damaged.
    pub(super) fn set_record_aside(
        &self,
        kind: &str,
        fingerprint: &Digest,
    ) -> Result<Option<Damage>, StoreError> {
        let path = self.layout.record(kind, fingerprint);
        let Lookup::Damaged(fault) = Record::read(&path, kind, fingerprint) else {
            return Ok(None);
        };
        let still =
            |moved: &Path| matches!(Record::read(moved, kind, fingerprint), Lookup::Damaged(_));
        self.set_aside(Part::Record, &path, fault, &still)
    }

    /// Sets a blob aside if its content has another digest than its name.
    ///
    /// # Errors
    /// When it cannot be read or moved.
    pub fn set_blob_aside(&self, digest: &Digest) -> Result<Option<Damage>, StoreError> {
        self.set_blob_aside_heard(digest, &mut |_| ())
    }

    /// [`Store::set_blob_aside`]; `hear` is told of each piece that was read, in bytes.
    pub(super) fn set_blob_aside_heard(
        &self,
        digest: &Digest,
        hear: &mut dyn FnMut(u64),
    ) -> Result<Option<Damage>, StoreError> {
        let path = self.layout.blob(digest);
        let found = match digest_file_with(&path, &mut |bytes| {
            hear(bytes);
            Ok(())
        }) {
            Ok((found, _)) if found == *digest => return Ok(None),
            Ok((found, _)) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::Io(error)),
        };
        let still = |moved: &Path| digest_file(moved).map_or(true, |(found, _)| found != *digest);
        self.set_aside(Part::Blob, &path, Fault::new(*digest, found), &still)
    }

    /// Moves a file into the quarantine, if `still` says of what was moved that it is damaged.
    pub(super) fn set_aside(
        &self,
        part: Part,
        path: &Path,
        fault: Fault,
        still: &dyn Fn(&Path) -> bool,
    ) -> Result<Option<Damage>, StoreError> {
        let Some(aside) = self.move_aside(path)? else { return Ok(None) };
        if !still(&aside) {
            if !rename_new(&aside, path)? {
                fs_err::remove_file(&aside).map_err(StoreError::Io)?;
            }
            return Ok(None);
        }
        Ok(Some(Damage { aside: Some(aside), ..Damage::new(part, path, fault) }))
    }

    /// Gives a file a name of its own in the quarantine; `None` when it is gone.
    fn move_aside(&self, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        let quarantine = self.layout.quarantine();
        create_all(&quarantine)?;
        let inside = path.strip_prefix(self.layout.root().join("store")).unwrap_or(path);
        let name = inside.to_string_lossy().replace('/', "-");
        let mut number = 0;
        loop {
            let end = if number == 0 { String::new() } else { format!("~{number}") };
            let aside = quarantine.join(format!("{name}{end}"));
            match rename_new(path, &aside) {
                Ok(true) => return Ok(Some(aside)),
                Ok(false) => number += 1,
                Err(StoreError::Io(error)) if error.kind() == ErrorKind::NotFound => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Renames a file to a path that must be free; `false` when it is not.
fn rename_new(from: &Path, to: &Path) -> Result<bool, StoreError> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // Some file systems know no such renaming.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            if to.symlink_metadata().is_ok() {
                return Ok(false);
            }
            fs_err::rename(from, to).map(|()| true).map_err(StoreError::Io)
        }
        Err(error) => Err(StoreError::at(from, error)),
    }
}
