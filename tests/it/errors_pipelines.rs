//! Errors in a pipeline file: exit code 2, the position, what was found, what is right; nothing runs.

use crate::project::{Outcome, Project};

/// Five valid stages; lines that a test appends begin on line 8.
const HEAD: &str = "\
seed: 1
stages:
  songs: { uses: compose }
  catalog: { uses: scan, from: { songs: songs } }
  rolls: { uses: extract, from: { catalog: catalog } }
  train: { uses: train, from: { samples: rolls } }
  say: { uses: command, run: \"echo hi > {out}/o\", outputs: [o] }
";

/// Asserts that `run` and `status` refuse a pipeline with the same error and create nothing.
fn refused(
    yaml: &str,
    position: (u64, u64),
    code: &str,
    message: &str,
    hint: Option<&str>,
) -> Outcome {
    let project = Project::of(yaml);
    let run = project.call(&["run", "p"]);
    let error = &run.json["error"];
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert_eq!(error["message"], message);
    assert_eq!(
        (error["line"].as_u64(), error["column"].as_u64()),
        (Some(position.0), Some(position.1)),
        "{error}"
    );
    assert_eq!(
        (error["file"].as_str(), error["code"].as_str()),
        (Some("pipelines/p.yaml"), Some(code))
    );
    assert_eq!(error["hint"].as_str(), hint);
    assert_eq!(project.call(&["status", "p"]).stdout, run.stdout);
    assert!(!project.exists("artifacts"));
    run
}

/// [`refused`] with lines after [`HEAD`].
fn refused_below(lines: &str, position: (u64, u64), code: &str, message: &str, hint: Option<&str>) {
    refused(&format!("{HEAD}{lines}\n"), position, code, message, hint);
}

#[test]
fn plain_error_shows_position_message_and_hint() {
    let project = Project::of(&HEAD.replace("uses: train,", "uses: trian,"));
    let run = project.call_plain(&["run", "p"]);
    let expected = "error: pipelines/p.yaml:6:18: unknown stage kind 'trian' of stage 'train'\n  \
                    hint: did you mean 'train'?\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (2, "", expected));
}

#[test]
fn invalid_yaml_is_refused() {
    let message = "invalid YAML: did not find expected ',' or '}', while parsing a flow mapping at \
                   line 1 column 9";
    refused("stages: {a: 1", (2, 1), "yaml_syntax", message, None);
    let tab = "invalid YAML: found character that cannot start any token, while scanning for the \
               next token";
    refused("stages:\n\ta: 1\n", (2, 1), "yaml_syntax", tab, Some("indent by spaces, not by tabs"));
}

#[test]
fn empty_file_is_refused() {
    refused(
        "# soon\n",
        (1, 1),
        "empty_document",
        "the file is empty, expected a mapping with 'stages'",
        None,
    );
}

#[test]
fn pipeline_without_stages_is_refused() {
    refused("stages: {}\n", (1, 9), "no_stages", "the pipeline has no stages", None);
}

#[test]
fn duplicate_key_is_refused() {
    let message = "duplicate key 'songs', first on line 3";
    refused_below(
        "  songs: { uses: compose }",
        (8, 3),
        "duplicate_key",
        message,
        Some("leave one of the two out"),
    );
}

#[test]
fn unknown_key_is_refused() {
    let hint = Some("did you mean 'params'?");
    let lines = "  b: { uses: compose, parms: {} }";
    refused_below(lines, (8, 23), "unknown_key", "unknown key 'parms' in stage 'b'", hint);
    let yaml = HEAD.replace("seed:", "sede:");
    refused(
        &yaml,
        (1, 1),
        "unknown_key",
        "unknown key 'sede' in the pipeline",
        Some("did you mean 'seed'?"),
    );
}

#[test]
fn unknown_parameter_is_refused() {
    let message = "unknown parameter 'song' of stage 'b' (kind compose)";
    let lines = "  b: { uses: compose, params: { song: 4 } }";
    refused_below(lines, (8, 33), "unknown_parameter", message, Some("did you mean 'songs'?"));
}

#[test]
fn value_of_the_wrong_type_is_refused() {
    let message = "parameter 'songs' of stage 'b': found string \"4\", expected a whole number \
                   between 1 and 100000";
    let lines = "  b: { uses: compose, params: { songs: \"4\" } }";
    refused_below(lines, (8, 40), "wrong_type", message, Some("write it without quotes"));
}

#[test]
fn value_out_of_range_is_refused() {
    let message = "parameter 'songs' of stage 'b': found whole number 0, expected a whole \
                   number between 1 and 100000";
    refused_below(
        "  b: { uses: compose, params: { songs: 0 } }",
        (8, 40),
        "out_of_range",
        message,
        None,
    );
}

#[test]
fn unknown_choice_is_refused() {
    let message = "parameter 'loss' of stage 'b': found string \"mes\", expected 'auto', 'bce', \
                   'mse' or 'poisson'";
    let lines = "  b: { uses: train, from: { samples: rolls }, params: { loss: mes } }";
    refused_below(lines, (8, 63), "wrong_type", message, Some("did you mean 'mse'?"));
}

#[test]
fn loss_that_does_not_fit_the_network_is_refused() {
    let message = "the factored network cannot be trained with loss: bce";
    let lines =
        "  b: { uses: train, from: { samples: rolls }, params: { network: factored, loss: bce } }";
    refused_below(lines, (8, 82), "invalid_stage", message, Some("loss: poisson, or leave it out"));
    let message = "the thesis network cannot be trained with loss: poisson";
    let lines = "  b: { uses: train, from: { samples: rolls }, params: { loss: poisson } }";
    let hint = Some("loss: bce or mse, or network: factored");
    refused_below(lines, (8, 63), "invalid_stage", message, hint);
}

#[test]
fn unknown_kind_is_refused() {
    let message = "unknown stage kind 'juggle' of stage 'b'";
    let hint = Some(
        "stage kinds: compose, scan, extract, train, refiner, decoder, critic, generate, evaluate, command",
    );
    refused_below("  b: { uses: juggle }", (8, 14), "unknown_kind", message, hint);
}

#[test]
fn unknown_stage_is_refused() {
    let message = "unknown stage 'catalgo', read by input 'catalog' of stage 'b'";
    let lines = "  b: { uses: extract, from: { catalog: catalgo } }";
    refused_below(lines, (8, 40), "unknown_stage", message, Some("did you mean 'catalog'?"));
}

#[test]
fn unknown_output_is_refused() {
    let message = "unknown output 'modle' of stage 'train' (kind train)";
    let lines = "  b: { uses: generate, from: { model: train.modle } }";
    refused_below(lines, (8, 39), "unknown_output", message, Some("did you mean 'model'?"));
}

#[test]
fn unknown_input_is_refused() {
    let message = "unknown input 'modle' of stage 'b' (kind generate)";
    let lines = "  b: { uses: generate, from: { modle: train } }";
    refused_below(lines, (8, 32), "unknown_input", message, Some("did you mean 'model'?"));
}

#[test]
fn missing_input_is_refused() {
    let message = "missing input 'catalog' of stage 'b' (kind extract): The catalog of a scan.";
    let hint = Some("from: { catalog: catalog }");
    refused_below("  b: { uses: extract }", (8, 3), "missing_input", message, hint);
    let nothing = "stage 'b' reads no files";
    let hint = Some("give it files: { midi: GLOB } or from: { songs: STAGE }");
    refused_below("  b: { uses: scan }", (8, 3), "invalid_stage", nothing, hint);
}

#[test]
fn input_of_another_kind_is_refused() {
    let message = "input 'samples' of stage 'b': found stage 'catalog' (kind scan), \
                   expected a stage of kind extract";
    let lines = "  b: { uses: train, from: { samples: catalog } }";
    refused_below(lines, (8, 38), "wrong_stage_kind", message, Some("stages that fit: rolls"));
}

#[test]
fn cycle_is_refused() {
    let lines = "  a: { uses: command, run: x, from: { i: b } }\n  \
                 b: { uses: command, run: x, from: { i: a } }";
    let hint = Some("one of them must read something else");
    refused_below(lines, (8, 42), "cycle", "stages form a cycle: a -> b -> a", hint);
    let own = "  a: { uses: command, run: x, from: { i: a } }";
    let hint = Some("stages: songs, catalog, rolls, train, say");
    refused_below(own, (8, 42), "self_reference", "stage 'a' reads its own outputs", hint);
}

#[test]
fn output_outside_the_folder_is_refused() {
    let message = "output '../x' of stage 'b': it leaves the stage's folder";
    let lines = "  b: { uses: command, run: x, outputs: [../x] }";
    let hint = Some("name a path below {out}, such as table.csv or plots/");
    refused_below(lines, (8, 41), "unfit_output", message, hint);
}

#[test]
fn run_of_another_kind_is_refused() {
    let message = "stage 'b' (kind compose) takes no 'run', only kind command does";
    refused_below("  b: { uses: compose, run: ls }", (8, 23), "not_a_command", message, None);
}

#[test]
fn undefined_variable_is_refused() {
    let message = "undefined variable 'HOME' in 'run' of stage 'b'";
    let hint = Some("define it under 'vars', or write '$${HOME}' for the text");
    let lines = "  b: { uses: command, run: \"ls ${HOME}\" }";
    refused_below(lines, (8, 28), "undefined_variable", message, hint);
}

#[test]
fn condition_on_an_unknown_column_is_refused() {
    let yaml =
        HEAD.replace("catalog: catalog } }", "catalog: catalog }, where: \"staus = 'ok'\" }");
    let project = Project::of(&yaml);
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.error("code")), (2, "invalid_stage"), "{}", run.stdout);
    assert_eq!(
        (run.json["error"]["line"].as_u64(), run.json["error"]["column"].as_u64()),
        (Some(5), Some(62))
    );
    assert!(run.error("message").contains("staus"), "{}", run.stdout);
    assert!(
        run.error("hint").contains("--describe") || run.error("hint").contains("status"),
        "{}",
        run.stdout
    );
    assert!(!project.exists("artifacts"));
}

