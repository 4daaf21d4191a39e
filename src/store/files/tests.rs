use super::*;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

struct Fixture {
    folder: tempfile::TempDir,
    files: Files,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("artifacts");
        fs_err::create_dir(&root).unwrap();
        fs_err::create_dir(folder.path().join("outside")).unwrap();
        fs_err::write(folder.path().join("outside/keep"), "theirs").unwrap();
        Self { files: Files::new(root), folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.files.root.join(path)
    }

    fn outside(&self, path: &str) -> PathBuf {
        self.folder.path().join("outside").join(path)
    }

    /// The content of the folder outside is what it was.
    fn check_outside(&self) {
        let names: Vec<_> = fs_err::read_dir(self.outside("")).unwrap().flatten().collect();
        assert_eq!(names.len(), 1);
        assert_eq!(fs_err::read_to_string(self.outside("keep")).unwrap(), "theirs");
    }
}

#[test]
fn path_that_leads_out_is_refused() {
    let fixture = Fixture::new();
    let out =
        [fixture.path("../outside/keep"), fixture.path("a/../../outside/keep"), "/etc".into()];
    for path in out {
        for result in [
            fixture.files.read(&path).map(drop),
            fixture.files.write_atomic(&path, b"x"),
            fixture.files.remove_all(&path),
            fixture.files.create_all(&path),
            fixture.files.rename(&path, &fixture.path("x")),
            fixture.files.rename(&fixture.path("x"), &path),
            fixture.files.copy(&path, &fixture.path("x"), false),
        ] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput, "{}", path.display());
        }
    }
    fixture.check_outside();
}

#[test]
fn link_on_the_way_is_not_followed() {
    let fixture = Fixture::new();
    symlink(fixture.outside(""), fixture.path("link")).unwrap();
    let path = fixture.path("link/keep");
    for result in [
        fixture.files.read(&path).map(drop),
        fixture.files.write_atomic(&path, b"x"),
        fixture.files.create_new(&fixture.path("link/new")).map(drop),
        fixture.files.open_to_lock(&path, true).map(drop),
        fixture.files.create_all(&fixture.path("link/a/b")),
        fixture.files.remove_all(&path),
        fixture.files.list(&fixture.path("link")).map(drop),
        fixture.files.append(&path, b"x"),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotADirectory, "{error}");
        assert!(error.to_string().contains("artifacts/link is a link"), "{error}");
    }
    assert!(fixture.files.walk(&fixture.path("")).iter().all(|entry| entry.path != path));
    fixture.check_outside();
}

#[test]
fn link_at_the_end_is_not_followed() {
    let fixture = Fixture::new();
    let path = fixture.path("link");
    symlink(fixture.outside("keep"), &path).unwrap();
    for result in [
        fixture.files.read(&path).map(drop),
        fixture.files.open_to_lock(&path, true).map(drop),
        fixture.files.append(&path, b"x"),
        fixture.files.seal(&path, 0o444),
        fixture.files.set_mode(&path, 0o777),
        fixture.files.copy(&path, &fixture.path("copy"), false),
    ] {
        assert!(is_not_plain(&result.unwrap_err()));
    }
    assert!(!fixture.files.link(&path, &fixture.path("second")).unwrap());
    fixture.files.write_atomic(&path, b"mine").unwrap();
    assert!(fixture.files.is_file(&path), "the link is replaced");
    fixture.check_outside();
}

#[test]
fn pipe_is_no_file_and_does_not_block() {
    let fixture = Fixture::new();
    let status = std::process::Command::new("mkfifo").arg(fixture.path("pipe")).status().unwrap();
    assert!(status.success());
    assert!(is_not_plain(&fixture.files.read(&fixture.path("pipe")).unwrap_err()));
    assert!(is_not_plain(&fixture.files.open_to_lock(&fixture.path("pipe"), true).unwrap_err()));
}

#[test]
fn removal_takes_read_only_folders_and_leaves_what_links_lead_to() {
    let fixture = Fixture::new();
    fs_err::create_dir_all(fixture.path("a/b")).unwrap();
    fs_err::write(fixture.path("a/b/file"), "x").unwrap();
    symlink(fixture.outside(""), fixture.path("a/b/link")).unwrap();
    for folder in ["a/b", "a"] {
        let mode = std::fs::Permissions::from_mode(0o500);
        fs_err::set_permissions(fixture.path(folder), mode).unwrap();
    }
    fixture.files.remove_all(&fixture.path("a")).unwrap();
    assert!(!fixture.files.exists(&fixture.path("a")));
    fixture.check_outside();
}

