use super::*;

#[test]
fn inputs_must_be_known_and_in_their_section() {
    assert_refused_below_head(&[
        (
            "  b: { uses: scan }",
            "6:3: missing input 'midi' of stage 'b' (kind scan): what it is\n  hint: files: { midi: \"data/**/*.mid\" }",
        ),
        (
            "  b: { uses: extract }",
            "6:3: missing input 'catalog' of stage 'b' (kind extract): what it is\n  hint: from: { catalog: catalog }",
        ),
        (
            "  b: { uses: scan, files: { mdi: x.mid } }",
            "6:29: unknown input 'mdi' of stage 'b' (kind scan)\n  hint: did you mean 'midi'?",
        ),
        (
            "  b: { uses: scan, from: { midi: catalog } }",
            "6:28: input 'midi' of stage 'b' is under 'from', expected 'files'",
        ),
        (
            "  b: { uses: extract, files: { catalog: c.parquet } }",
            "6:32: input 'catalog' of stage 'b' is under 'files', expected 'from'",
        ),
        (
            "  b: { uses: evaluate, gather: { model: train } }",
            "6:32: stage 'b' (kind evaluate) takes no 'gather', only kind command does\n  hint: 'from' makes one instance per upstream instance",
        ),
        (
            "  b: { uses: command, run: x, files: { i: a }, from: { i: train } }",
            "6:56: input 'i' of stage 'b' is under both 'files' and 'from'",
        ),
        (
            "  b: { uses: command, run: x, files: { out: a } }",
            "6:40: an input of stage 'b' cannot be named 'out': '{out}' is the output folder",
        ),
        (
            "  b: { uses: command, run: x, files: { \"a b\": a } }",
            "6:40: input 'a b': use ASCII letters, digits, '_' and '-'",
        ),
        (
            "  b: { uses: scan, files: [a] }",
            "6:27: 'files' of stage 'b': found a list, expected a mapping",
        ),
    ]);
}

#[test]
fn references_must_name_a_matching_stage_and_output() {
    assert_refused_below_head(&[
        (
            "  b: { uses: extract, from: { catalog: catalgo } }",
            "6:40: unknown stage 'catalgo', read by input 'catalog' of stage 'b'\n  hint: did you mean 'catalog'?",
        ),
        (
            "  b: { uses: extract, from: { catalog: } }",
            "6:31: input 'catalog' of stage 'b': found nothing, expected a stage",
        ),
        (
            "  b: { uses: extract, from: { catalog: [catalog] } }",
            "6:40: input 'catalog' of stage 'b': found a list, expected one stage\n  hint: only 'gather' takes several",
        ),
        (
            "  b: { uses: extract, from: { catalog: { a: b } } }",
            "6:40: input 'catalog' of stage 'b': found a mapping, expected a stage",
        ),
        (
            "  b: { uses: train, from: { samples: catalog } }",
            "6:38: input 'samples' of stage 'b': found stage 'catalog' (kind scan), expected a stage of kind extract\n  hint: stages that fit: rolls",
        ),
        (
            "  b: { uses: train, from: { samples: rolls.samples } }",
            "6:38: input 'samples' of stage 'b' reads all outputs of stage 'rolls', found only 'samples'\n  hint: write 'rolls'",
        ),
        (
            "  b: { uses: generate, from: { model: train.modle } }",
            "6:39: unknown output 'modle' of stage 'train' (kind train)\n  hint: did you mean 'model'?",
        ),
        (
            "  b: { uses: generate, from: { model: train.log } }",
            "6:39: input 'model' of stage 'b' reads output 'model' of stage 'train', found 'log'\n  hint: write 'train' or 'train.model'",
        ),
        (
            "  b: { uses: generate, from: { model: train. } }",
            "6:39: unknown output '' of stage 'train' (kind train)\n  hint: outputs: model, log",
        ),
        (
            "  b: { uses: command, run: x, gather: { i: [train, nothing] } }",
            "6:52: unknown stage 'nothing', read by input 'i' of stage 'b'\n  hint: stages: catalog, rolls, train",
        ),
        (
            "  b: { uses: command, run: x, gather: { i: [] } }",
            "6:44: input 'i' of stage 'b' is empty, expected a stage",
        ),
        (
            "  b: { uses: command, run: x, outputs: [o.csv] }\n  c: { uses: command, run: x, from: { i: b.o } }",
            "7:42: unknown output 'o' of stage 'b' (kind command)\n  hint: outputs: o.csv",
        ),
        (
            "  b: { uses: command, run: x }\n  c: { uses: command, run: x, from: { i: b.o } }",
            "7:42: unknown output 'o' of stage 'b' (kind command)\n  hint: stage 'b' declares no outputs",
        ),
    ]);
}

