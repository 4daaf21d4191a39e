//! `partita graph`.

use crate::cli::args::{Graph, GraphFormat};
use crate::cli::failure::{ExitCode, Failure};
use crate::cli::output::Output;
use crate::cli::project;
use crate::plan::{Drawing, draw};
use crate::spec::Pipeline;
use serde_json::json;
use std::path::Path;

pub(in crate::cli) fn graph(
    start: &Path,
    arguments: Graph,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline)?;
    if output.json {
        output.json(&as_json(&pipeline));
    } else {
        output.text(&draw(
            &pipeline,
            match arguments.format {
                GraphFormat::Text => Drawing::Text,
                GraphFormat::Mermaid => Drawing::Mermaid,
                GraphFormat::Dot => Drawing::Dot,
            },
        ));
    }
    Ok(ExitCode::Done)
}

fn as_json(pipeline: &Pipeline) -> serde_json::Value {
    let stages = pipeline.stages.iter().map(|stage| {
        let from = stage.from.iter().flat_map(|(input, upstreams)| {
            upstreams.iter().map(move |up| {
                let stage = &pipeline.stages[up.stage].id.0;
                json!({ "input": input, "stage": stage, "output": up.output })
            })
        });
        json!({
            "name": stage.id.0, "kind": stage.kind.name, "from": from.collect::<Vec<_>>(),
            "files": stage.files.values().flatten().map(|f| &f.written).collect::<Vec<_>>(),
        })
    });
    json!({ "pipeline": pipeline.name, "stages": stages.collect::<Vec<_>>() })
}
