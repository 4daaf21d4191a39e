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
    #[must_use]
    pub fn violated_by<'a>(&self, values: &'a Values) -> Option<&'a str> {
        match values.get(self.parameter) {
            Some(Value::Text(word)) => {
                Some(word.as_str()).filter(|word| !self.words.contains(word))
            }
            _ => None,
        }
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
    #[must_use]
    pub const fn new(
        name: &'static str,
        about: &'static str,
        param_type: ParamType,
        default: DefaultValue,
    ) -> Self {
        Self { name, about, param_type, default, condition: None, hashed: true }
    }

    /// A boolean parameter.
    #[must_use]
    pub const fn flag(name: &'static str, about: &'static str, default: bool) -> Self {
        Self::new(name, about, ParamType::Boolean, DefaultValue::Boolean(default))
    }

    /// Returns a warning if the parameter differs from its default but has no effect with the other `values`.
    #[must_use]
    pub fn unused(&self, values: &Values) -> Option<String> {
        let condition = self.condition?;
        let value = values.get(self.name).filter(|value| **value != self.default.into())?;
        let word = condition.violated_by(values)?;
        let (name, other) = (self.name, condition.parameter);
        Some(format!("{name}: {value} has no effect with {other}: {word}"))
    }
}

/// What `params!` adds to a declaration after the default.
impl Parameter {
    /// Restricts the effect to some values of another parameter.
    #[must_use]
    pub const fn only_for(self, parameter: &'static str, words: &'static [&'static str]) -> Self {
        Self { condition: Some(Condition { parameter, words }), ..self }
    }

    /// Keeps the parameter out of the fingerprint.
    #[must_use]
    pub const fn unhashed(self) -> Self {
        Self { hashed: false, ..self }
    }
}

/// Returns the number of parameters in all groups.
#[must_use]
pub const fn count(groups: &[&[Parameter]]) -> usize {
    let (mut count, mut group) = (0, 0);
    while group < groups.len() {
        count += groups[group].len();
        group += 1;
    }
    count
}

/// Joins groups of parameters into one, in a constant.
///
/// # Panics
/// Panics, which is a compile error, if two parameters have one name, a default is out of range, or a condition names
/// an unknown value of another parameter in these groups.
#[must_use]
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
    check(&all);
    all
}

const fn check(parameters: &[Parameter]) {
    let mut index = 0;
    while index < parameters.len() {
        let Parameter { name, param_type, default, condition, .. } = parameters[index];
        assert!(find(parameters, name) == index, "two parameters have the same name");
        let is_in_range = match (param_type, default) {
            (ParamType::Integer(low, high), DefaultValue::Integer(value)) => {
                low <= value && value <= high
            }
            (ParamType::Number(low, high), DefaultValue::Number(value)) => {
                low <= value && value <= high
            }
            (ParamType::Choice(words), DefaultValue::Text(word)) => contains(words, word),
            (ParamType::Boolean, DefaultValue::Boolean(_))
            | (ParamType::Text, DefaultValue::Text(_)) => true,
            _ => false,
        };
        assert!(is_in_range, "the default value of a parameter is out of range");
        if let Some(Condition { parameter, words }) = condition {
            let other = find(parameters, parameter);
            if other < parameters.len() {
                let ParamType::Choice(choice) = parameters[other].param_type else {
                    panic!("`for` names a parameter that is no choice");
                };
                let mut word = 0;
                while word < words.len() {
                    assert!(
                        contains(choice, words[word]),
                        "`for` names an unknown value of a choice"
                    );
                    word += 1;
                }
            }
        }
        index += 1;
    }
}

/// Returns the index of the first parameter of that name, or the number of parameters.
const fn find(parameters: &[Parameter], name: &str) -> usize {
    let mut index = 0;
    while index < parameters.len() && !is_equal(parameters[index].name, name) {
        index += 1;
    }
    index
}

const fn contains(words: &[&str], word: &str) -> bool {
    let mut index = 0;
    while index < words.len() && !is_equal(words[index], word) {
        index += 1;
    }
    index < words.len()
}

/// `==` of strings, which constants cannot use.
const fn is_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECODE: Parameter = Parameter::new(
        "decode",
        "",
        ParamType::Choice(&["density", "phrases"]),
        DefaultValue::Text("density"),
    );
    const GROOVE: Parameter =
        Parameter::new("groove", "", ParamType::Number(0.0, 1.0), DefaultValue::Number(0.7));

    fn refusal(parameters: &[Parameter]) -> String {
        let panic = std::panic::catch_unwind(|| check(parameters)).unwrap_err();
        panic.downcast_ref::<&str>().unwrap().to_string()
    }

    #[test]
    fn contradictory_declarations_are_refused() {
        check(&[DECODE, GROOVE.only_for("decode", &["phrases"])]);
        assert!(refusal(&[GROOVE, DECODE, GROOVE]).contains("the same name"));
        let loud = Parameter { default: DefaultValue::Number(1.5), ..GROOVE };
        assert!(refusal(&[loud]).contains("out of range"));
        let whole = Parameter { default: DefaultValue::Integer(1), ..GROOVE };
        assert!(refusal(&[whole]).contains("out of range"));
        let other = Parameter { default: DefaultValue::Text("chords"), ..DECODE };
        assert!(refusal(&[other]).contains("out of range"));
        assert!(refusal(&[GROOVE.only_for("groove", &[])]).contains("no choice"));
        let misspelt = GROOVE.only_for("decode", &["phrase"]);
        assert!(refusal(&[DECODE, misspelt]).contains("an unknown value"));
    }

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
