//! Rhythm: a measure is filled with cells of one or two beats from a table, which depends on how busy it should be.

use super::form::Plan;
use super::meter::Meter;
use super::notes::Hit;
use super::rng::Rng;

/// Weights, and lengths in ticks, rests negative; the lengths of a row sum to one or two beats.
type Cells = &'static [(u32, &'static [i32])];

const CALM: Cells = &[
    (4, &[960]),
    (3, &[480, 480]),
    (3, &[720, 240]),
    (2, &[480]),
    (1, &[240, 240]),
    (1, &[-480, 480]),
    (1, &[480, 240, 240]),
];
const EASY: Cells = &[
    (4, &[480]),
    (4, &[240, 240]),
    (2, &[360, 120]),
    (4, &[720, 240]),
    (2, &[240, 480, 240]),
    (2, &[480, 240, 240]),
    (2, &[960]),
    (1, &[-240, 240]),
];
const LIVELY: Cells = &[
    (5, &[240, 240]),
    (3, &[480]),
    (3, &[360, 120]),
    (2, &[240, 120, 120]),
    (2, &[120, 120, 240]),
    (3, &[240, 480, 240]),
    (3, &[360, 360, 240]),
    (2, &[720, 120, 120]),
    (2, &[-240, 240]),
    (1, &[720, 240]),
];
const FRANTIC: Cells = &[
    (4, &[240, 240]),
    (3, &[120, 120, 120, 120]),
    (3, &[240, 120, 120]),
    (3, &[120, 120, 240]),
    (2, &[120, 240, 120]),
    (3, &[360, 360, 240]),
    (2, &[480]),
    (1, &[-120, 120, 120, 120]),
];
const TRIPLET: Cells = &[
    (3, &[160, 160, 160]),
    (2, &[320, 160]),
    (2, &[480]),
    (2, &[240, 240]),
    (2, &[320, 320, 320]),
    (1, &[960]),
];
const DOTTED_CALM: Cells = &[
    (4, &[720]),
    (3, &[480, 240]),
    (2, &[1440]),
    (2, &[1200, 240]),
    (1, &[240, 480]),
    (1, &[-240, 240, 240]),
];
const DOTTED: Cells = &[
    (4, &[480, 240]),
    (4, &[240, 240, 240]),
    (2, &[720]),
    (2, &[360, 120, 240]),
    (1, &[240, 480]),
    (1, &[240, 240, 120, 120]),
    (1, &[-240, 240, 240]),
];

/// Draws the rhythm of a measure; `busy` is 0 (calm) to 3 (frantic). With `downbeat`, it does not start with a rest.
pub(super) fn measure(
    rng: &mut Rng,
    plan: &Plan,
    busy: u32,
    triplets: bool,
    downbeat: bool,
) -> Vec<Hit> {
    let (meter, beat) = (plan.meter, plan.meter.beat());
    let cells = match (meter, busy) {
        (Meter::SixEight, 0) => DOTTED_CALM,
        (Meter::SixEight, _) => DOTTED,
        _ if triplets => TRIPLET,
        (_, 0) => CALM,
        (_, 1) => EASY,
        (_, 2) => LIVELY,
        _ => FRANTIC,
    };
    let mut hits = Vec::new();
    let mut now = 0;
    while now < meter.measure() {
        let cell = rng.weighted(cells);
        let length: u32 = cell.iter().map(|part| part.unsigned_abs()).sum();
        // A cell of two beats starts on the first or the third of four beats, anywhere in three.
        let placed = length <= beat || meter == Meter::ThreeFour || now % (2 * beat) == 0;
        let silent = downbeat && now == 0 && cell[0] < 0;
        if silent || !placed || now + length > meter.measure() {
            continue;
        }
        for &part in cell {
            let length = part.unsigned_abs();
            if part > 0 {
                hits.push(Hit { at: now, length });
            }
            now += length;
        }
    }
    hits
}
