//! `partita list`.

use super::{CommandResult, ExitCode, Output, width};
use crate::spec;
use crate::text::style::BAD;
use crate::text::{Cell, Column, TextTable};
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn list(root: &Path, output: Output) -> CommandResult {
    let entries = spec::list(root);
    if output.json {
        let rows = entries.iter().map(|entry| {
            let path = entry.path.display().to_string();
            let (key, text) = match &entry.about {
                Ok(about) => ("about", about.clone()),
                Err(error) => ("error", error.to_string()),
            };
            json!({ "name": entry.name, key: text, "path": path })
        });
        output.json(&json!({ "pipelines": rows.collect::<Value>() }));
        return Ok(ExitCode::Done);
    }
    let mut table = TextTable::new(0, &[Column::Left, Column::Left]);
    for entry in &entries {
        let about = match &entry.about {
            Ok(about) => about.clone().into(),
            Err(error) => Cell::styled(error.message(), BAD),
        };
        table.row([entry.name.clone().into(), about]);
    }
    output.text(&table.render(width()));
    if entries.is_empty() {
        output.print_message("no pipelines yet: write one as pipelines/NAME.yaml");
    }
    Ok(ExitCode::Done)
}
