use super::assert_all_equal;
use crate::spec::error::Location;
use crate::spec::files::{list, path_of, path_text, split};
use crate::spec::vars::Piece;
use crate::spec::{FilePattern, Position, Unsearched};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    folder
}

fn pattern(root: &Path, written: &str) -> FilePattern {
    let piece = Piece { text: written.to_owned(), variable: false };
    split(&[piece], root, Location::File(Position { line: 3, column: 9 })).unwrap()
}

fn listed(root: &TempDir, written: &str) -> Vec<String> {
    let files =
        list(&pattern(root.path(), written), Path::new("demo.yaml"), &Unsearched::default())
            .unwrap();
    for file in &files {
        assert!(file.path.is_absolute() && file.path.is_symlink() | file.path.is_file());
    }
    files.into_iter().map(|file| file.relative).collect()
}

fn refused(root: &TempDir, written: &str) -> String {
    let error =
        list(&pattern(root.path(), written), Path::new("demo.yaml"), &Unsearched::default())
            .unwrap_err();
    error.to_string().replace(&root.path().display().to_string(), "ROOT")
}

#[test]
fn literal_folder_ends_at_the_first_wildcard() {
    let root = Path::new("/project");
    for (written, base, rest) in [
        ("data/vgm/**/*.mid", "/project/data/vgm", "**/*.mid"),
        ("data/a*/b.mid", "/project/data", "a*/b.mid"),
        ("*.mid", "/project", "*.mid"),
        ("/*.mid", "/", "*.mid"),
        ("/a.mid", "/", "a.mid"),
        ("a/{b,c}/d.mid", "/project/a", "{b,c}/d.mid"),
        ("data/x.mid", "/project/data", "x.mid"),
        ("x.mid", "/project", "x.mid"),
        ("data/folder/", "/project/data", "folder"),
        ("data/\\[a\\]/\\[b\\]*.mid", "/project/data/[a]", "\\[b\\]*.mid"),
        ("../other/*.mid", "/project/../other", "*.mid"),
    ] {
        let found = pattern(root, written);
        assert_eq!((found.base.as_path(), found.pattern.as_str()), (Path::new(base), rest));
        assert_eq!(found.written, written);
    }
}

#[test]
fn files_are_sorted_by_relative_path() {
    let root = folder(&["d/b.mid", "d/a.MID", "d/a/z.midi", "d/.hidden/x.Kar", "d/a/no.txt"]);
    assert_eq!(
        listed(&root, "d/**/*.{mid,midi,kar}"),
        [".hidden/x.Kar", "a.MID", "a/z.midi", "b.mid"]
    );
    assert_eq!(listed(&root, "d/*.mid"), ["a.MID", "b.mid"]);
    assert_eq!(listed(&root, "d/*/*.mid*"), ["a/z.midi"]);
    assert_eq!(listed(&root, "d/b.mid"), ["b.mid"]);
    assert_eq!(listed(&root, "d/*.wav"), [""; 0]);
}

#[test]
fn links_are_followed_except_in_loops() {
    let root = folder(&["d/a/x.mid", "elsewhere/y.mid", "elsewhere/sub/z.mid"]);
    let at = |path: &str| root.path().join(path);
    symlink(at("elsewhere/y.mid"), at("d/linked.mid")).unwrap();
    symlink(at("elsewhere/sub"), at("d/sub")).unwrap();
    symlink(at("d"), at("d/a/up")).unwrap();
    symlink("self.mid", at("d/self.mid")).unwrap();
    symlink("nowhere", at("d/gone.mid")).unwrap();
    symlink("nowhere", at("d/gone.txt")).unwrap();
    assert_eq!(
        listed(&root, "d/**/*.mid"),
        ["a/x.mid", "gone.mid", "linked.mid", "self.mid", "sub/z.mid"]
    );
}

#[test]
fn names_that_are_not_utf8_stay_apart() {
    let root = folder(&["d/a\\xFF.mid", "d/plain\\y.mid"]);
    for name in [b"a\xff.mid".as_slice(), b"a\xfe.mid"] {
        std::fs::write(root.path().join("d").join(OsStr::from_bytes(name)), "").unwrap();
    }
    assert_eq!(
        listed(&root, "d/*.mid"),
        ["a\\x5CxFF.mid", "a\\xFE.mid", "a\\xFF.mid", "plain\\y.mid"]
    );
}

