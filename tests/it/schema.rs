//! `partita schema`: an editor that reads it accepts and refuses what the program does.

use crate::project::Project;
use partita::params::{ParamType, Value as Parameter};
use partita::spec::{Source, StageKind};
use partita::stages;
use serde_json::{Value, json};

fn schema() -> Value {
    let call = Project::new().call_plain(&["schema"]);
    assert_eq!((call.code, call.stderr.as_str()), (0, ""));
    call.json
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn schema_has_every_kind_with_inputs_parameters_and_outputs() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let kinds = stages::registry().kinds();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let stage = &schema["$defs"]["stage"];
    assert_eq!(stage["properties"]["uses"]["enum"], json!(names));
    assert_eq!(stage["allOf"].as_array().unwrap().len(), names.len());
    for kind in kinds {
        let definition = &schema["$defs"][kind.name];
        assert_eq!(definition["additionalProperties"], false);
        assert!(text(&definition["description"]).starts_with(kind.about), "{}", kind.name);
        for output in kind.outputs {
            let told = format!("{} ({}): {}", output.name, output.path, output.about);
            assert!(text(&definition["description"]).contains(&told), "{told}");
        }
        assert_eq!(definition["properties"]["where"].is_object(), kind.has_filter, "{}", kind.name);
        assert_eq!(definition["properties"]["run"].is_object(), kind.is_command, "{}", kind.name);
        inputs(kind, definition);
        parameters(kind, definition);
    }
}

fn inputs(kind: &StageKind, definition: &Value) {
    for input in kind.inputs {
        let section = if input.source == Source::Files { "files" } else { "from" };
        let found = &definition["properties"][section];
        let told = text(&found["properties"][input.name]["description"]);
        assert!(told.starts_with(input.about), "{}: {}", kind.name, input.name);
        let needed = found["required"].as_array().unwrap().contains(&json!(input.name));
        assert_eq!(needed, input.is_required(), "{}: {}", kind.name, input.name);
        let section_needed = definition["required"].as_array().unwrap().contains(&json!(section));
        assert!(section_needed || !input.is_required(), "{}: {section}", kind.name);
    }
}

fn parameters(kind: &StageKind, definition: &Value) {
    for parameter in kind.params {
        let at = format!("{}: {}", kind.name, parameter.name);
        let found = &definition["properties"]["params"]["properties"][parameter.name];
        assert_eq!(found["description"], parameter.about, "{at}");
        assert_eq!(found["default"], json!(Parameter::from(parameter.default)), "{at}");
        let axis = &definition["properties"]["matrix"]["properties"][parameter.name]["items"];
        for found in [found, axis] {
            match parameter.param_type {
                ParamType::Boolean => assert_eq!(found["type"], "boolean", "{at}"),
                ParamType::Text => assert_eq!(found["type"], "string", "{at}"),
                ParamType::Choice(words) => {
                    assert_eq!(found["anyOf"][0]["enum"], json!(words), "{at}")
                }
                ParamType::Integer(low, high) => {
                    assert_eq!(
                        (&found["type"], &found["minimum"]),
                        (&json!("integer"), &json!(low))
                    );
                    let highest = if high == i64::MAX { Value::Null } else { json!(high) };
                    assert_eq!(found["maximum"], highest, "{at}");
                }
                ParamType::Number(low, high) => {
                    assert_eq!(found["type"], "number", "{at}");
                    let bounds = (found["minimum"].as_f64(), found["maximum"].as_f64());
                    let highest = (high < f64::MAX).then_some(high);
                    assert_eq!(bounds, ((low > f64::MIN).then_some(low), highest), "{at}");
                }
            }
        }
    }
}

