//! The notes of all parts in a section: which parts play, how a repeat varies, how a song ends.

use super::accompaniment::{self, Texture};
use super::bass::BassPattern;
use super::counter;
use super::drums::DrumPattern;
use super::form::{Plan, Section, SectionKind};
use super::harmony::{Harmony, harmonize, phrases, pitch_class_from};
use super::instruments::{Band, Part};
use super::melody::{self, Character, tune};
use super::notes::{MelodyNote, SectionNote};
use super::rng::{Rng, RngStream};
use super::scale::{Key, Mode};

/// Writes sections of one song.
pub(super) struct SectionWriter<'a> {
    pub(super) seed: u64,
    pub(super) index: u32,
    pub(super) plan: &'a Plan,
    pub(super) band: &'a Band,
}

impl SectionWriter<'_> {
    fn rng(&self, stream: RngStream, scope: u8) -> Rng {
        Rng::new(self.seed, self.index, stream, scope)
    }

    /// Writes the notes of all parts in one section, in the order of [`Part::ALL`].
    pub(super) fn section(&self, section: Section) -> [Vec<SectionNote>; 6] {
        let plan = self.plan;
        let kind = section.kind as u8;
        let rng = |stream| self.rng(stream, section.kind.material() as u8);
        let phrases = phrases(&mut self.rng(RngStream::Phrases, kind), section.measures);
        let key = self.key(section.kind);
        let spans = harmonize(&mut rng(RngStream::Harmony), plan, key, &phrases);
        let harmony = Harmony { plan, phrases, spans };
        let energy = self.energy(section.kind);

        let character = self.character(section.kind);
        let tune = tune(&mut rng(RngStream::Melody), &harmony, character);
        // Each repeat varies differently: its number is part of the scope.
        let mut variation = self.rng(RngStream::Variation, kind + 8 * section.occurrence as u8);
        let tune = if section.occurrence > 0 { melody::vary(&mut variation, &tune) } else { tune };
        let centre = character.centre - 5;
        let second = counter::voice(&mut rng(RngStream::Counter), &harmony, &tune, centre);

        let low = 28 + rng(RngStream::Band).below(8) as i32;
        let mut chords = rng(RngStream::Accompaniment);
        let middle = 58 + chords.below(8) as i32;
        let texture = Texture::draw(&mut chords, plan, energy);
        let mut drums = rng(RngStream::Drums);
        let pattern = DrumPattern::draw(&mut drums, plan, energy);
        let mut parts = [
            pitched(&tune, &harmony),
            pitched(&second, &harmony),
            texture.play(&harmony, middle),
            accompaniment::pad(&harmony, middle + 4),
            BassPattern::draw(&mut rng(RngStream::Bass), plan, energy).play(&harmony, low),
            pattern.play(&mut drums, plan, section.measures),
        ];
        for (notes, part) in parts.iter_mut().zip(Part::ALL) {
            if !self.plays(part, section) {
                notes.clear();
            }
        }
        if section.kind == SectionKind::Outro {
            write_final_measure(&mut parts, &harmony, low);
        }
        parts
    }

    /// Draws the key: a bridge may be in the relative, the subdominant or the parallel key.
    fn key(&self, kind: SectionKind) -> Key {
        let home = self.plan.key;
        let mut rng = self.rng(RngStream::Plan, kind as u8);
        if kind != SectionKind::Bridge || rng.chance(35) {
            return home;
        }
        let minor = home.mode.is_minor();
        let (other, relative) = if minor { (Mode::Major, 3) } else { (Mode::Minor, 9) };
        match rng.below(3) {
            0 => home.transposed(relative, other),
            1 => home.transposed(5, home.mode),
            _ => home.transposed(0, other),
        }
    }

    fn energy(&self, kind: SectionKind) -> u32 {
        let energy = self.plan.mood.style().energy;
        match kind {
            SectionKind::Chorus => energy + 1,
            SectionKind::Bridge => energy.saturating_sub(1),
            SectionKind::Intro | SectionKind::Verse | SectionKind::Outro => energy,
        }
    }

    /// Draws the character of a melody: a chorus is higher than its verse and often busier.
    fn character(&self, kind: SectionKind) -> Character {
        let lead = self.band.instrument(Part::Lead);
        // The verse is a third of the way up the range, near the staff.
        let home = (2 * lead.low + lead.high) / 3;
        let steps = (home.clamp(65, 74) - self.plan.key.base()) * 7 / 12;
        let busy = self.plan.mood.style().energy.min(2);
        let mut rng = self.rng(RngStream::Plan, kind.material() as u8);
        let busier = rng.weighted(&[(3, 1), (2, 0), (2, -1)]);
        let (higher, busy) = match kind.material() {
            SectionKind::Chorus => (rng.between(2, 4), busy.saturating_add_signed(busier).min(3)),
            SectionKind::Bridge => (rng.between(-2, 2), busy.saturating_sub(rng.below(2))),
            SectionKind::Intro | SectionKind::Verse | SectionKind::Outro => (0, busy),
        };
        Character { centre: steps + higher, busy }
    }

    /// Draws whether a part plays in a section: the same in each repeat, except that the counter-melody may join later.
    fn plays(&self, part: Part, section: Section) -> bool {
        use SectionKind::{Bridge, Chorus, Intro, Outro, Verse};
        let energy = self.plan.mood.style().energy;
        let in_song = self.rng(RngStream::Band, 64 + part as u8).below(100);
        let mut rng = self.rng(RngStream::Band, 128 + 8 * part as u8 + section.kind as u8);
        match (part, section.kind) {
            (Part::Lead, Intro) => rng.chance(35),
            (Part::Lead, _) => true,
            (Part::Counter, Chorus) => rng.chance(70),
            (Part::Counter, Verse) => section.occurrence > 0 && rng.chance(35),
            (Part::Counter, Bridge) => rng.chance(35),
            (Part::Counter, Intro | Outro) => false,
            // An intro may have no other part.
            (Part::Accompaniment, Intro) => true,
            (Part::Accompaniment, Verse | Chorus | Bridge | Outro) => rng.chance(92),
            (Part::Pad, Chorus | Bridge) => rng.chance(55),
            (Part::Pad, Intro | Verse | Outro) => rng.chance(28),
            (Part::Bass, Intro) => rng.chance(70),
            (Part::Bass, Verse | Chorus | Bridge | Outro) => in_song < 96,
            // Frantic songs almost always have drums, calm ones often not.
            (Part::Drums, Intro) => in_song < 40 + 18 * energy && rng.chance(50),
            (Part::Drums, _) => in_song < 40 + 18 * energy,
        }
    }
}

