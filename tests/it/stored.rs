//! Helpers that find, count and damage files of the store.

use crate::project::{Project, eventually};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Overwrites a file of the store, which is read-only.
pub fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs_err::read(path).unwrap();
    change(&mut bytes);
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(path, bytes).unwrap();
}

/// The blob with this content.
pub fn blob(project: &Project, content: &[u8]) -> PathBuf {
    let blobs = project.files("artifacts/store/blobs");
    let (path, _) = blobs.iter().find(|(_, bytes)| *bytes == content).expect("a blob");
    project.path("artifacts/store/blobs").join(path)
}

/// The one record of a kind.
pub fn record(project: &Project, kind: &str) -> PathBuf {
    let folder = format!("artifacts/store/records/{kind}");
    let paths = project.listing(&folder);
    assert_eq!(paths.len(), 1);
    project.path(&folder).join(&paths[0])
}

/// The record of a stage of `p`.
pub fn record_of(project: &Project, stage: &str) -> PathBuf {
    let status = project.call(&["status", "p"]);
    let stage = status.stage(stage);
    let text = |key: &str| stage[key].as_str().unwrap().to_owned();
    let (kind, fingerprint) = (text("kind"), text("fingerprint"));
    project.path(&format!("artifacts/store/records/{kind}/{fingerprint}.json"))
}

/// Every file of the store in which damage matters: all except locks and quarantine.
pub fn store_files(project: &Project) -> Vec<PathBuf> {
    let own = |path: &String| !path.starts_with("locks/") && !path.starts_with("quarantine/");
    let store = project.path("artifacts/store");
    project
        .listing("artifacts/store")
        .into_iter()
        .filter(own)
        .map(|path| store.join(path))
        .collect()
}

/// Waits until the file index knows the input files of `p`, which were written just now.
pub fn settle(project: &Project) {
    eventually("the file index to know the inputs", || {
        project.run(&[]);
        project.exists("artifacts/store/files.tsv")
    });
}

/// The size of `artifacts/`; a file with two names counts once.
pub fn disk_usage(project: &Project) -> u64 {
    let mut contents = HashMap::new();
    for path in project.listing("artifacts").into_iter().filter(|path| !is_lock(path)) {
        let data = fs_err::metadata(project.path("artifacts").join(path)).unwrap();
        contents.insert((data.dev(), data.ino()), data.len());
    }
    contents.values().sum()
}

fn is_lock(path: &str) -> bool {
    path.starts_with("store/locks/")
}

/// Everything under `artifacts/` except the locks.
pub fn artifacts(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut files = project.files("artifacts");
    files.retain(|path, _| !is_lock(path));
    files
}

/// The contents of the files in the quarantine.
pub fn quarantine(project: &Project) -> BTreeSet<Vec<u8>> {
    project.files("artifacts/store/quarantine").into_values().collect()
}
