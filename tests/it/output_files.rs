//! Outputs that are programs, read-only or empty folders, hard links or links.

use crate::project::Project;
use crate::stored::blob;
use std::os::unix::fs::PermissionsExt;

fn mode(project: &Project, path: &str) -> u32 {
    fs_err::metadata(project.path(path)).unwrap().permissions().mode() & 0o777
}

#[test]
fn program_is_executable_for_the_user_and_for_the_next_stage() {
    let project = Project::of(
        "stages:
  plain: { uses: command, run: \"printf '#!/bin/sh\\necho hi\\n' > {out}/text\", outputs: [text] }
  build:
    uses: command
    run: \"printf '#!/bin/sh\\necho hi\\n' > {out}/tool; chmod 700 {out}/tool\"
    outputs: [tool]
  use: { uses: command, from: { tool: build }, run: \"{tool} > {out}/said\", outputs: [said] }
",
    );
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/use/said"), "hi\n");
    let check = |when: &str| {
        assert_eq!(mode(&project, "artifacts/p/build/tool") & 0o111, 0o111, "{when}");
        assert_eq!(mode(&project, "artifacts/p/plain/text") & 0o111, 0, "{when}");
    };
    check("after the run");
    project.remove("artifacts/p");
    assert_eq!(project.run(&[]).restored().len(), 3);
    check("restored");
    let run = project.call_plain(&["run", "p", "--force", "use"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn executable_bit_is_an_input_of_the_next_stage() {
    let project = Project::of(
        "stages:
  build: { uses: command, run: \"echo x > {out}/x\", outputs: [x] }
  use: { uses: command, from: { x: build }, run: \"test -x {x} && echo yes > {out}/y || echo no > {out}/y\", outputs: [y] }
",
    );
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/use/y"), "no\n");
    project.change("echo x > {out}/x", "echo x > {out}/x; chmod +x {out}/x");
    assert_eq!(project.run(&[]).executed(), ["build", "use"]);
    assert_eq!(project.text("artifacts/p/use/y"), "yes\n");
}

#[test]
fn private_output_is_readable_for_everybody_who_may_read_the_folder() {
    let project = Project::of(
        "stages: { a: { uses: command, run: \"echo x > {out}/x; chmod 600 {out}/x\", outputs: [x] } }\n",
    );
    project.run(&[]);
    let folder = mode(&project, "artifacts/store/blobs");
    let blob = fs_err::metadata(blob(&project, b"x\n")).unwrap().permissions().mode() & 0o777;
    assert_eq!(blob, folder & 0o444);
    assert_eq!(mode(&project, "artifacts/p/a/x") & 0o044, folder & 0o044);
}

#[test]
fn read_only_folder_is_an_output_and_can_be_removed() {
    let project = Project::of(
        "stages:
  vendor:
    uses: command
    run: \"mkdir -p {out}/mod/pkg; echo x > {out}/mod/pkg/a; chmod 400 {out}/mod/pkg/a; chmod -R a-w {out}/mod\"
    outputs: [mod/]
",
    );
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/vendor/mod/pkg/a"), "x\n");
    for path in ["mod", "mod/pkg"] {
        assert_eq!(mode(&project, &format!("artifacts/p/vendor/{path}")) & 0o700, 0o700, "{path}");
    }
    assert_eq!(project.listing("artifacts/work"), [""; 0], "nothing is left behind");
    assert_eq!(project.run(&[]).fresh(), ["vendor"]);
}

#[test]
fn empty_folders_are_outputs_and_inputs() {
    let project = Project::of(
        "stages:
  split:
    uses: command
    run: \"mkdir -p {out}/parts/train {out}/parts/test; echo x > {out}/parts/train/x\"
    outputs: [parts/, faults/]
  list: { uses: command, from: { p: split }, run: \"find {p} -type d | wc -l > {out}/n\", outputs: [n] }
",
    );
    project.run(&[]);
    assert!(project.path("artifacts/p/split/parts/test").is_dir());
    assert!(project.path("artifacts/p/split/faults").is_dir());
    assert_eq!(project.text("artifacts/p/list/n").trim(), "5");
    fs_err::remove_dir(project.path("artifacts/p/split/faults")).unwrap();
    assert_eq!(project.run(&[]).restored(), ["split"]);
    assert!(project.path("artifacts/p/split/faults").is_dir());
    project.change("{out}/parts/test;", "{out}/parts/tests;");
    assert_eq!(project.run(&[]).executed(), ["split", "list"], "the folders are an input");
    assert!(!project.exists("artifacts/p/split/parts/test"));
    assert!(!project.exists("artifacts/p/split~edited"), "the old folder was the program's");
    assert_eq!(project.call(&["store", "verify"]).code, 0);
    let prune = project.call(&["store", "prune", "--keep", "1"]);
    assert_eq!(prune.code, 0, "{}", prune.stderr);
    assert_eq!(project.run(&[]).fresh().len(), 2);
}

#[test]
fn hard_link_to_a_file_of_the_user_is_copied() {
    let project = Project::of(
        "stages: { a: { uses: command, run: \"ln data/mine {out}/x\", outputs: [x] } }\n",
    )
    .file("data/mine", "mine\n");
    project.run(&[]);
    assert_eq!(mode(&project, "data/mine") & 0o200, 0o200, "it stays writable");
    project.write("data/mine", "edited\n");
    assert_eq!(project.call(&["store", "verify"]).code, 0);
    assert_eq!(project.text("artifacts/p/a/x"), "mine\n");
}

#[test]
fn out_that_became_a_link_is_refused() {
    let project = Project::new();
    fs_err::create_dir(project.outside("photos")).unwrap();
    fs_err::write(project.outside("photos/a.jpg"), "the only copy").unwrap();
    let photos = project.outside("photos").display().to_string();
    let line = |run: &str| {
        format!("stages: {{ take: {{ uses: command, run: \"{run}\", outputs: [a.jpg] }} }}\n")
    };
    for run in [
        format!("rmdir {{out}}; ln -s '{photos}' {{out}}"),
        format!("ln -s '{photos}/a.jpg' {{out}}/a.jpg"),
    ] {
        project.write("pipelines/p.yaml", line(&run));
        let outcome = project.call(&["run", "p"]);
        assert_eq!(outcome.code, 1, "{run}");
        assert!(outcome.stage("take")["hint"].is_string(), "{run}: {}", outcome.stdout);
        let photo = project.outside("photos/a.jpg");
        assert_eq!(fs_err::read_to_string(&photo).unwrap(), "the only copy");
        assert_eq!(fs_err::metadata(&photo).unwrap().permissions().mode() & 0o222, 0o200);
    }
}

#[test]
fn missing_folder_of_c_is_named() {
    let project = Project::of("stages: {}\n");
    let call = project.call(&["-C", "sub/missing", "list"]);
    assert_eq!(call.code, 2, "{}", call.stdout);
    assert!(call.error("message").contains("sub/missing does not exist"), "{}", call.stdout);
}
