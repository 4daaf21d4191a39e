//! `files:`, `from:` and `gather:`.

use super::super::files;
use super::checks::{empty, name};
use super::declare::{Declared, FileContext};
use crate::spec::{
    Data, Entry, FilePattern, Input, LocatedError, Location, Node, Source, SpecErrorKind,
    SpecResult,
};

use crate::text::suggest;
use std::collections::BTreeMap;

/// An input from other stages.
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

type Inputs = (BTreeMap<String, Vec<FilePattern>>, BTreeMap<String, Link>);

/// Reads all inputs of a stage: its files and its links.
pub(crate) fn inputs(stage: &Declared<'_>, context: &FileContext<'_>) -> SpecResult<Inputs> {
    let (mut files, mut links) = Inputs::default();
    let mut sections: BTreeMap<&str, &'static str> = BTreeMap::new();
    for section in ["files", "from", "gather"] {
        let Some(node) = stage.node.get(section) else { continue };
        if section == "gather" && !stage.kind.is_command && !node.is_null() {
            let (title, kind) = (stage.title(), stage.kind.name);
            let message =
                format!("{title} (kind {kind}) takes no 'gather', only kind command does");
            let error = SpecErrorKind::NoGather.at(node.location, message);
            return Err(error.hint("'from' makes one instance per upstream instance"));
        }
        for entry in node.map(&format!("'{section}' of {}", stage.title()))? {
            let what = format!("input '{}' of {}", entry.key, stage.title());
            if let Some(first) = sections.insert(&entry.key, section) {
                let message = format!("{what} is under both '{first}' and '{section}'");
                return Err(SpecErrorKind::InputTwice.at(entry.location, message));
            }
            let input = find(entry, stage, section)?;
            let check = InputCheck { what, input, stage, context };
            if section == "files" {
                files.insert(entry.key.clone(), check.patterns(&entry.value)?);
            } else {
                links.insert(entry.key.clone(), check.link(&entry.value, section == "gather")?);
            }
        }
    }
    let is_missing = |input: &&Input| input.is_required() && !sections.contains_key(input.name);
    match stage.kind.inputs.iter().find(is_missing) {
        Some(input) => Err(missing_input(input, stage, context)),
        None => Ok((files, links)),
    }
}

