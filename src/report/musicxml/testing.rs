//! Reads a sheet back, as a notation program does, and checks its measures.

use super::meter::{Meter, PARTS};
use crate::music::meter::TimeSignature;
use std::collections::BTreeMap;

/// Names of note values, each half of the one before, the first as long as 16 quarters.
const TYPES: [&str; 10] =
    ["long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"];

/// A rest or note as written.
struct Note<'a> {
    /// Time from the start of the measure, in divisions.
    onset: u32,
    duration: u32,
    line: &'a str,
}

/// Returns the text of the first element of this name.
fn text<'a>(within: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = within.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

fn number(within: &str, name: &str) -> u32 {
    text(within, name).and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

impl<'a> Note<'a> {
    fn has(&self, text: &str) -> bool {
        self.line.contains(text)
    }

    fn pitch(&self) -> Option<&'a str> {
        text(self.line, "pitch")
    }

    fn kind(&self) -> usize {
        let name = text(self.line, "type").expect("a value has a type");
        TYPES.iter().position(|&it| it == name).expect("a known type")
    }

    /// The beams of all levels, the first one first.
    fn beams(&self) -> Vec<&'a str> {
        let beams = self.line.split("<beam number=\"").skip(1);
        beams.map(|beam| &beam[3..beam.find('<').expect("an end tag")]).collect()
    }

    fn flags(&self) -> usize {
        if self.pitch().is_some() { self.kind().saturating_sub(4) } else { 0 }
    }
}

/// Returns the number of measures of a sheet, counted per staff, and the faults of the wrong ones.
pub(super) fn check(sheet: &str) -> (usize, Vec<String>) {
    let divisions = number(sheet, "divisions");
    let signature = format!("{}/{}", number(sheet, "beats"), number(sheet, "beat-type"));
    let signature: TimeSignature = signature.parse().expect("a signature");
    let fifths = text(sheet, "fifths").and_then(|text| text.parse().ok()).expect("a key");
    let (mut count, mut faults) = (0, Vec::new());
    for measure in sheet.split("<measure ").skip(1) {
        for staff in ["<staff>1</staff>", "<staff>2</staff>"] {
            count += 1;
            let result = check_staff(measure, staff, divisions, signature)
                .and_then(|()| check_accidentals(measure, staff, fifths));
            if let Err(fault) = result {
                faults.push(format!("{signature}: {fault}: <measure {measure}"));
            }
        }
    }
    (count, faults)
}

fn check_staff(
    measure: &str,
    staff: &str,
    divisions: u32,
    signature: TimeSignature,
) -> Result<(), String> {
    let (numerator, unit) = (u32::from(signature.numerator()), u32::from(signature.denominator()));
    let whole = 4 * divisions * numerator;
    ensure(whole.is_multiple_of(unit), "divisions do not divide the measure")?;
    let length = whole / unit;
    let backup = measure.split_once("<backup>").map(|(_, rest)| number(rest, "duration"));
    ensure(backup == Some(length), "backup")?;

    let (mut notes, mut end, mut start) = (Vec::<Note<'_>>::new(), 0, 0);
    for line in measure.lines().filter(|line| line.starts_with("<note>") && line.contains(staff)) {
        let duration = number(line, "duration");
        if !line.contains("<chord/>") {
            (start, end) = (end, end + duration);
        }
        notes.push(Note { onset: start, duration, line });
    }
    ensure(end == length, &format!("{end} of {length} divisions"))?;
    if notes.len() == 1 && notes[0].has("measure=\"yes\"") {
        return Ok(());
    }
    notes.iter().try_for_each(|note| check_value(note, divisions))?;
    let events: Vec<&[Note<'_>]> = notes.chunk_by(|_, next| next.has("<chord/>")).collect();
    check_ties(&events)?;
    let heads: Vec<&Note<'_>> = events.iter().map(|event| &event[0]).collect();
    check_tuplets(&heads, divisions)?;
    let meter = Meter::new(signature);
    check_beams(&heads, |note| meter.beat(note.onset * (PARTS << meter.halvings) / divisions).start)
}

fn ensure(holds: bool, fault: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.to_owned()) }
}

/// Checks that a duration is that of its type, dots and tuplet.
fn check_value(note: &Note<'_>, divisions: u32) -> Result<(), String> {
    // In parts of a division: a dotted 128th in a triplet is a whole number of them.
    let mut parts = (192 * 16 * divisions) >> note.kind();
    if note.has("<dot/>") {
        parts = parts / 2 * 3;
    }
    if let Some(modification) = text(note.line, "time-modification") {
        let [actual, normal] = ["actual-notes", "normal-notes"].map(|it| number(modification, it));
        parts = parts / actual * normal;
    }
    ensure(parts == 192 * note.duration, &format!("a duration unlike its type in {}", note.line))
}

/// Checks that the signature and the signs before notes give the notes' pitches.
fn check_accidentals(measure: &str, staff: &str, fifths: i8) -> Result<(), String> {
    let order = if fifths > 0 { "FCGDAEB" } else { "BEADGCF" };
    let altered = &order[..usize::from(fifths.unsigned_abs())];
    let mut signs = BTreeMap::new();
    for line in measure.lines().filter(|line| line.contains("<step>") && line.contains(staff)) {
        let letter = text(line, "step").expect("a letter");
        let place = (letter, text(line, "octave"));
        if let Some(sign) = text(line, "accidental") {
            let names = ["flat", "natural", "sharp", "double-sharp"];
            signs.insert(
                place,
                names.iter().position(|&name| name == sign).expect("a sign") as i8 - 1,
            );
        }
        let signature = if altered.contains(letter) { fifths.signum() } else { 0 };
        let read = signs.get(&place).copied().unwrap_or(signature);
        let written = text(line, "alter").map_or(Ok(0), str::parse);
        ensure(written == Ok(read), &format!("a missing accidental in {line}"))?;
    }
    Ok(())
}

