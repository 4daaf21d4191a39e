//! The graph as a picture in text.

use crate::spec::{Pipeline, StageInstance};
use std::fmt::Write as _;

/// A drawing's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A list in running order, with arrows to what each stage reads.
    Text,
    /// A Mermaid flowchart, as GitHub renders it.
    Mermaid,
    /// Graphviz.
    Dot,
}

/// Draws a pipeline.
#[must_use]
pub fn draw(pipeline: &Pipeline, format: Drawing) -> String {
    match format {
        Drawing::Text => text(pipeline),
        Drawing::Mermaid => mermaid(pipeline),
        Drawing::Dot => dot(pipeline),
    }
}

/// (upstream id, input name) of each edge into a stage.
fn edges<'a>(
    pipeline: &'a Pipeline,
    stage: &'a StageInstance,
) -> impl Iterator<Item = (usize, String, &'a str)> {
    stage.from.iter().flat_map(move |(name, upstreams)| {
        upstreams.iter().map(move |up| {
            let id = &pipeline.stages[up.stage].id;
            let label = match &up.output {
                Some(output) => format!("{id}.{output}"),
                None => id.to_string(),
            };
            (up.stage, label, name.as_str())
        })
    })
}

fn text(pipeline: &Pipeline) -> String {
    let width =
        |length: fn(&StageInstance) -> usize| pipeline.stages.iter().map(length).max().unwrap_or(0);
    let names = width(|stage| stage.id.0.chars().count());
    let kinds = width(|stage| stage.kind.name.len());
    let mut out = String::new();
    for stage in &pipeline.stages {
        let id = &stage.id.0;
        let mut sources: Vec<String> = edges(pipeline, stage).map(|(_, label, _)| label).collect();
        sources.extend(stage.files.values().flatten().map(|file| file.written.clone()));
        let line = format!("{id:names$}  {:kinds$}  {}", stage.kind.name, arrow(&sources));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// What a stage reads, cut where a gather would fill the screen.
fn arrow(sources: &[String]) -> String {
    const SHOWN: usize = 4;
    if sources.is_empty() {
        return String::new();
    }
    let more = sources.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("<- {}{tail}", sources[..sources.len() - more].join(", "))
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
