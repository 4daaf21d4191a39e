//! The graph as text.

use crate::spec::{Pipeline, StageInstance};
use crate::text::sanitize;
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
        let line = format!("{id:names$}  {kind:kinds$}  {}", sanitize(&arrow(&sources)));
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

/// Lists the nodes by `node`, then the edges by `edge`, which has (upstream index, input name, index).
fn list(
    pipeline: &Pipeline,
    node: impl Fn(usize, &StageInstance) -> String,
    edge: impl Fn(usize, &str, usize) -> String,
) -> String {
    let stages = || pipeline.stages.iter().enumerate();
    let nodes = stages().map(|(index, stage)| node(index, stage));
    let edges = stages().flat_map(|(index, stage)| {
        edges(pipeline, stage).map(move |(upstream, _, name)| (upstream, name, index))
    });
    nodes.chain(edges.map(|(upstream, name, index)| edge(upstream, name, index))).collect()
}

fn mermaid(pipeline: &Pipeline) -> String {
    let node = |index, StageInstance { id, kind, .. }: &StageInstance| {
        format!("    s{index}[\"{id}<br/><i>{}</i>\"]\n", kind.name)
    };
    let edge = |upstream, name: &str, index| format!("    s{upstream} -->|{name}| s{index}\n");
    format!("flowchart LR\n{}", list(pipeline, node, edge))
}

fn dot(pipeline: &Pipeline) -> String {
    let node = |index, StageInstance { id, kind, .. }: &StageInstance| {
        format!("    s{index} [label=\"{id}\\n{}\"];\n", kind.name)
    };
    let edge = |up, name: &str, index| format!("    s{up} -> s{index} [label=\"{name}\"];\n");
    let (name, list) = (&pipeline.name, list(pipeline, node, edge));
    format!("digraph \"{name}\" {{\n    rankdir=LR;\n    node [shape=box];\n{list}}}\n")
}
