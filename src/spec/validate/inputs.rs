//! `files:`, `from:` and `gather:`.

use super::super::error::{LocatedError, Location, SpecResult};
use super::super::error_kind::SpecErrorKind;
use super::super::files;
use super::super::model::FilePattern;
use super::super::raw::tree::{Data, Entry, Node};
use super::super::schema::{Input, Source};
use super::super::suggest;
use super::declare::Declared;
use super::name;
use super::stage::Context;
use std::collections::BTreeMap;

/// An input that other stages feed.
pub(crate) struct Link {
    /// Whether it takes all instances of its upstreams.
    pub(crate) gather: bool,
    /// One without `gather`.
    pub(crate) references: Vec<Reference>,
}

/// A stage, or one output of it.
pub(crate) struct Reference {
    /// Index among the file's stages.
    pub(crate) stage: usize,
    pub(crate) output: Option<String>,
    pub(crate) location: Location,
}

/// What a stage reads.
#[derive(Default)]
pub(crate) struct Inputs {
    pub(crate) files: BTreeMap<String, Vec<FilePattern>>,
    pub(crate) links: BTreeMap<String, Link>,
}

/// Checks all inputs of a stage.
pub(crate) fn inputs(stage: &Declared<'_>, context: &Context<'_>) -> SpecResult<Inputs> {
    let mut inputs = Inputs::default();
    let mut sections: BTreeMap<&str, &'static str> = BTreeMap::new();
    for section in ["files", "from", "gather"] {
        let Some(node) = stage.node.get(section) else {
            continue;
        };
        if section == "gather" && !stage.kind.command && !node.is_null() {
            let (stage, kind) = (stage.name.to_owned(), stage.kind.name);
            let hint = "'from' makes one instance per upstream instance".to_owned();
            return Err(SpecErrorKind::NoGather { stage, kind }.at(node.location).hint(hint));
        }
        for entry in node.map(&format!("'{section}' of {}", stage.title()))? {
            if let Some(first) = sections.insert(&entry.key, section) {
                let (name, stage) = (entry.key.clone(), stage.name.to_owned());
                let fault = SpecErrorKind::InputTwice { name, stage, first, second: section };
                return Err(fault.at(entry.location));
            }
            let input = known(entry, stage, section)?;
            if section == "files" {
                inputs.files.insert(entry.key.clone(), patterns(entry, stage, context)?);
            } else {
                let link = link(entry, input, stage, context, section == "gather")?;
                inputs.links.insert(entry.key.clone(), link);
            }
        }
    }
    let missing = stage.kind.inputs.iter().find(|i| i.required && !sections.contains_key(i.name));
    match missing {
        Some(input) => Err(missing_input(input, stage, context)),
        None => Ok(inputs),
    }
}

/// The kind's input of that name; `None` for a command, which names its own.
fn known(
    entry: &Entry,
    stage: &Declared<'_>,
    section: &'static str,
) -> SpecResult<Option<&'static Input>> {
    let kind = stage.kind.name;
    let (key, stage_name) = (entry.key.clone(), stage.name.to_owned());
    if stage.kind.command {
        name("input", &key, entry.location)?;
        return match key == "out" {
            true => Err(SpecErrorKind::InputNamedOut { stage: stage_name }.at(entry.location)),
            false => Ok(None),
        };
    }
    let inputs = stage.kind.inputs;
    let Some(input) = inputs.iter().find(|input| input.name == key) else {
        let hint = suggest::or_list(&key, "inputs", inputs.iter().map(|input| input.name));
        let fault = SpecErrorKind::UnknownInput { name: key, stage: stage_name, kind };
        return Err(fault.at(entry.location).hint(hint));
    };
    let expected = section_of(input);
    if section != expected {
        let fault = SpecErrorKind::MisplacedInput {
            name: key,
            stage: stage_name,
            found: section,
            expected,
        };
        return Err(fault.at(entry.location));
    }
    Ok(Some(input))
}

fn section_of(input: &Input) -> &'static str {
    match input.source {
        Source::Files => "files",
        Source::Stage { .. } => "from",
    }
}

fn missing_input(
    input: &'static Input,
    stage: &Declared<'_>,
    context: &Context<'_>,
) -> Box<LocatedError> {
    let example = match input.source {
        Source::Files => "\"data/**/*.mid\"".to_owned(),
        Source::Stage { kinds, .. } => {
            let fits = context.declared.list.iter().find(|other| kinds.contains(&other.kind.name));
            fits.map_or_else(|| "STAGE".to_owned(), |other| other.name.to_owned())
        }
    };
    let hint = format!("{}: {{ {}: {example} }}", section_of(input), input.name);
    let Input { name, about, .. } = *input;
    let (stage_name, kind) = (stage.name.to_owned(), stage.kind.name);
    SpecErrorKind::MissingInput { name, stage: stage_name, kind, about }
        .at(stage.location)
        .hint(hint)
}

fn patterns(
    entry: &Entry,
    stage: &Declared<'_>,
    context: &Context<'_>,
) -> SpecResult<Vec<FilePattern>> {
    let what = format!("input '{}' of {}", entry.key, stage.title());
    let written = entry.value.texts(&what)?;
    if written.is_empty() {
        let expected = "a path or a pattern";
        return Err(SpecErrorKind::Empty { what, expected }.at(entry.value.location));
    }
    let split = |(text, location): (&str, Location)| {
        files::split(&context.vars.pieces(text, &what, location)?, context.root, location)
    };
    written.into_iter().map(split).collect()
}

