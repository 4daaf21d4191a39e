//! The folders and files in which a change may matter to a pipeline.

use super::super::unsearched::unsearched;
use crate::spec::Pipeline;
use crate::spec::files::folders;
use crate::store::Layout;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// File systems, by their magic numbers, on which another machine or process may write without an event on
/// this machine: NFS, CIFS, SMB, SMB 2, FUSE, 9P, AFS, Ceph, Lustre, GPFS.
const NO_EVENTS_FS: [u32; 10] = [
    0x6969,
    0xff53_4d42,
    0x517b,
    0xfe53_4d42,
    0x6573_5546,
    0x0102_1997,
    0x5346_414f,
    0x00c3_6400,
    0x0bd0_0bd0,
    0x4750_4653,
];

/// The folders and files to watch for one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WatchSet {
    /// Folders of input files, without their subfolders.
    inputs: BTreeSet<PathBuf>,
    /// Folders that matter only for the pipeline file.
    pipeline_dirs: BTreeSet<PathBuf>,
    /// The pipeline file, by each of its names.
    files: Vec<PathBuf>,
    artifacts: PathBuf,
    /// Literal folders of patterns under `artifacts`.
    allowed: Vec<PathBuf>,
}

impl WatchSet {
    pub(super) fn new(file: &Path, pipeline: Option<&Pipeline>, artifacts: &Path) -> Self {
        let files: Vec<PathBuf> =
            std::iter::once(file.to_owned()).chain(file.canonicalize()).collect();
        let existing = |file: &PathBuf| {
            file.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
        };
        let pipeline_dirs = files.iter().filter_map(existing).collect();
        let artifacts = artifacts.to_owned();
        let mut set = Self { pipeline_dirs, files, artifacts, ..Self::default() };
        let layout = Layout::new(set.artifacts.clone());
        let stages = pipeline
            .iter()
            .flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (*pipeline, stage)));
        let patterns = stages.flat_map(|(pipeline, stage)| {
            let patterns = stage.files.values().flatten();
            patterns.map(move |pattern| (pipeline, stage, pattern))
        });
        // The instances of a matrix have the same patterns.
        let mut seen = BTreeSet::new();
        for (pipeline, stage, pattern) in patterns {
            if seen.insert((&stage.name, &pattern.base, &pattern.pattern)) {
                set.inputs
                    .extend(folders(pattern, &unsearched(&layout, (pipeline, stage), pattern)));
                if pattern.base.starts_with(&set.artifacts) {
                    set.allowed.push(pattern.base.clone());
                }
            }
        }
        set
    }

    /// Returns the folders to watch.
    pub(super) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.inputs.union(&self.pipeline_dirs)
    }

    /// Returns true if some folder is on a file system without change events.
    pub(super) fn lacks_events(&self) -> bool {
        self.folders().any(|folder| {
            let system = rustix::fs::statfs(folder.as_path());
            let magic = system.map_or(0, |system| system.f_type);
            NO_EVENTS_FS.iter().any(|&listed| i64::from(listed) == magic)
        })
    }

    /// Returns true if a change at this path may matter.
    pub(super) fn matters(&self, path: &Path) -> bool {
        if path.starts_with(&self.artifacts) {
            let mut allowed = self.allowed.iter();
            return allowed.any(|base| path.starts_with(base) || base.starts_with(path));
        }
        self.inputs.contains(path)
            || path.parent().is_some_and(|parent| self.inputs.contains(parent))
            || self.files.iter().any(|file| file.starts_with(path))
    }
}
