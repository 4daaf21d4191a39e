//! The programs, and how each does the same tasks.

use crate::Result;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

pub(crate) const COUNT: &str = "count a folder's files";
pub(crate) const SCAN: &str = "scan them";
pub(crate) const MANY: &str = "many instances";

/// A program, installed or not.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// Its version; `None` if it is not installed.
    pub(crate) version: Option<String>,
    /// How to install it.
    pub(crate) install: &'static str,
    program: PathBuf,
    root: PathBuf,
    instances: usize,
    plan: fn(&Tool, usize) -> Vec<Task>,
}

/// A task of a tool.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) what: &'static str,
    pub(crate) run: Vec<OsString>,
    pub(crate) status: Vec<OsString>,
    /// The number of files, or the number that the last instance echoes.
    pub(crate) count: usize,
    /// The project folder.
    folder: PathBuf,
    /// Files and folders that the tool creates in its folder.
    made: Vec<&'static str>,
    /// The file that contains the count, or must exist.
    result: PathBuf,
    counts: bool,
}

/// Finds partita and the other tools and writes their projects below `root`.
pub(crate) fn find(root: &Path, instances: usize) -> Result<Vec<Tool>> {
    let ours = std::env::current_exe()?;
    let ours = ours.parent().and_then(Path::parent).map(|folder| folder.join("partita"));
    let ours = ours.filter(|path| path.is_file()).ok_or("run 'cargo build --release' first")?;
    let peers = std::env::var_os("PEERS").map(PathBuf::from);
    let peer = |name: &str| peers.as_ref().map_or_else(|| name.into(), |folder| folder.join(name));
    let tools = [
        ("partita", ours, "make build", partita as fn(&Tool, usize) -> Vec<Task>),
        ("DVC", peer("dvc"), "pip install dvc", dvc),
        ("Snakemake", peer("snakemake"), "pip install snakemake", snakemake),
    ];
    let mut found = Vec::new();
    for (name, program, install, plan) in tools {
        let version = version(&program);
        let root = root.to_path_buf();
        let tool = Tool { name, version, install, program, root, instances, plan };
        if tool.version.is_some() {
            tool.write_project()?;
        }
        found.push(tool);
    }
    Ok(found)
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().last()?.to_owned();
    output.status.success().then_some(version)
}

impl Tool {
    /// Returns its tasks; none if it is not installed.
    pub(crate) fn tasks(&self, files: usize) -> Vec<Task> {
        if self.version.is_some() { (self.plan)(self, files) } else { Vec::new() }
    }

    /// Returns the wall time of a call, which must succeed.
    pub(crate) fn time(&self, task: &Task, arguments: &[OsString]) -> Result<f64> {
        let mut command = self.command(&task.folder);
        command.args(arguments).stdin(Stdio::null());
        let start = Instant::now();
        let output = command.output()?;
        let seconds = start.elapsed().as_secs_f64();
        if output.status.success() {
            return Ok(seconds);
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} {arguments:?} failed: {told}", self.name).into())
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(folder);
        // Keep the caches of other tools inside the project, and do not time their telemetry.
        command.env("DVC_SITE_CACHE_DIR", folder.join(".site")).env("DVC_NO_ANALYTICS", "1");
        command.env("XDG_CACHE_HOME", folder.join(".site")).env("NO_COLOR", "1");
        command
    }

    fn write_project(&self) -> Result<()> {
        let (files, many) = (self.root.join("files"), self.root.join("many"));
        let written = |path: PathBuf, text: &str| -> Result<()> {
            fs_err::create_dir_all(path.parent().unwrap_or(&self.root))?;
            Ok(fs_err::write(path, text)?)
        };
        match self.name {
            "partita" => {
                written(files.join("pipelines/count.yaml"), PARTITA_COUNT)?;
                written(files.join("pipelines/scan.yaml"), PARTITA_SCAN)?;
                written(many.join("pipelines/many.yaml"), &partita_many(self.instances))
            }
            "DVC" => {
                written(files.join("dvc.yaml"), DVC_COUNT)?;
                written(many.join("dvc.yaml"), &dvc_many(self.instances))?;
                for folder in [files, many] {
                    let made = self.command(&folder).args(["init", "--no-scm", "-q"]).status()?;
                    if !made.success() {
                        return Err("dvc init failed".into());
                    }
                    let quiet = ["config", "core.analytics", "false"];
                    self.command(&folder).args(quiet).status()?;
                }
                Ok(())
            }
            _ => {
                written(files.join("Snakefile"), SNAKEMAKE_COUNT)?;
                written(many.join("Snakefile"), &snakemake_many(self.instances))
            }
        }
    }
}

impl Task {
    /// Returns whether the task has many instances instead of the folder.
    pub(crate) fn is_many(&self) -> bool {
        self.what == MANY
    }

