//! `command`: runs any program, with declared inputs, outputs and environment.
//!
//! The line runs in `sh` from the project's root. `{NAME}` is replaced by a parameter's value, or by an input: its file,
//! or the folder that holds its files (several of them for `gather:`, separated by spaces); `{out}` by the folder for the
//! outputs. Only the variables in `env:` are part of the fingerprint; the rest of the environment is passed on. The
//! program's output streams are kept as diagnostics.
//!
//! The shell leads a session without a terminal; its standard input is empty. Time and output are not limited. Processes
//! that are still running when the shell ends are terminated (`process`), also if this program is killed (`watchdog`).

mod line;
mod process;
mod process_tree;
mod waiting;
mod watchdog;

use crate::spec::{self, Cpus, StageKind, Value};
use crate::stage_api::{
    InputSet, ParamError, Result, RunExport, StageContext, StageError, StageImpl,
};
use crate::store::{copy_new, folder_name};
use crate::text::suggest::nearest;
use line::Values;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(super) struct CommandStage;

const KIND: StageKind = StageKind {
    name: "command",
    about: "Run any program on declared inputs; the only kind that runs one",
    // 2: a glob is a folder, however many files it matches, and files keep their names in it. The fingerprint has the
    // paths that the line gets, and digests in place of the values of environment variables.
    version: 2,
    params: &[],
    inputs: &[],
    outputs: &[],
    is_command: true,
    cpus: Cpus::One,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] =
    &[RunExport::output("", "command/"), RunExport::diagnostic("", "command/")];

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
            let hint = match nearest(&error.name, &error.known) {
                Some(near) => format!("did you mean '{{{near}}}'?"),
                None => "write a literal brace twice: {{ and }}".into(),
            };
            ParamError::new("run", error, hint)
        })
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let command =
            context.command.ok_or_else(|| StageError::failed("the stage has no command line"))?;
        let folder = context.scratch.join("in");
        let mut values: Values<'_> = parameters(context.params).collect();
        // Inputs that the line does not name only affect the fingerprint.
        for (name, sets) in context.inputs.iter().filter(|(name, _)| command.names(name)) {
            for set in sets {
                let place = folder.join(name);
                // The folder has the name of the upstream instance, which the command can use as a label. So the name
                // is part of the fingerprint, like everything else in these paths.
                let place =
                    set.stage.as_ref().map_or(place.clone(), |s| place.join(folder_name(&s.0)));
                let path = materialize_inputs(set, &place)?;
                values.entry(name).or_default().push(path.into_os_string());
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
        let line = line::expand(&command.run, &values)?;
        let result = process::run(context, &line);
        // The inputs were copies for the program.
        let _ = fs_err::remove_dir_all(&folder);
        let shown = line::preview(&command.run, &parameters(context.params).collect());
        result.map(|()| first_line(&shown)).map_err(|error| explain_folders(error, context))
    }
}

/// Adds to the error of a program that reads a folder like a file which inputs are folders.
fn explain_folders(error: StageError, context: &StageContext<'_>) -> StageError {
    let StageError::Failed { message, hint } = error else { return error };
    let is_folder = |sets: &[InputSet]| sets.iter().any(|set| set.is_folder);
    let folders = context.inputs.iter().filter(|(_, sets)| is_folder(sets));
    let folders: Vec<String> = folders.map(|(name, _)| format!("{{{name}}}")).collect();
    if folders.is_empty() || !message.to_lowercase().contains("is a directory") {
        return StageError::Failed { message, hint };
    }
    let first = &folders[0];
    StageError::with_hint(
        message,
        format!("{} is a folder: its files are {first}/*", folders.join(", ")),
    )
}

/// Returns the command that a stage would run, with its parameters. Inputs and `{out}` remain placeholders, because their
/// folders do not exist yet. `None` for a stage that runs no command.
pub fn preview_command(stage: &spec::StageInstance) -> Option<String> {
    let command = stage.command.as_ref()?;
    Some(line::preview(&command.run, &parameters(&stage.params).collect()))
}

fn parameters(params: &BTreeMap<String, Value>) -> impl Iterator<Item = (&str, Vec<OsString>)> {
    params.iter().map(|(name, value)| (name.as_str(), vec![value.to_string().into()]))
}

/// Returns the first line of a command, truncated, for the record.
fn first_line(run: &str) -> String {
    const MAX_CHARS: usize = 60;
    let line = run.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Copies the files of an upstream stage out of the store, so that the program cannot change a blob, and those of a glob
/// into one folder. Returns the path of the folder or, where the pipeline declares one file, of that.
fn materialize_inputs(set: &InputSet, folder: &Path) -> Result<PathBuf> {
    let only = set.files.first().filter(|_| !set.is_folder);
    if let (Some(only), None) = (only, &set.stage) {
        return Ok(only.location.clone());
    }
    // Also without any file in it.
    fs_err::create_dir_all(folder)?;
    for file in &set.files {
        let path = folder.join(file.relative(set));
        if file.is_folder() {
            fs_err::create_dir_all(&path)?;
            continue;
        }
        // The mode of a user's file is its own; a blob has none.
        let is_program = match set.stage {
            Some(_) => file.is_executable,
            None => fs_err::metadata(&file.location)?.permissions().mode() & 0o100 != 0,
        };
        copy_new(&file.location, &path, is_program)?;
    }
    Ok(only.map_or(folder.to_path_buf(), |only| folder.join(only.relative(set))))
}