#[test]
fn unmatchable_file_patterns_are_refused() {
    assert_refused_below_head(&[
        (
            "  b: { uses: scan, files: { midi: \"a/{b\" } }",
            "6:35: invalid file pattern 'a/{b': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
        ),
        (
            "  b: { uses: scan, files: { midi: \"a/[b\" } }",
            "6:35: invalid file pattern 'a/[b': unclosed character class; missing ']'",
        ),
        (
            "  b: { uses: scan, files: { midi: \"a/*/\" } }",
            "6:35: invalid file pattern 'a/*/': it ends in '/' and names no files\n  hint: add '**/*.mid'",
        ),
        (
            "  b: { uses: scan, files: { midi: \"\" } }",
            "6:35: invalid file pattern '': it names no file",
        ),
        (
            "  b: { uses: scan, files: { midi: [] } }",
            "6:35: input 'midi' of stage 'b' is empty, expected a path or a pattern",
        ),
        (
            "  b: { uses: scan, files: { midi: 3 } }",
            "6:35: input 'midi' of stage 'b': found whole number 3, expected a string or a list of strings",
        ),
        (
            "  b: { uses: scan, files: { midi: [a, [b]] } }",
            "6:39: input 'midi' of stage 'b': found a list, expected a string",
        ),
    ]);
}

#[test]
fn parameters_must_be_known_and_in_range() {
    let cases = [
        (
            "epoch: 3",
            "10:7: unknown parameter 'epoch' of stage 'b' (kind train)\n  hint: did you mean 'epochs'?",
        ),
        (
            "epochs: 0",
            "10:15: parameter 'epochs' of stage 'b': found whole number 0, expected a whole number between 1 and 1000",
        ),
        (
            "epochs: 1001",
            "10:15: parameter 'epochs' of stage 'b': found whole number 1001, expected a whole number between 1 and 1000",
        ),
        (
            "epochs: 2.5",
            "10:15: parameter 'epochs' of stage 'b': found number 2.5, expected a whole number between 1 and 1000",
        ),
        (
            "epochs: \"3\"",
            "10:15: parameter 'epochs' of stage 'b': found string \"3\", expected a whole number between 1 and 1000\n  hint: write it without quotes",
        ),
        (
            "epochs: many",
            "10:15: parameter 'epochs' of stage 'b': found string \"many\", expected a whole number between 1 and 1000",
        ),
        (
            "epochs: [3]",
            "10:15: parameter 'epochs' of stage 'b': found a list, expected a whole number between 1 and 1000",
        ),
        (
            "epochs:",
            "10:7: parameter 'epochs' of stage 'b': found nothing, expected a whole number between 1 and 1000",
        ),
        (
            "latent: 0",
            "10:15: parameter 'latent' of stage 'b': found whole number 0, expected a whole number of at least 1",
        ),
        (
            "latent: 99999999999999999999",
            "10:15: parameter 'latent' of stage 'b': found whole number 99999999999999999999, expected a whole number between 1 and 9223372036854775807",
        ),
        (
            "beta: -0.5",
            "10:13: parameter 'beta' of stage 'b': found number -0.5, expected a number between 0 and 10",
        ),
        (
            "beta: .nan",
            "10:13: parameter 'beta' of stage 'b': found number .nan, expected a number between 0 and 10",
        ),
        (
            "beta: .inf",
            "10:13: parameter 'beta' of stage 'b': found number .inf, expected a number between 0 and 10",
        ),
        (
            "beta: big",
            "10:13: parameter 'beta' of stage 'b': found string \"big\", expected a number between 0 and 10",
        ),
        (
            "loss: mes",
            "10:13: parameter 'loss' of stage 'b': found string \"mes\", expected 'mse' or 'bce'\n  hint: did you mean 'mse'?",
        ),
        (
            "loss: 3",
            "10:13: parameter 'loss' of stage 'b': found whole number 3, expected 'mse' or 'bce'",
        ),
        (
            "shuffle: yes",
            "10:16: parameter 'shuffle' of stage 'b': found string \"yes\", expected true or false\n  hint: write true",
        ),
        (
            "shuffle: 0",
            "10:16: parameter 'shuffle' of stage 'b': found whole number 0, expected true or false\n  hint: write false",
        ),
        (
            "note: 3",
            "10:13: parameter 'note' of stage 'b': found whole number 3, expected a string\n  hint: in quotes it is one: \"3\"",
        ),
        (
            "note: { a: b }",
            "10:13: parameter 'note' of stage 'b': found a mapping, expected a string",
        ),
    ];
    let cases: Vec<(String, &str)> = cases
        .iter()
        .map(|(params, error)| {
            (format!("  b:\n    uses: train\n    from: {{ samples: rolls }}\n    params:\n      {params}"), *error)
        })
        .collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    assert_refused_below_head(&cases);
}

