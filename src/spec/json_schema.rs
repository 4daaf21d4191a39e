//! The JSON Schema of pipeline files, with which editors complete and check them.
//!
//! It is generated from the same [`StageKind`]s that the validator reads. Where JSON Schema cannot express a check
//! (that a stage exists, that a graph has no cycle), it accepts more, never less, except keys that could only be empty.

use super::schema::{Input, Output, Source, StageKind};
use super::validate::MAX_CPUS;
use crate::params::{ParamType, Value};
use serde_json::{Map, Value as Json, json};

/// Names of stages, variables, inputs and resources.
const NAME: &str = "^[A-Za-z0-9_-]+$";
/// Names of a command's parameters.
const PARAMETER_NAME: &str = "^[A-Za-z][A-Za-z0-9_-]*$";
/// A text with a variable.
const VARIABLE: &str = "\\$\\{[^}]+\\}";
/// A stage, or one of its outputs.
const REFERENCE: &str = "^[A-Za-z0-9_-]+(\\..+)?$";
/// A text under `needs: {memory}`.
const MEMORY: &str = "^\\s*[0-9]*\\.?[0-9]*\\s*([KMGT]i?B|B)?\\s*$";

/// Returns the JSON Schema (draft 2020-12) of a pipeline file.
pub fn json_schema(kinds: &[&'static StageKind]) -> Json {
    let mut definitions: Map<String, Json> =
        kinds.iter().map(|kind| (kind.name.to_owned(), of_kind(kind))).collect();
    definitions.insert("stage".to_owned(), stage(kinds));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Partita pipeline",
        "description": "Stages, what each reads, and its parameters. The file's stem is the pipeline's name.",
        "type": "object",
        "required": ["stages"],
        "additionalProperties": false,
        "properties": {
            "about": {
                "description": "One line on what the pipeline is for; 'partita list' shows it.",
                "type": ["string", "null"],
            },
            "seed": {
                "description": "Each stage's random seed is derived from it and the stage's name.",
                "type": "integer", "minimum": 0, "maximum": u64::MAX, "default": 1,
            },
            "vars": {
                "description": "Texts that are put in where '${name}' stands in files, run, where and \
                                text parameters; --set name=VALUE puts another one in.",
                "type": ["object", "null"],
                "propertyNames": { "pattern": NAME },
                "additionalProperties": { "type": ["string", "number", "boolean"] },
            },
            "stages": {
                "description": "The stages by name. Their order does not matter.",
                "type": "object", "minProperties": 1,
                "propertyNames": { "pattern": NAME },
                "additionalProperties": { "$ref": "#/$defs/stage" },
            },
        },
        "$defs": definitions,
    })
}

/// Any stage: its kind decides which other keys it has.
fn stage(kinds: &[&'static StageKind]) -> Json {
    let rule = |kind: &&'static StageKind| {
        json!({
            "if": { "properties": { "uses": { "const": kind.name } }, "required": ["uses"] },
            "then": { "$ref": format!("#/$defs/{}", kind.name) },
        })
    };
    json!({
        "type": "object",
        "required": ["uses"],
        "properties": { "uses": {
            "description": "The stage kind.",
            "enum": kinds.iter().map(|kind| kind.name).collect::<Vec<_>>(),
            "enumDescriptions": kinds.iter().map(|kind| about(kind)).collect::<Vec<_>>(),
        } },
        "allOf": kinds.iter().map(rule).collect::<Vec<_>>(),
    })
}

/// Describes a kind and its outputs.
fn about(kind: &StageKind) -> String {
    let describe = |&Output { name, path, about }: &Output| format!("{name} ({path}): {about}");
    let outputs: Vec<String> = kind.outputs.iter().map(describe).collect();
    let listed = if outputs.is_empty() { "" } else { " Outputs: " };
    format!("{}.{listed}{}", kind.about, outputs.join(" "))
}

fn of_kind(kind: &'static StageKind) -> Json {
    let mut keys = Keys::default();
    keys.add("uses", json!({ "const": kind.name, "description": about(kind) }));
    if kind.is_command {
        command(&mut keys);
    } else {
        inputs(kind, &mut keys);
        if kind.has_filter {
            let text = json!(["string", "null"]);
            keys.add("where", json!({ "description": WHERE, "type": text, "minLength": 1 }));
        }
        if !kind.params.is_empty() {
            parameters(kind, &mut keys);
        }
    }
    keys.add("needs", needs());
    keys.add("exclusive", texts(EXCLUSIVE, &json!({ "pattern": NAME }), true));
    keys.object(about(kind))
}

fn inputs(kind: &'static StageKind, keys: &mut Keys) {
    let is_file = |input: &&Input| input.source == Source::Files;
    let (files, stages): (Vec<&Input>, Vec<&Input>) = kind.inputs.iter().partition(is_file);
    for (key, about, inputs) in [("files", FILES, files), ("from", FROM, stages)] {
        let mut inner = Keys::default();
        for input in &inputs {
            let schema = match input.source {
                Source::Files => texts(input.about, &json!({ "minLength": 1 }), false),
                Source::Stage { kinds, .. } => {
                    let about = format!("{} A stage of kind {}.", input.about, kinds.join(" or "));
                    json!({ "description": about, "type": "string", "pattern": REFERENCE })
                }
            };
            inner.put(input.name, input.is_required(), schema);
        }
        if !inputs.is_empty() {
            keys.put(key, !inner.required.is_empty(), inner.object(about.to_owned()));
        }
    }
}