fn link(
    entry: &Entry,
    input: Option<&'static Input>,
    stage: &Declared<'_>,
    context: &Context<'_>,
    gather: bool,
) -> SpecResult<Link> {
    let what = format!("input '{}' of {}", entry.key, stage.title());
    let written = match gather {
        true => entry.value.texts(&what)?,
        false => vec![(single(&entry.value, &what)?, entry.value.location)],
    };
    if written.is_empty() {
        return Err(SpecErrorKind::Empty { what, expected: "a stage" }.at(entry.value.location));
    }
    let reference =
        |(text, location)| Asked { entry, input, stage, context, location }.reference(text);
    let references = written.into_iter().map(reference).collect::<SpecResult<_>>()?;
    Ok(Link { gather, references })
}

fn single<'a>(node: &'a Node, what: &str) -> SpecResult<&'a str> {
    match &node.data {
        Data::List(_) => {
            let fault = SpecErrorKind::WrongType {
                what: what.to_owned(),
                found: node.describe(),
                expected: "one stage".to_owned(),
            };
            Err(fault.at(node.location).hint("only 'gather' takes several".to_owned()))
        }
        Data::Map(_) => node.unexpected(what, "a stage"),
        Data::Scalar(_) if node.is_null() => node.unexpected(what, "a stage"),
        Data::Scalar(_) => node.text(what),
    }
}

/// A reference in its surroundings.
struct Asked<'a> {
    entry: &'a Entry,
    input: Option<&'static Input>,
    stage: &'a Declared<'a>,
    context: &'a Context<'a>,
    location: Location,
}

impl Asked<'_> {
    fn reference(&self, text: &str) -> SpecResult<Reference> {
        // Names of stages have no dot, so what follows the first one is an output.
        let (name, output) = match text.split_once('.') {
            Some((name, output)) => (name, Some(output)),
            None => (text, None),
        };
        let stages = self.context.declared;
        let Some(&index) = stages.by_name.get(name) else {
            let (input, stage) = (self.entry.key.clone(), self.stage.name.to_owned());
            let others = stages.list.iter().map(|s| s.name).filter(|&n| n != self.stage.name);
            return Err(SpecErrorKind::UnknownStage { name: name.to_owned(), input, stage }
                .at(self.location)
                .hint(suggest::or_list(name, "stages", others)));
        };
        let upstream = &stages.list[index];
        if upstream.name == self.stage.name {
            let others = stages.list.iter().map(|s| s.name).filter(|&n| n != name);
            let hint = suggest::listed("stages", others);
            return Err(SpecErrorKind::SelfReference(name.to_owned()).at(self.location).hint(hint));
        }
        if let Some(output) = output {
            self.check_output(output, upstream)?;
        }
        let output = match self.input.map(|input| input.source) {
            Some(Source::Stage { kinds, output: expected }) => {
                self.check_kind(kinds, upstream)?;
                self.read_output(output, expected, upstream)?
            }
            Some(Source::Files) | None => output.map(str::to_owned),
        };
        Ok(Reference { stage: index, output, location: self.location })
    }

    fn check_output(&self, output: &str, upstream: &Declared<'_>) -> SpecResult<()> {
        let names = upstream.output_names();
        if names.contains(&output) {
            return Ok(());
        }
        let (output, kind) = (output.to_owned(), upstream.kind.name);
        let hint = suggest::or_list(&output, "outputs", names.iter().copied())
            .unwrap_or_else(|| format!("stage '{}' declares no outputs", upstream.name));
        let fault =
            SpecErrorKind::UnknownOutput { output, upstream: upstream.name.to_owned(), kind };
        Err(fault.at(self.location).hint(hint))
    }

    fn check_kind(&self, kinds: &[&str], upstream: &Declared<'_>) -> SpecResult<()> {
        if kinds.contains(&upstream.kind.name) {
            return Ok(());
        }
        let stages = &self.context.declared.list;
        let fitting = stages.iter().filter(|s| kinds.contains(&s.kind.name)).map(|s| s.name);
        let fault = SpecErrorKind::WrongStageKind {
            input: self.entry.key.clone(),
            stage: self.stage.name.to_owned(),
            upstream: upstream.name.to_owned(),
            kind: upstream.kind.name,
            expected: kinds.join(" or "),
        };
        Err(fault.at(self.location).hint(suggest::listed("stages that fit", fitting)))
    }

    /// The output that the kind reads, if what is written allows it.
    fn read_output(
        &self,
        written: Option<&str>,
        expected: Option<&'static str>,
        upstream: &Declared<'_>,
    ) -> SpecResult<Option<String>> {
        let (input, stage) = (self.entry.key.clone(), self.stage.name.to_owned());
        let name = upstream.name.to_owned();
        match (written, expected) {
            (None, expected) => Ok(expected.map(str::to_owned)),
            (Some(found), Some(expected)) if found == expected => Ok(Some(found.to_owned())),
            (Some(found), Some(expected)) => {
                let hint = format!("write '{name}' or '{name}.{expected}'");
                let found = found.to_owned();
                let fault =
                    SpecErrorKind::OtherOutput { input, stage, upstream: name, expected, found };
                Err(fault.at(self.location).hint(hint))
            }
            // The only output is all of them.
            (Some(_), None) if upstream.output_names().len() == 1 => Ok(None),
            (Some(found), None) => {
                let hint = format!("write '{name}'");
                let found = found.to_owned();
                let fault = SpecErrorKind::NotAllOutputs { input, stage, upstream: name, found };
                Err(fault.at(self.location).hint(hint))
            }
        }
    }
}
