//! Text to tree. `saphyr-parser` parses the text into events with locations; `serde_yaml` parses it into values. The
//! tree takes the structure and the text of scalars from the events, their types from the values, so one library
//! decides what `0x10`, `.5` or `true` is. Syntax errors are reported in `serde_yaml`'s words.

use super::scalar::{Scalar, ScalarValue};
use super::tree::{Data, Entry, Node};
use crate::spec::{LocatedError, Location, Position, SpecErrorKind, SpecResult};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// Deeper than any pipeline, shallow enough for any stack and for `serde_yaml`, whose time is quadratic in the depth.
const MAX_DEPTH: usize = 64;

/// Parses the file's one document.
pub(crate) fn parse(text: &str) -> SpecResult<Rc<Node>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (marks, error) = marks(text)?;
    let mut join = Join { marks: marks.into_iter(), anchors: HashMap::new(), error };
    let root = join
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| syntax(text, &error))?;
    match join.error {
        Some(error) => Err(error),
        None if root.is_null() => Err(SpecErrorKind::EmptyDocument.at(
            Location::File(Position::START),
            "the file is empty, expected a mapping with 'stages'",
        )),
        None => Ok(root),
    }
}

/// The beginning of a value, or an alias.
struct Mark<'a> {
    event: Event<'a>,
    location: Location,
    /// Whether nothing is written, as after `key:`.
    is_empty: bool,
}

/// The marks of a text up to its end or its first syntax error, and that error.
fn marks(text: &str) -> SpecResult<(Vec<Mark<'_>>, Option<Box<LocatedError>>)> {
    let (mut marks, mut depth, mut documents) = (Vec::new(), 0, 0);
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let location = location(error.marker());
                return Ok((marks, Some(invalid_yaml(location, error.info()))));
            }
        };
        let location = location(&span.start);
        match &event {
            Event::Scalar(.., Some(tag))
            | Event::SequenceStart(_, Some(tag))
            | Event::MappingStart(_, Some(tag)) => {
                let tag = format!("{}{}", tag.handle, tag.suffix);
                let tag = tag.replace("tag:yaml.org,2002:", "!!");
                let message = format!("YAML tags are not supported: '{tag}'");
                return Err(SpecErrorKind::Tag.at(location, message));
            }
            Event::DocumentStart(_) => documents += 1,
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            _ => {}
        }
        if documents > 1 {
            let message = "a second YAML document begins here, expected one pipeline per file";
            return Err(SpecErrorKind::ManyDocuments.at(location, message));
        }
        if depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(SpecErrorKind::TooDeep.at(location, message));
        }
        if let Event::Scalar(..)
        | Event::SequenceStart(..)
        | Event::MappingStart(..)
        | Event::Alias(_) = event
        {
            marks.push(Mark { event, location, is_empty: span.is_empty() });
        }
    }
    Ok((marks, None))
}

fn location(marker: &Marker) -> Location {
    Location::File(Position { line: marker.line(), column: marker.col() + 1 })
}

fn invalid_yaml(location: Location, message: &str) -> Box<LocatedError> {
    SpecErrorKind::Syntax.at(location, format!("invalid YAML: {message}"))
}

fn syntax(text: &str, error: &serde_yaml::Error) -> Box<LocatedError> {
    let mut message = error.to_string();
    // A character that YAML forbids is located by its byte.
    if let Some((what, byte)) = message.split_once(" at position ") {
        let at_byte = |byte| Location::of_byte(text, byte);
        return invalid_yaml(byte.parse().map_or(Location::WholeFile, at_byte), what);
    }
    let Some(location) = error.location() else {
        return invalid_yaml(Location::WholeFile, &message);
    };
    let (line, column) = (location.line(), location.column());
    // The location is already in front of the message.
    let repeated = format!(" at line {line} column {column}");
    if let Some(start) = message.find(&repeated) {
        message.replace_range(start..start + repeated.len(), "");
    }
    let indent = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let indent = &indent[..indent.len() - indent.trim_start().len()];
    let hint = indent.contains('\t').then(|| "indent by spaces, not by tabs".to_owned());
    invalid_yaml(Location::File(Position { line, column }), &message).maybe_hint(hint)
}

/// Walks through the marks in step with `serde_yaml`, which asks for one node after the other.
struct Join<'a> {
    marks: std::vec::IntoIter<Mark<'a>>,
    anchors: HashMap<usize, Rc<Node>>,
    /// The first error. The walk continues, since a later syntax error is more important.
    error: Option<Box<LocatedError>>,
}

