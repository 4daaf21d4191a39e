use super::*;

#[test]
fn invalid_yaml_is_refused_with_its_position() {
    assert_refused(&[
        (
            "stages: {a: 1",
            "2:1: invalid YAML: did not find expected ',' or '}', while parsing a flow mapping at line 1 column 9",
        ),
        (
            "stages:\n  a: [1, 2\n  b: 3\n",
            "3:4: invalid YAML: did not find expected ',' or ']', while parsing a flow sequence at line 2 column 6",
        ),
        (
            "stages:\n\ta: 1\n",
            "2:1: invalid YAML: found character that cannot start any token, while scanning for the next token\n  hint: indent by spaces, not by tabs",
        ),
        (
            "about: \"open\nstages: {}\n",
            "3:1: invalid YAML: found unexpected end of stream, while scanning a quoted scalar at line 1 column 8",
        ),
        ("about: *nothing\n", "1:8: invalid YAML: unknown anchor"),
        ("about: a: b\n", "1:9: invalid YAML: mapping values are not allowed in this context"),
        (
            "stages:\n  a: 1\n b: 2\n",
            "3:2: invalid YAML: did not find expected key, while parsing a block mapping",
        ),
        ("a\u{0}b", "1:2: invalid YAML: control characters are not allowed"),
    ]);
}

#[test]
fn files_that_are_no_pipeline_are_refused() {
    assert_refused(&[
        ("", "1:1: the file is empty, expected a mapping with 'stages'"),
        ("# only a comment\n", "1:1: the file is empty, expected a mapping with 'stages'"),
        ("~", "1:1: the file is empty, expected a mapping with 'stages'"),
        ("- a\n- b\n", "1:1: the pipeline: found a list, expected a mapping"),
        ("just text", "1:1: the pipeline: found string \"just text\", expected a mapping"),
        (
            "about: a\n---\nabout: b\n",
            "2:1: a second YAML document begins here, expected one pipeline per file",
        ),
        ("about: a\n", "1:1: missing key 'stages' in the pipeline"),
        ("stages:\n", "1:1: the pipeline has no stages"),
        ("stages: {}\n", "1:9: the pipeline has no stages"),
        ("stages: [a]\n", "1:9: stages: found a list, expected a mapping"),
    ]);
    assert_all_equal([(
        "2:7: not UTF-8 text\n  hint: save the file as UTF-8",
        refused_with(b"about: \"x\"\nseed: \xff\n", &[]),
    )]);
}

#[test]
fn keys_must_be_distinct_names() {
    assert_refused(&[
        (
            "about: a\nseed: 1\nabout: b\n",
            "3:1: duplicate key 'about', first on line 1\n  hint: leave one of the two out",
        ),
        (
            "stages:\n  a: { uses: scan, uses: extract }\n",
            "2:20: duplicate key 'uses', first on line 2\n  hint: leave one of the two out",
        ),
        ("? [a]\n: 1\n", "1:3: found a list as a key, expected a name"),
        ("~: 1\n", "1:1: found nothing as a key, expected a name"),
        (
            "stages: { a: !special { uses: scan } }\n",
            "1:14: YAML tags are not supported: '!special'",
        ),
        ("about: !!str 3\n", "1:8: YAML tags are not supported: '!!str'"),
        ("<<: 3\nabout: a\n", "1:5: '<<' merges whole number 3, expected an alias to a mapping"),
        ("<<: [3]\n", "1:6: '<<' merges whole number 3, expected an alias to a mapping"),
        ("stages: &s { a: *s }\n", "1:17: an alias to something that holds it"),
    ]);
}

#[test]
fn deeply_nested_file_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let deep = format!("about: {}{}", open.repeat(100), close.repeat(100));
        assert!(refused_with(&deep, &[]).contains("nested more than 64 levels deep"), "{open}");
        assert_ne!(refused_with(format!("about: {}", open.repeat(5000)), &[]), "accepted");
    }
}

#[test]
fn aliases_of_aliases_do_not_explode() {
    let mut yaml = "a0: &a0 [x, x, x, x]\n".to_owned();
    for level in 1..60 {
        let alias = format!("*a{}", level - 1);
        yaml += &format!("a{level}: &a{level} [{alias}, {alias}, {alias}, {alias}]\n");
    }
    assert!(refused_with(&yaml, &[]).starts_with("1:1: unknown key 'a0'"));
}

#[test]
fn unreadable_file_is_named() {
    let folder = project("");
    let error =
        load(&folder.path().join("pipelines/other.yaml"), folder.path(), &KINDS, &[]).unwrap_err();
    assert_eq!(error.code(), "unreadable");
    assert!(error.to_string().contains("pipelines/other.yaml"), "{error}");
}

#[test]
fn every_one_character_mistake_is_located() {
    let characters: Vec<char> = SWEEP.chars().collect();
    let slips = ['\t', '{', ']', ':', '"', '*', '&', '!', '-', '\n', 'x', '$'];
    let mut refused = 0;
    for place in 0..characters.len() {
        let (before, after) = (&characters[..place], &characters[place + 1..]);
        let slip = slips[place % slips.len()];
        let typed: String = before.iter().chain([&slip]).chain(after).collect();
        let deleted: String = before.iter().chain(after).collect();
        for text in [typed, deleted, before.iter().collect()] {
            let parsed = crate::spec::raw::parse(&text)
                .and_then(|tree| crate::spec::validate::pipeline(&tree, Path::new("/"), &KINDS));
            if let Err(found) = parsed {
                let error = found.in_file(Path::new("demo.yaml"), Path::new(""), &[]);
                let line = error.position().map_or(0, |position| position.line);
                assert!((1..=text.lines().count() + 1).contains(&line), "{error}\n{text}");
                assert!(!error.message().contains("invalid type"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > characters.len());
}