#[test]
fn condition_that_is_not_sql_is_refused() {
    let yaml =
        HEAD.replace("catalog: catalog } }", "catalog: catalog }, where: \"status = = 'ok'\" }");
    let run = Project::of(&yaml).call(&["run", "p"]);
    assert_eq!((run.code, run.error("code")), (2, "invalid_stage"), "{}", run.stdout);
    assert_eq!(run.json["error"]["line"], 5);
}

#[test]
fn grid_above_the_highest_pitch_is_refused() {
    let lines = "  b:\n    uses: extract\n    from: { catalog: catalog }\n    \
                 params: { pitches: 96, lowest_pitch: 64 }";
    let run = Project::of(&format!("{HEAD}{lines}\n")).call(&["run", "p"]);
    assert_eq!((run.code, run.error("code")), (2, "invalid_stage"), "{}", run.stdout);
    assert_eq!(
        (run.json["error"]["line"].as_u64(), run.json["error"]["column"].as_u64()),
        (Some(11), Some(42))
    );
    assert!(!run.error("hint").is_empty());
}

#[test]
fn scenario_16_overlaps_cycles_typos_and_wrong_types_are_errors_with_position_and_hint() {
    let command = |rest: &str| format!("  b: {{ uses: command, run: x, {rest} }}");
    let below = "name a path below {out}, such as table.csv or plots/";
    let near = |name: &str| format!("did you mean '{name}'?");
    // Lines after HEAD, the position of the error, its code, its hint.
    let cases: Vec<(String, (u64, u64), &str, String)> = vec![
        // Overlaps.
        (command("outputs: [a, a]"), (8, 44), "named_twice", "leave one of the two out".into()),
        (command("outputs: [a, a/]"), (8, 44), "named_twice", "leave one of the two out".into()),
        (
            command("outputs: [a, a/b]"),
            (8, 44),
            "nested_outputs",
            "'a/' includes everything in it".into(),
        ),
        (
            command("outputs: [A, a]"),
            (8, 44),
            "similar_outputs",
            "rename one: some file systems ignore case".into(),
        ),
        (command("outputs: [../x]"), (8, 41), "unfit_output", below.into()),
        (command("outputs: [a/../../b]"), (8, 41), "unfit_output", below.into()),
        (command("outputs: [/tmp/x]"), (8, 41), "unfit_output", below.into()),
        (command("outputs: [\"\"]"), (8, 41), "unfit_output", below.into()),
        (command("outputs: [.]"), (8, 41), "unfit_output", below.into()),
        ("  Train: { uses: compose }".into(), (8, 3), "similar_stages", "rename one".into()),
        ("  train: { uses: compose }".into(), (8, 3), "duplicate_key", "leave one of the two out".into()),
        (
            "  b: { uses: command, run: x, params: { i: 1 }, files: { i: a } }".into(),
            (8, 41),
            "parameter_name_taken",
            "rename it".into(),
        ),
        // Cycles.
        (
            "  a: { uses: command, run: x, from: { i: c } }\n  b: { uses: command, run: x, from: { i: a } }\n  \
             c: { uses: command, run: x, from: { i: b } }"
                .into(),
            (8, 42),
            "cycle",
            "one of them must read something else".into(),
        ),
        (command("from: { i: b }"), (8, 42), "self_reference", "stages: songs, catalog, rolls, train, say".into()),
        // Typos.
        ("  b: { uses: compose, parms: {} }".into(), (8, 23), "unknown_key", near("params")),
        ("  b: { uses: trian }".into(), (8, 14), "unknown_kind", near("train")),
        ("  b: { uses: compose, params: { song: 4 } }".into(), (8, 33), "unknown_parameter", near("songs")),
        ("  b: { uses: compose, matrix: { song: [4] } }".into(), (8, 33), "unknown_parameter", near("songs")),
        ("  b: { uses: extract, from: { catalog: catalgo } }".into(), (8, 40), "unknown_stage", near("catalog")),
        ("  b: { uses: generate, from: { modle: train } }".into(), (8, 32), "unknown_input", near("model")),
        ("  b: { uses: generate, from: { model: train.modle } }".into(), (8, 39), "unknown_output", near("model")),
        (command("needs: { gpus: required }"), (8, 40), "unknown_key", near("gpu")),
        (command("needs: { gpu: optionl }"), (8, 45), "wrong_type", near("optional")),
        (
            "  b: { uses: command, run: \"cat {txet}\", files: { text: a } }".into(),
            (8, 28),
            "invalid_stage",
            near("{text}"),
        ),
        // Wrong types.
        (
            "  b: { uses: compose, params: { songs: \"4\" } }".into(),
            (8, 40),
            "wrong_type",
            "write it without quotes".into(),
        ),
        (command("outputs: [3]"), (8, 41), "wrong_type", "in quotes it is one: \"3\"".into()),
        (
            "  b: { uses: extract, from: { catalog: [catalog] } }".into(),
            (8, 40),
            "wrong_type",
            "only 'gather' takes several".into(),
        ),
    ];
    for (lines, position, code, hint) in cases {
        let project = Project::of(&format!("{HEAD}{lines}\n"));
        let call = project.call(&["run", "p"]);
        assert_eq!((call.code, call.error("code")), (2, code), "{lines}: {}", call.stdout);
        let error = &call.json["error"];
        assert_eq!(call.error("file"), "pipelines/p.yaml", "{lines}");
        assert_eq!(error["line"].as_u64().zip(error["column"].as_u64()), Some(position), "{lines}");
        assert_eq!(call.error("hint"), hint, "{lines}");
        assert!(!call.error("message").is_empty());
        let plain = project.call_plain(&["run", "p"]);
        let start = format!("error: pipelines/p.yaml:{}:{}: ", position.0, position.1);
        assert!(plain.stderr.starts_with(&start), "{lines}: {}", plain.stderr);
        assert!(plain.stderr.ends_with(&format!("  hint: {hint}\n")), "{lines}: {}", plain.stderr);
        assert_eq!(plain.stdout, "");
        assert!(!project.exists("artifacts"), "{lines}: nothing ran");
    }
}
