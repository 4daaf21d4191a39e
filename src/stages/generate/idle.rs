//! Parameters that were given, though the chosen way of drawing does not read them.

use super::params::PARAMETERS;
use crate::spec::Value;
use std::collections::BTreeMap;

/// Parameters, the parameter that decides whether they are read, and its values by which they are.
const READ_BY: [(&str, &str, &[&str]); 15] = [
    ("components", "mode", &["mixture"]),
    ("covariance", "mode", &["mixture"]),
    ("posterior_variance", "mode", &["pca", "mixture"]),
    ("radius", "mode", &["around", "vary"]),
    ("interpolation", "mode", &["interpolate"]),
    ("side", "mode", &["vary"]),
    ("threshold", "decode", &["threshold"]),
    ("onset_temperature", "decode", &["bernoulli", "phrases"]),
    ("repetition", "decode", &["bernoulli"]),
    ("phrase_return", "decode", &["phrases"]),
    ("measure_return", "decode", &["phrases"]),
    ("exactness", "decode", &["phrases"]),
    ("groove", "decode", &["phrases"]),
    ("chords", "decode", &["phrases"]),
    ("note_steps", "lengths", &["fixed"]),
];

/// What to tell of each parameter that differs from its default and changes nothing.
pub(super) fn idle(params: &BTreeMap<String, Value>) -> Vec<String> {
    let tell = |(name, by, readers): &(&str, &str, &[&str])| {
        let parameter = PARAMETERS.iter().find(|parameter| parameter.name == *name)?;
        let given = params.get(*name).filter(|given| **given != Value::from(parameter.default))?;
        let Some(Value::Text(chosen)) = params.get(*by) else { return None };
        let read = readers.contains(&chosen.as_str());
        (!read).then(|| format!("{name}: {given} changes nothing with {by}: {chosen}"))
    };
    READ_BY.iter().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Accepts;

    fn with(changes: &[(&str, Value)]) -> BTreeMap<String, Value> {
        let defaults = PARAMETERS
            .iter()
            .map(|parameter| (parameter.name.to_owned(), Value::from(parameter.default)));
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        defaults.chain(changes).collect()
    }

    #[test]
    fn what_is_given_and_not_read_is_told_and_nothing_else() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert!(idle(&with(&[])).is_empty());
        let groove = ("groove", Value::Number(0.0));
        assert_eq!(
            idle(&with(&[groove.clone(), ("count", Value::Integer(3))])),
            ["groove: 0 changes nothing with decode: density"]
        );
        assert!(idle(&with(&[groove, ("decode", text("phrases"))])).is_empty());
        assert!(idle(&with(&[("radius", Value::Number(1.0)), ("mode", text("vary"))])).is_empty());
    }

    #[test]
    fn all_that_is_listed_are_parameters_and_their_values() {
        let parameter = |name: &str| PARAMETERS.iter().find(|parameter| parameter.name == name);
        for (name, by, readers) in READ_BY {
            assert!(parameter(name).is_some(), "{name}");
            let Some(Accepts::Choice(values)) = parameter(by).map(|by| by.accepts) else {
                panic!("{by} is no choice");
            };
            assert!(readers.iter().all(|reader| values.contains(reader)), "{by}: {readers:?}");
        }
    }
}
