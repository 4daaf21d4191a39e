//! The programs that are timed, and their commands for the same task.

use crate::Result;
use crate::process::{Call, call};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program, installed or not.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    how: How,
    /// Its version; `None` if it is not installed.
    pub(crate) version: Option<String>,
    /// Number of files that it reads.
    pub(crate) files: usize,
    /// The cost of each call.
    pub(crate) calls: Vec<Call>,
    /// Number of samples that it extracts, the same in every call.
    pub(crate) samples: Option<u64>,
}

enum How {
    Partita { program: PathBuf, pipeline: String, jobs: Option<u16>, projects: PathBuf },
    Peer { python: PathBuf, program: PathBuf, list: PathBuf },
}

pub(crate) const ONE: &str = "partita, one job";
pub(crate) const ALL: &str = "partita, all cores";
pub(crate) const SYMUSIC: &str = "symusic";
pub(crate) const PRETTY_MIDI: &str = "pretty_midi";

/// Returns the path of partita, built together with this program.
pub(crate) fn program() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let ours = here.parent().and_then(Path::parent).map(|folder| folder.join("partita"));
    let ours = ours.filter(|path| path.is_file());
    Ok(ours.ok_or("run 'cargo build --release' first")?)
}

/// Returns partita with one job and with all cores, and the peers. Their lists and projects are in `work`.
pub(crate) fn all(
    partita: &Path,
    folder: &Path,
    files: &[PathBuf],
    most: usize,
    work: &Path,
) -> Result<Vec<Contender>> {
    let ours = |name, jobs| Contender {
        name,
        how: How::Partita {
            program: partita.to_path_buf(),
            pipeline: pipeline(folder),
            jobs,
            projects: work.join(format!("projects-{}", jobs.unwrap_or_default())),
        },
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        files: files.len(),
        calls: Vec::new(),
        samples: None,
    };
    let python = python();
    let program = work.join("peers.py");
    fs_err::write(&program, include_str!("peers.py"))?;
    let peer = |name: &'static str, some: Vec<&PathBuf>| -> Result<Contender> {
        let list = work.join(format!("{name}.txt"));
        let lines: Vec<&[u8]> = some.iter().map(|path| path.as_os_str().as_bytes()).collect();
        fs_err::write(&list, lines.join(&b'\n'))?;
        let output = Command::new(&python).arg(&program).args([name, "--version"]).output();
        let output = output.ok().filter(|output| output.status.success());
        let version = output.and_then(|output| String::from_utf8(output.stdout).ok());
        Ok(Contender {
            name,
            how: How::Peer { python: python.clone(), program: program.clone(), list },
            version: version.map(|text| text.trim().to_owned()),
            files: some.len(),
            calls: Vec::new(),
            samples: None,
        })
    };
    let every = files.len().div_ceil(most.max(1));
    Ok(vec![
        ours(ONE, Some(1)),
        ours(ALL, None),
        peer(SYMUSIC, files.iter().collect())?,
        peer(PRETTY_MIDI, files.iter().step_by(every).collect())?,
    ])
}

/// Returns the Python in the folder that `PEERS` names, otherwise the one on PATH.
fn python() -> PathBuf {
    match std::env::var_os("PEERS") {
        Some(folder) => PathBuf::from(folder).join("python"),
        None => "python3".into(),
    }
}

/// Returns a pipeline with scan and extract of the MIDI files below a folder.
pub(crate) fn pipeline(folder: &Path) -> String {
    let glob = Value::from(format!("{}/**/*.{{mid,midi,kar,rmi}}", folder.display()));
    let mut yaml = "stages:\n".to_owned();
    let _ = writeln!(yaml, "  catalog: {{ uses: scan, files: {{ midi: {glob} }} }}");
    let _ = writeln!(yaml, "  pianorolls: {{ uses: extract, from: {{ catalog: catalog }} }}");
    yaml
}

/// Returns the command that runs partita in a project.
pub(crate) fn run(program: &Path, project: &Path, jobs: Option<u16>) -> Result<Call> {
    let mut command = Command::new(program);
    command.arg("-C").arg(project).args(["run", "bench", "--progress", "none"]);
    if let Some(jobs) = jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    call(&mut command)
}

/// Creates a project with this pipeline.
pub(crate) fn new_project(project: &Path, pipeline: &str) -> Result<()> {
    if project.exists() {
        fs_err::remove_dir_all(project)?;
    }
    fs_err::create_dir_all(project.join("pipelines"))?;
    Ok(fs_err::write(project.join("pipelines/bench.yaml"), pipeline)?)
}

/// Returns the number of samples of a project's last run.
pub(crate) fn samples(project: &Path) -> Result<u64> {
    let file = fs_err::File::open(project.join("artifacts/bench/pianorolls/samples.parquet"))?;
    let rows =
        SerializedFileReader::new(file.into_parts().0)?.metadata().file_metadata().num_rows();
    Ok(rows.try_into()?)
}

impl Contender {
    /// Returns true if it is installed.
    pub(crate) fn is_there(&self) -> bool {
        self.version.is_some()
    }

    /// Runs and measures one call.
    pub(crate) fn call(&mut self) -> Result<()> {
        let (took, samples) = match &self.how {
            How::Partita { program, pipeline, jobs, projects } => {
                // A new folder each time: file systems are slow where files were just deleted.
                let project = projects.join(self.calls.len().to_string());
                new_project(&project, pipeline)?;
                let took = run(program, &project, *jobs)?;
                (took, samples(&project)?)
            }
            How::Peer { python, program, list } => {
                let mut command = Command::new(python);
                let took = call(command.arg(program).arg(self.name).arg(list))?;
                let reported: Value = serde_json::from_str(&took.printed)?;
                let figure = |name: &str| reported[name].as_f64().ok_or("it reported no times");
                let (seconds, cpu) = (figure("seconds")?, figure("cpu")?);
                (Call { seconds, cpu, ..took }, reported["samples"].as_u64().unwrap_or_default())
            }
        };
        if self.samples.is_some_and(|before| before != samples) {
            return Err(format!("{} made {samples} samples, and others before", self.name).into());
        }
        self.samples = Some(samples);
        self.calls.push(took);
        Ok(())
    }

    /// Returns the median wall time, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        crate::median(self.calls.iter().map(|call| call.seconds).collect())
    }

    /// Returns the median CPU time, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        crate::median(self.calls.iter().map(|call| call.cpu).collect())
    }

    /// Returns the files per second.
    pub(crate) fn rate(&self) -> f64 {
        self.files as f64 / self.seconds()
    }
}