/// The kind's input of that name; `None` for a command, which names its own.
fn find(entry: &Entry, stage: &Declared<'_>, section: &str) -> SpecResult<Option<&'static Input>> {
    let (title, kind) = (stage.title(), stage.kind.name);
    let Entry { key, location, .. } = entry;
    if stage.kind.is_command {
        name("input", key, *location)?;
        if key == "out" {
            let message = format!(
                "an input of {title} cannot be named 'out': '{{out}}' is the output folder"
            );
            return Err(SpecErrorKind::InputNamedOut.at(*location, message));
        }
        return Ok(None);
    }
    let inputs = stage.kind.inputs;
    let Some(input) = inputs.iter().find(|input| input.name == key) else {
        return Err(SpecErrorKind::UnknownInput
            .at(*location, format!("unknown input '{key}' of {title} (kind {kind})"))
            .maybe_hint(suggest::or_list(key, "inputs", inputs.iter().map(|input| input.name))));
    };
    let expected = section_of(input);
    if section != expected {
        let message =
            format!("input '{key}' of {title} is under '{section}', expected '{expected}'");
        return Err(SpecErrorKind::MisplacedInput.at(*location, message));
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
    input: &Input,
    stage: &Declared<'_>,
    context: &FileContext<'_>,
) -> Box<LocatedError> {
    let example = match input.source {
        Source::Files => "\"data/**/*.mid\"",
        Source::Stage { kinds, .. } => {
            let fits = context.declared.list.iter().find(|other| kinds.contains(&other.kind.name));
            fits.map_or("STAGE", |other| other.name)
        }
    };
    let Input { name, about, .. } = *input;
    let (title, kind) = (stage.title(), stage.kind.name);
    SpecErrorKind::MissingInput
        .at(stage.location, format!("missing input '{name}' of {title} (kind {kind}): {about}"))
        .hint(format!("{}: {{ {name}: {example} }}", section_of(input)))
}

/// An input, its stage and the other stages.
struct InputCheck<'a> {
    /// `input 'samples' of stage 'train'`
    what: String,
    input: Option<&'static Input>,
    stage: &'a Declared<'a>,
    context: &'a FileContext<'a>,
}

impl InputCheck<'_> {
    fn patterns(&self, node: &Node) -> SpecResult<Vec<FilePattern>> {
        let written = node.texts(&self.what)?;
        if written.is_empty() {
            return Err(empty(&self.what, "a path or a pattern", node.location));
        }
        let FileContext { root, vars, .. } = self.context;
        let split = |(text, location): (&str, Location)| {
            files::split(&vars.pieces(text, &self.what, location)?, root, location)
        };
        written.into_iter().map(split).collect()
    }

    fn link(&self, node: &Node, gather: bool) -> SpecResult<Link> {
        let written = match gather {
            true => node.texts(&self.what)?,
            false => vec![(self.single(node)?, node.location)],
        };
        if written.is_empty() {
            return Err(empty(&self.what, "a stage", node.location));
        }
        let references = written.into_iter().map(|(text, location)| self.reference(text, location));
        Ok(Link { gather, references: references.collect::<SpecResult<_>>()? })
    }

    fn single<'n>(&self, node: &'n Node) -> SpecResult<&'n str> {
        match &node.data {
            Data::List(_) => Err(node
                .mismatch(SpecErrorKind::WrongType, &self.what, "one stage")
                .hint("only 'gather' takes several")),
            Data::Scalar(_) if !node.is_null() => node.text(&self.what),
            Data::Scalar(_) | Data::Map(_) => node.unexpected(&self.what, "a stage"),
        }
    }

    fn reference(&self, text: &str, location: Location) -> SpecResult<Reference> {
        // Names of stages have no dot, so an output follows the first one.
        let mut parts = text.splitn(2, '.');
        let (name, output) = (parts.next().unwrap_or_default(), parts.next());
        let stages = self.context.declared;
        let others = stages.list.iter().map(|s| s.name).filter(|&n| n != self.stage.name);
        let Some(&index) = stages.by_name.get(name) else {
            return Err(SpecErrorKind::UnknownStage
                .at(location, format!("unknown stage '{name}', read by {}", self.what))
                .maybe_hint(suggest::or_list(name, "stages", others)));
        };
        let upstream = &stages.list[index];
        if upstream.name == self.stage.name {
            return Err(SpecErrorKind::SelfReference
                .at(location, format!("stage '{name}' reads its own outputs"))
                .maybe_hint(suggest::listed("stages", others)));
        }
        if let Some(output) = output {
            check_output(output, upstream, location)?;
        }
        let output = match self.input.map(|input| input.source) {
            Some(Source::Stage { kinds, output: expected }) => {
                self.check_kind(kinds, upstream, location)?;
                self.read_output(output, expected, upstream, location)?
            }
            Some(Source::Files) | None => output,
        };
        Ok(Reference { stage: index, output: output.map(str::to_owned), location })
    }

    fn check_kind(
        &self,
        kinds: &[&str],
        upstream: &Declared<'_>,
        location: Location,
    ) -> SpecResult<()> {
        if kinds.contains(&upstream.kind.name) {
            return Ok(());
        }
        let stages = &self.context.declared.list;
        let fitting = stages.iter().filter(|s| kinds.contains(&s.kind.name)).map(|s| s.name);
        let message = format!(
            "{}: found {} (kind {}), expected a stage of kind {}",
            self.what,
            upstream.title(),
            upstream.kind.name,
            kinds.join(" or ")
        );
        Err(SpecErrorKind::WrongStageKind
            .at(location, message)
            .maybe_hint(suggest::listed("stages that fit", fitting)))
    }

    /// The output that the kind reads, if the written one agrees.
    fn read_output<'o>(
        &self,
        written: Option<&'o str>,
        expected: Option<&'static str>,
        upstream: &Declared<'_>,
        location: Location,
    ) -> SpecResult<Option<&'o str>> {
        let (what, name, title) = (&self.what, upstream.name, upstream.title());
        let (kind, message, hint) = match (written, expected) {
            (None, _) => return Ok(expected),
            (Some(found), Some(expected)) if found == expected => return Ok(written),
            // The only output is all of them.
            (Some(_), None) if upstream.output_names().len() == 1 => return Ok(None),
            (Some(found), Some(expected)) => (
                SpecErrorKind::OtherOutput,
                format!("{what} reads output '{expected}' of {title}, found '{found}'"),
                format!("write '{name}' or '{name}.{expected}'"),
            ),
            (Some(found), None) => (
                SpecErrorKind::NotAllOutputs,
                format!("{what} reads all outputs of {title}, found only '{found}'"),
                format!("write '{name}'"),
            ),
        };
        Err(kind.at(location, message).hint(hint))
    }
}

fn check_output(output: &str, upstream: &Declared<'_>, location: Location) -> SpecResult<()> {
    let names = upstream.output_names();
    if names.contains(&output) {
        return Ok(());
    }
    let (title, kind) = (upstream.title(), upstream.kind.name);
    let hint = suggest::or_list(output, "outputs", names.iter().copied())
        .unwrap_or_else(|| format!("{title} declares no outputs"));
    Err(SpecErrorKind::UnknownOutput
        .at(location, format!("unknown output '{output}' of {title} (kind {kind})"))
        .hint(hint))
}
