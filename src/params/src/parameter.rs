//! One parameter's declaration, as data.

use crate::param_type::{ParamType, alternatives};
use crate::{DefaultValue, Value, Values};
use std::fmt;

/// A parameter of a stage kind.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Name as written under `params:`.
    pub name: &'static str,
    /// Description for help texts, with the unit.
    pub about: &'static str,
    /// Type and range of its values.
    pub param_type: ParamType,
    /// Value if the pipeline does not set it.
    pub default: DefaultValue,
    /// When the parameter has an effect; `None` if always.
    pub condition: Option<Condition>,
    /// Whether it enters the fingerprint; false if it cannot change the outputs.
    pub hashed: bool,
}

/// A restriction to some values of another parameter, which is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// Name of the other parameter.
    pub parameter: &'static str,
    /// Its values under which the condition holds.
    pub words: &'static [&'static str],
}

impl Condition {
    /// Returns the other parameter's value if the condition does not hold for it.
    pub fn violated_by<'a>(&self, values: &'a Values) -> Option<&'a str> {
        let Some(Value::Text(word)) = values.get(self.parameter) else { return None };
        Some(word.as_str()).filter(|word| !self.words.contains(word))
    }
}

/// `decode: bernoulli or phrases`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.parameter, alternatives(self.words))
    }
}

impl Parameter {
    /// A parameter that always has an effect and enters the fingerprint.
    pub const fn new(
        name: &'static str,
        about: &'static str,
        param_type: ParamType,
        default: DefaultValue,
    ) -> Self {
        Self { name, about, param_type, default, condition: None, hashed: true }
    }

    /// A boolean parameter.
    pub const fn flag(name: &'static str, about: &'static str, default: bool) -> Self {
        Self::new(name, about, ParamType::Boolean, DefaultValue::Boolean(default))
    }

    /// Returns a warning if the parameter differs from its default but has no effect with the other `values`.
    pub fn unused(&self, values: &Values) -> Option<String> {
        let condition = self.condition?;
        let value = values.get(self.name).filter(|value| **value != self.default.into())?;
        let word = condition.violated_by(values)?;
        let (name, other) = (self.name, condition.parameter);
        Some(format!("{name}: {value} has no effect with {other}: {word}"))
    }

    /// Restricts the effect to some values of another parameter: `for` in `params!`.
    pub const fn only_for(self, parameter: &'static str, words: &'static [&'static str]) -> Self {
        Self { condition: Some(Condition { parameter, words }), ..self }
    }

    /// Keeps the parameter out of the fingerprint: `as unhashed` in `params!`.
    pub const fn unhashed(self) -> Self {
        Self { hashed: false, ..self }
    }
}

/// Returns the number of parameters in all groups.
pub const fn count(groups: &[&[Parameter]]) -> usize {
    let (mut count, mut group) = (0, 0);
    while group < groups.len() {
        count += groups[group].len();
        group += 1;
    }
    count
}

/// Joins groups of parameters into one, in a constant.
pub const fn join<const COUNT: usize>(groups: &[&[Parameter]]) -> [Parameter; COUNT] {
    const UNSET: Parameter = Parameter::new("", "", ParamType::Text, DefaultValue::Text(""));
    let mut all = [UNSET; COUNT];
    let (mut next, mut group) = (0, 0);
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            all[next] = groups[group][index];
            next += 1;
            index += 1;
        }
        group += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROOVE: Parameter =
        Parameter::new("groove", "", ParamType::Number(0.0, 1.0), DefaultValue::Number(0.7));

    #[test]
    fn unused_parameters_are_reported_if_they_differ_from_their_default() {
        let groove = GROOVE.only_for("decode", &["phrases"]);
        let unused = |groove_value: f64, word: &str| {
            let values = [
                ("decode".to_owned(), Value::Text(word.to_owned())),
                ("groove".to_owned(), Value::Number(groove_value)),
            ];
            groove.unused(&values.into())
        };
        let warning = "groove: 0 has no effect with decode: density";
        assert_eq!(unused(0.0, "density").as_deref(), Some(warning));
        assert_eq!(unused(0.7, "density"), None, "the default");
        assert_eq!(unused(0.0, "phrases"), None, "it has an effect");
    }
}
