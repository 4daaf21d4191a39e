//! Assigns notes to hands.
//!
//! The pitches of each attack are split at one point, the lower ones for the left hand. Dynamic programming finds the
//! splits with the lowest total cost: a hand should span at most an octave and a third, stay near its last
//! position, and stay on its side of middle C. A single note thus goes to the nearer hand, and a melody stays in
//! one hand.

use crate::music::roll::RollShape;

/// Largest span of a hand in semitones: a tenth.
const SPAN: f64 = 16.0;
/// Middle C, between the two staves.
const MIDDLE: f64 = 60.0;

/// The notes that start at one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attack {
    /// Step in the measure.
    pub(super) step: usize,
    /// MIDI pitches of the right and the left hand, ascending.
    pub(super) hands: [Vec<u8>; 2],
}

impl Attack {
    pub(super) fn pitches(&self) -> impl Iterator<Item = u8> + '_ {
        self.hands.iter().flatten().copied()
    }
}

/// The cheapest way to reach a split of an attack.
struct HandState {
    /// Total cost so far.
    cost: f64,
    /// Split of the previous attack.
    before: usize,
    /// Positions of the right and the left hand, as mean pitches.
    places: [f64; 2],
}

/// Returns the attacks of each measure, split between the hands.
pub(super) fn split(song: &[Vec<u16>], shape: &RollShape) -> Vec<Vec<Attack>> {
    let mut attacks: Vec<(usize, usize, Vec<u8>)> = Vec::new();
    for (measure, cells) in song.iter().enumerate() {
        for &cell in cells {
            let (step, pitch) = (shape.step(cell), shape.pitch(cell));
            let Some(pitch) = u8::try_from(pitch).ok().filter(|pitch| *pitch < 128) else {
                continue;
            };
            match attacks.last_mut() {
                Some((m, s, pitches)) if (*m, *s) == (measure, step) => pitches.push(pitch),
                _ => attacks.push((measure, step, vec![pitch])),
            }
        }
    }
    let lows = splits(&attacks);
    let mut measures = vec![Vec::new(); song.len()];
    for ((measure, step, pitches), low) in attacks.into_iter().zip(lows) {
        let (left, right) = pitches.split_at(low);
        measures[measure].push(Attack { step, hands: [right.to_vec(), left.to_vec()] });
    }
    measures
}

/// Returns for each attack the number of its lowest pitches that the left hand plays.
fn splits(attacks: &[(usize, usize, Vec<u8>)]) -> Vec<usize> {
    let mut table: Vec<Vec<HandState>> = Vec::new();
    for (_, _, pitches) in attacks {
        let start = [HandState { cost: 0.0, before: 0, places: [MIDDLE + 7.0, MIDDLE - 12.0] }];
        let previous = table.last().map_or(&start[..], Vec::as_slice);
        let state = |low: usize| {
            let (left, right) = pitches.split_at(low);
            let reached = previous.iter().enumerate().map(|(before, last)| {
                let (right_cost, right_place) = hand(right, last.places[0], 1.0);
                let (left_cost, left_place) = hand(left, last.places[1], -1.0);
                let cost = last.cost + right_cost + left_cost;
                HandState { cost, before, places: [right_place, left_place] }
            });
            reached.min_by(|a, b| a.cost.total_cmp(&b.cost))
        };
        let states = (0..=pitches.len()).filter_map(state).collect();
        table.push(states);
    }
    let last = table.last().into_iter().flatten().enumerate();
    let mut low = last.min_by(|a, b| a.1.cost.total_cmp(&b.1.cost)).map_or(0, |(low, _)| low);
    let mut lows = vec![0; attacks.len()];
    for (at, states) in table.iter().enumerate().rev() {
        lows[at] = low;
        low = states[low].before;
    }
    lows
}

/// Returns the cost for a hand at `place` to play `pitches`, and its position afterwards. `side` is 1 for the right hand
/// and -1 for the left.
fn hand(pitches: &[u8], place: f64, side: f64) -> (f64, f64) {
    let (Some(&low), Some(&high)) = (pitches.first(), pitches.last()) else {
        return (0.0, place);
    };
    let (low, high) = (f64::from(low), f64::from(high));
    let excess = (high - low - SPAN).max(0.0);
    let centre = (low + high) / 2.0;
    let beyond = (side * (MIDDLE - centre)).max(0.0);
    (excess * 4.0 + (centre - place).abs() + beyond, centre)
}