    /// Removes everything that the tool created.
    pub(crate) fn forget(&self) -> Result<()> {
        for path in self.made.iter().map(|made| self.folder.join(made)) {
            if path.is_dir() {
                fs_err::remove_dir_all(path)?;
            } else if path.exists() {
                fs_err::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Returns an error unless the output exists and is correct.
    pub(crate) fn check(&self, count: usize) -> Result<()> {
        let path = self.folder.join(&self.result);
        let text = fs_err::read(&path)?;
        let text = String::from_utf8_lossy(&text);
        if self.counts && text.trim() != count.to_string() {
            return Err(
                format!("{} contains '{}', expected {count}", path.display(), text.trim()).into()
            );
        }
        Ok(())
    }
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

const PARTITA_COUNT: &str = "\
stages:
  count:
    uses: command
    files: { midi: \"corpus/*.mid\" }
    run: \"ls corpus | wc -l > {out}/count.txt\"
    outputs: [count.txt]
";

const PARTITA_SCAN: &str = "\
stages:
  catalog: { uses: scan, files: { midi: \"corpus/*.mid\" } }
";

fn partita_many(instances: usize) -> String {
    (0..instances).fold("stages:\n".to_owned(), |mut yaml, number| {
        let run = format!("echo {number} > {{out}}/o");
        let _ = writeln!(yaml, "  s{number}: {{ uses: command, run: \"{run}\", outputs: [o] }}");
        yaml
    })
}

fn partita(tool: &Tool, files: usize) -> Vec<Task> {
    let task = |what, pipeline: &str, result: String, count| Task {
        what,
        run: words(&["run", pipeline, "--progress", "none"]),
        status: words(&["status", pipeline]),
        count,
        folder: tool.root.join(if what == MANY { "many" } else { "files" }),
        made: vec!["artifacts"],
        result: result.into(),
        counts: what != SCAN,
    };
    let last = tool.instances - 1;
    vec![
        task(COUNT, "count", "artifacts/count/count/count.txt".into(), files),
        task(SCAN, "scan", "artifacts/scan/catalog/catalog.parquet".into(), files),
        task(MANY, "many", format!("artifacts/many/s{last}/o"), last),
    ]
}

const DVC_COUNT: &str = "\
stages:
  count:
    cmd: ls corpus | wc -l > dvc.txt
    deps: [corpus]
    outs: [dvc.txt]
";

fn dvc_many(instances: usize) -> String {
    let numbers: Vec<String> = (0..instances).map(|number| number.to_string()).collect();
    format!(
        "stages:\n  many:\n    matrix: {{ n: [{}] }}\n    cmd: mkdir -p dvc && echo ${{item.n}} > \
         dvc/${{item.n}}\n    outs: [\"dvc/${{item.n}}\"]\n",
        numbers.join(", ")
    )
}

fn dvc(tool: &Tool, files: usize) -> Vec<Task> {
    let task = |what, folder: &str, result: String, count| Task {
        what,
        run: words(&["repro", "-q"]),
        status: words(&["status", "-q"]),
        count,
        folder: tool.root.join(folder),
        made: vec![".dvc/cache", ".dvc/tmp", ".site", "dvc.lock", "dvc.txt", "dvc"],
        result: result.into(),
        counts: true,
    };
    let last = tool.instances - 1;
    vec![
        task(COUNT, "files", "dvc.txt".into(), files),
        task(MANY, "many", format!("dvc/{last}"), last),
    ]
}

const SNAKEMAKE_COUNT: &str = "\
from glob import glob
rule count:
    input: sorted(glob(\"corpus/*.mid\"))
    output: \"snakemake.txt\"
    shell: \"ls corpus | wc -l > {output}\"
";

fn snakemake_many(instances: usize) -> String {
    format!(
        "rule all:\n    input: expand(\"snakemake/{{n}}\", n=range({instances}))\nrule one:\n    output: \
         \"snakemake/{{n}}\"\n    shell: \"echo {{wildcards.n}} > {{output}}\"\n"
    )
}

fn snakemake(tool: &Tool, files: usize) -> Vec<Task> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).to_string();
    let task = |what, folder: &str, result: String, count| Task {
        what,
        run: words(&["--cores", &cores, "--quiet", "all"]),
        status: words(&["--dry-run", "--quiet", "all"]),
        count,
        folder: tool.root.join(folder),
        made: vec![".snakemake", "snakemake.txt", "snakemake"],
        result: result.into(),
        counts: true,
    };
    let last = tool.instances - 1;
    vec![
        task(COUNT, "files", "snakemake.txt".into(), files),
        task(MANY, "many", format!("snakemake/{last}"), last),
    ]
}
