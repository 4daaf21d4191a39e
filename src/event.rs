//! Events emitted by the runner, which never prints; sinks render them.

use crate::spec::StageId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use strum::{Display, IntoStaticStr};

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    /// It ran and was recorded.
    Ran,
    /// It was up to date.
    Fresh,
    /// Its outputs were restored from another matching record in the store.
    Restored,
    /// It reported an error.
    Failed,
    /// An upstream stage failed.
    Blocked,
    /// The user asked to stop.
    Interrupted,
    /// Another stage failed before its turn came; it depends on none that failed.
    #[serde(rename = "not_started")]
    #[strum(serialize = "not started")]
    NotStarted,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RunOutcome {
    /// Every selected stage succeeded, and at least one ran or was restored.
    Done,
    /// Every selected stage was up to date.
    Fresh,
    /// A stage failed.
    Failed,
    /// The user asked to stop.
    Interrupted,
}

/// How many parts of a stage's outputs were computed and reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PartCounts {
    /// Parts that this run computed.
    #[serde(rename = "made")]
    pub computed: u64,
    /// Parts reused from the stage's last outputs.
    #[serde(rename = "taken")]
    pub reused: u64,
}

/// Something that happened in a run. Times are in seconds.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// The run's id, also its folder's name.
        run: String,
        /// The pipeline's name.
        pipeline: String,
        /// Number of selected stages.
        stages: usize,
    },
    /// Progress of hashing input files before anything runs. Sent only if hashing takes longer than a
    /// second, and then until the last file.
    #[serde(rename = "surveying")]
    HashingInputs {
        /// Files read.
        read: u64,
        /// Files to read.
        files: u64,
        /// Bytes read.
        bytes_read: u64,
        /// Bytes to read, by the sizes when hashing began.
        bytes: u64,
    },
    /// The digests of all input files are known.
    #[serde(rename = "surveyed")]
    InputsHashed {
        /// Number of input files.
        files: usize,
        /// Files that were read, because they were new or had changed.
        read: usize,
        /// Bytes that were read.
        bytes: u64,
    },
    /// A stage starts to run.
    StageStarted {
        /// The stage.
        stage: StageId,
        /// Its kind.
        kind: &'static str,
        /// The first reason why it runs.
        reason: String,
    },
    /// Progress of a running stage.
    Progress {
        /// The stage.
        stage: StageId,
        /// The unit: `files`, `samples`, `songs`, `steps`.
        unit: &'static str,
        /// Units done.
        done: u64,
        /// Units in total; zero if unknown.
        total: u64,
        /// A few words (`epoch 3 of 20, loss 412.1`); may be empty.
        about: String,
    },
    /// A fact: totals, what was skipped.
    Note {
        /// The stage.
        stage: StageId,
        /// One line.
        text: String,
    },
    /// How many parts of a stage's outputs were computed and reused.
    Parts {
        /// The stage.
        stage: StageId,
        /// The counts.
        #[serde(flatten)]
        parts: PartCounts,
    },
    /// Something that the user should check, although the run continues.
    Warning {
        /// The stage; `None` for the whole run.
        stage: Option<StageId>,
        /// One line, with a hint.
        text: String,
    },
    /// A stage ended.
    StageFinished {
        /// The stage.
        stage: StageId,
        /// How it ended.
        outcome: Outcome,
        /// Wall time.
        seconds: f64,
        /// For a failed stage the error, for a blocked one the failed upstream stage, otherwise a summary
        /// of the outputs or why nothing ran.
        detail: String,
        /// How far the stage came: `finished early at epoch 3 of 20`. `None` if it is complete.
        #[serde(skip_serializing_if = "Option::is_none")]
        partial: Option<String>,
    },
    /// Ctrl-C was received.
    Interrupting,
    /// The run ended.
    RunFinished {
        /// The run's id.
        run: String,
        /// How it ended.
        outcome: RunOutcome,
        /// Wall time.
        seconds: f64,
        /// Number of stages per outcome, in a fixed order.
        counts: Vec<(Outcome, usize)>,
    },
}

/// Receives events, from many threads.
pub trait EventSink: Send + Sync {
    /// Handles one event. Must not block for long.
    fn emit(&self, event: &Event);
}

/// A sink that forwards each event to several others.
#[derive(Clone, Default)]
pub struct Fanout(pub Vec<Arc<dyn EventSink>>);

impl EventSink for Fanout {
    fn emit(&self, event: &Event) {
        self.0.iter().for_each(|sink| sink.emit(event));
    }
}
