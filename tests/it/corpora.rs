//! Real corpora, in the folder `PARTITA_CORPORA`, unpacked or as `.tar.xz`.
//!
//! These tests are ignored by default: `PARTITA_CORPORA=DIR make test` includes them.

use crate::project::Project;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCAN: &str = "\
vars: { corpus: data/midi }
stages:
  catalog: { uses: scan, files: { midi: \"${corpus}/**/*\" } }
";

const PARTS: &str = "\
vars: { corpus: data/midi }
stages:
  catalog: { uses: scan, files: { midi: \"${corpus}/**/*\" } }
  rolls: { uses: extract, from: { catalog: catalog } }
";

/// Returns the folder of a corpus, unpacked if necessary.
///
/// # Panics
/// Panics if `PARTITA_CORPORA` is not set or the corpus is missing.
pub fn folder(project: &Project, name: &str) -> PathBuf {
    let corpora = std::env::var_os("PARTITA_CORPORA").expect("PARTITA_CORPORA is a folder");
    let unpacked = Path::new(&corpora).join(name);
    if unpacked.is_dir() {
        return unpacked;
    }
    let archive = Path::new(&corpora).join(format!("{name}.tar.xz"));
    assert!(archive.is_file(), "no {name} in {}", Path::new(&corpora).display());
    let target = project.outside("corpus");
    fs_err::create_dir_all(&target).unwrap();
    let tar =
        Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&target).status().unwrap();
    assert!(tar.success(), "{} cannot be unpacked", archive.display());
    target
}

fn each_file_is_one_row(name: &str) {
    let project = Project::of(SCAN);
    let folder = folder(&project, name);
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
#[ignore = "needs PARTITA_CORPORA"]
fn only_a_new_file_of_a_real_corpus_is_parsed_and_windowed() {
    let project = Project::of(PARTS);
    let folder = folder(&project, "vgm-dev");
    let whole = format!("corpus={}", folder.display());
    let most = format!("corpus={}", project.path("data/most").display());
    let files = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter();
    let mut files: Vec<PathBuf> = files
        .map(|entry| entry.unwrap().path().to_path_buf())
        .filter(|path| path.is_file())
        .collect();
    let late = files.remove(files.len() / 2);
    for path in &files {
        let target = project.path("data/most").join(path.strip_prefix(&folder).unwrap());
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(path, target).unwrap();
    }
    project.run(&["--set", &most]);
    let run = project.run(&["--set", &whole]);
    assert_eq!(run.stage("catalog")["parts"]["made"], 1, "{}", late.display());
    assert!(run.stage("rolls")["parts"]["made"].as_u64().unwrap() <= 1, "{}", late.display());
    let scratch = Project::of(PARTS);
    scratch.run(&["--set", &whole]);
    assert!(project.files("artifacts/p") == scratch.files("artifacts/p"), "the outputs differ");
}

#[test]
#[ignore = "needs PARTITA_CORPORA"]
fn each_file_of_the_free_games_has_one_row() {
    each_file_is_one_row("game-free");
}

#[test]
#[ignore = "needs PARTITA_CORPORA"]
fn each_hard_file_has_one_row() {
    each_file_is_one_row("hard-dev");
}

#[test]
#[ignore = "needs PARTITA_CORPORA"]
fn each_file_of_the_game_corpus_has_one_row() {
    each_file_is_one_row("vgm-dev");
}
