//! Renders the notation as MusicXML.

use super::accidental::Accidentals;
use super::beam::{self, NotatedEvent};
use super::key::{Key, Spelling};
use super::meter::{Meter, PARTS};
use super::rhythm::values;
use super::value::Value;
use super::{Heading, StaffMeasure};
use crate::report::escape::escape;

/// Renders the document; `measures` hold those of the right and of the left hand.
pub(super) fn score(
    measures: &[[StaffMeasure; 2]],
    key: Key,
    meter: Meter,
    heading: &Heading,
) -> String {
    let measure = |(number, [right, left]): (usize, &[StaffMeasure; 2])| {
        format!(
            "<measure number=\"{number}\">\n{}{}<backup><duration>{}</duration></backup>\n{}</measure>\n",
            if number == 1 { opening(key, meter, heading.tempo) } else { String::new() },
            staff(right, 1, key, meter),
            meter.places,
            staff(left, 2, key, meter),
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" \
         \"http://www.musicxml.org/dtds/partwise.dtd\">\n\
         <score-partwise version=\"4.0\">\n\
         <work><work-title>{}</work-title></work>\n\
         <identification><encoding><software>partita</software></encoding></identification>\n\
         <part-list><score-part id=\"P1\"><part-name>Piano</part-name></score-part></part-list>\n\
         <part id=\"P1\">\n{}</part>\n</score-partwise>\n",
        escape(&heading.title),
        (1..).zip(measures).map(measure).collect::<String>(),
    )
}

/// Renders the attributes and the tempo at the start of the first measure.
fn opening(key: Key, meter: Meter, tempo: u32) -> String {
    let (beats, unit) = (meter.signature.numerator(), meter.signature.denominator());
    let divisions = PARTS << meter.halvings;
    format!(
        "<attributes><divisions>{divisions}</divisions><key><fifths>{}</fifths></key>\
         <time><beats>{beats}</beats><beat-type>{unit}</beat-type></time><staves>2</staves>\
         <clef number=\"1\"><sign>G</sign><line>2</line></clef>\
         <clef number=\"2\"><sign>F</sign><line>4</line></clef></attributes>\n\
         <direction placement=\"above\"><direction-type><metronome>{}</metronome></direction-type>\
         <staff>1</staff><sound tempo=\"{tempo}\"/></direction>\n",
        key.fifths,
        metronome(meter, tempo),
    )
}

/// Renders the beat and its number per minute: dotted in compound meters, otherwise the quarter.
fn metronome(meter: Meter, tempo: u32) -> String {
    let (beat, dot, per_minute) = match meter.signature.is_compound() {
        // A beat of three nths has 12/n quarters.
        true => {
            let per_minute = f64::from(tempo) * f64::from(meter.signature.denominator()) / 12.0;
            let value = values(0, meter.beat(0).end, meter)[0];
            (value.name(meter.halvings), "<beat-unit-dot/>", (per_minute * 100.0).round() / 100.0)
        }
        false => ("quarter", "", f64::from(tempo)),
    };
    format!("<beat-unit>{beat}</beat-unit>{dot}<per-minute>{per_minute}</per-minute>")
}

/// Renders a measure of a staff, numbered from 1.
fn staff(measure: &StaffMeasure, staff: u32, key: Key, meter: Meter) -> String {
    let voice = if staff == 1 { 1 } else { 5 };
    if measure.is_empty() {
        return format!(
            "<note><rest measure=\"yes\"/><duration>{}</duration><voice>{voice}</voice>\
             <staff>{staff}</staff></note>\n",
            meter.places
        );
    }
    let events = events(measure, meter);
    let mut accidentals = Accidentals::new(key);
    let mut text = String::new();
    for (event, beams) in events.iter().zip(beam::beams(&events, meter)) {
        let (value, ties) = (event.value, ties(event.ties));
        let name = value.name(meter.halvings);
        let tuplet = beam::tuplet(&events, event, meter);
        let marks =
            Marks { name, accidental: None, ties: &ties, tuplet, beams: &beams, voice, staff };
        if event.pitches.is_empty() {
            text += &note("<rest/>", value, &marks);
        }
        for (index, &pitch) in event.pitches.iter().enumerate() {
            let spelling = key.spell(pitch);
            let (pitch, accidental) = (spelled(spelling), accidentals.next(spelling));
            let marks = Marks { accidental, ..marks };
            text += &match index {
                0 => note(&pitch, value, &marks),
                _ => {
                    let marks = Marks { beams: &[], tuplet: None, ..marks };
                    note(&format!("<chord/>{pitch}"), value, &marks)
                }
            };
        }
    }
    text
}

/// Returns the events of a measure: rests up to the first attack, then each attack until the next.
fn events(measure: &StaffMeasure, meter: Meter) -> Vec<NotatedEvent> {
    let first = measure.keys().next().copied().unwrap_or(meter.places);
    let mut events = Vec::new();
    let mut fill = |start, end, pitches: &[u8]| {
        let (mut place, values) = (start, values(start, end, meter));
        let last = values.len().saturating_sub(1);
        for (index, value) in values.into_iter().enumerate() {
            let ties = [index > 0, index < last].map(|tie| tie && !pitches.is_empty());
            events.push(NotatedEvent { place, value, pitches: pitches.to_vec(), ties });
            place += value.length;
        }
    };
    fill(0, first, &[]);
    let ends = measure.keys().skip(1).copied().chain([meter.places]);
    for ((start, pitches), end) in measure.iter().zip(ends) {
        fill(*start, end, &pitches.iter().copied().collect::<Vec<_>>());
    }
    events
}

/// Renders `ties` to the previous and the next note.
fn ties(ties: [bool; 2]) -> String {
    let names = ["stop", "start"].into_iter().zip(ties).filter(|(_, is)| *is);
    names.map(|(name, _)| format!("<tie type=\"{name}\"/>")).collect()
}

/// Notation of a note besides its pitch and value.
struct Marks<'a> {
    /// Name of the value.
    name: &'static str,
    accidental: Option<&'static str>,
    ties: &'a str,
    tuplet: Option<&'static str>,
    beams: &'a [&'static str],
    voice: u32,
    staff: u32,
}

