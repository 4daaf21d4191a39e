//! `partita graph`.

use super::args::{Graph, GraphFormat};
use super::{CommandResult, ExitCode, Output, project};
use crate::plan::{Drawing, draw};
use crate::spec::Pipeline;
use serde_json::json;
use std::path::Path;

pub(in crate::cli) fn graph(root: &Path, arguments: Graph, output: Output) -> CommandResult {
    let pipeline = project::load(root, &arguments.pipeline)?;
    let drawing = match arguments.format {
        GraphFormat::Text => Drawing::Text,
        GraphFormat::Mermaid => Drawing::Mermaid,
        GraphFormat::Dot => Drawing::Dot,
    };
    output.answer(|| as_json(&pipeline), || draw(&pipeline, drawing));
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
