//! What each part plays in each section: who is silent, what a repeat varies, how a song closes.

use super::accompaniment::{self, Texture};
use super::bass::BassPattern;
use super::counter;
use super::drums::DrumPattern;
use super::form::{Plan, Section, SectionKind};
use super::harmony::{Span, chord_at, harmonize, phrases};
use super::instruments::{Band, Part};
use super::melody::{self, Character, MelodyNote, tune};
use super::rng::{Rng, RngStream};
use super::scale::{Key, Mode};

/// A note in a section's own time, not yet in an instrument's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SectionNote {
    pub(super) at: u32,
    pub(super) length: u32,
    pub(super) pitch: i32,
    /// How much louder than its part usually is.
    pub(super) weight: i32,
}

/// Everything that a section's writing depends on.
pub(super) struct SectionWriter<'a> {
    pub(super) seed: u64,
    pub(super) index: u32,
    pub(super) plan: &'a Plan,
    pub(super) band: &'a Band,
}

impl SectionWriter<'_> {
    fn rng(&self, stream: RngStream, kind: SectionKind) -> Rng {
        Rng::new(self.seed, self.index, stream, kind as u8)
    }

    /// The notes of all parts in one section, in the order of [`Part::ALL`].
    pub(super) fn section(&self, section: Section) -> [Vec<SectionNote>; 6] {
        let plan = self.plan;
        let material = section.kind.material();
        let rng = |stream| self.rng(stream, material);
        let phrases = phrases(&mut self.rng(RngStream::Phrases, section.kind), section.measures);
        let harmony =
            harmonize(&mut rng(RngStream::Harmony), plan, self.key(section.kind), &phrases);
        let energy = self.energy(section.kind);

        let character = self.character(section.kind);
        let song = tune(&mut rng(RngStream::Melody), plan, &harmony, &phrases, character);
        // Each repeat varies in its own way: the scope counts them.
        let scope = section.kind as u8 + 8 * section.occurrence as u8;
        let mut variation = Rng::new(self.seed, self.index, RngStream::Variation, scope);
        let song = if section.occurrence > 0 { melody::vary(&mut variation, &song) } else { song };
        let mut second = rng(RngStream::Counter);
        let centre = character.centre - 5;
        let second = counter::voice(&mut second, plan, &harmony, &song, centre);

        let low = 28 + rng(RngStream::Band).below(8) as i32;
        let mut chords = rng(RngStream::Accompaniment);
        let middle = 58 + chords.below(8) as i32;
        let texture = Texture::draw(&mut chords, plan, energy);
        let mut drums = rng(RngStream::Drums);
        let groove = DrumPattern::draw(&mut drums, plan, energy);
        let mut parts = [
            pitched(&song, &harmony),
            pitched(&second, &harmony),
            texture.play(plan, &harmony, middle),
            accompaniment::pad(&harmony, middle + 4),
            BassPattern::draw(&mut rng(RngStream::Bass), plan, energy).play(plan, &harmony, low),
            groove.play(&mut drums, plan, section.measures),
        ];
        for (notes, part) in parts.iter_mut().zip(Part::ALL) {
            if !self.plays(part, section) {
                notes.clear();
            }
        }
        if section.kind == SectionKind::Outro {
            write_final_measure(&mut parts, plan, &harmony, low);
        }
        parts
    }

    /// A bridge may leave the key: for the relative, the subdominant's, or the parallel one.
    fn key(&self, kind: SectionKind) -> Key {
        let home = self.plan.key;
        let mut rng = self.rng(RngStream::Plan, kind);
        if kind != SectionKind::Bridge || rng.chance(35) {
            return home;
        }
        let minor = home.mode.is_minor();
        let (other, relative) = if minor { (Mode::Major, 3) } else { (Mode::Minor, 9) };
        match rng.below(3) {
            0 => home.moved(relative, other),
            1 => home.moved(5, home.mode),
            _ => home.moved(0, other),
        }
    }

    fn energy(&self, kind: SectionKind) -> u32 {
        let energy = self.plan.mood.energy();
        match kind {
            SectionKind::Chorus => energy + 1,
            SectionKind::Bridge => energy.saturating_sub(1),
            SectionKind::Intro | SectionKind::Verse | SectionKind::Outro => energy,
        }
    }

    /// A chorus lies higher than its verse and is busier (or, now and then, broader).
    fn character(&self, kind: SectionKind) -> Character {
        let lead = self.band.player(Part::Lead);
        // The verse sits a third of the way up the instrument, around the staff.
        let home = (2 * lead.low + lead.high) / 3;
        let steps = (home.clamp(65, 74) - self.plan.key.base()) * 7 / 12;
        let energy = self.plan.mood.energy();
        let busy = energy.clamp(0, 2);
        let mut rng = self.rng(RngStream::Plan, kind.material());
        let busier = rng.weighted(&[(3, 1), (2, 0), (2, -1)]);
        match kind.material() {
            SectionKind::Chorus => Character {
                centre: steps + rng.between(2, 4),
                busy: busy.saturating_add_signed(busier).min(3),
            },
            SectionKind::Bridge => Character {
                centre: steps + rng.between(-2, 2),
                busy: busy.saturating_sub(rng.below(2)),
            },
            SectionKind::Intro | SectionKind::Verse | SectionKind::Outro => {
                Character { centre: steps, busy }
            }
        }
    }

    /// Who plays in a section: the same at each return, but that a second voice may join later.
    fn plays(&self, part: Part, section: Section) -> bool {
        use SectionKind::{Bridge, Chorus, Intro, Outro, Verse};
        let mood = self.plan.mood;
        let energy = mood.energy();
        let mut song = Rng::new(self.seed, self.index, RngStream::Band, 64 + part as u8);
        let in_song = song.below(100);
        let mut rng = Rng::new(
            self.seed,
            self.index,
            RngStream::Band,
            128 + 8 * part as u8 + section.kind as u8,
        );
        match (part, section.kind) {
            (Part::Lead, Intro) => rng.chance(35),
            (Part::Lead, _) => true,
            (Part::Counter, Chorus) => rng.chance(70),
            (Part::Counter, Verse) => section.occurrence > 0 && rng.chance(35),
            (Part::Counter, Bridge) => rng.chance(35),
            (Part::Counter, Intro | Outro) => false,
            // An intro may have nobody else.
            (Part::Accompaniment, Intro) => true,
            (Part::Accompaniment, Verse | Chorus | Bridge | Outro) => rng.chance(92),
            (Part::Pad, Chorus | Bridge) => rng.chance(55),
            (Part::Pad, Intro | Verse | Outro) => rng.chance(28),
            (Part::Bass, Intro) => rng.chance(70),
            (Part::Bass, Verse | Chorus | Bridge | Outro) => in_song < 96,
            // Frantic songs nearly always have drums, calm ones often not.
            (Part::Drums, Intro) => in_song < 40 + 18 * energy && rng.chance(50),
            (Part::Drums, _) => in_song < 40 + 18 * energy,
        }
    }
}

