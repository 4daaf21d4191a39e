//! The graph as text.

use crate::spec::{Pipeline, StageInstance};
use std::fmt::Write as _;

/// The format of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A list in running order, with an arrow to what each stage reads.
    Text,
    /// A Mermaid flowchart, as GitHub renders it.
    Mermaid,
    /// Graphviz.
    Dot,
}

/// Draws a pipeline.
pub fn draw(pipeline: &Pipeline, format: Drawing) -> String {
    match format {
        Drawing::Text => text(pipeline),
        Drawing::Mermaid => mermaid(pipeline),
        Drawing::Dot => dot(pipeline),
    }
}

/// Returns (upstream index, label, input name) of each edge into a stage.
fn edges<'a>(
    pipeline: &'a Pipeline,
    stage: &'a StageInstance,
) -> impl Iterator<Item = (usize, String, &'a str)> {
    stage.from.iter().flat_map(move |(name, upstreams)| {
        upstreams
            .iter()
            .map(move |up| (up.stage, up.label(&pipeline.stages[up.stage].id.0), name.as_str()))
    })
}

fn text(pipeline: &Pipeline) -> String {
    let width =
        |length: fn(&StageInstance) -> usize| pipeline.stages.iter().map(length).max().unwrap_or(0);
    let names = width(|stage| stage.id.0.chars().count());
    let kinds = width(|stage| stage.kind.name.len());
    let mut out = String::new();
    for stage in &pipeline.stages {
        let mut sources: Vec<String> = edges(pipeline, stage).map(|(_, label, _)| label).collect();
        sources.extend(stage.files.values().flatten().map(|file| file.written.clone()));
        let (id, kind) = (&stage.id.0, stage.kind.name);
        let line = format!("{id:names$}  {kind:kinds$}  {}", arrow(&sources));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Returns the arrow to what a stage reads, shortened where a gather would fill the screen.
fn arrow(sources: &[String]) -> String {
    const MAX_LISTED: usize = 4;
    match sources.len() {
        0 => String::new(),
        count if count > MAX_LISTED => {
            let listed = sources[..MAX_LISTED].join(", ");
            format!("<- {listed} and {} more", count - MAX_LISTED)
        }
        _ => format!("<- {}", sources.join(", ")),
    }
}

fn mermaid(pipeline: &Pipeline) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, stage) in pipeline.stages.iter().enumerate() {
        let _ = writeln!(out, "    s{index}[\"{}<br/><i>{}</i>\"]", stage.id, stage.kind.name);
    }
    for (index, stage) in pipeline.stages.iter().enumerate() {
        for (upstream, _, name) in edges(pipeline, stage) {
            let _ = writeln!(out, "    s{upstream} -->|{name}| s{index}");
        }
    }
    out
}

fn dot(pipeline: &Pipeline) -> String {
    let mut out =
        format!("digraph \"{}\" {{\n    rankdir=LR;\n    node [shape=box];\n", pipeline.name);
    for (index, stage) in pipeline.stages.iter().enumerate() {
        let _ = writeln!(out, "    s{index} [label=\"{}\\n{}\"];", stage.id, stage.kind.name);
    }
    for (index, stage) in pipeline.stages.iter().enumerate() {
        for (upstream, _, name) in edges(pipeline, stage) {
            let _ = writeln!(out, "    s{upstream} -> s{index} [label=\"{name}\"];");
        }
    }
    out.push_str("}\n");
    out
}