fn pitched(steps: &[MelodyNote], harmony: &Harmony<'_>) -> Vec<SectionNote> {
    let note = |tone: &MelodyNote| {
        let pitch = harmony.at(tone.at).pitch(tone.step);
        SectionNote { at: tone.at, length: tone.length, pitch, stress: 0 }
    };
    steps.iter().map(note).collect()
}

/// Replaces the last measure of a song: each part that plays holds the last chord.
fn write_final_measure(parts: &mut [Vec<SectionNote>; 6], harmony: &Harmony<'_>, low: i32) {
    let Some(last) = harmony.spans.last() else { return };
    let measure = harmony.plan.meter.measure();
    let at = last.end - measure;
    let tones = last.chord.tones();
    for (notes, part) in parts.iter_mut().zip(Part::ALL) {
        let played = !notes.is_empty();
        let before = notes.iter().rev().find(|note| note.at < at).map_or(72, |note| note.pitch);
        notes.retain(|note| note.at < at);
        let mut rest =
            |pitch: i32| notes.push(SectionNote { at, length: measure, pitch, stress: 0 });
        match part {
            _ if !played => {}
            Part::Lead => rest(pitch_class_from(before - 5, tones[0])),
            Part::Counter => {}
            Part::Accompaniment | Part::Pad => {
                tones[..3].iter().for_each(|tone| rest(pitch_class_from(55, *tone)));
            }
            Part::Bass => rest(pitch_class_from(low, tones[0])),
            Part::Drums => [36, 49].into_iter().for_each(rest),
        }
    }
}
