//! `run:` and `env:` of a `command` stage.

use super::checks::{distinct_names, empty, missing_key};
use super::declare::Declared;
use crate::spec::{Command, SpecErrorKind, SpecResult, Vars};

const KEYS: [&str; 3] = ["run", "outputs", "env"];

/// Reads the command of a stage; `None` for other kinds, which must have none of its keys.
pub(crate) fn command(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Option<Command>> {
    let title = stage.title();
    if !stage.kind.is_command {
        return match KEYS.iter().find_map(|key| stage.node.entry(key)) {
            Some(entry) => {
                let (key, kind) = (&entry.key, stage.kind.name);
                let message =
                    format!("{title} (kind {kind}) takes no '{key}', only kind command does");
                Err(SpecErrorKind::NotACommand.at(entry.location, message))
            }
            None => Ok(None),
        };
    }
    let Some(run) = stage.node.get("run") else {
        return Err(missing_key("run", &title, stage.location)
            .hint("run: \"program {input} > {out}/file\""));
    };
    let what = format!("'run' of {title}");
    let line = vars.expand(run.text(&what)?, &what, run.location)?;
    if line.trim().is_empty() {
        return Err(empty(&what, "a command line", run.location));
    }
    let what = format!("'env' of {title}");
    let mut env = Vec::new();
    for (name, location) in distinct_names(stage.node.get("env"), &what)? {
        if name.is_empty() || name.contains(['=', '\0', '$']) {
            let message = format!(
                "{what}: found string {name:?}, expected the name of an environment variable"
            );
            let error = SpecErrorKind::WrongType.at(location, message);
            return Err(error.hint("name it without its value"));
        }
        env.push(name.to_owned());
    }
    Ok(Some(Command { run: line, outputs: stage.outputs.clone(), env }))
}
