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

    fn watch_set(&self) -> WatchSet {
        let file = self.path("pipelines/p.yaml");
        let kinds = crate::stages::registry().kinds();
        let pipeline = spec::load(&file, &self.path(""), &kinds, &[]).unwrap();
        WatchSet::new(&file, Some(&pipeline), &self.path("artifacts"))
    }

    /// Returns true if this change is noticed.
    fn notices(&self, mode: WatchMode, change: impl FnOnce()) -> bool {
        let watch = Watcher::with_mode(self.watch_set(), mode).unwrap();
        change();
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if watch.next(CANCEL_INTERVAL) {
                return true;
            }
        }
        false
    }
}

#[test]
fn only_inputs_and_the_pipeline_file_matter() {
    let scene = Scene::new();
    let set = scene.watch_set();
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
        assert!(set.matters(&scene.path(path)), "{path}");
    }
    for path in [
        "pipelines/other.yaml",
        "pipelines/.p.yaml.swp",
        "one/below/x.txt",
        "README.md",
        "artifacts/runs/20261122185555_RUN01",
        "artifacts/p/a/o",
    ] {
        assert!(!set.matters(&scene.path(path)), "{path}");
    }
}

#[test]
fn change_is_noticed_by_events_and_by_polling() {
    for mode in [WatchMode::Events, WatchMode::PollNoCapacity] {
        let scene = Scene::new();
        assert!(scene.notices(mode, || scene.write("data/deep/new.txt", "x")), "{mode:?}");
        let edit = || {
            scene.write("pipelines/p.new", &format!("{PIPELINE}# edited\n"));
            let (from, to) = (scene.path("pipelines/p.new"), scene.path("pipelines/p.yaml"));
            fs_err::rename(from, to).unwrap();
        };
        assert!(scene.notices(mode, edit), "{mode:?}");
        let older = || {
            let earlier = std::time::SystemTime::now() - Duration::from_secs(1000);
            let path = scene.path("data/deep/older");
            fs_err::write(&path, "y").unwrap();
            std::fs::File::open(&path).unwrap().set_modified(earlier).unwrap();
            fs_err::rename(path, scene.path("data/deep/new.txt")).unwrap();
        };
        assert!(scene.notices(mode, older), "{mode:?}");
        let remove = || fs_err::remove_file(scene.path("data/deep/new.txt")).unwrap();
        assert!(scene.notices(mode, remove), "{mode:?}");
    }
}

#[test]
fn missing_folder_is_noticed_when_created() {
    let scene = Scene::new();
    fs_err::remove_dir_all(scene.path("data")).unwrap();
    let set = scene.watch_set();
    assert!(set.matters(&scene.path("data")));
    assert!(scene.notices(WatchMode::Events, || fs_err::create_dir(scene.path("data")).unwrap()));
}

#[test]
fn target_of_a_link_is_watched() {
    let scene = Scene::new();
    fs_err::create_dir(scene.path("elsewhere")).unwrap();
    scene.write("elsewhere/real.txt", "x");
    let link = scene.path("data/link.txt");
    std::os::unix::fs::symlink(scene.path("elsewhere/real.txt"), link).unwrap();
    assert!(scene.notices(WatchMode::Events, || scene.write("elsewhere/real.txt", "y")));
}

#[test]
fn wait_ends_when_cancelled() {
    let watch = Watcher::with_mode(Scene::new().watch_set(), WatchMode::Events).unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(!watch.wait(&cancel));
}
