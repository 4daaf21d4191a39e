//! The MIDI files that all contenders read.

use crate::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Number of songs to compose if no folder is named.
const SONGS: usize = 2000;

/// Returns the MIDI files below a folder, by extension, sorted by path.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        let extension = entry.path().extension().and_then(|extension| extension.to_str());
        let extension = extension.map(str::to_ascii_lowercase);
        let is_midi = matches!(extension.as_deref(), Some("mid" | "midi" | "kar" | "rmi"));
        if is_midi && entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(format!("no MIDI file in {}", folder.display()).into()),
        false => Ok(files),
    }
}

/// Returns the size of all files in bytes. Reading them fills the page cache for the first contender.
pub(crate) fn read_all(files: &[PathBuf]) -> Result<u64> {
    files.iter().try_fold(0, |sum, path| Ok(sum + fs_err::read(path)?.len() as u64))
}

/// Creates a folder of composed songs.
pub(crate) fn compose(partita: &Path, project: &Path) -> Result<PathBuf> {
    let stage = format!("  songs: {{ uses: compose, params: {{ songs: {SONGS} }} }}\n");
    fs_err::create_dir_all(project.join("pipelines"))?;
    fs_err::write(project.join("pipelines/compose.yaml"), format!("stages:\n{stage}"))?;
    let mut command = Command::new(partita);
    command.arg("-C").arg(project).args(["run", "compose", "--progress", "none"]);
    crate::process::call(&mut command)?;
    Ok(project.join("artifacts/compose/songs/midi"))
}
