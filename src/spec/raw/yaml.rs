//! Text to tree.

use super::scalar::Scalar;
use super::tree::{Data, Entry, Node};
use crate::spec::error::{LocatedError, Location, SpecResult};
use crate::spec::error_kind::SpecErrorKind;
use crate::spec::model::Position;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// Deeper than any pipeline, shallow enough for any stack.
const DEEPEST: usize = 64;

/// The tree of the file's one document.
pub(crate) fn parse(text: &str) -> SpecResult<Rc<Node>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let built = build(text);
    // `serde_yaml` takes quadratic time over depth, so what is bottomless never gets there.
    if !matches!(&built, Err(found) if matches!(found.fault(), SpecErrorKind::TooDeep(_))) {
        check_syntax(text)?;
    }
    built
}

fn build(text: &str) -> SpecResult<Rc<Node>> {
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            SpecErrorKind::Syntax(error.info().to_owned()).at(location(error.marker()))
        })?;
        let here = location(&span.start);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(SpecErrorKind::ManyDocuments.at(here));
                }
            }
            Event::Scalar(raw, style, anchor, tag) => {
                check_tag(tag, here)?;
                let plain = style == ScalarStyle::Plain;
                let merge = plain && raw == "<<";
                let raw = raw.into_owned();
                let scalar = if plain { Scalar::plain(raw) } else { Scalar::text(raw) };
                let node = Rc::new(Node { location: here, data: Data::Scalar(scalar) });
                builder.remember(anchor, &node);
                builder.put(node, merge, span.is_empty())?;
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag, here)?;
                builder.open(here, anchor, Open::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag, here)?;
                builder.open(here, anchor, Open::Map(Mapping::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close()?,
            Event::Alias(anchor) => {
                let node = builder.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| SpecErrorKind::RecursiveAlias.at(here))?;
                builder.put(node, false, false)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    match builder.root {
        Some(root) if !root.is_null() => Ok(root),
        _ => Err(SpecErrorKind::EmptyDocument.at(Location::File(Position { line: 1, column: 1 }))),
    }
}

/// `serde_yaml`'s word on the syntax, without asking it for any value.
fn check_syntax(text: &str) -> SpecResult<()> {
    for document in serde_yaml::Deserializer::from_str(text) {
        IgnoredAny::deserialize(document).map_err(|error| syntax(text, &error))?;
    }
    Ok(())
}

fn syntax(text: &str, error: &serde_yaml::Error) -> Box<LocatedError> {
    let mut message = error.to_string();
    // What is no character of YAML at all is told with its byte.
    if let Some((what, byte)) = message.split_once(" at position ") {
        let location =
            byte.parse().map_or(Location::WholeFile, |byte| Location::of_byte(text, byte));
        return SpecErrorKind::Syntax(what.to_owned()).at(location);
    }
    let Some(location) = error.location() else {
        return SpecErrorKind::Syntax(message).at(Location::WholeFile);
    };
    let (line, column) = (location.line(), location.column());
    // The place already stands in front of the message.
    let repeated = format!(" at line {line} column {column}");
    if let Some(start) = message.find(&repeated) {
        message.replace_range(start..start + repeated.len(), "");
    }
    let indent = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let indent = &indent[..indent.len() - indent.trim_start().len()];
    let hint = indent.contains('\t').then(|| "indent by spaces, not by tabs".to_owned());
    SpecErrorKind::Syntax(message).at(Location::File(Position { line, column })).hint(hint)
}

fn location(marker: &Marker) -> Location {
    Location::File(Position { line: marker.line(), column: marker.col() + 1 })
}

fn check_tag(tag: Option<Cow<'_, Tag>>, here: Location) -> SpecResult<()> {
    match tag {
        Some(tag) => {
            let written = format!("{}{}", tag.handle, tag.suffix);
            Err(SpecErrorKind::Tag(written.replace("tag:yaml.org,2002:", "!!")).at(here))
        }
        None => Ok(()),
    }
}

/// A list or mapping whose end has not come yet.
enum Open {
    List(Vec<Rc<Node>>),
    Map(Mapping),
}

#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    /// By key, so that a mapping of thousands of entries stays linear.
    places: HashMap<String, Location>,
    key: Option<(String, Location, bool)>,
    merged: Vec<Rc<Node>>,
}

#[derive(Default)]
struct Builder {
    open: Vec<(Location, usize, Open)>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
}

impl Builder {
    fn remember(&mut self, anchor: usize, node: &Rc<Node>) {
        // The parser numbers anchors from 1.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(node));
        }
    }

    fn open(&mut self, here: Location, anchor: usize, open: Open) -> SpecResult<()> {
        if self.open.len() == DEEPEST {
            return Err(SpecErrorKind::TooDeep(DEEPEST).at(here));
        }
        self.open.push((here, anchor, open));
        Ok(())
    }

    fn close(&mut self) -> SpecResult<()> {
        let Some((location, anchor, open)) = self.open.pop() else {
            return Ok(());
        };
        let data = match open {
            Open::List(items) => Data::List(items),
            Open::Map(mapping) => Data::Map(mapping.finish()?),
        };
        let node = Rc::new(Node { location, data });
        self.remember(anchor, &node);
        self.put(node, false, false)
    }

    /// Hands a finished node to what is open around it.
    fn put(&mut self, node: Rc<Node>, merge: bool, unwritten: bool) -> SpecResult<()> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((_, _, Open::List(items))) => items.push(node),
            Some((_, _, Open::Map(mapping))) => mapping.put(node, merge, unwritten)?,
        }
        Ok(())
    }
}

impl Mapping {
    fn put(&mut self, node: Rc<Node>, merge: bool, unwritten: bool) -> SpecResult<()> {
        let Some((key, location, is_merge)) = self.key.take() else {
            let key = match &node.data {
                Data::Scalar(scalar) if !node.is_null() => scalar.raw.clone(),
                _ => return Err(SpecErrorKind::KeyNotName(node.describe()).at(node.location)),
            };
            if let Some(first) = self.places.insert(key.clone(), node.location) {
                let first = first.position().unwrap_or(Position { line: 1, column: 1 });
                let hint = "leave one of the two out".to_owned();
                return Err(SpecErrorKind::DuplicateKey { key, first }
                    .at(node.location)
                    .hint(hint));
            }
            self.key = Some((key, node.location, merge));
            return Ok(());
        };
        if is_merge {
            self.merged.push(node);
            return Ok(());
        }
        // The parser puts an unwritten value where the next token begins, lines below.
        let value = match unwritten {
            true => Rc::new(Node { location, data: node.data.clone() }),
            false => node,
        };
        self.entries.push(Entry { key, location, value });
        Ok(())
    }

    /// The entries, then what `<<` brings and nothing here overrides.
    fn finish(mut self) -> SpecResult<Vec<Entry>> {
        for node in std::mem::take(&mut self.merged) {
            match &node.data {
                Data::Map(entries) => self.merge(entries),
                Data::List(items) => {
                    for item in items {
                        match &item.data {
                            Data::Map(entries) => self.merge(entries),
                            _ => {
                                return Err(
                                    SpecErrorKind::BadMerge(item.describe()).at(item.location)
                                );
                            }
                        }
                    }
                }
                Data::Scalar(_) => {
                    return Err(SpecErrorKind::BadMerge(node.describe()).at(node.location));
                }
            }
        }
        Ok(self.entries)
    }

    fn merge(&mut self, entries: &[Entry]) {
        for entry in entries {
            if !self.places.contains_key(&entry.key) {
                self.places.insert(entry.key.clone(), entry.location);
                self.entries.push(entry.clone());
            }
        }
    }
}