fn pitched(steps: &[MelodyNote], harmony: &[Span]) -> Vec<SectionNote> {
    let note = |tone: &MelodyNote| {
        let pitch = chord_at(harmony, tone.at).pitch(tone.step);
        SectionNote { at: tone.at, length: tone.length, pitch, weight: 0 }
    };
    steps.iter().map(note).collect()
}

/// The last measure of a song: whoever plays rests on the last chord.
fn write_final_measure(parts: &mut [Vec<SectionNote>; 6], plan: &Plan, harmony: &[Span], low: i32) {
    let Some(last) = harmony.last() else { return };
    let measure = plan.meter.measure();
    let at = last.end - measure;
    let tones = last.chord.tones();
    for (notes, part) in parts.iter_mut().zip(Part::ALL) {
        let played = !notes.is_empty();
        let before = notes.iter().rev().find(|note| note.at < at).map_or(72, |note| note.pitch);
        notes.retain(|note| note.at < at);
        let mut rest =
            |pitch: i32| notes.push(SectionNote { at, length: measure, pitch, weight: 0 });
        match part {
            _ if !played => {}
            Part::Lead => rest(before - 5 + (tones[0] - before + 5).rem_euclid(12)),
            Part::Counter => {}
            Part::Accompaniment | Part::Pad => {
                for tone in &tones[..3] {
                    rest(55 + (tone - 55).rem_euclid(12));
                }
            }
            Part::Bass => rest(low + (tones[0] - low).rem_euclid(12)),
            Part::Drums => {
                rest(36);
                rest(49);
            }
        }
    }
}
