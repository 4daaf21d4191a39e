//! A project in a temporary folder, and calls of the program in it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// A folder with `pipelines/` and `data/`, removed when dropped.
pub struct Project {
    folder: TempDir,
    root: PathBuf,
}

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("project");
        for name in ["pipelines", "data"] {
            fs_err::create_dir_all(root.join(name)).unwrap();
        }
        Self { folder, root }
    }

    /// A project with one pipeline, `p`.
    pub fn of(yaml: &str) -> Self {
        Self::new().pipeline("p", yaml)
    }

    pub fn pipeline(self, name: &str, yaml: &str) -> Self {
        self.file(&format!("pipelines/{name}.yaml"), yaml)
    }

    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(path, bytes);
        self
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path beside the project.
    pub fn outside(&self, relative: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(relative)
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        write(&self.path(path), bytes.as_ref());
    }

    /// Replaces the one occurrence of a text in a file.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert_eq!(text.matches(from).count(), 1, "'{from}' in {path}:\n{text}");
        self.write(path, text.replace(from, to));
    }

    /// [`Project::edit`] on the pipeline `p`.
    pub fn change(&self, from: &str, to: &str) {
        self.edit("pipelines/p.yaml", from, to);
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        fs_err::read(self.path(path)).unwrap()
    }

    pub fn text(&self, path: &str) -> String {
        fs_err::read_to_string(self.path(path)).unwrap()
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    pub fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) }
            .unwrap();
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs_err::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Changes the modification time of a file, not its content.
    pub fn touch(&self, path: &str) {
        let file = fs_err::OpenOptions::new().append(true).open(self.path(path)).unwrap();
        let earlier = SystemTime::now() - Duration::from_secs(1000);
        file.into_parts().0.set_modified(earlier).unwrap();
    }

    /// Moves the project, artifacts included, to another folder.
    pub fn moved(mut self, name: &str) -> Self {
        let root = self.folder.path().canonicalize().unwrap().join(name);
        fs_err::rename(&self.root, &root).unwrap();
        self.root = root;
        self
    }

    /// Returns every file in a folder with its content, by relative path; empty if the folder is missing.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let content = |path: &String| fs_err::read(self.path(folder).join(path)).unwrap();
        self.listing(folder).into_iter().map(|path| (path.clone(), content(&path))).collect()
    }

    /// Returns the paths of [`Project::files`], also while another process adds and removes files.
    pub fn listing(&self, folder: &str) -> Vec<String> {
        let folder = self.path(folder);
        let entries = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter();
        let files = entries.filter_map(Result::ok).filter(|entry| !entry.file_type().is_dir());
        let relative = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
        files.map(|file| relative(file.path())).collect()
    }

    /// Returns the run's folder.
    pub fn run_folder(&self, run: &Outcome) -> String {
        format!("artifacts/runs/{}", run.json["run"].as_str().expect("the run has a folder"))
    }

    /// Returns a command that calls the program in this project with a clean environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partita"));
        command.args(arguments).current_dir(&self.root).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path());
        command
    }

    /// Calls the program with `--json`.
    pub fn call(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).arg("--json"))
    }

    /// Calls the program without `--json`.
    pub fn call_plain(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Runs `p` and expects it to succeed.
    pub fn run(&self, options: &[&str]) -> Outcome {
        let outcome = self.call(&[&["run", "p"], options].concat());
        assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Runs `p` in an environment with one more variable.
    pub fn run_with_env(&self, name: &str, value: &str) -> Outcome {
        Outcome::of(self.command(&["run", "p", "--json"]).env(name, value))
    }

    /// Returns the verdict of each stage of `p`.
    pub fn verdicts(&self, options: &[&str]) -> Vec<(String, String)> {
        let status = self.call(&[&["status", "p"], options].concat());
        assert_eq!(status.code, 0, "{}\n{}", status.stdout, status.stderr);
        status.pairs("verdict")
    }

    /// Starts a run of `p` with `--json`, without waiting for it.
    pub fn start(&self, options: &[&str]) -> Running {
        self.start_of(&[&["run", "p", "--json"], options].concat())
    }

    /// Starts the program, without waiting for it.
    pub fn start_of(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(Some(command.spawn().unwrap()))
    }
}

pub fn write(path: &Path, bytes: &[u8]) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, bytes).unwrap();
}

/// Waits until `holds` returns true. Panics after 30 seconds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "still waiting for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A running program, killed when dropped.
pub struct Running(Option<Child>);

impl Running {
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = self.0.as_ref().unwrap().id();
        let process = rustix::process::Pid::from_raw(id.try_into().unwrap()).unwrap();
        rustix::process::kill_process(process, signal).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Returns true if it ended, without waiting.
    pub fn has_ended(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    pub fn wait(mut self) -> Outcome {
        Outcome::from(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Result of a call of the program.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 if a signal ended the program.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// Stdout as JSON; null if it is not JSON.
    pub json: Value,
}

impl From<std::process::Output> for Outcome {
    fn from(output: std::process::Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&stdout).unwrap_or_default(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            stdout,
        }
    }
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// The outcome of a run whose summary was read from a file.
    pub fn from_json(json: Value) -> Self {
        Self { code: 0, stdout: json.to_string(), stderr: String::new(), json }
    }

    /// Returns the stages that ran, in the pipeline's order.
    pub fn executed(&self) -> Vec<String> {
        self.ended("ran")
    }

    pub fn restored(&self) -> Vec<String> {
        self.ended("restored")
    }

    pub fn fresh(&self) -> Vec<String> {
        self.ended("fresh")
    }

    /// Returns the stages with this outcome.
    pub fn ended(&self, outcome: &str) -> Vec<String> {
        let pairs = self.pairs("outcome");
        pairs.into_iter().filter(|(_, how)| how == outcome).map(|(name, _)| name).collect()
    }

    /// Returns each stage's name with another of its texts.
    pub fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let stages = self.json["stages"].as_array();
        let stages =
            stages.unwrap_or_else(|| panic!("no stages:\n{}\n{}", self.stdout, self.stderr));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        stages.iter().map(|stage| (text(&stage["name"]), text(&stage[key]))).collect()
    }

    /// Returns one stage's object.
    pub fn stage(&self, name: &str) -> &Value {
        let mut stages = self.json["stages"].as_array().expect("stages").iter();
        stages.find(|stage| stage["name"] == name).expect("the stage exists")
    }

    /// Returns one text of `error`.
    pub fn error(&self, key: &str) -> &str {
        self.json["error"][key].as_str().unwrap_or_default()
    }
}
