//! Waits until something changes that a pipeline depends on: its file, or any input file.
//!
//! A [`Watcher`] is armed before the pipeline's files are looked at, and kept while they are worked on. So
//! whatever changes from the first look on ends the next [`Watcher::wait`], and nothing is missed. What it
//! tells is only *that* something changed; what, and whether it matters, is the plan's to say.
//!
//! Folders are watched, one by one, and not files: editors save by renaming a new file into place. Folders
//! that come later are watched by the next `Watcher`, as their coming ends the wait. Nothing below
//! `artifacts/` counts, where runs write, unless the pipeline names files there.

mod poll;
mod watch_set;

use crate::spec::Pipeline;
use crate::stage_api::CancelToken;
use notify::{
    Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
};
use poll::Poll;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use watch_set::WatchSet;

/// A change counts as over when it is quiet for so long.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Something that never gets quiet is not waited for longer than this.
const MAX_DEBOUNCE: Duration = Duration::from_secs(10);

/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// How often files are looked at where nothing tells of changes.
const POLL: Duration = Duration::from_secs(2);

/// How changes are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchMode {
    /// The operating system tells, at once.
    Events,
    /// All files are looked at every two seconds: the operating system watches no more folders.
    PollNoCapacity,
    /// All files are looked at every two seconds: the file system tells nothing.
    PollUnsupported,
}

/// Nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The operating system does not tell of changes.
    #[error("cannot watch for changes: {0}")]
    System(#[from] notify::Error),
    /// The thread that looks again and again cannot start.
    #[error("cannot watch for changes: {0}")]
    Thread(std::io::Error),
}

/// Watches what one pipeline depends on.
pub struct Watcher {
    changes: Receiver<()>,
    means: WatchMode,
    folders: usize,
    _source: Source,
}

/// Whichever it is, it tells until it is dropped.
enum Source {
    Events(#[expect(dead_code, reason = "kept for its drop")] RecommendedWatcher),
    Poll(#[expect(dead_code, reason = "kept for its drop")] Poll),
}

impl Watcher {
    /// Watches from now on: a pipeline's file, and the input files of the pipeline that stood in it when
    /// it was valid last.
    ///
    /// # Errors
    /// When the operating system lets nothing be watched, not even by looking again and again.
    pub fn arm(
        file: &Path,
        pipeline: Option<&Pipeline>,
        artifacts: &Path,
    ) -> Result<Self, WatchError> {
        let mut ground = WatchSet::new(file, pipeline, artifacts);
        loop {
            let watch = Self::at(ground.clone())?;
            // A folder that came while others were counted is watched by nobody yet.
            let now = WatchSet::new(file, pipeline, artifacts);
            if now == ground {
                return Ok(watch);
            }
            ground = now;
        }
    }

    fn at(ground: WatchSet) -> Result<Self, WatchError> {
        if ground.is_silent() {
            return Self::on(ground, WatchMode::PollUnsupported);
        }
        match Self::on(ground.clone(), WatchMode::Events) {
            Err(WatchError::System(error)) if is_full(&error) => {
                Self::on(ground, WatchMode::PollNoCapacity)
            }
            other => other,
        }
    }

    fn on(ground: WatchSet, means: WatchMode) -> Result<Self, WatchError> {
        let (send, changes) = sync_channel(1);
        let folders = ground.folders().count();
        let source = match means {
            WatchMode::Events => Source::Events(listen(ground, send)?),
            WatchMode::PollNoCapacity | WatchMode::PollUnsupported => {
                Source::Poll(Poll::start(ground, POLL, send).map_err(WatchError::Thread)?)
            }
        };
        Ok(Self { changes, means, folders, _source: source })
    }

    /// How changes are noticed.
    #[must_use]
    pub fn mode(&self) -> WatchMode {
        self.means
    }

    /// How many folders are watched.
    #[must_use]
    pub fn folders(&self) -> usize {
        self.folders
    }

    /// Waits until something has changed and it is quiet again; `false` when the person asked to stop.
    #[must_use]
    pub fn wait(&self, stop: &CancelToken) -> bool {
        while !self.next(LOOK) {
            if stop.is_cancelled() {
                return false;
            }
        }
        let began = Instant::now();
        while self.next(DEBOUNCE) && began.elapsed() < MAX_DEBOUNCE && !stop.is_cancelled() {}
        !stop.is_cancelled()
    }

    /// Whether a change comes within a time.
    fn next(&self, within: Duration) -> bool {
        match self.changes.recv_timeout(within) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                // A watcher whose thread died tells nothing; the person can still stop.
                std::thread::sleep(within);
                false
            }
        }
    }
}

/// Has the operating system tell of changes in each folder.
fn listen(ground: WatchSet, send: SyncSender<()>) -> Result<RecommendedWatcher, notify::Error> {
    let folders: Vec<PathBuf> = ground.folders().cloned().collect();
    let handler = move |event| tell(&ground, &send, event);
    let mut watcher = RecommendedWatcher::new(handler, Config::default())?;
    for folder in &folders {
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            // One that vanished or may not be read: the survey says so.
            Err(error) if !is_full(&error) => {}
            result => result?,
        }
    }
    Ok(watcher)
}

