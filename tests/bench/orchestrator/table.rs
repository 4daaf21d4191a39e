//! The results as a table of at most 100 columns and as JSON.

use crate::Arguments;
use crate::measure::{Row, Rows, Step};
use crate::tools::{COUNT, MANY, SCAN, Tool};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Columns: a tool and one of its tasks on the folder.
const FOLDER: [(&str, &str); 4] =
    [("partita", COUNT), ("partita", SCAN), ("DVC", COUNT), ("Snakemake", COUNT)];
const INSTANCES: [(&str, &str); 3] = [("partita", MANY), ("DVC", MANY), ("Snakemake", MANY)];

pub(crate) fn text(arguments: &Arguments, tools: &[Tool], rows: &Rows) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "Wall time of a call in seconds: median (fastest - slowest) of up to {} calls, {cores} cores.\n",
        arguments.repeats
    );
    for tool in tools {
        let _ = match &tool.version {
            Some(version) => writeln!(text, "{} {version}", tool.name),
            None => writeln!(text, "{} is not installed: {}", tool.name, tool.install),
        };
    }
    let title = format!("One stage on a folder of {} MIDI files", arguments.files);
    section(&mut text, &title, &FOLDER, tools, rows);
    let title = format!("{} instances of a stage that echoes a number", arguments.instances);
    section(&mut text, &title, &INSTANCES, tools, rows);
    text
}

fn section(text: &mut String, title: &str, columns: &[(&str, &str)], tools: &[Tool], rows: &Rows) {
    let _ = write!(text, "\n{title}\n{:24}", "");
    for (tool, task) in columns {
        let name = if *task == SCAN { "partita scan" } else { tool };
        let _ = write!(text, "{name:>19}");
    }
    text.push('\n');
    let find = |step, (tool, task): (&str, &str)| {
        rows.0.iter().find(|row| row.step == step && row.tool == tool && row.task == task)
    };
    let installed =
        |name: &str| tools.iter().any(|tool| tool.name == name && tool.version.is_some());
    for step in Step::ALL {
        let found: Vec<Option<&Row>> = columns.iter().map(|&column| find(step, column)).collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        let missing = |index: usize| if installed(columns[index].0) { "" } else { "not installed" };
        let line = |cell: &dyn Fn(&Row) -> String| -> String {
            let cells = found.iter().enumerate();
            let cells = cells.map(|(index, row)| row.map_or(missing(index).to_owned(), cell));
            cells.fold(String::new(), |line, cell| format!("{line}{cell:>19}"))
        };
        let _ = writeln!(text, "{:24}{}", step.text(), line(&times));
        if found.iter().flatten().any(|row| row.read.is_some()) {
            let read = |row: &Row| row.read.map_or(String::new(), |read| read.to_string());
            let _ = writeln!(text, "{:24}{}", "  files opened", line(&read));
        }
    }
}

fn times(row: &Row) -> String {
    let (Some(least), Some(most)) = (row.seconds.first(), row.seconds.last()) else {
        return String::new();
    };
    let short = |seconds: f64| {
        if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.0}") }
    };
    format!("{} ({} - {})", short(row.median()), short(*least), short(*most))
}

pub(crate) fn json(arguments: &Arguments, tools: &[Tool], rows: &Rows) -> Value {
    let row = |row: &Row| {
        json!({
            "tool": row.tool, "task": row.task, "step": row.step.text(), "files_opened": row.read,
            "median_seconds": row.median(), "seconds": row.seconds,
        })
    };
    json!({
        "files": arguments.files,
        "instances": arguments.instances,
        "tools": tools.iter().map(|tool| json!({
            "name": tool.name, "version": tool.version, "install": tool.install,
        })).collect::<Vec<_>>(),
        "rows": rows.0.iter().map(row).collect::<Vec<_>>(),
    })
}
