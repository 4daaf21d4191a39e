//! The only file that spells paths below `artifacts/`.

use crate::fingerprint::{Digest, Preimage};
use std::path::{Path, PathBuf};

/// Paths below one `artifacts/` folder.
#[derive(Debug, Clone)]
pub struct Layout(PathBuf);

impl Layout {
    /// The layout below a folder.
    #[must_use]
    pub fn new(artifacts: PathBuf) -> Self {
        Self(artifacts)
    }

    /// `artifacts/` itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// Format version of the store.
    #[must_use]
    pub fn version(&self) -> PathBuf {
        self.0.join("store/version")
    }

    /// Folder of all blobs.
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

    /// Damaged blobs, kept for whoever wants to know.
    #[must_use]
    pub fn quarantine(&self) -> PathBuf {
        self.0.join("store/quarantine")
    }

    /// Folder of all records.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.0.join("store/records")
    }

    /// One record.
    #[must_use]
    pub fn record(&self, kind: &str, fingerprint: &Digest) -> PathBuf {
        self.records().join(kind).join(format!("{fingerprint}.json"))
    }

    /// Folder of all pointers from stages to records.
    #[must_use]
    pub fn current(&self) -> PathBuf {
        self.0.join("store/current")
    }

    /// The pointer of one stage.
    #[must_use]
    pub fn pointer(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.current().join(pipeline).join(format!("{}.json", folder_name(stage)))
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

    /// The lock that runs share, and that a prune or a migration takes for itself.
    #[must_use]
    pub fn store_lock(&self) -> PathBuf {
        self.locks().join("store")
    }

    /// The lock of one stage under way.
    #[must_use]
    pub fn work_lock(&self, fingerprint: &Digest) -> PathBuf {
        self.locks().join(format!("work-{fingerprint}"))
    }

    /// Folder of stages under way.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Folder of one stage under way.
    #[must_use]
    pub fn work_of(&self, fingerprint: &Digest) -> PathBuf {
        self.work().join(fingerprint.to_string())
    }

    /// What lets a stage under way go on after an interruption.
    #[must_use]
    pub fn kept_of(&self, fingerprint: &Digest) -> PathBuf {
        self.work_of(fingerprint).join("kept")
    }

    /// Where the folder of a finished stage goes to be removed.
    #[must_use]
    pub fn done(&self, fingerprint: &Digest) -> PathBuf {
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

    /// The first free folder for visible outputs of a stage that were edited by hand. No stage's folder ends
    /// like this.
    #[must_use]
    pub fn free_for_edited(&self, pipeline: &str, stage: &str) -> PathBuf {
        let name = folder_name(stage);
        let numbered = (2..).map(|number| format!("{name}~edited-{number}"));
        let mut paths = std::iter::once(format!("{name}~edited"))
            .chain(numbered)
            .map(|name| self.pipeline(pipeline).join(name));
        paths.find(|path| !path.exists()).unwrap_or_else(|| self.pipeline(pipeline).join(name))
    }

    /// Where the next visible outputs of a stage are laid out. No stage's folder begins with a dot.
    #[must_use]
    pub fn next(&self, pipeline: &str, stage: &str) -> PathBuf {
        self.pipeline(pipeline).join(format!(".next-{}", folder_name(stage)))
    }
}

/// A stage's id as a folder's name: a matrix value may hold anything, a name in a folder may not.
#[must_use]
pub fn folder_name(stage: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || "-_.,=[]+".contains(c);
    if stage.chars().all(fits) && stage.len() <= 120 && !stage.starts_with('.') {
        return stage.to_owned();
    }
    let kept: String = stage.chars().filter(|&c| fits(c)).take(80).collect();
    let digest = Preimage::new("folder").text(stage).finish().short();
    format!("{}~{digest}", kept.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn stage_ids_become_safe_and_distinct_folder_names() {
        assert_eq!(folder_name("train[latent=40,beta=0.1]"), "train[latent=40,beta=0.1]");
        let (a, b) = (folder_name("t[x=a/b]"), folder_name("t[x=a:b]"));
        assert!(!a.contains('/') && a != b);
        assert!(!folder_name("../x").contains(".."));
    }
}
