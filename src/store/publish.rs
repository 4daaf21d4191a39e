//! Swaps a stage's visible outputs in one step.

use super::current::Current;
use super::place::{Copying, place};
use super::record::Record;
use super::{Store, StoreError, create_all, remove_all};
use crate::fingerprint::Digest;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

impl Store {
    /// Shows a record's outputs under `artifacts/<pipeline>/<stage>/` and points the stage to it.
    /// Whoever looks sees the old outputs in full or the new ones in full. The caller holds the
    /// pipeline's lock. What a person edited among the old ones is kept in a folder beside them, which is
    /// told. `shown` is the record of the old ones, where the caller knows it: an output that is among them
    /// already, and was not touched since, is linked and not copied again.
    ///
    /// # Errors
    /// When the outputs cannot be copied or renamed; the old ones stay then.
    pub fn publish(
        &self,
        pipeline: &str,
        stage: &str,
        fingerprint: &Digest,
        record: &Record,
        shown: Option<&Record>,
    ) -> Result<Option<PathBuf>, StoreError> {
        let next = self.layout.next(pipeline, stage);
        // After a publication that was cut short, the pointer does not tell what is visible.
        let cut_short = next.exists();
        let kept = if cut_short { None } else { self.keep_edited(pipeline, stage)? };
        let shown = shown.filter(|_| !cut_short);
        let untouched =
            shown.map_or_else(HashMap::new, |shown| self.untouched(pipeline, stage, shown));
        remove_all(&next)?;
        let staged = next.join("outputs");
        let laid_out = self.lay_out(record, &staged, untouched);
        if let Err(error) =
            laid_out.and_then(|()| swap(&staged, &self.layout.visible(pipeline, stage)))
        {
            // Nothing was swapped; what cannot be removed either only makes the stage show itself again.
            let _ = remove_all(&next);
            return Err(error);
        }
        // The old outputs go first: with the last other name of an output that was linked, its times change, and
        // what changed later than the pointer looks edited. The folder tells until the end that this goes on.
        for old in fs_err::read_dir(&next).map_err(StoreError::Io)? {
            remove_all(&old.map_err(StoreError::Io)?.path())?;
        }
        let current = Current { kind: record.kind().to_owned(), fingerprint: *fingerprint };
        self.set_current(pipeline, stage, &current)?;
        remove_all(&next)?;
        Ok(kept)
    }

    fn lay_out(
        &self,
        record: &Record,
        folder: &Path,
        mut untouched: HashMap<Digest, PathBuf>,
    ) -> Result<(), StoreError> {
        create_all(folder)?;
        for file in &record.outputs {
            let target = folder.join(&file.path);
            // Two outputs with one content are two files, so each is taken once.
            let visible = untouched.remove(&file.digest);
            if let (Some(_), Some(parent)) = (&visible, target.parent()) {
                create_all(parent)?;
            }
            // The old copy goes with its folder: in the end the file has one name, as any other.
            if visible.is_none_or(|visible| fs_err::hard_link(visible, &target).is_err()) {
                place(&self.layout.blob(&file.digest), &target, Copying::Own)?;
            }
        }
        Ok(())
    }

    /// Visible outputs by their digest, as far as nothing changed them since they were shown.
    fn untouched(&self, pipeline: &str, stage: &str, shown: &Record) -> HashMap<Digest, PathBuf> {
        let visible = self.layout.visible(pipeline, stage);
        let Some(since) = self.shown_since(pipeline, stage) else { return HashMap::new() };
        let files = shown.outputs.iter().map(|file| (file, visible.join(&file.path)));
        let files = files.filter(|(file, path)| since.is_after(path, file.size));
        files.map(|(file, path)| (file.digest, path)).collect()
    }

    /// Whether the visible outputs of a stage are all there, and are those that the pointer tells: a
    /// publication that a kill cut short leaves its folder behind, and may have swapped already.
    #[must_use]
    pub fn is_shown(&self, pipeline: &str, stage: &str, record: &Record) -> bool {
        let visible = self.layout.visible(pipeline, stage);
        !self.layout.next(pipeline, stage).exists()
            && record.outputs.iter().all(|file| visible.join(&file.path).is_file())
    }
}

/// Puts `staged` in the place of `visible`; what was there is left in the place of `staged`.
fn swap(staged: &Path, visible: &Path) -> Result<(), StoreError> {
    if visible.exists() {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, staged, CWD, visible, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // Some file systems cannot exchange: then there is an instant without the folder.
            Err(_) => {
                let old = staged.with_file_name("old");
                fs_err::rename(visible, &old).map_err(StoreError::Io)?;
                return fs_err::rename(staged, visible).map_err(|error| {
                    // The error is what matters; a second one changes nothing.
                    let _ = fs_err::rename(&old, visible);
                    StoreError::Io(error)
                });
            }
        }
    }
    fs_err::rename(staged, visible).map_err(StoreError::Io)
}