#[test]
fn other_name_of_a_file_keeps_its_content_and_mode() {
    let fixture = Fixture::new();
    let path = fixture.path("file");
    fs_err::hard_link(fixture.outside("keep"), &path).unwrap();
    let mode = fs_err::metadata(&path).unwrap().mode();
    assert!(fixture.files.append(&path, b"x").is_err());
    fixture.files.copy_sealed(&path, &fixture.path("blob"), 0o444).unwrap();
    fixture.files.separate(&path).unwrap();
    assert_eq!(fixture.files.stat(&path).unwrap().names, 1);
    fixture.files.write_atomic(&path, b"mine").unwrap();
    assert_eq!(fs_err::metadata(fixture.outside("keep")).unwrap().mode(), mode);
    assert_eq!(fixture.files.read(&fixture.path("blob")).unwrap(), b"theirs");
    fixture.check_outside();
}

#[test]
fn root_may_be_a_link_to_an_empty_folder_or_to_artifacts_only() {
    let folder = tempfile::tempdir().unwrap();
    let (project, disk) = (folder.path().join("project"), folder.path().join("disk"));
    fs_err::create_dir_all(project.join("pipelines")).unwrap();
    fs_err::create_dir(&disk).unwrap();
    let open = || Files::open_root(project.join("artifacts"));
    assert!(open().is_ok(), "it does not exist yet");
    symlink(&disk, project.join("artifacts")).unwrap();
    assert!(open().is_ok(), "it is empty");
    fs_err::write(disk.join("opus"), "").unwrap();
    let refused = open().unwrap_err();
    assert!(refused.hint().is_some() && refused.to_string().contains("is a link to"), "{refused}");
    for name in ["runs", "work"] {
        fs_err::create_dir(disk.join(name)).unwrap();
    }
    assert!(open().is_ok(), "this program filled it");
    fs_err::create_dir(folder.path().join("pipelines")).unwrap();
    let refused = open().unwrap_err().to_string();
    assert!(refused.contains("another project"), "{refused}");
}

#[test]
fn names_that_are_in_use_are_kept() {
    let fixture = Fixture::new();
    fixture.files.write_atomic(&fixture.path("a"), b"a").unwrap();
    fixture.files.write_atomic(&fixture.path("b"), b"b").unwrap();
    assert!(!fixture.files.rename_new(&fixture.path("a"), &fixture.path("b")).unwrap());
    assert_eq!(fixture.files.read(&fixture.path("b")).unwrap(), b"b");
    assert!(fixture.files.create_new(&fixture.path("a")).is_err());
    assert!(fixture.files.exchange(&fixture.path("a"), &fixture.path("b")).unwrap());
    assert_eq!(fixture.files.read(&fixture.path("a")).unwrap(), b"b");
    assert_eq!(
        fixture.files.list(&fixture.path("")).unwrap().len(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn store_may_be_a_link_to_another_disk_only() {
    let folder = tempfile::tempdir().unwrap();
    let (root, disk) = (folder.path().join("artifacts"), folder.path().join("disk"));
    fs_err::create_dir(&root).unwrap();
    fs_err::create_dir(&disk).unwrap();
    symlink(&disk, root.join("store")).unwrap();
    let refused = Files::open_root(root.clone()).unwrap_err().to_string();
    assert!(refused.contains("on the same disk"), "{refused}");
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
    if fs_err::metadata(other.path()).unwrap().dev() == fs_err::metadata(&root).unwrap().dev() {
        return;
    }
    fs_err::remove_file(root.join("store")).unwrap();
    symlink(other.path(), root.join("store")).unwrap();
    let files = Files::open_root(root.clone()).unwrap();
    files.write_atomic(&root.join("x"), b"x").unwrap();
    files.create_all(&root.join("store/blobs/ab")).unwrap();
    files.rename(&root.join("x"), &root.join("store/blobs/ab/x")).unwrap();
    assert_eq!(files.read(&root.join("store/blobs/ab/x")).unwrap(), b"x");
    assert_eq!(files.walk(&root.join("store")).len(), 3);
    assert!(Files::open_root(root.clone()).is_err(), "the folder is something else's now");
    files.write_atomic(&root.join("store/version"), b"").unwrap();
    assert!(Files::open_root(root).is_ok());
}
