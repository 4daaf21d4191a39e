//! A second voice beside the melody: held guide tones, thirds below it, or an answer in its rests.

use super::harmony::Harmony;
use super::meter::QUARTER;
use super::notes::MelodyNote;
use super::rng::Rng;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Guide,
    Thirds,
    Echo,
}

pub(super) fn voice(
    rng: &mut Rng,
    harmony: &Harmony<'_>,
    tune: &[MelodyNote],
    centre: i32,
) -> Vec<MelodyNote> {
    use Manner::{Echo, Guide, Thirds};
    match rng.weighted(&[(4, Guide), (3, Thirds), (4, Echo)]) {
        Guide => guide(harmony, centre),
        Thirds => thirds(harmony, tune),
        Echo => echo(rng, harmony, tune, centre),
    }
}

/// Moves from chord to chord to the nearest tone, and to another one halfway through long chords.
fn guide(harmony: &Harmony<'_>, centre: i32) -> Vec<MelodyNote> {
    let beat = harmony.plan.meter.beat();
    let mut line: Vec<MelodyNote> = Vec::new();
    for span in &harmony.spans {
        let before = line.last().map_or(centre, |last| last.step);
        let lean = centre - before;
        let step = span.chord.nearest(before + lean.signum(), lean);
        let length = span.end - span.start;
        let turn = if length >= 3 * beat { beat * (length / beat / 2) } else { length };
        line.push(MelodyNote { at: span.start, length: turn, step });
        if turn < length {
            let on = span.chord.nearest(step + 2, 1);
            line.push(MelodyNote { at: span.start + turn, length: length - turn, step: on });
        }
    }
    line
}

/// Plays two steps below each note that is not short, or a tone of the chord below a long note.
fn thirds(harmony: &Harmony<'_>, tune: &[MelodyNote]) -> Vec<MelodyNote> {
    let below = |tone: &MelodyNote| {
        let rests = tone.length >= 480;
        let step = tone.step - 2;
        let chord = harmony.at(tone.at);
        MelodyNote { step: if rests { chord.nearest(step, -1) } else { step }, ..*tone }
    };
    tune.iter().filter(|tone| tone.length >= 240).map(below).collect()
}

/// Plays the chord in eighths where the melody holds or rests.
fn echo(rng: &mut Rng, harmony: &Harmony<'_>, tune: &[MelodyNote], centre: i32) -> Vec<MelodyNote> {
    let eighth = QUARTER / 2;
    let direction = rng.pick(&[2, -2]);
    let mut line = Vec::new();
    for (index, tone) in tune.iter().enumerate() {
        let next = tune.get(index + 1).map_or(harmony.end(), |next| next.at);
        let from = (tone.at + 1).next_multiple_of(harmony.plan.meter.beat());
        if next < from + 4 * eighth {
            continue;
        }
        let mut step = harmony.at(from).nearest(centre - direction, direction);
        for index in 0..((next - from) / eighth).min(4) {
            let at = from + index * eighth;
            step = harmony.at(at).nearest(step, direction);
            line.push(MelodyNote { at, length: eighth, step });
            step += direction;
        }
    }
    line
}
