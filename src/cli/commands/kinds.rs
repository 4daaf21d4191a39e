//! `partita kinds`: the stage kinds as their schemas describe them.

use super::super::args::Kinds;
use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use crate::params::Value;
use crate::spec::{Required, Source, StageKind};
use crate::stages;
use crate::text::suggest;
use serde_json::json;
use std::fmt::Write as _;

pub(in super::super) fn kinds(arguments: &Kinds, output: Output) -> Result<ExitCode, Failure> {
    let all = stages::registry().kinds();
    let shown: Vec<&StageKind> = match &arguments.kind {
        None => all.clone(),
        Some(name) => {
            let found = all.iter().find(|kind| kind.name == name).copied();
            vec![found.ok_or_else(|| unknown(name, &all))?]
        }
    };
    if output.json {
        output
            .json(&json!({ "kinds": shown.iter().map(|kind| as_json(kind)).collect::<Vec<_>>() }));
    } else if arguments.kind.is_some() {
        output.text(&shown.iter().map(|kind| describe(kind)).collect::<String>());
    } else {
        let lines = shown.iter().map(|kind| format!("{:<9} {}\n", kind.name, kind.about));
        output.text(&lines.collect::<String>());
    }
    Ok(ExitCode::Done)
}

fn unknown(name: &str, all: &[&'static StageKind]) -> Failure {
    let names: Vec<String> = all.iter().map(|kind| kind.name.to_owned()).collect();
    let hint = suggest::did_you_mean(name, &names)
        .unwrap_or_else(|| format!("kinds: {}", names.join(", ")));
    Failure::usage("unknown_kind", format!("there is no stage kind '{name}'")).hint(hint)
}

/// What a command declares for itself.
const COMMAND: &str = "
Keys
  run            The line for sh, from the project's root. {NAME} is an input's file or folder, or
                 a parameter; {out} the folder for the outputs.
  outputs        Paths below {out} that it makes; a folder ends in '/'.
  params         Any parameters, by names of your own; matrix: lists of values for them.
  env            Names of environment variables that its result depends on.
  files, from, gather
                 Any inputs, by names of your own.
";

fn describe(kind: &StageKind) -> String {
    let mut text = format!("{}: {}\n", kind.name, kind.about);
    if !kind.inputs.is_empty() {
        text.push_str("\nInputs\n");
    }
    for input in kind.inputs {
        let from = match input.source {
            Source::Files => "files:".to_owned(),
            Source::Stage { kinds, .. } => format!("from: {}", kinds.join(" | ")),
        };
        let optional = match input.required {
            Required::Yes => String::new(),
            Required::No => " (optional)".to_owned(),
            Required::If(condition) => format!(" (only for {condition})"),
        };
        let _ = writeln!(text, "  {:<14} {from}{optional}\n{:17}{}", input.name, "", input.about);
    }
    if !kind.params.is_empty() {
        text.push_str("\nParameters\n");
    }
    for parameter in kind.params {
        let default = Value::from(parameter.default);
        let _ =
            write!(text, "  {:<14} {}; default {default}", parameter.name, parameter.param_type);
        match parameter.condition {
            None => text.push('\n'),
            Some(condition) => _ = writeln!(text, "; only for {condition}"),
        }
        let _ = writeln!(text, "{:17}{}", "", parameter.about);
    }
    if kind.is_command {
        text.push_str(COMMAND);
    }
    if !kind.outputs.is_empty() {
        text.push_str("\nOutputs\n");
    }
    for output in kind.outputs {
        let _ = writeln!(text, "  {:<14} {}\n{:17}{}", output.name, output.path, "", output.about);
    }
    text
}

fn as_json(kind: &StageKind) -> serde_json::Value {
    let params = kind.params.iter().map(|parameter| {
        json!({ "name": parameter.name, "about": parameter.about,
            "accepts": parameter.param_type.to_string(), "default": Value::from(parameter.default) })
    });
    let inputs = kind.inputs.iter().map(
        |input| json!({ "name": input.name, "about": input.about, "required": input.is_required() }),
    );
    let outputs = kind
        .outputs
        .iter()
        .map(|output| json!({ "name": output.name, "about": output.about, "path": output.path }));
    json!({
        "name": kind.name, "about": kind.about, "version": kind.version, "where": kind.has_filter,
        "params": params.collect::<Vec<_>>(), "inputs": inputs.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
    })
}
