//! `partita list`.

use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use super::super::project;
use crate::spec;
use crate::text::style::BAD;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(in super::super) fn list(start: &Path, output: Output) -> Result<ExitCode, Failure> {
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
    let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in &entries {
        let _ = match &entry.about {
            Ok(about) => writeln!(text, "{:width$}  {about}", entry.name),
            Err(error) => writeln!(text, "{:width$}  {BAD}{}{BAD:#}", entry.name, error.message()),
        };
    }
    output.text(&text);
    if entries.is_empty() {
        output.print_message("no pipelines yet: write one as pipelines/NAME.yaml");
    }
    Ok(ExitCode::Done)
}
