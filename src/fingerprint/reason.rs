//! The reasons why a stage is not up to date, and their order.

use super::{Diff, InputChange, Scalar};
use serde::Serialize;

/// One reason why a stage is not up to date. [`compare`](super::compare()) returns the differences between
/// two fingerprints; the planner adds the other reasons and sorts them.
#[derive(Debug, Clone, PartialEq, Eq, strum::EnumDiscriminants)]
#[strum_discriminants(name(ReasonCode), doc = "The stable code of a [`Reason`] in JSON.")]
#[strum_discriminants(derive(Serialize), serde(rename_all = "snake_case"))]
pub enum Reason {
    /// `--finish-early`: an interrupted attempt is finished at its last checkpoint.
    #[strum_discriminants(serde(rename = "finishes"))]
    FinishesEarly,
    /// These upstream stages run first.
    Waits(String),
    /// Another process is computing it.
    #[strum_discriminants(serde(rename = "under_way"))]
    InProgress,
    /// The last attempt failed.
    Failed {
        /// The run of that attempt.
        run: String,
        /// The error.
        message: Option<String>,
    },
    /// The last attempt was interrupted.
    Interrupted,
    /// The last attempt was interrupted, and the next one resumes from its checkpoint.
    Resumes,
    /// The published outputs were finished early: `finished early at epoch 3 of 20`.
    Partial(String),
    /// Requested by `--force`.
    Forced,
    /// The layout of fingerprints changed.
    Schema(Diff<u32>),
    /// The stage kind changed.
    Kind(Diff<String>),
    /// The kind's implementation version changed.
    Version(Diff<u32>),
    /// A parameter changed.
    Parameter {
        /// Its name.
        name: String,
        /// `None` if the kind did not have it.
        value: Diff<Option<Scalar>>,
    },
    /// The `where:` condition changed.
    Filter(Diff<Option<String>>),
    /// The derived seed changed: the pipeline's seed or the stage's name.
    Seed(Diff<Option<u64>>),
    /// The command line changed.
    CommandLine(Option<Diff<String>>),
    /// The declared outputs of a command changed.
    Outputs(Diff<Vec<String>>),
    /// A declared environment variable changed. Its values are not known.
    Environment(String),
    /// A command gets other paths of an input: an upstream instance has another name.
    InputPaths {
        /// The input's name.
        input: String,
        /// The differences.
        change: InputChange,
    },
    /// An input was added to the stage or removed from it.
    Input {
        /// Its name.
        name: String,
        /// Its source: an upstream stage, or a number of files.
        source: Diff<Option<String>>,
    },
    /// Files of an input changed.
    Files {
        /// The input's name.
        input: String,
        /// The differences.
        change: InputChange,
    },
    /// Outputs of an upstream stage changed.
    Upstream {
        /// The stage and output: `train.model`.
        stage: String,
        /// The differences.
        change: InputChange,
    },
    /// The pointer to the stage's published record is corrupt.
    PointerDamaged(String),
    /// A record of the stage is corrupt.
    RecordDamaged(String),
    /// The published record of the stage is missing.
    RecordGone(String),
    /// A record of the stage cannot be read: a permission, a failing disk.
    Unreadable(String),
    /// The pipeline has no record of the stage.
    NeverRan {
        /// Whether the store has its outputs all the same.
        stored: bool,
    },
    /// An output is missing or corrupt.
    OutputMissing(String),
}

impl Reason {
    /// Returns true if something in the store is corrupt.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::RecordDamaged(_) | Self::PointerDamaged(_))
    }

    /// Returns true if the stage's record is corrupt, missing or cannot be read.
    pub fn is_loss(&self) -> bool {
        self.is_damage() || matches!(self, Self::RecordGone(_) | Self::Unreadable(_))
    }

    /// Sorts reasons into the order in which they are shown, most useful first. Reasons of one rank keep
    /// their order.
    pub fn sort(reasons: &mut [Self]) {
        let differs = reasons.iter().any(|reason| reason.rank(true) == Self::DIFFERENCE);
        reasons.sort_by_key(|reason| reason.rank(differs));
    }

    /// The rank of the differences that `compare` returns.
    const DIFFERENCE: u8 = 6;

    fn rank(&self, differs: bool) -> u8 {
        match self {
            Self::FinishesEarly => 0,
            Self::Waits(_) => 1,
            Self::InProgress | Self::Failed { .. } => 2,
            // If nothing else changed, that the outputs are partial comes before how to complete them.
            Self::Partial(_) if !differs => 3,
            Self::Interrupted | Self::Resumes => 4,
            Self::Forced => 5,
            Self::Partial(_) => 7,
            Self::PointerDamaged(_)
            | Self::RecordDamaged(_)
            | Self::RecordGone(_)
            | Self::Unreadable(_) => 8,
            Self::NeverRan { .. } => 9,
            Self::OutputMissing(_) => 10,
            Self::Schema(_)
            | Self::Kind(_)
            | Self::Version(_)
            | Self::Parameter { .. }
            | Self::Filter(_)
            | Self::Seed(_)
            | Self::CommandLine(_)
            | Self::Outputs(_)
            | Self::Environment(_)
            | Self::InputPaths { .. }
            | Self::Input { .. }
            | Self::Files { .. }
            | Self::Upstream { .. } => Self::DIFFERENCE,
        }
    }

    /// Returns the reason with the stage's name in place of an upstream instance, so that the instances of
    /// a matrix share it.
    pub fn without_instance(&self) -> Self {
        let stem = |stage: &str| match (stage.split_once('['), stage.rsplit_once(']')) {
            (Some((name, _)), Some((_, output))) => format!("{name}{output}"),
            _ => stage.to_owned(),
        };
        match self.clone() {
            Self::Waits(stages) => Self::Waits(stem(&stages)),
            Self::Upstream { stage, change } => Self::Upstream { stage: stem(&stage), change },
            reason => reason,
        }
    }
}
