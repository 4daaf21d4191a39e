use super::*;

#[test]
fn unknown_keys_are_refused_with_the_nearest_one() {
    assert_refused(&[
        ("abuot: a\n", "1:1: unknown key 'abuot' in the pipeline\n  hint: did you mean 'about'?"),
        (
            "zzz: a\n",
            "1:1: unknown key 'zzz' in the pipeline\n  hint: keys: about, seed, stages, vars",
        ),
        (
            "stages:\n  a:\n    uses: scan\n    parms: {}\n",
            "4:5: unknown key 'parms' in stage 'a'\n  hint: did you mean 'params'?",
        ),
        (
            "stages:\n  a: { uses: train, epochs: 3 }\n",
            "2:21: unknown key 'epochs' in stage 'a'\n  hint: parameters are under 'params'",
        ),
    ]);
    assert_refused_below_head(&[(
        "  b: { uses: command, run: x, needs: { cpu: 1 } }",
        "6:40: unknown key 'cpu' in 'needs' of stage 'b'\n  hint: did you mean 'cpus'?",
    )]);
}

#[test]
fn wrong_types_of_top_level_keys_are_refused() {
    assert_refused(&[
        (
            "about: 3\n",
            "1:8: about: found whole number 3, expected a string\n  hint: in quotes it is one: \"3\"",
        ),
        ("about: [a]\n", "1:8: about: found a list, expected a string"),
        (
            "seed: -1\n",
            "1:7: seed: found whole number -1, expected a whole number between 0 and 18446744073709551615",
        ),
        (
            "seed: 1.5\n",
            "1:7: seed: found number 1.5, expected a whole number between 0 and 18446744073709551615",
        ),
        (
            "seed: one\n",
            "1:7: seed: found string \"one\", expected a whole number between 0 and 18446744073709551615",
        ),
        (
            "seed: 18446744073709551616\n",
            "1:7: seed: found whole number 18446744073709551616, expected a whole number between 0 and 18446744073709551615",
        ),
        ("vars: text\n", "1:7: vars: found string \"text\", expected a mapping"),
        ("vars: { a: [1] }\n", "1:12: variable 'a': found a list, expected a string or a number"),
        ("vars: { a: }\n", "1:9: variable 'a': found nothing, expected a string or a number"),
        ("vars: { \"a b\": 1 }\n", "1:9: variable 'a b': use ASCII letters, digits, '_' and '-'"),
        ("vars: { a: \"${b}\" }\n", "1:12: variable 'a' cannot use another variable"),
    ]);
}

#[test]
fn stages_must_have_valid_names_and_known_kinds() {
    assert_refused(&[
        (
            "stages: { \"a b\": { uses: scan } }\n",
            "1:11: stage 'a b': use ASCII letters, digits, '_' and '-'",
        ),
        (
            "stages: { \"a/b\": { uses: scan } }\n",
            "1:11: stage 'a/b': use ASCII letters, digits, '_' and '-'",
        ),
        (
            "stages: { \"\": { uses: scan } }\n",
            "1:11: stage '': use ASCII letters, digits, '_' and '-'",
        ),
        (
            "stages: { a: { files: {} } }\n",
            "1:11: missing key 'uses' in stage 'a'\n  hint: stage kinds: scan, extract, train, generate, evaluate, tune, command",
        ),
        (
            "stages:\n  a:\n  b: { uses: scan }\n",
            "2:3: missing key 'uses' in stage 'a'\n  hint: stage kinds: scan, extract, train, generate, evaluate, tune, command",
        ),
        (
            "stages: { a: { uses: scna } }\n",
            "1:22: unknown stage kind 'scna' of stage 'a'\n  hint: did you mean 'scan'?",
        ),
        (
            "stages: { a: { uses: juggle } }\n",
            "1:22: unknown stage kind 'juggle' of stage 'a'\n  hint: stage kinds: scan, extract, train, generate, evaluate, tune, command",
        ),
        (
            "stages: { a: { uses: 3 } }\n",
            "1:22: 'uses' of stage 'a': found whole number 3, expected a string\n  hint: in quotes it is one: \"3\"",
        ),
        ("stages: { a: [] }\n", "1:14: stage 'a': found a list, expected a mapping"),
        ("stages: { a: scan }\n", "1:14: stage 'a': found string \"scan\", expected a mapping"),
    ]);
}

