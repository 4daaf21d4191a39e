//! Outputs of stages that a pipeline no longer has, because they were renamed.

use super::backup::{Backup, KnownFiles};
use super::{Lookup, Pointer, Record, Result, Store};
use std::path::PathBuf;

/// Outputs that were removed because another stage of the pipeline has them now.
#[derive(Debug)]
pub struct RenamedStage {
    /// The removed folder.
    pub folder: PathBuf,
    /// The stage that has its outputs, as its position in the given list.
    pub new: usize,
    /// The folder for edited files, if there were any.
    pub backup: Option<PathBuf>,
}

impl Store {
    /// Removes the visible outputs and pointers of stages that a pipeline does not have, if they come from the
    /// record of one that it has: a renamed stage. The caller holds the pipeline's lock. `folders` are the folder
    /// names of the pipeline's stages, with the records that are published for them.
    ///
    /// # Errors
    /// Returns an error if something cannot be moved or removed.
    pub fn remove_renamed(
        &self,
        pipeline: &str,
        folders: &[(String, Option<&Record>)],
    ) -> Result<Vec<RenamedStage>> {
        let mut renamed = Vec::new();
        for (path, key) in self.pointers() {
            let is_stage = folders.iter().any(|(folder, _)| *folder == key.stage);
            if key.pipeline != pipeline || is_stage {
                continue;
            }
            let Lookup::Intact(Pointer { kind, fingerprint }) = self.pointer_at(&path, &key) else {
                continue;
            };
            let is_same =
                |record: &Record| record.kind() == kind && record.fingerprint() == fingerprint;
            let records = folders.iter().map(|(_, record)| record.filter(|record| is_same(record)));
            let found = records.enumerate().find_map(|(new, record)| Some((new, record?)));
            let Some((new, record)) = found else { continue };
            let known = KnownFiles::new(self.shown_at(&path, &key), std::iter::once(record));
            let mut backup = Backup::new(self, (pipeline, &key.stage), known);
            let folder = self.layout.visible_of(&key);
            backup.retire(&folder)?;
            self.files.remove_file(&path)?;
            renamed.push(RenamedStage { folder, new, backup: backup.path });
        }
        Ok(renamed)
    }
}