const FILES: &str = "Files to read: paths and globs, by the input's name.";
const FROM: &str =
    "Outputs of other stages: a stage, or one output of it (train.model), by the input's name.";
const PARAMETERS: &str = "Parameters by name; a missing one has its default.";
const WHERE: &str =
    "An SQL condition over the columns of what the stage reads: which rows it takes.";
const EXCLUSIVE: &str = "Names that no two running stages hold at once.";
const MATRIX: &str = "Values of parameters: one instance of the stage for each combination.";

fn parameters(kind: &'static StageKind, keys: &mut Keys) {
    let (mut params, mut axes) = (Keys::default(), Keys::default());
    for parameter in kind.params {
        let mut value = value_schema(parameter.param_type);
        let axis = json!({
            "description": parameter.about,
            "type": "array", "minItems": 1, "uniqueItems": true, "items": value,
        });
        axes.add(parameter.name, axis);
        value["description"] = json!(parameter.about);
        value["default"] = json!(Value::from(parameter.default));
        params.add(parameter.name, value);
    }
    keys.add("params", params.object(PARAMETERS.to_owned()));
    keys.add("matrix", axes.object(MATRIX.to_owned()));
}

fn value_schema(param_type: ParamType) -> Json {
    use ParamType::{Boolean, Choice, Integer, Number, Text};
    let variable = json!({ "type": "string", "pattern": VARIABLE });
    match param_type {
        Boolean => json!({ "type": "boolean" }),
        Integer(low, i64::MAX) => json!({ "type": "integer", "minimum": low }),
        Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Number(low, high) => json!({ "type": "number", "minimum": low, "maximum": high }),
        Text => json!({ "type": "string" }),
        Choice(words) => json!({ "anyOf": [{ "enum": words }, variable] }),
    }
}

/// The keys of a `command`.
fn command(keys: &mut Keys) {
    let own = |about: &str, names: &str, values: Json| {
        json!({
            "description": about, "type": ["object", "null"],
            "propertyNames": { "pattern": names, "not": { "const": "out" } },
            "additionalProperties": values,
        })
    };
    let named = json!({ "minLength": 1 });
    let stage = json!({ "type": "string", "pattern": REFERENCE });
    let stages = texts("", &json!({ "pattern": REFERENCE }), false);
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let list = json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": scalar });
    keys.add("files", own(FILES, NAME, texts("", &named, false)));
    keys.add("from", own(FROM, NAME, stage));
    let about = "All instances of upstream stages at once, by a name of your own.";
    keys.add("gather", own(about, NAME, stages));
    let about = "Parameters by names of your own: 'run' gets the value in place of '{name}'.";
    keys.add("params", own(about, PARAMETER_NAME, scalar.clone()));
    keys.add("matrix", own(MATRIX, PARAMETER_NAME, list));
    let about = "The line for sh, from the project's folder on. '{name}' is replaced by an input's file or \
                 folder or by a parameter, '{out}' by the folder of the outputs, '{{' by a brace.";
    keys.put("run", true, json!({ "description": about, "type": "string", "pattern": "\\S" }));
    let about = "What it makes: paths below {out}; a folder ends in '/'.";
    let path = r"^(?!.*(^|/)\.\.?(/|$))[^/{}*?$\\]+(/[^/{}*?$\\]+)*/?$";
    keys.add("outputs", texts(about, &json!({ "pattern": path }), true));
    let about = "Environment variables that the result depends on.";
    keys.add("env", texts(about, &json!({ "pattern": "^[^=$]+$" }), true));
}

fn needs() -> Json {
    json!({
        "description": "What the stage occupies while it runs.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "cpus": {
                "description": "CPU slots. Default: one for command, as many as --jobs for the others.",
                "type": "integer", "minimum": 1, "maximum": u64::try_from(MAX_CPUS).unwrap_or(u64::MAX),
            },
            "memory": {
                "description": "An amount such as 4GiB or 500MB, or bytes.",
                "anyOf": [
                    { "type": "string", "pattern": MEMORY },
                    { "type": "integer", "minimum": 1 },
                ],
            },
            "gpu": {
                "description": "Whether it uses a GPU.",
                "enum": ["none", "optional", "required", true, false], "default": "none",
            },
        },
    })
}

/// One text, or a list of texts.
fn texts(about: &str, text: &Json, may_be_empty: bool) -> Json {
    let mut one = text.clone();
    one["type"] = json!("string");
    let least = i32::from(!may_be_empty);
    let many =
        json!({ "type": "array", "items": one, "minItems": least, "uniqueItems": may_be_empty });
    let mut forms = vec![one, many];
    if may_be_empty {
        forms.push(json!({ "type": "null" }));
    }
    match about {
        "" => json!({ "anyOf": forms }),
        about => json!({ "description": about, "anyOf": forms }),
    }
}

/// The keys of a mapping that accepts no others.
#[derive(Default)]
struct Keys {
    properties: Map<String, Json>,
    required: Vec<String>,
}

impl Keys {
    fn add(&mut self, key: &str, schema: Json) {
        self.put(key, false, schema);
    }

    fn put(&mut self, key: &str, required: bool, schema: Json) {
        if required {
            self.required.push(key.to_owned());
        }
        self.properties.insert(key.to_owned(), schema);
    }

    /// A mapping without required keys may also be empty.
    fn object(self, about: String) -> Json {
        let Self { properties, required } = self;
        let kind = if required.is_empty() { json!(["object", "null"]) } else { json!("object") };
        json!({
            "description": about, "type": kind, "properties": properties, "required": required,
            "additionalProperties": false,
        })
    }
}