#[test]
fn folder_with_a_matching_name_is_not_listed() {
    let root = folder(&["d/x.mid/inner.mid"]);
    assert_eq!(listed(&root, "d/*.mid"), [""; 0]);
    assert_eq!(listed(&root, "d/**/*.mid"), ["x.mid/inner.mid"]);
}

#[test]
fn missing_paths_are_refused_with_a_near_name() {
    let root = folder(&["data/vgm/x.mid"]);
    let cases = [
        (
            "data/vgm",
            "demo.yaml:3:9: 'data/vgm' is a folder, expected a file or a pattern\n  hint: for the files in it, write 'data/vgm/**/*.mid'",
        ),
        (
            "data/vgm/",
            "demo.yaml:3:9: 'data/vgm/' is a folder, expected a file or a pattern\n  hint: for the files in it, write 'data/vgm/**/*.mid'",
        ),
        (
            "data/vmg/*.mid",
            "demo.yaml:3:9: 'data/vmg/*.mid': ROOT/data/vmg does not exist\n  hint: did you mean 'ROOT/data/vgm'?",
        ),
        (
            "data/vgm/y.mid",
            "demo.yaml:3:9: 'data/vgm/y.mid': ROOT/data/vgm/y.mid does not exist\n  hint: did you mean 'ROOT/data/vgm/x.mid'?",
        ),
        (
            "data/vgm/x.mid/*.mid",
            "demo.yaml:3:9: 'data/vgm/x.mid/*.mid': ROOT/data/vgm/x.mid is not a folder\n  hint: name a folder before the first wildcard",
        ),
        (
            "nothing/at/all/*.mid",
            "demo.yaml:3:9: 'nothing/at/all/*.mid': ROOT/nothing/at/all does not exist",
        ),
        (
            "/dev/null",
            "demo.yaml:3:9: '/dev/null' is not a regular file\n  hint: copy its content to a file",
        ),
    ];
    assert_all_equal(cases.map(|(written, expected)| (expected, refused(&root, written))));
}

#[test]
fn matcher_agrees_with_the_list() {
    let root = folder(&["d/a.MID", "d/b/c.mid", "d/c.txt"]);
    let pattern = pattern(root.path(), "d/**/*.mid");
    let matcher = pattern.matcher().unwrap();
    let files = list(&pattern, Path::new("demo.yaml"), &Unsearched::default()).unwrap();
    assert!(files.iter().all(|file| matcher.is_match(Path::new(&file.relative))));
    assert!(!matcher.is_match(Path::new("c.txt")));
}

#[test]
fn path_is_read_back_from_its_text() {
    for name in
        [&b"a\xff\xfe.mid"[..], b"a\\xFF", b"\\", b"\\x5C\\x41/\\y", b"caf\xc3\xa9\xe9/\n", b"\\x"]
    {
        let path = Path::new(OsStr::from_bytes(name));
        assert_eq!(path_of(&path_text(path)), path, "{}", path_text(path));
    }
}

#[test]
fn unsearched_folders_are_left_out_by_every_path() {
    let root = folder(&["artifacts/p/x.mid", "data/y.mid", "data/artifacts/z.mid"]);
    let at = |path: &str| root.path().join(path);
    symlink(at("artifacts/p"), at("data/link")).unwrap();
    let unsearched = Unsearched::new([at("artifacts"), at("missing")]);
    for (written, found) in [
        ("**/*.mid", &["data/artifacts/z.mid", "data/y.mid"][..]),
        ("data/../**/*.mid", &["data/artifacts/z.mid", "data/y.mid"]),
        ("data/**/*.mid", &["artifacts/z.mid", "y.mid"]),
        ("*/p/*.mid", &[]),
    ] {
        let files = list(&pattern(root.path(), written), Path::new("demo.yaml"), &unsearched);
        let found: Vec<String> = found.iter().map(|path| (*path).to_owned()).collect();
        let listed: Vec<String> = files.unwrap().into_iter().map(|file| file.relative).collect();
        assert_eq!(listed, found, "{written}");
    }
    for written in ["artifacts/p/*.mid", "artifacts/p/x.mid", "data/link/*.mid"] {
        let error = list(&pattern(root.path(), written), Path::new("demo.yaml"), &unsearched);
        assert_eq!(error.unwrap_err().code(), "own_output");
    }
}
