//! Where a change may matter to a pipeline.

use crate::spec::Pipeline;
use crate::spec::files::folders;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// File systems, by their magic numbers, where another machine or process may write without this
/// machine's kernel seeing it: NFS, CIFS, SMB, SMB 2, FUSE, 9P, AFS, Ceph, Lustre, GPFS.
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

/// What is watched for one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WatchSet {
    /// Folders with input files, each alone, without what lies below it.
    inputs: BTreeSet<PathBuf>,
    /// Folders that matter for the pipeline's file alone.
    pipeline_dirs: BTreeSet<PathBuf>,
    /// The pipeline's file, by each of its names.
    files: Vec<PathBuf>,
    artifacts: PathBuf,
    /// Literal folders of patterns that name files below `artifacts`.
    allowed: Vec<PathBuf>,
}

impl WatchSet {
    /// Whether some folder lies where nothing tells of every change.
    pub(super) fn is_silent(&self) -> bool {
        self.folders().any(|folder| is_silent(folder))
    }

    pub(super) fn new(file: &Path, pipeline: Option<&Pipeline>, artifacts: &Path) -> Self {
        let mut ground = Self { artifacts: artifacts.to_owned(), ..Self::default() };
        ground.files = std::iter::once(file.to_owned()).chain(file.canonicalize()).collect();
        let pipeline_dirs = ground.files.iter().filter_map(|file| {
            file.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
        });
        ground.pipeline_dirs = pipeline_dirs.collect();
        let stages = pipeline.iter().flat_map(|pipeline| &pipeline.stages);
        // The instances of a matrix name the same files.
        let mut seen = BTreeSet::new();
        for pattern in stages.flat_map(|stage| stage.files.values().flatten()) {
            if !seen.insert((&pattern.base, &pattern.pattern)) {
                continue;
            }
            ground.inputs.extend(folders(pattern, artifacts));
            if pattern.base.starts_with(artifacts) {
                ground.allowed.push(pattern.base.clone());
            }
        }
        ground
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.inputs.union(&self.pipeline_dirs)
    }

    /// Whether a change at this path may matter.
    pub(super) fn matters(&self, path: &Path) -> bool {
        if path.starts_with(&self.artifacts) {
            let mut allowed = self.allowed.iter();
            return allowed.any(|base| path.starts_with(base) || base.starts_with(path));
        }
        let within = self.inputs.contains(path)
            || path.parent().is_some_and(|parent| self.inputs.contains(parent));
        within || self.files.iter().any(|file| file.starts_with(path))
    }
}

fn is_silent(folder: &Path) -> bool {
    let system = rustix::fs::statfs(folder);
    system.is_ok_and(|system| NO_EVENTS_FS.iter().any(|&magic| i64::from(magic) == system.f_type))
}
