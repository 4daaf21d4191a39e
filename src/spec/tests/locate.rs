use super::assert_all_equal;
use crate::spec::{SpecError, find_project, list, locate};
use std::path::Path;
use tempfile::TempDir;

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pipelines")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join("pipelines").join(name), text).unwrap();
    }
    folder
}

fn refused(root: &TempDir, name: &str) -> String {
    locate(root.path(), name).unwrap_err().to_string()
}

#[test]
fn project_is_the_nearest_folder_upward_with_pipelines() {
    let root = project(&[]);
    let deep = root.path().join("data/deep");
    std::fs::create_dir_all(&deep).unwrap();
    assert_eq!(find_project(&deep).unwrap(), root.path());
    assert_eq!(find_project(root.path()).unwrap(), root.path());
    let inner = root.path().join("data/pipelines");
    std::fs::create_dir(&inner).unwrap();
    assert_eq!(find_project(&deep).unwrap(), root.path().join("data"));
    let outside = tempfile::tempdir().unwrap();
    let error = find_project(outside.path()).unwrap_err();
    assert_eq!(error.code(), "no_project");
    assert!(error.hint().unwrap().contains("-C DIR"));
}

#[test]
fn folder_called_pipelines_inside_a_project_is_no_project() {
    let root = project(&[("demo.yaml", "")]);
    let from = |path: &str| find_project(&root.path().join(path)).unwrap();
    for folder in
        ["artifacts/pipelines", "artifacts/p/pipelines", "sub/pipelines", "pipelines/pipelines"]
    {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
        let above = folder.strip_suffix("/pipelines").unwrap();
        assert_eq!((from(folder), from(above)), (root.path().into(), root.path().into()));
    }
    // With files that could be pipelines: outputs of a run, someone's data.
    for folder in ["artifacts/p/pipelines", "data/clone/pipelines", "pipelines/pipelines"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
        std::fs::write(root.path().join(folder).join("x.yaml"), "").unwrap();
        assert_eq!(from(folder.strip_suffix("/pipelines").unwrap()), root.path(), "{folder}");
    }
    // A project of its own.
    std::fs::write(root.path().join("sub/pipelines/x.yaml"), "").unwrap();
    assert_eq!(from("sub/deep"), root.path().join("sub"));
}

#[test]
fn pipelines_are_found_by_name_and_by_path() {
    let root = project(&[("tune.yaml", ""), ("air.yml", "")]);
    let at = |name: &str| root.path().join("pipelines").join(name);
    assert_eq!(locate(root.path(), "tune").unwrap(), at("tune.yaml"));
    assert_eq!(locate(root.path(), "air").unwrap(), at("air.yml"));
    assert_eq!(locate(root.path(), "tune.yaml").unwrap(), at("tune.yaml"));
    assert_eq!(locate(root.path(), "pipelines/tune.yaml").unwrap(), at("tune.yaml"));
    let absolute = at("tune.yaml");
    assert_eq!(locate(root.path(), absolute.to_str().unwrap()).unwrap(), absolute);
}

#[test]
fn invalid_or_unknown_names_are_refused() {
    let root = project(&[("demo.yaml", ""), ("twice.yaml", ""), ("twice.yml", "")]);
    let cases = [
        ("dmeo", "unknown pipeline 'dmeo'\n  hint: did you mean 'demo'?"),
        ("symphony", "unknown pipeline 'symphony'\n  hint: pipelines: demo, twice"),
        ("demo2.yaml", "unknown pipeline 'demo2.yaml'\n  hint: pipelines: demo, twice"),
        (
            "twice",
            "pipeline 'twice' exists twice: as .yaml and as .yml\n  hint: delete one, or name a path",
        ),
        ("store", "'store' cannot be a pipeline's name: artifacts/store holds something else"),
        ("runs", "'runs' cannot be a pipeline's name: artifacts/runs holds something else"),
        (
            "..",
            "'..' cannot be a pipeline's name: it begins with '.', '-' or a space\n  hint: a name means pipelines/NAME.yaml, a path ends in .yaml",
        ),
        (
            "../demo",
            "'../demo' cannot be a pipeline's name: it holds '/'\n  hint: a name means pipelines/NAME.yaml, a path ends in .yaml",
        ),
        (
            "",
            "'' cannot be a pipeline's name: it is empty\n  hint: a name means pipelines/NAME.yaml, a path ends in .yaml",
        ),
        (
            "a\nb",
            "'a␊b' cannot be a pipeline's name: use letters, digits, '_', '-', '.' and spaces\n  hint: a name means pipelines/NAME.yaml, a path ends in .yaml",
        ),
        (
            "-x",
            "'-x' cannot be a pipeline's name: it begins with '.', '-' or a space\n  hint: a name means pipelines/NAME.yaml, a path ends in .yaml",
        ),
    ];
    assert_all_equal(cases.map(|(name, expected)| (expected, refused(&root, name))));
    let empty = project(&[]);
    assert!(refused(&empty, "demo").ends_with("pipelines holds no pipelines"));
}

#[test]
fn list_shows_the_about_text_or_error_of_each_pipeline() {
    let root = project(&[
        ("b.yaml", "about: Second\nother: 1\n"),
        ("a.yml", "stages: {}\n"),
        ("broken.yaml", "about: [\n"),
        ("work.yaml", "about: x\n"),
        ("notes.txt", "no"),
    ]);
    let entries = list(root.path());
    let about: Vec<(&str, Result<&str, &str>)> = entries
        .iter()
        .map(|entry| {
            let about = entry.about.as_ref().map(String::as_str).map_err(SpecError::code);
            (entry.name.as_str(), about)
        })
        .collect();
    assert_eq!(
        about,
        [
            ("a", Ok("")),
            ("b", Ok("Second")),
            ("broken", Err("yaml_syntax")),
            ("work", Err("reserved_pipeline_name")),
        ]
    );
    assert!(list(Path::new("/nowhere")).is_empty());
}
