//! `command`: any program, with declared inputs, outputs and environment.
//!
//! The line runs in `sh` from the project's root. `{NAME}` stands for a parameter's value, or for an
//! input: its file, or the folder that holds its files (several of them for `gather:`, separated by
//! spaces); `{out}` for the folder that takes the outputs. Of the environment only what `env:` declares
//! enters the fingerprint; the rest is passed on. What the program prints is kept as diagnostics.
//!
//! The shell leads a session without a terminal; its standard input is empty. It may work for as long and
//! say as much as it likes. The stage ends with it: whatever it left running is ended then (`process`),
//! and also when this program is killed (`watchdog`).

mod line;
mod process;
mod process_tree;
mod waiting;
mod watchdog;

use crate::spec::{self, Cpus, StageKind, Value};
use crate::stage_api::{
    InputSet, OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl,
};
use crate::store::{CopyMode, folder_name, materialize};
use line::Values;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(super) struct CommandStage;

const KIND: StageKind = StageKind {
    name: "command",
    about: "Run any program on declared inputs; the only kind that runs one",
    version: 1,
    params: &[],
    inputs: &[],
    outputs: &[],
    is_command: true,
    cpus: Cpus::One,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport { kind: OutputKind::Output, from: "", to: "command/" },
    RunExport { kind: OutputKind::Diagnostic, from: "", to: "command/" },
];

impl StageImpl for CommandStage {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        let inputs = stage.files.keys().chain(stage.from.keys()).map(String::as_str);
        let inputs = inputs.chain(["out"]).map(|name| (name, Vec::new()));
        let values: Values<'_> = inputs.chain(parameters(&stage.params)).collect();
        let run = stage.command.as_ref().map_or("", |command| &command.run);
        line::expand(run, &values).map(drop).map_err(|error| {
            let near =
                crate::text::suggest::nearest(&error.name, error.known.iter().map(String::as_str));
            let hint = match near {
                Some(near) => format!("did you mean '{{{near}}}'?"),
                None => "a brace that is meant as such is written twice: {{ and }}".into(),
            };
            ParamError { key: "run".into(), message: error.to_string(), hint: Some(hint) }
        })
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
        let command =
            context.command.ok_or_else(|| StageError::failed("the stage has no command line"))?;
        let folder = context.scratch.join("in");
        let mut values: Values<'_> = parameters(context.params).collect();
        // What the line does not name is declared for the fingerprint alone.
        let is_named = |name: &str| command.run.contains(&format!("{{{name}}}"));
        for (name, sets) in context.inputs.iter().filter(|(name, _)| is_named(name)) {
            for (index, set) in sets.iter().enumerate() {
                // An upstream instance is told by its name, so that a table can be labelled by it.
                let set_name = match &set.stage {
                    Some(stage) => folder_name(&stage.0),
                    None => index.to_string(),
                };
                let place = folder.join(name).join(set_name);
                values
                    .entry(name)
                    .or_default()
                    .push(materialize_inputs(set, &place)?.into_os_string());
            }
        }
        values.insert("out", vec![context.out.clone().into_os_string()]);
        for output in &command.outputs {
            let path = context.out.join(output);
            let parent = if output.ends_with('/') { Some(path.as_path()) } else { path.parent() };
            if let Some(parent) = parent {
                fs_err::create_dir_all(parent)?;
            }
        }
        let line = line::expand(&command.run, &values).map_err(StageError::failed)?;
        let result = process::run(context, &line);
        // The inputs were copies for the program alone.
        let _ = fs_err::remove_dir_all(&folder);
        let shown = line::preview(&command.run, &parameters(context.params).collect());
        result.map(|()| first_line(&shown))
    }
}

/// What a stage would run, in full, for whoever wants to read it before it does: parameters are put in;
/// inputs and `{out}`, whose folders do not exist yet, are not. `None` for a stage that runs no program.
#[must_use]
pub fn preview_command(stage: &spec::StageInstance) -> Option<String> {
    let command = stage.command.as_ref()?;
    Some(line::preview(&command.run, &parameters(&stage.params).collect()))
}

fn parameters(params: &BTreeMap<String, Value>) -> impl Iterator<Item = (&str, Vec<OsString>)> {
    params.iter().map(|(name, value)| (name.as_str(), vec![value.to_string().into()]))
}

/// The first line of a command, as the record tells it.
fn first_line(run: &str) -> String {
    const SHOWN: usize = 60;
    let line = run.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Gives the program real files under their names: those of an upstream stage are copied out of the store,
/// so that nothing it does reaches a blob. The path is
/// the file's for a single file at the top of the stage's folder, else the folder's.
fn materialize_inputs(set: &InputSet, place_in: &Path) -> Result<PathBuf, StageError> {
    if set.stage.is_none()
        && let [only] = set.files.as_slice()
    {
        return Ok(only.location.clone());
    }
    for file in &set.files {
        materialize(&file.location, &place_in.join(&file.path), CopyMode::Copy)
            .map_err(StageError::failed)?;
    }
    match set.files.as_slice() {
        [only] if !only.path.contains('/') => Ok(place_in.join(&only.path)),
        _ => Ok(place_in.to_path_buf()),
    }
}