/// The watcher's thread: passes on that something changed. One that is not taken yet is enough.
fn tell(ground: &WatchSet, send: &SyncSender<()>, event: notify::Result<Event>) {
    let matters = match &event {
        Ok(event) if event.need_rescan() => true,
        Ok(Event { kind: EventKind::Access(_), .. }) => false,
        Ok(event) => event.paths.iter().any(|path| ground.matters(path)),
        Err(_) => true,
    };
    if matters {
        let _ = send.try_send(());
    }
}

fn is_full(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // No more watchers, or no more open files.
        ErrorKind::Io(error) => {
            let code = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
            use rustix::io::Errno;
            matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOSPC | Errno::NOSYS))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    /// A project with one pipeline that reads `data/**/*.txt` and `one/*.txt`, and `made/` out of
    /// another one's outputs.
    struct Scene(tempfile::TempDir);

    const PIPELINE: &str = r#"
stages:
  a:
    uses: command
    files: { i: ["data/**/*.txt", "one/*.txt", "artifacts/other/made/*.txt"] }
    run: "cat {i}"
    outputs: [o]
"#;

    impl Scene {
        fn new() -> Self {
            let scene = Self(tempfile::tempdir().unwrap());
            for name in ["pipelines", "data/deep", "one/below", "artifacts/other/made"] {
                fs_err::create_dir_all(scene.path(name)).unwrap();
            }
            scene.write("pipelines/p.yaml", PIPELINE);
            scene
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().canonicalize().unwrap().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs_err::write(self.path(name), text).unwrap();
        }

        fn ground(&self) -> WatchSet {
            let file = self.path("pipelines/p.yaml");
            let kinds = crate::stages::registry().kinds();
            let pipeline = spec::load(&file, &self.path(""), &kinds, &[]).unwrap();
            WatchSet::new(&file, Some(&pipeline), &self.path("artifacts"))
        }

        /// Whether this deed is heard.
        fn hears(&self, means: WatchMode, deed: impl FnOnce()) -> bool {
            let watch = Watcher::on(self.ground(), means).unwrap();
            deed();
            let deadline = Instant::now() + Duration::from_secs(30);
            while Instant::now() < deadline {
                if watch.next(LOOK) {
                    return true;
                }
            }
            false
        }
    }

    #[test]
    fn what_an_input_or_the_pipeline_may_be_in_matters_and_nothing_else() {
        let scene = Scene::new();
        let ground = scene.ground();
        for path in [
            "pipelines/p.yaml",
            "pipelines",
            "data/x.txt",
            "data/deep/x.txt",
            "data/deep",
            "one/x.txt",
            "artifacts/other/made/x.txt",
            "artifacts/other",
        ] {
            assert!(ground.matters(&scene.path(path)), "{path}");
        }
        for path in [
            "pipelines/other.yaml",
            "pipelines/.p.yaml.swp",
            "one/below/x.txt",
            "README.md",
            "artifacts/runs/20261122185555_RUN01",
            "artifacts/p/a/o",
        ] {
            assert!(!ground.matters(&scene.path(path)), "{path}");
        }
    }

    #[test]
    fn a_change_is_heard_from_the_system_and_by_looking() {
        for means in [WatchMode::Events, WatchMode::PollNoCapacity] {
            let scene = Scene::new();
            assert!(scene.hears(means, || scene.write("data/deep/new.txt", "x")), "{means:?}");
            let edit = || {
                scene.write("pipelines/p.new", &format!("{PIPELINE}# edited\n"));
                let (from, to) = (scene.path("pipelines/p.new"), scene.path("pipelines/p.yaml"));
                fs_err::rename(from, to).unwrap();
            };
            assert!(scene.hears(means, edit), "{means:?}");
            let older = || {
                let earlier = std::time::SystemTime::now() - Duration::from_secs(1000);
                let path = scene.path("data/deep/older");
                fs_err::write(&path, "y").unwrap();
                std::fs::File::open(&path).unwrap().set_modified(earlier).unwrap();
                fs_err::rename(path, scene.path("data/deep/new.txt")).unwrap();
            };
            assert!(scene.hears(means, older), "{means:?}");
            let remove = || fs_err::remove_file(scene.path("data/deep/new.txt")).unwrap();
            assert!(scene.hears(means, remove), "{means:?}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_waited_for() {
        let scene = Scene::new();
        fs_err::remove_dir_all(scene.path("data")).unwrap();
        let ground = scene.ground();
        assert!(ground.matters(&scene.path("data")));
        assert!(scene.hears(WatchMode::Events, || fs_err::create_dir(scene.path("data")).unwrap()));
    }

    #[test]
    fn a_linked_file_is_watched_where_it_lies() {
        let scene = Scene::new();
        fs_err::create_dir(scene.path("elsewhere")).unwrap();
        scene.write("elsewhere/real.txt", "x");
        let link = scene.path("data/link.txt");
        std::os::unix::fs::symlink(scene.path("elsewhere/real.txt"), link).unwrap();
        assert!(scene.hears(WatchMode::Events, || scene.write("elsewhere/real.txt", "y")));
    }

    #[test]
    fn a_wait_ends_when_the_person_asks_to_stop() {
        let watch = Watcher::on(Scene::new().ground(), WatchMode::Events).unwrap();
        let stop = CancelToken::default();
        stop.cancel();
        assert!(!watch.wait(&stop));
    }
}