/// As much of JSON Schema as the schema uses, most patterns apart; an unknown keyword is a bug of the test.
fn fits(schema: &Value, rule: &Value, value: &Value) -> bool {
    let rules = rule.as_object().unwrap();
    let all = |list: &Value, count: fn(usize, usize) -> bool| {
        let list = list.as_array().unwrap();
        count(list.iter().filter(|one| fits(schema, one, value)).count(), list.len())
    };
    let keys = || value.as_object().into_iter().flatten();
    let items = value.as_array();
    rules.iter().all(|(keyword, asked)| match keyword.as_str() {
        "$schema" | "title" | "description" | "default" | "enumDescriptions" | "$defs" => true,
        "then" => true,
        // Of the patterns one alone decides what is right here: that of a text with a variable.
        "pattern" => !text(asked).starts_with(r"\$\{") || text(value).contains("${"),
        "$ref" => {
            let name = text(asked).strip_prefix("#/$defs/").unwrap();
            fits(schema, &schema["$defs"][name], value)
        }
        "type" => match asked {
            Value::Array(names) => names.iter().any(|name| is_of(text(name), value)),
            name => is_of(text(name), value),
        },
        "enum" => asked.as_array().unwrap().contains(value),
        "const" => asked == value,
        "not" => !fits(schema, asked, value),
        "anyOf" => all(asked, |fitting, _| fitting > 0),
        "allOf" => all(asked, |fitting, count| fitting == count),
        "if" => !fits(schema, asked, value) || fits(schema, &rule["then"], value),
        "required" => {
            let there = |name: &Value| value.get(text(name)).is_some();
            !value.is_object() || asked.as_array().unwrap().iter().all(there)
        }
        "properties" => {
            keys().all(|(key, inner)| asked.get(key).is_none_or(|asked| fits(schema, asked, inner)))
        }
        "additionalProperties" => keys().all(|(key, inner)| {
            let known = rule["properties"].get(key).is_some();
            known || (asked.is_object() && fits(schema, asked, inner))
        }),
        "propertyNames" => keys().all(|(key, _)| fits(schema, asked, &json!(key))),
        "items" => items.into_iter().flatten().all(|item| fits(schema, asked, item)),
        "minimum" => value.as_f64().is_none_or(|number| number >= asked.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= asked.as_f64().unwrap()),
        "minItems" => items.is_none_or(|items| items.len() as u64 >= asked.as_u64().unwrap()),
        "minProperties" => keys().count() as u64 >= asked.as_u64().unwrap() || !value.is_object(),
        "minLength" => {
            value.as_str().is_none_or(|word| word.len() as u64 >= asked.as_u64().unwrap())
        }
        "uniqueItems" => items.is_none_or(|items| {
            let mut earlier = (0..items.len()).map(|index| (&items[..index], &items[index]));
            !asked.as_bool().unwrap() || earlier.all(|(before, item)| !before.contains(item))
        }),
        unknown => panic!("the test does not know '{unknown}'"),
    })
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        unknown => panic!("the test does not know the type '{unknown}'"),
    }
}

