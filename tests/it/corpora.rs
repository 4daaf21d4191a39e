//! Real corpora: `PARTITA_CORPORA` names the folder that holds them, unpacked or as `.tar.xz`.

use crate::project::Project;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCAN: &str = "\
vars: { corpus: data/midi }
stages:
  catalog: { uses: scan, files: { midi: \"${corpus}/**/*\" } }
";

/// The folder of a corpus; `None`, said aloud, where there is none on this machine.
pub fn folder(project: &Project, name: &str) -> Option<PathBuf> {
    let Some(corpora) = std::env::var_os("PARTITA_CORPORA") else {
        println!("skipped: PARTITA_CORPORA names no folder of corpora");
        return None;
    };
    let unpacked = Path::new(&corpora).join(name);
    if unpacked.is_dir() {
        return Some(unpacked);
    }
    let archive = Path::new(&corpora).join(format!("{name}.tar.xz"));
    if !archive.is_file() {
        println!("skipped: no {name} in {}", Path::new(&corpora).display());
        return None;
    }
    let target = project.outside("corpus");
    fs_err::create_dir_all(&target).unwrap();
    let tar =
        Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&target).status().unwrap();
    assert!(tar.success(), "{} cannot be unpacked", archive.display());
    Some(target)
}

fn each_file_is_one_row(name: &str) {
    let project = Project::of(SCAN);
    let Some(folder) = folder(&project, name) else { return };
    let entries = walkdir::WalkDir::new(&folder).follow_links(true).into_iter().map(Result::unwrap);
    let relative = |path: &Path| path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
    let files: BTreeSet<String> =
        entries.filter(|e| e.file_type().is_file()).map(|e| relative(e.path())).collect();
    assert!(!files.is_empty());
    let setting = format!("corpus={}", folder.display());
    let run = project.run(&["--set", &setting]);
    assert_eq!(run.executed(), ["catalog"]);
    let sql = "select path, status, detail from self";
    let stats = project.call_plain(&["stats", "p/catalog", "--sql", sql, "--format", "json"]);
    let rows = stats.json.as_array().expect("rows");
    assert_eq!(rows.len(), files.len());
    let paths: BTreeSet<String> =
        rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect();
    assert_eq!(paths, files);
    for row in rows.iter().filter(|row| row["status"] != "ok") {
        assert!(!row["detail"].as_str().unwrap_or_default().is_empty(), "{row}");
    }
    assert_eq!(project.run(&["--set", &setting]).fresh(), ["catalog"]);
}

#[test]
fn every_file_of_the_free_games_is_one_row() {
    each_file_is_one_row("game-free");
}

#[test]
fn every_hard_file_is_one_row() {
    each_file_is_one_row("hard-dev");
}

#[test]
fn every_file_of_the_game_corpus_is_one_row() {
    each_file_is_one_row("vgm-dev");
}
