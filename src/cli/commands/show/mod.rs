//! `partita show`: one MIDI file as Partita sees it, in a project or not.
//!
//! `--json` prints `{"file", "row", "faults": [{"code", "offset", "meaning"}], "meters": [{"measure", "tick",
//! "time_signature", "measures"}], "catalogs": [..], "samples": [..]}`. `row` is the file's row in a catalog, without
//! the columns that depend on other files; see [`lookup`] for the last two. Offsets are bytes from the start of the
//! file; `null` for a fault of the whole file.

mod lookup;
mod meters;
mod picture;
mod roll;
mod row;

use super::args::Show;
use super::{CommandResult, ExitCode, Failure, Output, project, width};
use crate::music::midi::{Fault, Status};
use crate::music::roll::{Drums, QuantizedScore, RollShape, quantize};
use crate::stages::ScannedFile;
use crate::text::style::{BAD, BOLD, GOOD};
use crate::text::{Cell, Column, TextTable, count, sanitize, truncate_middle};
use lookup::Lookup;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Lines on a wider terminal are no longer than this.
const MAX_WIDTH: usize = 100;

pub(in crate::cli) fn show(start: &Path, arguments: &Show, output: Output) -> CommandResult {
    let path = find(start, &arguments.file)?;
    let name = arguments.file.display().to_string();
    let unreadable = |error: std::io::Error| Failure::usage("unreadable", error.to_string());
    let file = ScannedFile::read(&path).map_err(unreadable)?;
    let score = file.outcome.score.as_ref();
    let roll = score.and_then(|score| quantize(score, &RollShape::EVERY_PITCH, Drums::Drop).ok());
    if let Some(png) = &arguments.png {
        let roll = roll.as_ref().ok_or_else(|| no_picture(&name, &file))?;
        picture::write(png, roll)?;
    }
    let root = project::root(start).or_else(|_| project::root(path.parent().unwrap_or(&path)));
    let lookup = root.ok().map(|root| Lookup::find(&root, &file.row.digest)).transpose()?;
    output.answer(
        || to_json(&name, &file, lookup.as_ref()),
        || render(&name, &file, roll.as_ref(), lookup.as_ref(), width().min(MAX_WIDTH)),
    );
    if let (Some(png), false) = (&arguments.png, output.json) {
        output.print_message(&format!("wrote {}", sanitize(&png.display().to_string())));
    }
    Ok(ExitCode::Done)
}

/// Returns the file that an argument names, relative to the folder of `-C` or to the current one.
fn find(start: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let candidates = [start.join(file), file.to_owned()];
    if let Some(found) = candidates.iter().find(|path| path.is_file()) {
        return Ok(found.clone());
    }
    let shown = file.display();
    Err(match candidates.iter().any(|path| path.is_dir()) {
        true => Failure::usage("folder", format!("'{shown}' is a folder, expected a MIDI file"))
            .hint("'partita stats PIPELINE/STAGE' shows the catalog of many files"),
        false => Failure::usage("no_such_file", format!("there is no file '{shown}'"))
            .hint("name a MIDI file, for example: partita show data/song.mid"),
    })
}

fn no_picture(name: &str, file: &ScannedFile) -> Failure {
    let message = format!("'{name}' has no pianoroll: {}: {}", file.row.status, file.row.detail);
    Failure::usage("no_pianoroll", message).hint("leave out --png to see what is wrong with it")
}

/// Returns the faults of a file by offset, those of the whole file last.
fn faults(file: &ScannedFile) -> Vec<(Option<u64>, Fault)> {
    let outcome = &file.outcome;
    let faults = outcome.faults.iter().map(|fault| (outcome.offset_of(fault), fault));
    let mut faults: Vec<(Option<u64>, Fault)> = faults.collect();
    faults.sort_by_key(|&(offset, _)| (offset.is_none(), offset));
    faults
}

fn to_json(name: &str, file: &ScannedFile, lookup: Option<&Lookup>) -> Json {
    let faults = faults(file).into_iter().map(|(offset, fault)| {
        json!({ "code": fault.to_string(), "offset": offset, "meaning": fault.meaning() })
    });
    let mut json = json!({
        "file": name,
        "row": row::to_json(&file.row),
        "faults": faults.collect::<Json>(),
        "meters": file.outcome.score.as_ref().map_or_else(|| json!([]), meters::to_json),
    });
    if let Some(lookup) = lookup {
        json["catalogs"] = lookup.catalogs.iter().map(lookup::CatalogEntry::to_json).collect();
        json["samples"] = lookup.samples.iter().map(lookup::SamplesEntry::to_json).collect();
    }
    json
}

fn render(
    name: &str,
    file: &ScannedFile,
    roll: Option<&QuantizedScore>,
    lookup: Option<&Lookup>,
    columns: usize,
) -> String {
    let row = &file.row;
    let is_usable = row.status == Status::Ok;
    let style = if is_usable { GOOD } else { BAD };
    let status = format!("{style}{}{style:#}", row.status);
    let detail =
        if row.detail.is_empty() { String::new() } else { format!(": {}", sanitize(&row.detail)) };
    let name = truncate_middle(&sanitize(name), columns.saturating_sub(20)).into_owned();
    let mut parts = vec![format!("{BOLD}{name}{BOLD:#}: {status}{detail}\n")];
    parts.push(row::render(row, columns));
    parts.push(render_faults(&faults(file), columns));
    if let Some(score) = &file.outcome.score {
        parts.push(meters::render(score, columns));
    }
    parts.extend(roll.map(|roll| roll::render(roll, columns)));
    parts.extend(lookup.map(|lookup| lookup.render(columns)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn render_faults(faults: &[(Option<u64>, Fault)], columns: usize) -> String {
    if faults.is_empty() {
        return String::new();
    }
    let mut table = TextTable::new(0, &[Column::Right, Column::Left, Column::End(20)]);
    table.rule = true;
    table.row(["byte", "fault", "meaning"].map(Cell::from));
    for &(offset, fault) in faults {
        let offset = offset.map_or_else(|| "-".to_owned(), count);
        table.row([offset.into(), fault.to_string().into(), fault.meaning().into()]);
    }
    table.render(columns)
}
