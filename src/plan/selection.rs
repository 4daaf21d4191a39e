//! Which stages a run may touch: `--only`, `--from`, `--until`, `--force`.

use crate::spec::Pipeline;
use std::collections::BTreeSet;

/// The user's choice, by stage names or instance ids.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these.
    pub only: Vec<String>,
    /// This one and everything downstream.
    pub from: Option<String>,
    /// This one and everything upstream.
    pub until: Option<String>,
    /// Run these even if they are fresh.
    pub force: Vec<String>,
    /// Finish interrupted attempts early.
    pub finish_early: bool,
}

/// The stages that a run may touch, by index.
#[derive(Debug, Clone)]
pub struct Selection {
    selected: BTreeSet<usize>,
    forced: BTreeSet<usize>,
    /// Whether interrupted stages are finished at their last checkpoint.
    pub finish_early: bool,
}

/// A request that selects nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SelectionError {
    /// No stage has this name.
    #[error("pipeline '{pipeline}' has no stage '{name}'")]
    Unknown {
        /// The pipeline.
        pipeline: String,
        /// The requested name.
        name: String,
        /// All stage names, or all instances if an instance was requested; for a hint.
        known: Vec<String>,
    },
    /// `--from` and `--until` have no stage in common.
    #[error("no stage lies between '{from}' and '{until}'")]
    Nothing {
        /// `--from`.
        from: String,
        /// `--until`.
        until: String,
    },
}

impl Selection {
    /// Selects the stages of a request; a name selects all instances of its matrix.
    ///
    /// # Errors
    /// Returns an error if a name is unknown, or if `--from` and `--until` have no stage in common.
    pub fn new(pipeline: &Pipeline, request: &Request) -> Result<Self, SelectionError> {
        let Request { only, from, until, force, finish_early } = request;
        let mut selected: BTreeSet<usize> = (0..pipeline.stages.len()).collect();
        if !only.is_empty() {
            selected = find_all(pipeline, only)?;
        }
        if let Some(name) = from {
            let mut downstream = find(pipeline, name)?;
            for (index, stage) in pipeline.stages.iter().enumerate() {
                if stage.upstreams().any(|up| downstream.contains(&up.stage)) {
                    downstream.insert(index);
                }
            }
            selected.retain(|index| downstream.contains(index));
        }
        if let Some(name) = until {
            let mut upstream = find(pipeline, name)?;
            for (index, stage) in pipeline.stages.iter().enumerate().rev() {
                if upstream.contains(&index) {
                    upstream.extend(stage.upstreams().map(|up| up.stage));
                }
            }
            selected.retain(|index| upstream.contains(index));
        }
        if selected.is_empty()
            && let (Some(from), Some(until)) = (from, until)
        {
            let (from, until) = (from.clone(), until.clone());
            return Err(SelectionError::Nothing { from, until });
        }
        Ok(Self { selected, forced: find_all(pipeline, force)?, finish_early: *finish_early })
    }

    /// Returns true if the stage may run.
    pub fn is_selected(&self, index: usize) -> bool {
        self.selected.contains(&index)
    }

    /// Returns the selected stages and everything upstream of them.
    pub fn with_upstreams(&self, pipeline: &Pipeline) -> BTreeSet<usize> {
        let mut all = self.selected.clone();
        for index in (0..pipeline.stages.len()).rev() {
            if all.contains(&index) {
                all.extend(pipeline.stages[index].upstreams().map(|up| up.stage));
            }
        }
        all
    }

    /// Returns true if the stage runs even if it is fresh.
    pub fn is_forced(&self, index: usize) -> bool {
        self.forced.contains(&index) && self.is_selected(index)
    }

    /// Returns the selected stages.
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.selected.iter().copied()
    }
}

fn find_all(pipeline: &Pipeline, names: &[String]) -> Result<BTreeSet<usize>, SelectionError> {
    let sets: Vec<_> = names.iter().map(|name| find(pipeline, name)).collect::<Result<_, _>>()?;
    Ok(sets.into_iter().flatten().collect())
}

fn find(pipeline: &Pipeline, name: &str) -> Result<BTreeSet<usize>, SelectionError> {
    let stages = pipeline.stages.iter().enumerate();
    let matches = stages.filter(|(_, stage)| stage.name == name || stage.id.0 == name);
    let found: BTreeSet<usize> = matches.map(|(index, _)| index).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    // A name with an axis means an instance.
    let is_instance = name.contains('[');
    let known = pipeline.stages.iter();
    let known = known.map(|stage| if is_instance { &stage.id.0 } else { &stage.name });
    let mut known: Vec<String> = known.cloned().collect();
    known.dedup();
    Err(SelectionError::Unknown { pipeline: pipeline.name.clone(), name: name.to_owned(), known })
}
