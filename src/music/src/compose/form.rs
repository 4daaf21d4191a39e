//! The plan of a song: tempo, meter, key and sections, as its mood suggests.

use super::meter::Meter;
use super::mood::Mood;
use super::rng::Rng;
use super::scale::Key;

/// Kinds of sections; the names are those of a file's markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(super) enum SectionKind {
    Intro,
    Verse,
    Chorus,
    Bridge,
    Outro,
}

impl SectionKind {
    /// Kind whose material this section uses: a song opens and closes with that of its verse.
    pub(super) fn material(self) -> Self {
        match self {
            Self::Intro | Self::Outro => Self::Verse,
            Self::Verse | Self::Chorus | Self::Bridge => self,
        }
    }

    /// Velocity to add to that of the verse.
    pub(super) fn loudness(self) -> i32 {
        match self {
            Self::Intro => -8,
            Self::Verse => 0,
            Self::Chorus => 9,
            Self::Bridge => -3,
            Self::Outro => -5,
        }
    }
}

/// A section and its place in the song. Sections of one kind have the same length throughout a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: SectionKind,
    /// First measure.
    pub(super) start: u32,
    pub(super) measures: u32,
    /// Earlier sections of this kind.
    pub(super) occurrence: u32,
}

/// What is decided before any note is written.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) mood: Mood,
    /// Quarter notes per minute.
    pub(super) tempo: u32,
    pub(super) meter: Meter,
    pub(super) key: Key,
    /// Whether eighths are played long-short, as triplets.
    pub(super) swing: bool,
    /// Probability in percent that a chord has its seventh.
    pub(super) sevenths: u32,
    pub(super) form: Vec<Section>,
}

use SectionKind::{Bridge as B, Chorus as C, Intro as I, Outro as O, Verse as V};

/// Sections and their measures: 32 to 64 per song, mostly multiples of the 16
/// measures of one sample.
const FORMS: &[(u32, &[(SectionKind, u32)])] = &[
    (4, &[(V, 8), (C, 8), (V, 8), (C, 8)]),
    (3, &[(V, 8), (V, 8), (C, 8), (B, 8)]),
    (4, &[(I, 4), (V, 8), (C, 8), (V, 8), (O, 4)]),
    (3, &[(I, 4), (V, 8), (C, 8), (V, 8), (C, 8), (O, 4)]),
    (4, &[(I, 4), (V, 8), (V, 8), (C, 8), (B, 8), (C, 8), (O, 4)]),
    (3, &[(I, 4), (V, 8), (C, 8), (V, 8), (C, 8), (B, 8), (C, 8)]),
    (3, &[(V, 16), (C, 8), (V, 16), (C, 8)]),
    (2, &[(V, 16), (C, 16), (B, 8), (C, 16), (I, 8)]),
    (3, &[(I, 8), (V, 8), (C, 8), (V, 8), (C, 8), (B, 8), (V, 8), (O, 8)]),
    (2, &[(I, 8), (V, 16), (C, 16), (V, 16), (O, 8)]),
    (2, &[(V, 8), (C, 8), (B, 8), (V, 8), (C, 8), (O, 8)]),
];

impl Plan {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        use Mood::{Battle, Castle, Chase, Dungeon, Overworld, Sea, Shop, Town};
        let moods = [
            (18, Overworld),
            (15, Town),
            (16, Battle),
            (12, Dungeon),
            (11, Castle),
            (10, Chase),
            (9, Sea),
            (9, Shop),
        ];
        let mood = rng.weighted(&moods);
        let style = mood.style();
        let [four, three, six] = style.meters;
        let meters = [(four, Meter::FourFour), (three, Meter::ThreeFour), (six, Meter::SixEight)];
        let meter = rng.weighted(&meters);
        let tempo = rng.between(style.tempi.0, style.tempi.1) as u32;
        let key = Key { tonic: rng.below(12) as u8, mode: rng.weighted(mood.modes()) };
        let swing = meter == Meter::FourFour && rng.chance(style.swing);
        let sevenths = rng.weighted(&[(5, 0), (4, 15), (2, 55)]);
        let form = place_sections(rng.weighted(FORMS));
        Self { mood, tempo, meter, key, swing, sevenths, form }
    }
}

fn place_sections(kinds: &[(SectionKind, u32)]) -> Vec<Section> {
    let mut form: Vec<Section> = Vec::with_capacity(kinds.len());
    for &(kind, measures) in kinds {
        let start = form.last().map_or(0, |last| last.start + last.measures);
        let occurrence = form.iter().filter(|earlier| earlier.kind == kind).count() as u32;
        form.push(Section { kind, start, measures, occurrence });
    }
    form
}
