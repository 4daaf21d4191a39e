//! The text of the file.

use super::beam::{self, NotatedEvent};
use super::key::{Key, Spelling};
use super::meter::Meter;
use super::rhythm::{PARTS, Value, values};
use super::{Heading, StaffMeasure};
use std::fmt::Write;

/// Places of a quarter note, MusicXML's `divisions`.
const DIVISIONS: u32 = PARTS;

pub(super) fn score(
    measures: &[[StaffMeasure; 2]],
    key: Key,
    meter: Meter,
    heading: &Heading,
) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" \
         \"http://www.musicxml.org/dtds/partwise.dtd\">\n\
         <score-partwise version=\"4.0\">\n\
         <work><work-title>{}</work-title></work>\n\
         <identification><encoding><software>partita</software></encoding></identification>\n\
         <part-list><score-part id=\"P1\"><part-name>Piano</part-name></score-part></part-list>\n\
         <part id=\"P1\">\n",
        escape(&heading.title)
    );
    for (number, staves) in (1..).zip(measures) {
        push(&mut text, format_args!("<measure number=\"{number}\">\n"));
        if number == 1 {
            opening(&mut text, key, meter, heading.tempo);
        }
        let [right, left] = staves;
        staff(&mut text, right, 1, key, meter);
        let back = meter.places;
        push(&mut text, format_args!("<backup><duration>{back}</duration></backup>\n"));
        staff(&mut text, left, 2, key, meter);
        text.push_str("</measure>\n");
    }
    text.push_str("</part>\n</score-partwise>\n");
    text
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).unwrap_or_else(|_| unreachable!("a String takes all text"));
}

fn opening(text: &mut String, key: Key, meter: Meter, tempo: u32) {
    let (beats, unit) = (meter.signature.numerator(), meter.signature.denominator());
    push(
        text,
        format_args!(
            "<attributes><divisions>{DIVISIONS}</divisions><key><fifths>{}</fifths></key>\
             <time><beats>{beats}</beats><beat-type>{unit}</beat-type></time><staves>2</staves>\
             <clef number=\"1\"><sign>G</sign><line>2</line></clef>\
             <clef number=\"2\"><sign>F</sign><line>4</line></clef></attributes>\n\
             <direction placement=\"above\"><direction-type><metronome><beat-unit>quarter</beat-unit>\
             <per-minute>{tempo}</per-minute></metronome></direction-type><staff>1</staff>\
             <sound tempo=\"{tempo}\"/></direction>\n",
            key.fifths
        ),
    );
}

fn staff(text: &mut String, strikes: &StaffMeasure, staff: u32, key: Key, meter: Meter) {
    let voice = if staff == 1 { 1 } else { 5 };
    if strikes.is_empty() {
        push(
            text,
            format_args!(
                "<note><rest measure=\"yes\"/><duration>{}</duration><voice>{voice}</voice>\
                 <staff>{staff}</staff></note>\n",
                meter.places
            ),
        );
        return;
    }
    let notes = notes(strikes, meter);
    let beams = beam::beams(&notes, meter);
    for (written, beams) in notes.iter().zip(beams) {
        let NotatedEvent { value, ties, .. } = written;
        let ties = tied(*ties);
        let marks =
            Marks { ties: &ties, tuplet: beam::tuplet(&notes, written), beams, voice, staff };
        if written.pitches.is_empty() {
            note(text, "<rest/>", *value, &marks);
        }
        for (place, &pitch) in written.pitches.iter().enumerate() {
            let what = spelled(key.spell(pitch));
            if place == 0 {
                note(text, &what, *value, &marks);
            } else {
                let marks = Marks { beams: [None; 2], tuplet: None, ..marks };
                note(text, &format!("<chord/>{what}"), *value, &marks);
            }
        }
    }
}

/// A staff's measure as it is written: rests up to the first attack, then each attack until the next.
fn notes(strikes: &StaffMeasure, meter: Meter) -> Vec<NotatedEvent> {
    let first = strikes.first().map_or(meter.places, |(place, _)| *place);
    let mut notes = Vec::new();
    let mut fill = |start, end, pitches: &[u8]| {
        let (mut place, filled) = (start, values(start, end));
        let last = filled.len().saturating_sub(1);
        for (at, value) in filled.into_iter().enumerate() {
            let ties = [at > 0, at < last].map(|tie| tie && !pitches.is_empty());
            notes.push(NotatedEvent { place, value, pitches: pitches.to_vec(), ties });
            place += value.length;
        }
    };
    fill(0, first, &[]);
    let ends = strikes.iter().skip(1).map(|(place, _)| *place).chain([meter.places]);
    for ((start, pitches), end) in strikes.iter().zip(ends) {
        fill(*start, end, &pitches.iter().copied().collect::<Vec<_>>());
    }
    notes
}

/// `ties` to the note before and to the next one.
fn tied(ties: [bool; 2]) -> String {
    let names = ["stop", "start"].into_iter().zip(ties).filter(|(_, is)| *is);
    names.map(|(name, _)| format!("<tie type=\"{name}\"/>")).collect()
}

/// What stands at a note besides its pitch and value.
struct Marks<'a> {
    ties: &'a str,
    tuplet: Option<&'static str>,
    beams: [Option<&'static str>; 2],
    voice: u32,
    staff: u32,
}

fn note(text: &mut String, what: &str, value: Value, marks: &Marks<'_>) {
    let Value { length, name, dotted, triplet } = value;
    let Marks { ties, tuplet, beams, voice, staff } = *marks;
    let dot = if dotted { "<dot/>" } else { "" };
    let modification = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes>\
                        </time-modification>";
    let modification = if triplet { modification } else { "" };
    let beam = |(number, beam): (usize, Option<&str>)| {
        beam.map(|beam| format!("<beam number=\"{number}\">{beam}</beam>"))
    };
    let beams: String = (1..).zip(beams).filter_map(beam).collect();
    let bracket = tuplet.map(|kind| format!("<tuplet type=\"{kind}\"/>")).unwrap_or_default();
    let notations = match ties.replace("<tie ", "<tied ") + &bracket {
        none if none.is_empty() => none,
        some => format!("<notations>{some}</notations>"),
    };
    push(
        text,
        format_args!(
            "<note>{what}<duration>{length}</duration>{ties}<voice>{voice}</voice><type>{name}</type>\
             {dot}{modification}<staff>{staff}</staff>{beams}{notations}</note>\n"
        ),
    );
}

fn spelled(Spelling { letter, alter, octave }: Spelling) -> String {
    let alter = if alter == 0 { String::new() } else { format!("<alter>{alter}</alter>") };
    format!("<pitch><step>{letter}</step>{alter}<octave>{octave}</octave></pitch>")
}

/// Text as XML holds it; control characters, which XML 1.0 has no place for, are left out.
fn escape(text: &str) -> String {
    let kept = text.chars().filter(|character| !character.is_control());
    kept.fold(String::new(), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(character),
        }
        escaped
    })
}
