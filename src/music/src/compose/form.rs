//! The plan of a song: tempo, meter, key and the sections it goes through, as its mood suggests.

use super::mood::Mood;
use super::rng::Rng;
use super::scale::Key;
use crate::meter::TimeSignature;

/// Ticks in a quarter note.
pub(super) const QUARTER: u32 = 480;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meter {
    FourFour,
    ThreeFour,
    SixEight,
}

impl Meter {
    pub(super) fn signature(self) -> TimeSignature {
        const THREE_FOUR: TimeSignature = signature(3, 4);
        const SIX_EIGHT: TimeSignature = signature(6, 8);
        match self {
            Self::FourFour => TimeSignature::COMMON,
            Self::ThreeFour => THREE_FOUR,
            Self::SixEight => SIX_EIGHT,
        }
    }

    /// Ticks in a measure.
    pub(super) fn measure(self) -> u32 {
        self.beats() * self.beat()
    }

    /// Ticks in a beat, as one taps it: a dotted quarter in 6/8.
    pub(super) fn beat(self) -> u32 {
        match self {
            Self::FourFour | Self::ThreeFour => QUARTER,
            Self::SixEight => QUARTER * 3 / 2,
        }
    }

    pub(super) fn beats(self) -> u32 {
        match self {
            Self::FourFour => 4,
            Self::ThreeFour => 3,
            Self::SixEight => 2,
        }
    }
}

/// Checked when compiled.
const fn signature(numerator: u8, denominator: u8) -> TimeSignature {
    match TimeSignature::new(numerator, denominator) {
        Ok(signature) => signature,
        Err(_) => panic!("not a time signature"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SectionKind {
    Intro,
    Verse,
    Chorus,
    Bridge,
    Outro,
}

impl SectionKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Intro => "intro",
            Self::Verse => "verse",
            Self::Chorus => "chorus",
            Self::Bridge => "bridge",
            Self::Outro => "outro",
        }
    }

    /// Whose throws make this section's material: a song opens and closes with its verse's.
    pub(super) fn material(self) -> Self {
        match self {
            Self::Intro | Self::Outro => Self::Verse,
            Self::Verse | Self::Chorus | Self::Bridge => self,
        }
    }

    /// How much louder than the verse.
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

/// A section in its place. Sections of one kind have one length throughout a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: SectionKind,
    /// First measure.
    pub(super) start: u32,
    pub(super) measures: u32,
    /// 0 the first time this kind is heard.
    pub(super) occurrence: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) mood: Mood,
    /// Quarter notes per minute.
    pub(super) tempo: u32,
    pub(super) meter: Meter,
    pub(super) key: Key,
    /// Whether eighths are played long-short, in triplets.
    pub(super) swing: bool,
    /// How often in a hundred a chord carries its seventh.
    pub(super) sevenths: u32,
    pub(super) form: Vec<Section>,
}

/// Letters are sections (intro, verse, chorus, bridge, outro), numbers their measures: 32 to 64 in
/// all, whole multiples of the 16 that make one sample most of the time.
const FORMS: &[(u32, &[(char, u32)])] = &[
    (4, &[('v', 8), ('c', 8), ('v', 8), ('c', 8)]),
    (3, &[('v', 8), ('v', 8), ('c', 8), ('b', 8)]),
    (4, &[('i', 4), ('v', 8), ('c', 8), ('v', 8), ('o', 4)]),
    (3, &[('i', 4), ('v', 8), ('c', 8), ('v', 8), ('c', 8), ('o', 4)]),
    (4, &[('i', 4), ('v', 8), ('v', 8), ('c', 8), ('b', 8), ('c', 8), ('o', 4)]),
    (3, &[('i', 4), ('v', 8), ('c', 8), ('v', 8), ('c', 8), ('b', 8), ('c', 8)]),
    (3, &[('v', 16), ('c', 8), ('v', 16), ('c', 8)]),
    (2, &[('v', 16), ('c', 16), ('b', 8), ('c', 16), ('i', 8)]),
    (3, &[('i', 8), ('v', 8), ('c', 8), ('v', 8), ('c', 8), ('b', 8), ('v', 8), ('o', 8)]),
    (2, &[('i', 8), ('v', 16), ('c', 16), ('v', 16), ('o', 8)]),
    (2, &[('v', 8), ('c', 8), ('b', 8), ('v', 8), ('c', 8), ('o', 8)]),
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
        let meter = rng.weighted(&mood.meters());
        let (slow, fast) = mood.tempi();
        let tempo = rng.between(slow, fast) as u32;
        let key = Key { tonic: rng.below(12) as u8, mode: rng.weighted(mood.modes()) };
        let swing = meter == Meter::FourFour && rng.chance(mood.swing());
        let sevenths = rng.weighted(&[(5, 0), (4, 15), (2, 55)]);
        let form = place(rng.weighted(FORMS));
        Self { mood, tempo, meter, key, swing, sevenths, form }
    }
}

fn place(letters: &[(char, u32)]) -> Vec<Section> {
    let mut form: Vec<Section> = Vec::with_capacity(letters.len());
    for &(letter, measures) in letters {
        let kind = match letter {
            'i' => SectionKind::Intro,
            'c' => SectionKind::Chorus,
            'b' => SectionKind::Bridge,
            'o' => SectionKind::Outro,
            _ => SectionKind::Verse,
        };
        let start = form.last().map_or(0, |last| last.start + last.measures);
        let occurrence = form.iter().filter(|earlier| earlier.kind == kind).count() as u32;
        form.push(Section { kind, start, measures, occurrence });
    }
    form
}
