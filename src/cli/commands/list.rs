//! `partita list`.

use crate::cli::failure::{ExitCode, Failure};
use crate::cli::output::{Output, width};
use crate::cli::project;
use crate::spec;
use crate::text::style::BAD;
use crate::text::{Cell, Column, TextTable};
use serde_json::json;
use std::path::Path;

pub(in crate::cli) fn list(start: &Path, output: Output) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let entries = spec::list(&root);
    if output.json {
        let rows = entries.iter().map(|entry| {
            let path = entry.path.display().to_string();
            match &entry.about {
                Ok(about) => json!({ "name": entry.name, "about": about, "path": path }),
                Err(error) => {
                    json!({ "name": entry.name, "error": error.to_string(), "path": path })
                }
            }
        });
        output.json(&json!({ "pipelines": rows.collect::<Vec<_>>() }));
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
