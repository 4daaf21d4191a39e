use super::*;

#[test]
fn command_declares_its_own_parameters() {
    let path = "a string, a number, true or false";
    let cases = [
        ("params: { 1a: 1 } }", "6:41: parameter '1a' of stage 'b' must begin with a letter"),
        ("params: { a.b: 1 } }", "6:41: parameter 'a.b': use ASCII letters, digits, '_' and '-'"),
        ("params: { out: 1 } }", "6:41: parameter 'out' of stage 'b' has the name of the output folder: '{out}' is that\n  hint: rename it"),
        ("params: { i: 1 }, files: { i: a } }", "6:41: parameter 'i' of stage 'b' has the name of an input: '{i}' is that\n  hint: rename it"),
        ("matrix: { i: [1] }, gather: { i: train } }", "6:41: parameter 'i' of stage 'b' has the name of an input: '{i}' is that\n  hint: rename it"),
        ("params: { a: [1] } }", &format!("6:44: parameter 'a' of stage 'b': found a list, expected {path}")),
        ("params: { a: } }", &format!("6:41: parameter 'a' of stage 'b': found nothing, expected {path}")),
        ("params: { a: \"${b}\" } }", "6:44: undefined variable 'b' in parameter 'a' of stage 'b'\n  hint: define it under 'vars', or write '$${b}' for the text"),
        ("matrix: { a: [1, {}] } }", &format!("6:48: parameter 'a' of stage 'b': found a mapping, expected {path}")),
        ("matrix: { a: [x/y] } }", "6:45: axis 'a' in the matrix of stage 'b': \"x/y\" cannot be part of a folder's name\n  hint: use 1 to 60 characters, without '/', '\\', ',', '=', '[' and ']'"),
        ("matrix: { a: [x, x] } }", "6:48: axis 'a' in the matrix of stage 'b' has x twice"),
        ("matrix: { a: [x, X] } }", "6:3: stages 'b[a=x]' and 'b[a=X]' differ only in case: they would share a folder\n  hint: rename one"),
        ("matrix: { a: [1] }, params: { a: 2 } }", "6:41: parameter 'a' of stage 'b' is in both 'params' and 'matrix'\n  hint: keep one of the two"),
    ]
    .map(|(rest, error)| (format!("  b: {{ uses: command, run: x, {rest}"), error.to_owned()));
    let cases: Vec<(&str, &str)> = cases.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_refused_below_head(&cases);
}

#[test]
fn only_commands_have_run_outputs_and_env() {
    assert_refused_below_head(&[
        (
            "  b: { uses: command }",
            "6:3: missing key 'run' in stage 'b'\n  hint: run: \"program {input} > {out}/file\"",
        ),
        (
            "  b: { uses: command, run: \" \" }",
            "6:28: 'run' of stage 'b' is empty, expected a command line",
        ),
        (
            "  b: { uses: command, run: [a, b] }",
            "6:28: 'run' of stage 'b': found a list, expected a string",
        ),
        (
            "  b: { uses: train, from: { samples: rolls }, run: x }",
            "6:47: stage 'b' (kind train) takes no 'run', only kind command does",
        ),
        (
            "  b: { uses: train, from: { samples: rolls }, outputs: [x] }",
            "6:47: stage 'b' (kind train) takes no 'outputs', only kind command does",
        ),
        (
            "  b: { uses: train, from: { samples: rolls }, where: x }",
            "6:47: stage 'b' (kind train) takes no 'where'",
        ),
        (
            "  b: { uses: extract, from: { catalog: catalog }, where: \"\" }",
            "6:58: 'where' of stage 'b' is empty, expected an SQL condition",
        ),
        (
            "  b: { uses: command, run: x, outputs: [../x] }",
            "6:41: output '../x' of stage 'b': it leaves the stage's folder\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [a/../../x] }",
            "6:41: output 'a/../../x' of stage 'b': it leaves the stage's folder\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [/tmp/x] }",
            "6:41: output '/tmp/x' of stage 'b': it must be relative to {out}\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [./x] }",
            "6:41: output './x' of stage 'b': a name in it is empty or '.'\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [\"{out}/x\"] }",
            "6:41: output '{out}/x' of stage 'b': it must not begin with {out}, which it is relative to\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [a, a] }",
            "6:44: 'outputs' of stage 'b' names 'a' twice\n  hint: leave one of the two out",
        ),
        (
            "  b: { uses: command, run: x, outputs: [a/b/c, a/] }",
            "6:41: output 'a/b/c' of stage 'b' is inside output 'a/'\n  hint: 'a/' includes everything in it",
        ),
        (
            "  b: { uses: command, run: x, outputs: [a/, a] }",
            "6:45: 'outputs' of stage 'b' names 'a' twice\n  hint: leave one of the two out",
        ),
        (
            "  b: { uses: command, run: x, outputs: [\"\"] }",
            "6:41: output '' of stage 'b': a name in it is empty or '.'\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [.] }",
            "6:41: output '.' of stage 'b': a name in it is empty or '.'\n  hint: name a path below {out}, such as table.csv or plots/",
        ),
        (
            "  b: { uses: command, run: x, outputs: [\"*.csv\"] }",
            "6:41: output '*.csv' of stage 'b': patterns, variables and placeholders are not allowed\n  hint: a folder 'NAME/' takes any files",
        ),
        (
            "  b: { uses: command, run: x, outputs: [A, b, a] }",
            "6:47: outputs 'A' and 'a' of stage 'b' differ only in case\n  hint: rename one: some file systems ignore case",
        ),
        (
            "  b: { uses: command, run: x, outputs: [A, a/b] }",
            "6:44: output 'a/b' of stage 'b' is inside output 'A'\n  hint: 'A/' includes everything in it",
        ),
        (
            "  b: { uses: command, run: x }\n  B: { uses: command, run: x }",
            "7:3: stages 'b' and 'B' differ only in case: they would share a folder\n  hint: rename one",
        ),
        (
            "  b: { uses: command, run: x, env: [\"A=b\"] }",
            "6:37: 'env' of stage 'b': found string \"A=b\", expected the name of an environment variable\n  hint: name it without its value",
        ),
    ]);
}
