//! `partita kinds`: lists and describes the stage kinds.

use super::{CommandResult, ExitCode, Failure, Output};
use crate::params::{self, Parameter};
use crate::spec::{Input, Required, Source, StageKind};
use crate::stages;
use crate::text::{suggest, wrap};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Describes the kind `name`, or lists all.
pub(in crate::cli) fn kinds(name: Option<&str>, output: Output) -> CommandResult {
    let mut shown = stages::registry().kinds();
    if let Some(name) = name {
        let found = shown.iter().find(|kind| kind.name == name).copied();
        shown = vec![found.ok_or_else(|| unknown(name, &shown))?];
    }
    let width = shown.iter().map(|kind| kind.name.len()).max().unwrap_or_default() + 1;
    let text = |kind: &StageKind| match name {
        Some(_) => describe(kind),
        None => format!("{:<width$} {}\n", kind.name, kind.about),
    };
    output.answer(
        || json!({ "kinds": shown.iter().map(|kind| as_json(kind)).collect::<Value>() }),
        || shown.iter().map(|kind| text(kind)).collect(),
    );
    Ok(ExitCode::Done)
}

fn unknown(name: &str, all: &[&'static StageKind]) -> Failure {
    let names: Vec<String> = all.iter().map(|kind| kind.name.to_owned()).collect();
    let hint = suggest::did_you_mean(name, &names)
        .unwrap_or_else(|| format!("kinds: {}", names.join(", ")));
    Failure::usage("unknown_kind", format!("there is no stage kind '{name}'")).hint(hint)
}

/// The keys of a `command`.
const COMMAND: &str = "
Keys
  run            The line for sh, from the project's root. {NAME} is an input's file or folder, or
                 a parameter; {out} the folder for the outputs.
  outputs        Paths below {out} that it writes; a folder ends in '/'.
  params         Any parameters, by names of your own; matrix: lists of values for them.
  env            Names of environment variables that its result depends on.
  files, from, gather
                 Any inputs, by names of your own.
";

/// Columns of the descriptions.
const WIDTH: usize = 82;

/// Describes a kind: everything that a pipeline file may say about it.
fn describe(kind: &StageKind) -> String {
    let mut text = format!("{}: {}\n", kind.name, kind.about);
    let inputs = kind.inputs.iter().map(|input| (input.name, source(input), input.about));
    section(&mut text, "Inputs", inputs);
    if kind.has_filter {
        let about = "An SQL condition over the columns of the input: which rows to use.";
        section(&mut text, "Keys", [("where", "a condition (optional)".to_owned(), about)]);
    }
    let params = kind.params.iter().map(|param| (param.name, values(param), param.about));
    section(&mut text, "Parameters", params);
    if kind.is_command {
        text.push_str(COMMAND);
    }
    let outputs = kind.outputs.iter().map(|out| (out.name, out.path.to_owned(), out.about));
    section(&mut text, "Outputs", outputs);
    text
}

/// Adds entries under a title: name, kind of value and description.
fn section<'a>(
    text: &mut String,
    title: &str,
    entries: impl IntoIterator<Item = (&'a str, String, &'a str)>,
) {
    for (index, (name, head, about)) in entries.into_iter().enumerate() {
        if index == 0 {
            let _ = writeln!(text, "\n{title}");
        }
        let mut label = name;
        for line in wrap(&head, WIDTH).iter().chain(&wrap(about, WIDTH)) {
            let _ = writeln!(text, "  {label:<14} {line}");
            label = "";
        }
    }
}

fn source(input: &Input) -> String {
    let from = match input.source {
        Source::Files => "files:".to_owned(),
        Source::Stage { kinds, .. } => format!("from: {}", kinds.join(" | ")),
    };
    match input.required {
        Required::Yes => from,
        Required::No => format!("{from} (optional)"),
        Required::If(condition) => format!("{from} (only for {condition})"),
    }
}

fn values(parameter: &Parameter) -> String {
    let default = params::Value::from(parameter.default);
    let condition = parameter.condition.map(|condition| format!("; only for {condition}"));
    let unhashed = if parameter.hashed { "" } else { "; not in the fingerprint" };
    let condition = condition.unwrap_or_default();
    format!("{}; default {default}{condition}{unhashed}", parameter.param_type)
}

fn as_json(kind: &StageKind) -> Value {
    let params = kind.params.iter().map(|parameter| {
        json!({
            "name": parameter.name, "about": parameter.about,
            "accepts": parameter.param_type.to_string(), "default": params::Value::from(parameter.default),
            "only_for": parameter.condition.map(|condition| condition.to_string()),
        })
    });
    let inputs = kind.inputs.iter().map(|input| {
        json!({ "name": input.name, "about": input.about, "required": input.is_required() })
    });
    let outputs = kind
        .outputs
        .iter()
        .map(|output| json!({ "name": output.name, "about": output.about, "path": output.path }));
    json!({
        "name": kind.name, "about": kind.about, "version": kind.version, "where": kind.has_filter,
        "params": params.collect::<Value>(), "inputs": inputs.collect::<Value>(),
        "outputs": outputs.collect::<Value>(),
    })
}