#[test]
fn every_pipeline_of_the_repository_matches_the_schema() {
    let schema = schema();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let mut count = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let yaml = fs_err::read_to_string(&path).unwrap();
        let value = serde_yaml::from_str(&yaml).unwrap();
        assert!(fits(&schema, &schema, &value), "{}", path.display());
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

/// Stages that are right, and stages that are not.
const RIGHT: [&str; 9] = [
    "{ uses: command, run: x }",
    "{ uses: command, run: \"x {a}\", params: { a: 1.5 }, outputs: [o, d/], env: LANG }",
    "{ uses: command, run: \"x {a}\", matrix: { a: [1, x, true] }, exclusive: plotter }",
    "{ uses: command, run: x, gather: { i: [train, rolls] }, from: { j: train.model } }",
    "{ uses: command, run: x, needs: { cpus: 2, memory: 4GiB, gpu: optional }, params: }",
    "{ uses: compose, params: { songs: 4 } }",
    "{ uses: compose, matrix: { songs: [1, 2] }, params: }",
    "{ uses: extract, from: { catalog: catalog }, where: \"notes > 5\", params: { drums: keep } }",
    "{ uses: generate, from: { model: train } }",
];
const WRONG: [&str; 29] = [
    "{ use: compose }",
    "{ uses: compse }",
    "[]",
    "{ uses: compose, songs: 4 }",
    "{ uses: compose, run: x }",
    "{ uses: compose, params: { song: 4 } }",
    "{ uses: compose, params: { songs: \"4\" } }",
    "{ uses: compose, params: { songs: 2.5 } }",
    "{ uses: compose, params: { songs: 0 } }",
    "{ uses: compose, params: { songs: \"${corpus}\" } }",
    "{ uses: compose, matrix: { songs: [] } }",
    "{ uses: compose, matrix: { songs: 1 } }",
    "{ uses: compose, matrix: { songs: [1, 1] } }",
    "{ uses: extract }",
    "{ uses: extract, from: { cat: catalog } }",
    "{ uses: extract, from: { catalog: [catalog] } }",
    "{ uses: extract, files: { catalog: x } }",
    "{ uses: extract, from: { catalog: catalog }, params: { drums: kep } }",
    "{ uses: extract, from: { catalog: catalog }, params: { validation: 1.5 } }",
    "{ uses: generate, from: { model: train }, gather: { x: train } }",
    "{ uses: command }",
    "{ uses: command, run: 3 }",
    "{ uses: command, run: x, params: { a: } }",
    "{ uses: command, run: x, params: { a: [1] } }",
    "{ uses: command, run: x, params: { out: 1 } }",
    "{ uses: command, run: x, files: { i: [] } }",
    "{ uses: command, run: x, needs: { cpus: 0 } }",
    "{ uses: command, run: x, needs: { gpus: true } }",
    "{ uses: command, run: x, outputs: [a, a] }",
];

#[test]
fn schema_and_program_accept_and_refuse_the_same_stages() {
    let schema = schema();
    let project = Project::new();
    for (stage, right) in
        RIGHT.map(|one| (one, true)).into_iter().chain(WRONG.map(|one| (one, false)))
    {
        let yaml = format!(
            "vars: {{ corpus: data }}\nstages:\n  songs: {{ uses: compose }}\n  \
             catalog: {{ uses: scan, from: {{ songs: songs }} }}\n  \
             rolls: {{ uses: extract, from: {{ catalog: catalog }} }}\n  \
             train: {{ uses: train, from: {{ samples: rolls }} }}\n  b: {stage}\n"
        );
        let value = serde_yaml::from_str(&yaml).unwrap();
        project.write("pipelines/p.yaml", &yaml);
        let call = project.call(&["graph", "p"]);
        assert_eq!(call.code == 0, right, "{stage}: {}", call.stdout);
        assert_eq!(fits(&schema, &schema, &value), right, "{stage}");
    }
}

#[test]
fn schema_file_among_the_pipelines_is_not_listed() {
    let project = crate::tiny::chain();
    let schema = project.call_plain(&["schema"]).stdout;
    project.write("pipelines/schema.json", schema);
    project.change("stages:\n", "# yaml-language-server: $schema=schema.json\nstages:\n");
    let listed = project.call(&["list"]).json;
    assert_eq!(listed["pipelines"].as_array().unwrap().len(), 1, "{listed}");
    project.run(&[]);
}

/// Returns the words of the first column of the table in `pipelines/README.md` whose head is `parameter`.
fn written_words(manual: &str, parameter: &str) -> Vec<String> {
    let (_, table) = manual.split_once(&format!("| `{parameter}` | |")).expect("a table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let words = cells.flat_map(|cell| cell.split(',')).map(|word| word.trim().trim_matches('`'));
    words.map(str::to_owned).collect()
}

#[test]
fn tables_of_the_manual_list_the_words_that_a_parameter_accepts() {
    let manual = include_str!("../../pipelines/README.md");
    let kinds = stages::registry().kinds();
    let generate = kinds.iter().find(|kind| kind.name == "generate").unwrap();
    for name in ["mode", "decode"] {
        let parameter = generate.params.iter().find(|parameter| parameter.name == name).unwrap();
        let ParamType::Choice(words) = parameter.param_type else { panic!("{name} is a choice") };
        assert_eq!(written_words(manual, name), words, "{name}");
    }
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name)).collect();
    let (last, others) = names.split_last().unwrap();
    let sentence = format!("{} and {last}.", others.join(", "));
    assert!(manual.contains(&sentence), "pipelines/README.md does not say: {sentence}");
}
