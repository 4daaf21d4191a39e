//! `--set KEY=VALUE`: written into the tree, and so checked like the file.

use super::scalar::Scalar;
use super::tree::{Data, Entry, Node};
use crate::spec::error::{Location, SpecError, SpecResult};
use crate::spec::error_kind::SpecErrorKind;
use crate::spec::suggest;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

/// One `--set`: a variable (`corpus=data/mine`), a parameter (`stages.train.params.epochs=3`, of
/// all instances: an axis of that name is replaced) or `seed=7`. Values are YAML scalars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Left of the first `=`.
    pub key: String,
    /// Right of it.
    pub value: String,
}

impl FromStr for Setting {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| SpecErrorKind::SettingWithoutValue(text.to_owned()).alone(None))?;
        Ok(Self { key: key.trim().to_owned(), value: value.to_owned() })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// Writes the settings into the tree; of two for one key the later stays.
pub(crate) fn apply(settings: &[Setting], root: &mut Node) -> SpecResult<()> {
    for (index, setting) in settings.iter().enumerate() {
        let location = Location::Setting(index);
        let value = Node { location, data: Data::Scalar(scalar(&setting.value)) };
        let key = setting.key.as_str();
        if key == "seed" {
            root.set(key, value);
        } else if let Some((stage, parameter)) = parameter_of(key, root) {
            set_parameter(root, &stage, &parameter, value);
        } else if root.get("vars").and_then(|vars| vars.get(key)).is_some() {
            if let Some(vars) = root.get_mut("vars") {
                vars.set(key, value);
            }
        } else {
            return Err(SpecErrorKind::UnknownSetting(key.to_owned())
                .at(location)
                .hint(hint(key, root)));
        }
    }
    Ok(())
}

/// A value in quotes is text, any other is what it would be in the file.
fn scalar(value: &str) -> Scalar {
    for quote in ['"', '\''] {
        if value.len() >= 2
            && value.starts_with(quote)
            && value.ends_with(quote)
            && let Ok(text) = serde_yaml::from_str::<String>(value)
        {
            return Scalar::text(text);
        }
    }
    Scalar::plain(value.to_owned())
}

/// Stage and parameter of `stages.X.params.Y`, where the file has such a stage.
fn parameter_of(key: &str, root: &Node) -> Option<(String, String)> {
    let (stage, parameter) = key.strip_prefix("stages.")?.split_once(".params.")?;
    root.get("stages")?.get(stage)?;
    Some((stage.to_owned(), parameter.to_owned()))
}

fn set_parameter(root: &mut Node, stage: &str, parameter: &str, value: Node) {
    let Some(stage) = root.get_mut("stages").and_then(|stages| stages.get_mut(stage)) else {
        return;
    };
    let axis = stage.get_mut("matrix").and_then(|matrix| matrix.remove(parameter));
    if stage.get("params").is_none() {
        stage.set("params", Node { location: value.location, data: Data::Map(Vec::new()) });
    }
    let Some(params) = stage.get_mut("params") else { return };
    match axis {
        // A parameter that the file names stands where the file names it.
        Some(Entry { key, location, value: _ }) => {
            params.put(Entry { key, location, value: Rc::new(value) })
        }
        None => params.set(parameter, value),
    }
}

fn hint(key: &str, root: &Node) -> Option<String> {
    let names = |key: &str| match root.get(key).map(|node| &node.data) {
        Some(Data::Map(entries)) => entries.as_slice(),
        _ => &[] as &[Entry],
    };
    let mut candidates = vec!["seed".to_owned()];
    candidates.extend(names("vars").iter().map(|entry| entry.key.clone()));
    if let Some((stage, rest)) = key.split_once('.').and_then(|(_, rest)| rest.split_once('.')) {
        let parameter = rest.rsplit('.').next().unwrap_or_default();
        let stages = names("stages").iter().map(|entry| entry.key.as_str());
        if let Some(near) = suggest::nearest(stage, stages) {
            return Some(format!("did you mean 'stages.{near}.params.{parameter}'?"));
        }
    }
    suggest::did_you_mean(key, candidates.iter().map(String::as_str)).or_else(|| {
        candidates.push("stages.STAGE.params.PARAMETER".to_owned());
        suggest::listed("what can be set", candidates.iter().map(String::as_str))
    })
}