#[test]
fn needs_must_be_amounts() {
    assert_refused_below_head(&[
        (
            "  b: { uses: command, run: x, needs: { cpus: 0 } }",
            "6:46: 'cpus' in 'needs' of stage 'b': found whole number 0, expected a whole number between 1 and 4096",
        ),
        (
            "  b: { uses: command, run: x, needs: { cpus: two } }",
            "6:46: 'cpus' in 'needs' of stage 'b': found string \"two\", expected a whole number between 1 and 4096",
        ),
        (
            "  b: { uses: command, run: x, needs: { memory: 4Gb } }",
            "6:48: 'memory' in 'needs' of stage 'b': found string \"4Gb\", expected an amount of memory such as 4GiB or 500MB",
        ),
        (
            "  b: { uses: command, run: x, needs: { memory: 1.5 } }",
            "6:48: 'memory' in 'needs' of stage 'b': found number 1.5, expected an amount of memory such as 4GiB or 500MB",
        ),
        (
            "  b: { uses: command, run: x, needs: { gpu: optionl } }",
            "6:45: 'gpu' in 'needs' of stage 'b': found string \"optionl\", expected 'none', 'optional', 'required', true or false\n  hint: did you mean 'optional'?",
        ),
        (
            "  b: { uses: command, run: x, needs: 3 }",
            "6:38: 'needs' of stage 'b': found whole number 3, expected a mapping",
        ),
        (
            "  b: { uses: command, run: x, exclusive: [a, a] }",
            "6:46: 'exclusive' of stage 'b' names 'a' twice\n  hint: leave one of the two out",
        ),
        (
            "  b: { uses: command, run: x, exclusive: [\"a b\"] }",
            "6:43: exclusive 'a b': use ASCII letters, digits, '_' and '-'",
        ),
    ]);
}

#[test]
fn axes_must_be_parameters_with_distinct_values() {
    let train = "  b: { uses: train, from: { samples: rolls },";
    let cases = [
        ("matrix: { latent: [] } }", "6:65: axis 'latent' in the matrix of stage 'b' is empty, expected a list of values"),
        ("matrix: { latent: } }", "6:57: axis 'latent' in the matrix of stage 'b' is empty, expected a list of values"),
        ("matrix: { latent: 40 } }", "6:65: axis 'latent' in the matrix of stage 'b': found whole number 40, expected a list of values"),
        ("matrix: { latnt: [40] } }", "6:57: unknown parameter 'latnt' of stage 'b' (kind train)\n  hint: did you mean 'latent'?"),
        ("matrix: { latent: [40, x] } }", "6:70: parameter 'latent' of stage 'b': found string \"x\", expected a whole number of at least 1"),
        ("matrix: { epochs: [1, 2000] } }", "6:69: parameter 'epochs' of stage 'b': found whole number 2000, expected a whole number between 1 and 1000"),
        ("matrix: { beta: [1, 1.0] } }", "6:67: axis 'beta' in the matrix of stage 'b' has 1 twice"),
        ("matrix: { note: [\"a/b\"] } }", "6:64: axis 'note' in the matrix of stage 'b': \"a/b\" cannot be part of a folder's name\n  hint: use 1 to 60 characters, without '/', '\\', ',', '=', '[' and ']'"),
        ("matrix: { latent: [1] }, params: { latent: 2 } }", "6:57: parameter 'latent' of stage 'b' is in both 'params' and 'matrix'\n  hint: keep one of the two"),
        ("matrix: { latent: [1, 2] } }\n  c: { uses: generate, from: { model: b }, matrix: { count: [] } }", "7:61: axis 'count' in the matrix of stage 'c' is empty, expected a list of values"),
    ]
    .map(|(rest, error)| (format!("{train} {rest}"), error));
    let cases: Vec<(&str, &str)> = cases.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    assert_refused_below_head(&cases);
}