#[test]
fn cycle_is_shown_from_upstream_to_downstream() {
    let run = "uses: command, run: x, outputs: [o]";
    let ring = format!(
        "stages:\n  z: {{ {run} }}\n  a: {{ {run}, from: {{ i: b }} }}\n  \
         b: {{ {run}, from: {{ z: z, i: c }} }}\n  c: {{ {run}, from: {{ i: a.o }} }}\n  \
         d: {{ {run}, from: {{ i: c }} }}\n"
    );
    let pair = format!(
        "stages:\n  a: {{ {run}, from: {{ i: b }} }}\n  b: {{ {run}, gather: {{ i: [a] }} }}\n"
    );
    let own = format!("stages:\n  a: {{ {run}, from: {{ i: a.o }} }}\n");
    assert_refused(&[
        (
            &ring,
            "3:56: stages form a cycle: a -> c -> b -> a\n  hint: one of them must read something else",
        ),
        (
            &pair,
            "2:56: stages form a cycle: a -> b -> a\n  hint: one of them must read something else",
        ),
        (&own, "2:56: stage 'a' reads its own outputs"),
    ]);
}

#[test]
fn undefined_variables_are_refused() {
    assert_refused_below_head(&[
        (
            "  b: { uses: scan, files: { midi: \"${corpsu}/*.mid\" } }",
            "6:35: undefined variable 'corpsu' in input 'midi' of stage 'b'\n  hint: did you mean 'corpus'?",
        ),
        (
            "  b: { uses: scan, files: { midi: \"${}/*.mid\" } }",
            "6:35: undefined variable '' in input 'midi' of stage 'b'\n  hint: define it under 'vars', or write '$${}' for the text",
        ),
        (
            "  b: { uses: command, run: \"echo ${HOME\" }",
            "6:28: '${' without '}' in 'run' of stage 'b'\n  hint: a literal dollar sign is written '$$'",
        ),
        (
            "  b: { uses: command, run: \"echo ${HOME}\" }",
            "6:28: undefined variable 'HOME' in 'run' of stage 'b'\n  hint: define it under 'vars', or write '$${HOME}' for the text",
        ),
        (
            "  b: { uses: extract, from: { catalog: catalog }, where: \"a = ${b}\" }",
            "6:58: undefined variable 'b' in 'where' of stage 'b'\n  hint: define it under 'vars', or write '$${b}' for the text",
        ),
        (
            "  b: { uses: train, from: { samples: rolls }, params: { note: \"${b}\" } }",
            "6:63: undefined variable 'b' in parameter 'note' of stage 'b'\n  hint: define it under 'vars', or write '$${b}' for the text",
        ),
        (
            "  b: { uses: train, from: { samples: rolls }, params: { epochs: \"${corpus}\" } }",
            "6:65: parameter 'epochs' of stage 'b': found string \"${corpus}\", expected a whole number between 1 and 1000\n  hint: variables are replaced in texts only",
        ),
    ]);
    assert_refused(&[(
        "stages: { b: { uses: command, run: \"${HOME}\" } }\n",
        "1:36: undefined variable 'HOME' in 'run' of stage 'b'\n  hint: define it under 'vars', or write '$${HOME}' for the text",
    )]);
}

#[test]
fn errors_have_parts_for_programs() {
    let folder = project(format!(
        "{HEAD}  b: {{ uses: extract, params: {{ measure: 3 }},\n       from: {{ catalog: catalog }} }}\n"
    ));
    let error = load_in(folder.path(), &[]).unwrap_err();
    assert_eq!(error.code(), "unknown_parameter");
    assert_eq!(error.message(), "unknown parameter 'measure' of stage 'b' (kind extract)");
    assert_eq!(error.file.as_deref(), Some(Path::new("pipelines/demo.yaml")));
    assert_eq!(error.position(), Some(Position { line: 6, column: 33 }));
    assert_eq!(error.hint(), Some("did you mean 'measures'?"));
    assert_eq!(
        error.to_string(),
        "pipelines/demo.yaml:6:33: unknown parameter 'measure' of stage 'b' (kind extract)\n  \
         hint: did you mean 'measures'?"
    );
}

#[test]
fn columns_count_characters() {
    let yaml = "stages: { a: { uses: command, run: \"äöü 🎵\", ouputs: [] } }\n";
    let column = yaml.chars().take_while(|&c| c != 'ö').count();
    assert_eq!(column, 37);
    assert!(refused_with(yaml, &[]).starts_with("1:45: unknown key 'ouputs'"));
    let windows = "\u{feff}about: a\r\nseed: x\r\n";
    assert!(refused_with(windows, &[]).starts_with("2:7: seed: found string \"x\""));
}
