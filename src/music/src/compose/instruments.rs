//! General MIDI programs by part and mood, and the range in which each sounds good.

use super::mood::Mood;
use super::rng::Rng;

/// The parts of a song, in the order of its tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub(super) enum Part {
    #[strum(to_string = "Melody")]
    Lead,
    #[strum(to_string = "Counter-melody")]
    Counter,
    Accompaniment,
    Pad,
    Bass,
    Drums,
}

impl Part {
    pub(super) const ALL: [Self; 6] =
        [Self::Lead, Self::Counter, Self::Accompaniment, Self::Pad, Self::Bass, Self::Drums];

    /// MIDI velocity before any stress.
    pub(super) fn loudness(self) -> i32 {
        match self {
            Self::Lead => 96,
            Self::Counter => 76,
            Self::Accompaniment => 68,
            Self::Pad => 56,
            Self::Bass => 88,
            Self::Drums => 84,
        }
    }
}

/// A program and its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instrument {
    /// General MIDI, counted from 0.
    pub(super) program: u8,
    /// Lowest MIDI pitch.
    pub(super) low: i32,
    /// Highest MIDI pitch, at least an octave above the lowest.
    pub(super) high: i32,
}

const fn instrument(program: u8, low: i32, high: i32) -> Instrument {
    Instrument { program, low, high }
}

const PIANO: Instrument = instrument(0, 33, 100);
const HARPSICHORD: Instrument = instrument(6, 41, 89);
const MUSIC_BOX: Instrument = instrument(10, 60, 96);
const VIBRAPHONE: Instrument = instrument(11, 53, 89);
const MARIMBA: Instrument = instrument(12, 48, 96);
const ORGAN: Instrument = instrument(19, 36, 96);
const ACCORDION: Instrument = instrument(21, 53, 89);
const NYLON_GUITAR: Instrument = instrument(24, 40, 83);
const CLEAN_GUITAR: Instrument = instrument(27, 40, 86);
const DISTORTED_GUITAR: Instrument = instrument(30, 40, 86);
const VIOLIN: Instrument = instrument(40, 55, 96);
const PIZZICATO: Instrument = instrument(45, 36, 91);
const HARP: Instrument = instrument(46, 31, 100);
const STRINGS: Instrument = instrument(48, 36, 96);
const CHOIR: Instrument = instrument(52, 48, 79);
const TRUMPET: Instrument = instrument(56, 55, 84);
const HORN: Instrument = instrument(60, 41, 77);
const BRASS: Instrument = instrument(61, 43, 86);
const OBOE: Instrument = instrument(68, 58, 91);
const CLARINET: Instrument = instrument(71, 50, 91);
const FLUTE: Instrument = instrument(73, 60, 96);
const OCARINA: Instrument = instrument(79, 60, 84);
const SQUARE: Instrument = instrument(80, 48, 96);
const SAW: Instrument = instrument(81, 48, 96);
const WARM_PAD: Instrument = instrument(89, 40, 84);
const ELECTRIC_PIANO: Instrument = instrument(4, 28, 98);

/// The instruments of a song, in the order of [`Part::ALL`].
#[derive(Debug, Clone)]
pub(super) struct Band([Instrument; 6]);

impl Band {
    pub(super) fn draw(rng: &mut Rng, mood: Mood) -> Self {
        let leads: &[Instrument] = match mood {
            Mood::Overworld => &[SQUARE, TRUMPET, FLUTE, VIOLIN, OCARINA, SAW],
            Mood::Town => &[FLUTE, CLARINET, PIANO, OBOE, NYLON_GUITAR, VIOLIN],
            Mood::Battle => &[SAW, SQUARE, DISTORTED_GUITAR, TRUMPET, BRASS, VIOLIN],
            Mood::Dungeon => &[CHOIR, OBOE, MUSIC_BOX, VIBRAPHONE, STRINGS, CLARINET],
            Mood::Castle => &[HARPSICHORD, ORGAN, OBOE, TRUMPET, STRINGS],
            Mood::Chase => &[SAW, SQUARE, CLEAN_GUITAR, PIANO, BRASS],
            Mood::Sea => &[ACCORDION, HARP, FLUTE, VIBRAPHONE, MUSIC_BOX],
            Mood::Shop => &[MARIMBA, VIBRAPHONE, CLARINET, PIANO, ACCORDION, SQUARE],
        };
        let chords: &[Instrument] = match mood {
            Mood::Overworld => &[STRINGS, CLEAN_GUITAR, PIANO, BRASS, SQUARE],
            Mood::Town => &[NYLON_GUITAR, HARP, PIANO, PIZZICATO],
            Mood::Battle => &[DISTORTED_GUITAR, STRINGS, SAW, BRASS, ORGAN],
            Mood::Dungeon => &[HARP, STRINGS, MARIMBA, ELECTRIC_PIANO],
            Mood::Castle => &[HARPSICHORD, STRINGS, PIZZICATO, HARP],
            Mood::Chase => &[CLEAN_GUITAR, SAW, PIANO, SQUARE],
            Mood::Sea => &[HARP, NYLON_GUITAR, ELECTRIC_PIANO, MARIMBA],
            Mood::Shop => &[PIANO, ELECTRIC_PIANO, PIZZICATO, NYLON_GUITAR],
        };
        let seconds = [STRINGS, HORN, CLARINET, VIBRAPHONE, SQUARE, VIOLIN];
        let pads = [STRINGS, WARM_PAD, CHOIR, ORGAN];
        // Acoustic, fingered, picked, synthetic.
        let basses: &[u8] = match mood {
            Mood::Town | Mood::Shop | Mood::Sea => &[32, 33, 32],
            Mood::Castle | Mood::Dungeon => &[32, 43, 33],
            Mood::Overworld | Mood::Battle | Mood::Chase => &[33, 34, 38, 39],
        };
        Self([
            rng.pick(leads),
            rng.pick(&seconds),
            rng.pick(chords),
            rng.pick(&pads),
            instrument(rng.pick(basses), 26, 60),
            // The keys of a drum kit, from bass drum to shaker.
            instrument(0, 35, 81),
        ])
    }

    pub(super) fn instrument(&self, part: Part) -> Instrument {
        self.0[part as usize]
    }
}

impl Instrument {
    /// Moves a pitch by octaves into the range.
    pub(super) fn fit(self, pitch: i32) -> i32 {
        if pitch < self.low {
            self.low + (pitch - self.low).rem_euclid(12)
        } else if pitch > self.high {
            self.high - (self.high - pitch).rem_euclid(12)
        } else {
            pitch
        }
    }
}
