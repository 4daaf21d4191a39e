//! Drums: kick, snare and cymbals, a fill at the end of a section, a crash at its start.

use super::form::Plan;
use super::meter::Meter;
use super::notes::SectionNote;
use super::rng::Rng;

/// General MIDI percussion.
const KICK: i32 = 36;
const STICK: i32 = 37;
const SNARE: i32 = 38;
const CLOSED_HAT: i32 = 42;
const OPEN_HAT: i32 = 46;
const CRASH: i32 = 49;
const RIDE: i32 = 51;
const SHAKER: i32 = 70;
const TOMS: [i32; 4] = [50, 47, 45, 41];

/// The strokes of one measure.
pub(super) struct DrumPattern {
    /// Tick, pitch, and velocity to add to that of the part.
    strokes: Vec<(u32, i32, i32)>,
    crash: bool,
}

impl DrumPattern {
    /// Draws a pattern; `energy` is 0 (calm) to 4.
    pub(super) fn draw(rng: &mut Rng, plan: &Plan, energy: u32) -> Self {
        let mut strokes = Vec::new();
        let measure = plan.meter.measure();
        let eighths: Vec<u32> = (0..measure).step_by(240).collect();
        let four: &[u32] = if energy == 0 { &[960] } else { &[480, 1440] };
        let backbeat = plan.meter.choose(four, &[480, 960], &[720]);
        let snare = if energy <= 1 { rng.pick(&[STICK, SNARE, STICK]) } else { SNARE };
        strokes.extend(backbeat.iter().map(|&at| (at, snare, 4)));
        strokes.push((0, KICK, 6));
        let four_on_the_floor = plan.meter == Meter::FourFour && energy >= 2 && rng.chance(25);
        for &at in &eighths[1..] {
            let on_beat = at % plan.meter.beat() == 0;
            let often = if on_beat { 22 + 8 * energy } else { 8 + 6 * energy };
            let free = !backbeat.contains(&at);
            if (four_on_the_floor && on_beat) || (free && rng.chance(often)) {
                strokes.push((at, KICK, 0));
            }
        }
        let cymbal = rng.weighted(&[(6, CLOSED_HAT), (2, RIDE), (2, SHAKER)]);
        let unit = match energy {
            0 => plan.meter.beat(),
            1..=3 => 240,
            _ if plan.tempo < 140 && !plan.swing && rng.chance(50) => 120,
            _ => 240,
        };
        let lift = rng.chance(30);
        for at in (0..measure).step_by(unit as usize) {
            let opened = lift && cymbal == CLOSED_HAT && at + 240 == measure;
            let stress = if at % plan.meter.beat() == 0 { -8 } else { -18 };
            strokes.push((at, if opened { OPEN_HAT } else { cymbal }, stress));
        }
        Self { strokes, crash: energy >= 2 }
    }

    /// Plays a section; every eighth measure and the last end in a fill.
    pub(super) fn play(&self, rng: &mut Rng, plan: &Plan, measures: u32) -> Vec<SectionNote> {
        let measure = plan.meter.measure();
        let mut notes = Vec::new();
        let mut add = |at: u32, pitch: i32, stress: i32| {
            notes.push(SectionNote { at, length: 120, pitch, stress });
        };
        if self.crash {
            add(0, CRASH, 4);
        }
        for index in 0..measures {
            let start = index * measure;
            let fills = (index + 1) % 8 == 0 || index + 1 == measures;
            let until = if fills { measure - plan.meter.beat() } else { measure };
            for &(at, pitch, stress) in self.strokes.iter().filter(|stroke| stroke.0 < until) {
                add(start + at, pitch, stress);
            }
            if fills {
                let unit = if plan.swing { 240 } else { rng.pick(&[120, 240, 120]) };
                for (count, at) in (until..measure).step_by(unit as usize).enumerate() {
                    let pitch = if rng.chance(35) { SNARE } else { TOMS[count.min(3)] };
                    add(start + at, pitch, count as i32 * 2);
                }
            }
        }
        notes
    }
}