impl<'a> Join<'a> {
    fn peek(&self) -> Option<&Mark<'a>> {
        self.marks.as_slice().first()
    }

    fn refuse(&mut self, error: Box<LocatedError>) {
        self.error.get_or_insert(error);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Join<'_> {
    type Value = Rc<Node>;

    fn deserialize<D: Deserializer<'de>>(self, values: D) -> Result<Rc<Node>, D::Error> {
        let null = || Data::Scalar(Scalar { raw: String::new(), value: ScalarValue::Null });
        let Some(Mark { event, location, .. }) = self.marks.next() else {
            // Behind an error of `saphyr-parser`, or in an empty file.
            IgnoredAny::deserialize(values)?;
            return Ok(Rc::new(Node { location: Location::WholeFile, data: null() }));
        };
        let (anchor, data) = match event {
            Event::Scalar(raw, _, anchor, _) => {
                let value = ScalarValue::deserialize(values)?;
                (anchor, Data::Scalar(Scalar { raw: raw.into_owned(), value }))
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                (anchor, values.deserialize_any(Children(self))?)
            }
            // Not followed by `serde_yaml`: aliases of aliases would explode.
            Event::Alias(anchor) => {
                IgnoredAny::deserialize(values)?;
                if let Some(node) = self.anchors.get(&anchor) {
                    return Ok(Rc::clone(node));
                }
                let message = "an alias to something that holds it";
                self.refuse(SpecErrorKind::RecursiveAlias.at(location, message));
                (0, null())
            }
            _ => (0, null()),
        };
        let node = Rc::new(Node { location, data });
        // The parser numbers anchors from 1.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }
}

/// The items of a list or the entries of a mapping.
struct Children<'j, 'a>(&'j mut Join<'a>);

impl<'de> Visitor<'de> for Children<'_, '_> {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a mapping")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = values.next_element_seed(&mut *self.0)? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Data, A::Error> {
        let join = self.0;
        let (mut mapping, mut merged) = (Mapping::default(), Vec::new());
        loop {
            let merges = join.peek().is_some_and(|mark| {
                matches!(&mark.event, Event::Scalar(raw, ScalarStyle::Plain, ..) if raw == "<<")
            });
            let Some(key) = values.next_key_seed(&mut *join)? else { break };
            let unwritten = join
                .peek()
                .is_some_and(|mark| mark.is_empty && matches!(mark.event, Event::Scalar(..)));
            let mut value = values.next_value_seed(&mut *join)?;
            if unwritten {
                // The parser locates it at the next token, lines below.
                value = Rc::new(Node { location: key.location, data: value.data.clone() });
            }
            match mapping.name(&key) {
                Err(error) => join.refuse(error),
                Ok(_) if merges => merged.push(value),
                Ok(name) => {
                    mapping.entries.push(Entry { key: name, location: key.location, value });
                }
            }
        }
        for node in merged {
            if let Err(error) = mapping.merge(&node, true) {
                join.refuse(error);
            }
        }
        Ok(Data::Map(mapping.entries))
    }
}

#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    /// By key, so that a mapping of thousands of entries stays linear.
    locations: HashMap<String, Location>,
}

impl Mapping {
    /// The name in a key, if it is a new one.
    fn name(&mut self, key: &Node) -> SpecResult<String> {
        let location = key.location;
        let Some(scalar) = key.scalar().filter(|_| !key.is_null()) else {
            let message = format!("found {} as a key, expected a name", key.describe());
            return Err(SpecErrorKind::KeyNotName.at(location, message));
        };
        let key = scalar.raw.clone();
        if let Some(first) = self.locations.insert(key.clone(), location) {
            let line = first.position().map_or(1, |first| first.line);
            let message = format!("duplicate key '{key}', first on line {line}");
            let error = SpecErrorKind::DuplicateKey.at(location, message);
            return Err(error.hint("leave one of the two out"));
        }
        Ok(key)
    }

    /// Adds the entries of the value of `<<` that do not override a key: a mapping or a list of mappings.
    fn merge(&mut self, node: &Node, may_be_list: bool) -> SpecResult<()> {
        match &node.data {
            Data::Map(entries) => {
                for entry in entries {
                    if !self.locations.contains_key(&entry.key) {
                        self.locations.insert(entry.key.clone(), entry.location);
                        self.entries.push(entry.clone());
                    }
                }
                Ok(())
            }
            Data::List(items) if may_be_list => {
                items.iter().try_for_each(|item| self.merge(item, false))
            }
            Data::Scalar(_) | Data::List(_) => {
                let found = node.describe();
                let message = format!("'<<' merges {found}, expected an alias to a mapping");
                Err(SpecErrorKind::BadMerge.at(node.location, message))
            }
        }
    }
}
