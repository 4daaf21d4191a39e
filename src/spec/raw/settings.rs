//! `--set KEY=VALUE`, written into the tree and so checked like the file.

use super::scalar::Scalar;
use super::tree::{Data, Entry, Node};
use crate::spec::{Location, Setting, SpecError, SpecErrorKind, SpecResult};
use crate::text::suggest;
use std::rc::Rc;
use std::str::FromStr;

impl FromStr for Setting {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            let message = format!("setting '{text}': found no '=', expected KEY=VALUE");
            SpecErrorKind::SettingWithoutValue.at(Location::WholeFile, message).without_file()
        })?;
        Ok(Self { key: key.trim().to_owned(), value: value.to_owned() })
    }
}

/// Writes the settings into the tree; of two with one key the later applies.
pub(crate) fn apply(settings: &[Setting], root: &mut Node) -> SpecResult<()> {
    for (index, setting) in settings.iter().enumerate() {
        let location = Location::Setting(index);
        let value = Node { location, data: Data::Scalar(scalar(&setting.value)) };
        let key = setting.key.as_str();
        if key == "seed" {
            root.set(key, value);
        } else if let Some((stage, parameter)) = stage_parameter(key, root) {
            set_parameter(stage, parameter, value);
        } else if let Some(vars) = root.get_mut("vars").filter(|vars| vars.get(key).is_some()) {
            vars.set(key, value);
        } else {
            let message = format!("unknown setting '{key}'");
            let error = SpecErrorKind::UnknownSetting.at(location, message);
            return Err(error.maybe_hint(hint(key, root)));
        }
    }
    Ok(())
}

/// A value in quotes is text; any other is typed as in the file.
fn scalar(value: &str) -> Scalar {
    let is_quoted = |quote| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote);
    let unquoted = ['"', '\''].into_iter().any(is_quoted).then(|| serde_yaml::from_str(value).ok());
    unquoted.flatten().map_or_else(|| Scalar::plain(value.to_owned()), Scalar::text)
}

/// The stage and the parameter's name of `stages.X.params.Y`, if the file has stage X.
fn stage_parameter<'a>(key: &'a str, root: &'a mut Node) -> Option<(&'a mut Node, &'a str)> {
    let (stage, parameter) = key.strip_prefix("stages.")?.split_once(".params.")?;
    Some((root.get_mut("stages")?.get_mut(stage)?, parameter))
}

fn set_parameter(stage: &mut Node, parameter: &str, value: Node) {
    let axis = stage.get_mut("matrix").and_then(|matrix| matrix.remove(parameter));
    if stage.get("params").is_none() {
        stage.set("params", Node { location: value.location, data: Data::Map(Vec::new()) });
    }
    let Some(params) = stage.get_mut("params") else { return };
    match axis {
        // The location of a parameter that the file names is there.
        Some(axis) => params.put(Entry { value: Rc::new(value), ..axis }),
        None => params.set(parameter, value),
    }
}

fn hint(key: &str, root: &Node) -> Option<String> {
    let names = |key: &str| {
        root.get(key).map_or(&[][..], Node::entries).iter().map(|entry| entry.key.as_str())
    };
    if let Some((stage, rest)) = key.split_once('.').and_then(|(_, rest)| rest.split_once('.')) {
        let parameter = rest.rsplit('.').next().unwrap_or_default();
        if let Some(near) = suggest::nearest(stage, names("stages")) {
            return Some(format!("did you mean 'stages.{near}.params.{parameter}'?"));
        }
    }
    let candidates = || ["seed"].into_iter().chain(names("vars"));
    suggest::did_you_mean(key, candidates()).or_else(|| {
        suggest::listed("what can be set", candidates().chain(["stages.STAGE.params.PARAMETER"]))
    })
}
