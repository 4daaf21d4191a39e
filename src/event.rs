//! The runner's only voice: what happens is told as values, and whoever shows it decides how.

use crate::spec::StageId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a stage ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    /// It worked and was recorded.
    Ran,
    /// Nothing had changed.
    Fresh,
    /// Another record in the store fitted; its outputs were brought back.
    Restored,
    /// It reported an error.
    Failed,
    /// A stage that it needs failed.
    Blocked,
    /// The person asked to stop.
    Interrupted,
}

/// Of how many parts a stage's outputs are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// Made anew.
    pub made: u64,
    /// Taken from the stage's own last outputs.
    pub taken: u64,
}

/// Something that happened. Times are seconds.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// The run's id, also its folder's name.
        run: String,
        /// The pipeline's name.
        pipeline: String,
        /// How many stages are selected.
        stages: usize,
    },
    /// Input files are being read for their digests, before anything runs; told only when that takes
    /// longer than a second, and then until all are read.
    Surveying {
        /// Files that were read.
        read: u64,
        /// Of how many.
        files: u64,
        /// Bytes that were read.
        bytes_read: u64,
        /// Of how many, at the sizes that the files had.
        bytes: u64,
    },
    /// What is known of the input files.
    Surveyed {
        /// How many there are.
        files: usize,
        /// How many of them were read, because they were new or had changed.
        read: usize,
        /// Bytes that were read.
        bytes: u64,
    },
    /// A stage begins to work.
    StageStarted {
        /// Which.
        stage: StageId,
        /// Its kind.
        kind: &'static str,
        /// The first reason why it runs.
        reason: String,
    },
    /// How far a running stage has come.
    Progress {
        /// Which.
        stage: StageId,
        /// What is counted: `files`, `samples`, `songs`, `steps`.
        unit: &'static str,
        /// How many are done.
        done: u64,
        /// Of how many; zero when unknown.
        total: u64,
        /// A few words on where it is (`epoch 3 of 20, loss 412.1`); may be empty.
        about: String,
    },
    /// A fact worth reading: totals, what was skipped.
    Note {
        /// Which.
        stage: StageId,
        /// One line.
        text: String,
    },
    /// Of how many parts a stage's outputs are made.
    Parts {
        /// Which.
        stage: StageId,
        /// How many.
        #[serde(flatten)]
        parts: Parts,
    },
    /// Something a person should look at, though the work goes on.
    Warning {
        /// Which; `None`: the run as a whole.
        stage: Option<StageId>,
        /// One line, with a hint.
        text: String,
    },
    /// A stage ended.
    StageFinished {
        /// Which.
        stage: StageId,
        /// How.
        outcome: Outcome,
        /// Wall time.
        seconds: f64,
        /// The error, for a failure; what blocked it, for a blocked one; else what came out, or why
        /// nothing had to be done.
        detail: String,
        /// What is missing from the whole: `finished early at epoch 3 of 20`.
        #[serde(skip_serializing_if = "Option::is_none")]
        partial: Option<String>,
    },
    /// Ctrl-C was heard.
    Interrupting,
    /// The run ended.
    RunFinished {
        /// The run's id.
        run: String,
        /// `done`, `failed` or `interrupted`.
        outcome: &'static str,
        /// Wall time.
        seconds: f64,
        /// How many stages ended each way: (outcome, count), in a fixed order.
        counts: Vec<(Outcome, usize)>,
    },
}

/// Takes events; called from many threads.
pub trait EventSink: Send + Sync {
    /// Takes one event. Must not block for long.
    fn emit(&self, event: &Event);
}

/// A sink that hands each event to several others.
#[derive(Clone, Default)]
pub struct Fanout(Vec<Arc<dyn EventSink>>);

impl Fanout {
    /// A fanout to these sinks.
    #[must_use]
    pub fn new(sinks: Vec<Arc<dyn EventSink>>) -> Self {
        Self(sinks)
    }
}

impl EventSink for Fanout {
    fn emit(&self, event: &Event) {
        for sink in &self.0 {
            sink.emit(event);
        }
    }
}
