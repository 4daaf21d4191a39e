//! The only file that spells paths below `artifacts/`.

use super::PointerKey;
use crate::fingerprint::{Digest, Preimage};
use std::path::PathBuf;

/// Paths below one `artifacts/` folder.
#[derive(Debug, Clone)]
pub struct Layout {
    /// `artifacts/` itself.
    pub root: PathBuf,
    /// Folder of the store.
    pub store: PathBuf,
    /// The version file.
    pub version: PathBuf,
    /// Folder of the blobs.
    pub blobs: PathBuf,
    /// Folder of the records.
    pub records: PathBuf,
    /// Folder of the pointers from stages to records.
    pub pointers: PathBuf,
    /// The file index.
    pub files: PathBuf,
    /// The key of the digests of secrets.
    pub secret: PathBuf,
    /// Folder of damaged files.
    pub quarantine: PathBuf,
    /// Folder of the locks.
    pub locks: PathBuf,
    /// The lock of the store: shared by runs, exclusive for a prune or a migration.
    pub store_lock: PathBuf,
    /// Folder of the work folders.
    pub work: PathBuf,
    /// Folder of the run folders.
    pub runs: PathBuf,
}

impl Layout {
    /// Returns the layout of an `artifacts/` folder.
    pub fn new(root: PathBuf) -> Self {
        let store = root.join("store");
        let locks = store.join("locks");
        Self {
            version: store.join("version"),
            blobs: store.join("blobs"),
            records: store.join("records"),
            pointers: store.join("current"),
            files: store.join("files.tsv"),
            secret: store.join("secret"),
            quarantine: store.join("quarantine"),
            store_lock: locks.join("store"),
            work: root.join("work"),
            runs: root.join("runs"),
            locks,
            store,
            root,
        }
    }

    /// One blob.
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.blobs.join(&name[..2]).join(name)
    }

    /// One record.
    pub(super) fn record(&self, kind: &str, fingerprint: &Digest) -> PathBuf {
        self.records.join(kind).join(format!("{fingerprint}.json"))
    }

    /// The pointer of one stage.
    pub(super) fn pointer(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.pointers.join(pipeline).join(format!("{}.json", folder_name(stage)))
    }

    /// The lock of one work folder.
    pub(super) fn work_lock(&self, fingerprint: &Digest) -> PathBuf {
        self.locks.join(format!("work-{fingerprint}"))
    }

    /// Work folder of one stage.
    pub(super) fn work_dir(&self, fingerprint: &Digest) -> PathBuf {
        self.work.join(fingerprint.to_string())
    }

    /// Files from which an interrupted stage can resume.
    pub fn resume_dir(&self, fingerprint: &Digest) -> PathBuf {
        self.work_dir(fingerprint).join("kept")
    }

    /// Name under which the work folder of a finished stage is removed.
    pub(super) fn trash(&self, fingerprint: &Digest) -> PathBuf {
        self.work.join(format!(".done-{fingerprint}"))
    }

    /// Folder of one stage's visible outputs.
    pub fn visible(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.root.join(pipeline).join(folder_name(stage))
    }

    /// Folder of the visible outputs of the stage that a pointer belongs to.
    pub(super) fn visible_of(&self, key: &PointerKey) -> PathBuf {
        self.root.join(&key.pipeline).join(&key.stage)
    }

    /// Folders below `artifacts/` that belong to no pipeline.
    pub fn internal(&self) -> [&PathBuf; 3] {
        [&self.store, &self.work, &self.runs]
    }

    /// Folders of one stage's outputs: the visible ones, and those being prepared.
    pub fn outputs(&self, pipeline: &str, stage: &str) -> [PathBuf; 2] {
        [self.visible(pipeline, stage), self.staging(pipeline, stage)]
    }

    /// The folder for edited outputs of a stage; `number` counts such folders. No stage's folder has such a
    /// name.
    pub(super) fn backup_dir(&self, pipeline: &str, folder: &str, number: usize) -> PathBuf {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        self.root.join(pipeline).join(format!("{folder}~edited{number}"))
    }

    /// Folder in which the next visible outputs of a stage are prepared. No stage's folder begins with a dot.
    pub(super) fn staging(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.root.join(pipeline).join(format!(".next-{}", folder_name(stage)))
    }
}

/// Returns a stage id as a safe and unique folder name: matrix values may contain any character.
pub fn folder_name(stage: &str) -> String {
    let is_safe = |c: char| c.is_alphanumeric() || "-_.,=[]+".contains(c);
    if stage.chars().all(is_safe) && stage.len() <= 120 && !stage.starts_with('.') {
        return stage.to_owned();
    }
    let kept: String = stage.chars().filter(|&c| is_safe(c)).take(80).collect();
    let digest = Preimage::new("folder").text(stage).finish().short();
    format!("{}~{digest}", kept.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn folder_names_are_safe_and_unique() {
        assert_eq!(folder_name("train[latent=40,beta=0.1]"), "train[latent=40,beta=0.1]");
        let (a, b) = (folder_name("t[x=a/b]"), folder_name("t[x=a:b]"));
        assert!(!a.contains('/') && a != b);
        assert!(!folder_name("../x").contains(".."));
    }
}
