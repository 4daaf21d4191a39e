//! One module per stage kind: read inputs, call the domain, write outputs. [`registry`] maps the names
//! that pipelines use to them.

mod command;
mod compose;
mod corpus;
mod draw;
mod evaluate;
mod extract;
mod generate;
mod refining;
mod scan;
mod scores;
mod train;

pub use command::preview_command;

use crate::stage_api::{Registry, StageImpl};

/// All stage kinds, in the order of a pipeline's flow.
const KINDS: &[&dyn StageImpl] = &[
    &compose::Compose,
    &scan::Scan,
    &extract::Extract,
    &train::Train,
    &generate::Generate,
    &evaluate::Evaluate,
    &command::CommandStage,
];

/// The stage kinds of this program.
#[must_use]
pub fn registry() -> Registry {
    Registry(KINDS)
}
