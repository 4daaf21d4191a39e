//! The stages of a project, whose outputs a prune keeps.

use super::project;
use crate::cli::args::PipelineArgs;
use crate::history::History;
use crate::runner::ResolvedPipeline;
use crate::spec::{self, Pipeline, PipelineEntry};
use crate::store::{PointerKey, Store, folder_name};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names of stages, by pipeline.
pub(super) struct Stages {
    /// `None` if any stage of the pipeline may exist.
    by_pipeline: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Stages {
    /// Reads the pipelines of a project, and looks for the files elsewhere that its run folders name.
    pub(super) fn of_project(root: &Path, store: &Store) -> Self {
        let mut by_pipeline = BTreeMap::new();
        for PipelineEntry { name, .. } in spec::list(root) {
            let arguments = PipelineArgs { name: name.clone(), set: Vec::new() };
            // A pipeline with an error may be about to be corrected.
            let pipeline = project::load(root, &arguments).ok();
            let names =
                |pipeline: Pipeline| pipeline.stages.into_iter().map(|stage| stage.name).collect();
            by_pipeline.insert(name, pipeline.map(names));
        }
        let history = History::open(store).ok();
        for id in history.iter().flat_map(|history| &history.ids) {
            let resolved = history.as_ref().and_then(|history| history.resolved(id));
            let Some(ResolvedPipeline { pipeline, file, .. }) = resolved else { continue };
            if !file.is_empty() && root.join(&file).is_file() {
                by_pipeline.entry(pipeline).or_insert(None);
            }
        }
        Self { by_pipeline }
    }

    /// Returns true if the stage exists, with any values of its matrix.
    pub(super) fn has(&self, PointerKey { pipeline, stage }: &PointerKey) -> bool {
        let is_instance = |name: &String| {
            let matrix = stage.strip_prefix(name.as_str());
            *stage == folder_name(name) || matrix.is_some_and(|matrix| matrix.starts_with('['))
        };
        match self.by_pipeline.get(pipeline) {
            None => false,
            Some(names) => names.as_ref().is_none_or(|names| names.iter().any(is_instance)),
        }
    }
}