/// Checks that each tie connects two neighbours of one pitch.
fn check_ties(events: &[&[Note<'_>]]) -> Result<(), String> {
    let first = events.first().is_none_or(|event| tied_pitches(event, "stop").is_empty());
    let last = events.last().is_none_or(|event| tied_pitches(event, "start").is_empty());
    ensure(first && last, "a tie across the bar line")?;
    let pairs =
        |pair: &[&[Note<'_>]]| tied_pitches(pair[0], "start") == tied_pitches(pair[1], "stop");
    ensure(events.windows(2).all(pairs), "a tie without its other end")
}

/// Returns the pitches of a chord that have this end of a tie.
fn tied_pitches<'a>(chord: &[Note<'a>], end: &str) -> Vec<Option<&'a str>> {
    let (tie, tied) = (format!("<tie type=\"{end}\"/>"), format!("<tied type=\"{end}\"/>"));
    let is_tied = |note: &&Note<'_>| note.has(&tie) && note.has(&tied);
    chord.iter().filter(is_tied).map(Note::pitch).collect()
}

/// Checks that brackets open and close around exactly the triplets of a quarter.
fn check_tuplets(heads: &[&Note<'_>], divisions: u32) -> Result<(), String> {
    let mut opened = None;
    for note in heads {
        if note.has("<tuplet type=\"start\"/>") {
            ensure(opened.is_none(), "a bracket in a bracket")?;
            opened = Some(note.onset);
        }
        let is_inside = opened.is_some();
        ensure(is_inside == note.has("<time-modification>"), "a triplet outside its bracket")?;
        if note.has("<tuplet type=\"stop\"/>") {
            let filled = opened.take().map(|start| note.onset + note.duration - start);
            ensure(filled == Some(divisions), "triplets that do not fill a quarter")?;
        }
    }
    ensure(opened.is_none(), "an open bracket")
}

/// Checks that beams open and close, stay within a beat, and join all neighbours with flags.
fn check_beams(heads: &[&Note<'_>], beat: impl Fn(&Note<'_>) -> u32) -> Result<(), String> {
    for (at, note) in heads.iter().enumerate() {
        let (beams, flags) = (note.beams(), note.flags());
        let is_joined = |other: Option<&&Note<'_>>| {
            flags > 0 && other.is_some_and(|other| other.flags() > 0 && beat(other) == beat(note))
        };
        let before = at.checked_sub(1).and_then(|at| heads.get(at));
        let after = heads.get(at + 1);
        let joins = [is_joined(before), is_joined(after)];
        ensure(beams.is_empty() || beams.len() == flags, "other beams than flags")?;
        ensure(joins.contains(&true) != beams.is_empty(), "neighbours without a beam")?;
        for (level, &beam) in beams.iter().enumerate() {
            let has = |other: Option<&&Note<'_>>, is_joined: bool| {
                is_joined && other.is_some_and(|other| other.flags() > level)
            };
            let expected = match (has(before, joins[0]), has(after, joins[1])) {
                (false, true) => beam == "begin",
                (true, true) => beam == "continue",
                (true, false) => beam == "end",
                (false, false) => level > 0 && beam.ends_with(" hook"),
            };
            ensure(expected, &format!("beam {} is '{beam}'", level + 1))?;
        }
    }
    Ok(())
}

#[test]
fn wrong_measures_are_found() {
    let note = |duration: u32, more: &str| {
        format!(
            "<note><pitch>C</pitch><duration>{duration}</duration>{more}<staff>1</staff></note>\n"
        )
    };
    let sheet = |notes: &[String]| {
        format!(
            "<divisions>12</divisions><fifths>0</fifths><beats>2</beats><beat-type>4</beat-type>\
             <measure >\n{}\
             <backup><duration>24</duration></backup>\n\
             <note><rest measure=\"yes\"/><duration>24</duration><staff>2</staff></note>\n",
            notes.concat()
        )
    };
    let fault = |notes: &[String]| match check(&sheet(notes)) {
        (2, faults) => faults.first().map(|fault| fault.split(": ").nth(1).unwrap().to_owned()),
        _ => panic!("two staves"),
    };
    let quarter = note(12, "<type>quarter</type>");
    assert_eq!(fault(&[quarter.clone(), quarter.clone()]), None);
    assert_eq!(fault(std::slice::from_ref(&quarter)).unwrap(), "12 of 24 divisions");
    let third = "<type>eighth</type><time-modification><actual-notes>3</actual-notes>\
                 <normal-notes>2</normal-notes></time-modification>";
    let short = [note(12, "<type>quarter</type>"), note(8, third), note(4, "<type>eighth</type>")];
    assert!(fault(&short).unwrap().starts_with("a duration unlike its type"));
    let bare = [quarter.clone(), note(4, third), note(4, third), note(4, third)];
    assert_eq!(fault(&bare).unwrap(), "a triplet outside its bracket");
    let tied = note(12, "<tie type=\"start\"/><type>quarter</type><tied type=\"start\"/>");
    assert_eq!(fault(&[tied, quarter.clone()]).unwrap(), "a tie without its other end");
    let eighth = note(6, "<type>eighth</type>");
    assert_eq!(fault(&[quarter, eighth.clone(), eighth]).unwrap(), "neighbours without a beam");
}
