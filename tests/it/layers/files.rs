//! Only `store::Files` touches files below `artifacts/`.

use super::{Source, places, sources};

/// Everything that opens, lists or changes a file by its path.
const FILE_CALLS: [&str; 32] = [
    "fs_err::",
    "walkdir::",
    "WalkDir::",
    "tempfile::",
    "reflink_copy::",
    "rustix::fs",
    "File::open(",
    "File::create(",
    "File::create_new(",
    "File::options(",
    "OpenOptions::",
    "fs::read",
    "fs::write(",
    "fs::metadata(",
    "fs::symlink_metadata(",
    "fs::remove",
    "fs::rename(",
    "fs::copy(",
    "fs::hard_link(",
    "fs::create_dir",
    "fs::set_permissions(",
    "fs::canonicalize(",
    "fs::exists(",
    "fs::{",
    ".exists()",
    ".is_file()",
    ".is_dir()",
    ".is_symlink()",
    ".metadata()",
    ".read_dir()",
    ".canonicalize()",
    ".set_permissions(",
];

/// Returns the calls in a file that go past `store::Files`.
fn file_calls(source: &Source) -> Vec<String> {
    let is_named = |call: &str| match call.starts_with('.') {
        true => source.code.contains(call),
        false => places(&source.code, call).next().is_some(),
    };
    let calls = FILE_CALLS.iter().filter(|call| is_named(call));
    calls.map(|call| format!("{} calls {call}", source.path.display())).collect()
}

/// Below `artifacts/`, links may be where folders are expected, so only one module opens paths there, without
/// following any. The exceptions read the user's input files, wherever these are.
#[test]
fn only_one_module_touches_files_below_artifacts() {
    let inputs = ["runner/hash.rs", "runner/watch"];
    let mut found = Vec::new();
    for source in sources() {
        let is_room = ["store", "history", "runner"].contains(&source.module.as_str());
        let is_exempt = source.path.starts_with("store/files")
            || inputs.iter().any(|input| source.path.starts_with(input));
        if is_room && !is_exempt {
            found.extend(file_calls(&source));
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_way_to_touch_a_file_is_found() {
    for line in [
        "fs_err::read(path)",
        "std::fs::write(path, x)",
        "let x = path.exists();",
        "File::open(path)",
        "use rustix::fs::openat;",
        "use std::fs::{self, File};",
        "tempfile::tempdir_in(x)",
        "for entry in WalkDir::new(x)",
    ] {
        let (path, module) = ("store/x.rs".into(), "store".into());
        let source = Source { path, module, depth: 2, code: line.into() };
        assert!(!file_calls(&source).is_empty(), "{line}");
    }
}
