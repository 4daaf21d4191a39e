//! The only file that spells paths below `artifacts/`.

use crate::fingerprint::{Digest, Preimage};
use std::path::{Path, PathBuf};

/// Paths below one `artifacts/` folder.
#[derive(Debug, Clone)]
pub struct Layout(PathBuf);

impl Layout {
    /// Returns the layout of an `artifacts/` folder.
    #[must_use]
    pub fn new(artifacts: PathBuf) -> Self {
        Self(artifacts)
    }

    /// `artifacts/` itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// The version file.
    #[must_use]
    pub fn version(&self) -> PathBuf {
        self.0.join("store/version")
    }

    /// Folder of the blobs.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("store/blobs")
    }

    /// One blob.
    #[must_use]
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.blobs().join(&name[..2]).join(name)
    }

    /// Folder of damaged files.
    #[must_use]
    pub fn quarantine(&self) -> PathBuf {
        self.0.join("store/quarantine")
    }

    /// Folder of the records.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.0.join("store/records")
    }

    /// One record.
    #[must_use]
    pub fn record(&self, kind: &str, fingerprint: &Digest) -> PathBuf {
        self.records().join(kind).join(format!("{fingerprint}.json"))
    }

    /// Folder of the pointers from stages to records.
    #[must_use]
    pub fn pointers(&self) -> PathBuf {
        self.0.join("store/current")
    }

    /// The pointer of one stage.
    #[must_use]
    pub fn pointer(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.pointers().join(pipeline).join(format!("{}.json", folder_name(stage)))
    }

    /// The file index.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.0.join("store/files.tsv")
    }

    /// Folder of the locks.
    #[must_use]
    pub fn locks(&self) -> PathBuf {
        self.0.join("store/locks")
    }

    /// The lock of the store: shared by runs, exclusive for a prune or a migration.
    #[must_use]
    pub fn store_lock(&self) -> PathBuf {
        self.locks().join("store")
    }

    /// The lock of one work folder.
    #[must_use]
    pub fn work_lock(&self, fingerprint: &Digest) -> PathBuf {
        self.locks().join(format!("work-{fingerprint}"))
    }

    /// Folder of the work folders.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Work folder of one stage.
    #[must_use]
    pub fn work_dir(&self, fingerprint: &Digest) -> PathBuf {
        self.work().join(fingerprint.to_string())
    }

    /// Files from which an interrupted stage can resume.
    #[must_use]
    pub fn resume_dir(&self, fingerprint: &Digest) -> PathBuf {
        self.work_dir(fingerprint).join("kept")
    }

    /// Name under which the work folder of a finished stage is removed.
    #[must_use]
    pub fn trash(&self, fingerprint: &Digest) -> PathBuf {
        self.work().join(format!(".done-{fingerprint}"))
    }

    /// Folder of the run folders.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    /// Folder of a pipeline's visible outputs.
    #[must_use]
    pub fn pipeline(&self, pipeline: &str) -> PathBuf {
        self.0.join(pipeline)
    }

    /// Folder of one stage's visible outputs.
    #[must_use]
    pub fn visible(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.pipeline(pipeline).join(folder_name(stage))
    }

    /// The first unused folder for edited outputs of a stage. No stage's folder has such a name.
    #[must_use]
    pub fn free_backup_dir(&self, pipeline: &str, stage: &str) -> PathBuf {
        let name = folder_name(stage);
        let mut path = self.pipeline(pipeline).join(format!("{name}~edited"));
        let mut number = 1;
        while path.exists() {
            number += 1;
            path.set_file_name(format!("{name}~edited-{number}"));
        }
        path
    }

    /// Folder in which the next visible outputs of a stage are prepared. No stage's folder begins with a dot.
    #[must_use]
    pub fn staging(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.pipeline(pipeline).join(format!(".next-{}", folder_name(stage)))
    }
}

/// Returns a stage id as a safe and unique folder name: matrix values may contain any character.
#[must_use]
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
