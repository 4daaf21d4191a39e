//! Which stages a run may touch: `--only`, `--from`, `--until`, `--force`.

use crate::spec::Pipeline;
use std::collections::BTreeSet;

/// What a person asked for, by stage names or instance ids.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these.
    pub only: Vec<String>,
    /// This one and everything that depends on it.
    pub from: Option<String>,
    /// This one and everything that it depends on.
    pub until: Option<String>,
    /// These run even if fresh.
    pub force: Vec<String>,
    /// Whether what was interrupted is finished early.
    pub finish: bool,
}

/// The stages that a run may touch, by index.
#[derive(Debug, Clone)]
pub struct Selection {
    selected: BTreeSet<usize>,
    forced: BTreeSet<usize>,
    finishes: bool,
}

/// A request that selects nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SelectionError {
    /// A name that no stage has.
    #[error("pipeline '{pipeline}' has no stage '{name}'")]
    Unknown {
        /// The pipeline.
        pipeline: String,
        /// What was asked for.
        name: String,
        /// All stage names, or instances where an instance was asked for; for a hint.
        known: Vec<String>,
    },
    /// What `--from` and `--until` ask for has no stage in common.
    #[error("no stage lies between '{from}' and '{until}'")]
    Nothing {
        /// `--from`.
        from: String,
        /// `--until`.
        until: String,
    },
}

impl Selection {
    /// Every stage, none forced.
    #[must_use]
    pub fn all(pipeline: &Pipeline) -> Self {
        let selected = (0..pipeline.stages.len()).collect();
        Self { selected, forced: BTreeSet::new(), finishes: false }
    }

    /// The stages of a request; a name stands for all instances of its matrix.
    ///
    /// # Errors
    /// When a name is unknown.
    pub fn new(pipeline: &Pipeline, request: &Request) -> Result<Self, SelectionError> {
        let Request { only, from, until, force, finish } = request;
        let mut selected: BTreeSet<usize> = (0..pipeline.stages.len()).collect();
        if !only.is_empty() {
            selected = find_all(pipeline, only)?;
        }
        if let Some(name) = from {
            let mut below = find(pipeline, name)?;
            for (index, stage) in pipeline.stages.iter().enumerate() {
                if stage.from.values().flatten().any(|up| below.contains(&up.stage)) {
                    below.insert(index);
                }
            }
            selected.retain(|index| below.contains(index));
        }
        if let Some(name) = until {
            let mut above = find(pipeline, name)?;
            for (index, stage) in pipeline.stages.iter().enumerate().rev() {
                if above.contains(&index) {
                    above.extend(stage.from.values().flatten().map(|up| up.stage));
                }
            }
            selected.retain(|index| above.contains(index));
        }
        if selected.is_empty()
            && let (Some(from), Some(until)) = (from, until)
        {
            let (from, until) = (from.clone(), until.clone());
            return Err(SelectionError::Nothing { from, until });
        }
        Ok(Self { selected, forced: find_all(pipeline, force)?, finishes: *finish })
    }

    /// Whether a stage may run.
    #[must_use]
    pub fn is_selected(&self, index: usize) -> bool {
        self.selected.contains(&index)
    }

    /// Whether a stage must run.
    #[must_use]
    pub fn is_forced(&self, index: usize) -> bool {
        self.forced.contains(&index) && self.is_selected(index)
    }

    /// Whether selected stages that were interrupted are finished early.
    #[must_use]
    pub fn finishes(&self) -> bool {
        self.finishes
    }

    /// The selected stages.
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.selected.iter().copied()
    }

    /// How many stages are selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.selected.len()
    }

    /// Whether no stage is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.selected.is_empty()
    }
}

fn find_all(pipeline: &Pipeline, names: &[String]) -> Result<BTreeSet<usize>, SelectionError> {
    let mut all = BTreeSet::new();
    for name in names {
        all.extend(find(pipeline, name)?);
    }
    Ok(all)
}

fn find(pipeline: &Pipeline, name: &str) -> Result<BTreeSet<usize>, SelectionError> {
    let fits = |stage: &crate::spec::StageInstance| stage.name == name || stage.id.0 == name;
    let found: BTreeSet<usize> =
        (0..pipeline.stages.len()).filter(|&index| fits(&pipeline.stages[index])).collect();
    if found.is_empty() {
        // Who writes an axis means an instance.
        let shown = |stage: &crate::spec::StageInstance| match name.contains('[') {
            true => stage.id.0.clone(),
            false => stage.name.clone(),
        };
        let mut known: Vec<String> = pipeline.stages.iter().map(shown).collect();
        known.dedup();
        return Err(SelectionError::Unknown {
            pipeline: pipeline.name.clone(),
            name: name.to_owned(),
            known,
        });
    }
    Ok(found)
}
