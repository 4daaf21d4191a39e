//! One module per stage kind: read inputs, call the domain, write outputs. [`registry`] maps the names
//! that pipelines use to them.

mod command;
mod compose;
mod corpus;
mod critic;
mod decoder;
mod draw;
mod evaluate;
mod extract;
mod generate;
mod mean_f1;
mod refiner;
mod refining;
mod scan;
mod scores;
mod spread;
mod train;
mod visits;

pub use command::preview_command;
pub use scan::ScannedFile;

use crate::stage_api::{Registry, StageImpl};

/// All stage kinds, in the order of a pipeline's flow.
const KINDS: &[&dyn StageImpl] = &[
    &compose::Compose,
    &scan::Scan,
    &extract::Extract,
    &train::Train,
    &refiner::TrainRefiner,
    &decoder::TrainDecoder,
    &critic::TrainCritic,
    &generate::Generate,
    &evaluate::Evaluate,
    &command::CommandStage,
];

/// Hint of a training that cannot resume from its checkpoint.
const DAMAGED_CHECKPOINT: &str =
    "if the checkpoint is damaged, remove its folder under artifacts/work and run again";

/// The stage kinds of this program.
pub fn registry() -> Registry {
    Registry(KINDS)
}

#[cfg(test)]
mod tests {
    use super::registry;
    use crate::params::{Condition, ParamType, Parameter};
    use crate::spec::Required;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_defaults_in_range() {
        for kind in registry().kinds() {
            let names: HashSet<&str> = kind.params.iter().map(|parameter| parameter.name).collect();
            assert_eq!(names.len(), kind.params.len(), "{}", kind.name);
            for Parameter { name, param_type, default, .. } in kind.params {
                assert!(param_type.accepts(&(*default).into()), "{}: {name}", kind.name);
            }
        }
    }

    #[test]
    fn conditions_name_a_choice_of_their_kind_and_words_of_it() {
        for kind in registry().kinds() {
            let of_params = kind.params.iter().filter_map(|parameter| parameter.condition);
            let of_inputs = kind.inputs.iter().filter_map(|input| match input.required {
                Required::If(condition) => Some(condition),
                Required::Yes | Required::No => None,
            });
            for Condition { parameter, words } in of_params.chain(of_inputs) {
                let found = kind.params.iter().find(|known| known.name == parameter);
                let Some(ParamType::Choice(choice)) = found.map(|found| found.param_type) else {
                    panic!("{}: {parameter} is no choice", kind.name);
                };
                assert!(words.iter().all(|word| choice.contains(word)), "{parameter}: {words:?}");
            }
        }
    }
}