/// Marks a note of a triplet.
const TRIPLET: &str = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes>\
     </time-modification>";

fn note(pitch: &str, value: Value, marks: &Marks<'_>) -> String {
    let Value { length, dotted, triplet, .. } = value;
    let Marks { name, accidental, ties, tuplet, beams, voice, staff } = *marks;
    let dot = if dotted { "<dot/>" } else { "" };
    let sign = |name| format!("<accidental>{name}</accidental>");
    let accidental = accidental.map(sign).unwrap_or_default();
    let modification = if triplet { TRIPLET } else { "" };
    let beam = |(number, beam): (u32, &&str)| format!("<beam number=\"{number}\">{beam}</beam>");
    let beams: String = (1..).zip(beams).map(beam).collect();
    let bracket = tuplet.map(|kind| format!("<tuplet type=\"{kind}\"/>")).unwrap_or_default();
    let notations = match ties.replace("<tie ", "<tied ") + &bracket {
        none if none.is_empty() => none,
        some => format!("<notations>{some}</notations>"),
    };
    format!(
        "<note>{pitch}<duration>{length}</duration>{ties}<voice>{voice}</voice><type>{name}</type>\
         {dot}{accidental}{modification}<staff>{staff}</staff>{beams}{notations}</note>\n"
    )
}

fn spelled(Spelling { letter, alter, octave }: Spelling) -> String {
    let alter = if alter == 0 { String::new() } else { format!("<alter>{alter}</alter>") };
    format!("<pitch><step>{letter}</step>{alter}<octave>{octave}</octave></pitch>")
}
