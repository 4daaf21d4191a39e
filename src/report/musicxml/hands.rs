//! Which hand plays a note.
//!
//! Each attack's pitches are divided at one place, the lower ones to the left hand. The division that
//! costs least over the whole song is found by dynamic programming: a hand should span no more than an
//! octave and a third, stay where it was, and keep to its side of middle C; two hands should not leap at
//! once. An attack of one note thus goes to the hand that is near, and a melody stays in its hand.

use crate::music::roll::RollShape;

/// Semitones between a hand's thumb and little finger that still fit: a tenth.
const SPAN: f64 = 16.0;
/// Middle C, where the two staves meet.
const MIDDLE: f64 = 60.0;

/// What starts at one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attack {
    /// Step of the measure.
    pub(super) step: usize,
    /// MIDI pitches of the right and of the left hand, ascending.
    pub(super) hands: [Vec<u8>; 2],
}

impl Attack {
    pub(super) fn pitches(&self) -> impl Iterator<Item = u8> + '_ {
        self.hands.iter().flatten().copied()
    }
}

/// A way to play an attack: what it cost so far, how it was reached, and where both hands then are.
struct HandState {
    cost: f64,
    before: usize,
    places: [f64; 2],
}

/// The attacks of each measure, divided between the hands.
pub(super) fn split(song: &[Vec<u16>], shape: &RollShape) -> Vec<Vec<Attack>> {
    let mut struck: Vec<(usize, usize, Vec<u8>)> = Vec::new();
    for (measure, cells) in song.iter().enumerate() {
        for &cell in cells {
            let (step, pitch) = (shape.step(cell), shape.pitch(cell));
            let Some(pitch) = u8::try_from(pitch).ok().filter(|pitch| *pitch < 128) else {
                continue;
            };
            match struck.last_mut() {
                Some((m, s, pitches)) if (*m, *s) == (measure, step) => pitches.push(pitch),
                _ => struck.push((measure, step, vec![pitch])),
            }
        }
    }
    let lows = divisions(&struck);
    let mut measures = vec![Vec::new(); song.len()];
    for ((measure, step, pitches), low) in struck.into_iter().zip(lows) {
        let (left, right) = pitches.split_at(low);
        measures[measure].push(Attack { step, hands: [right.to_vec(), left.to_vec()] });
    }
    measures
}

/// For each attack, how many of its lowest pitches the left hand takes.
fn divisions(struck: &[(usize, usize, Vec<u8>)]) -> Vec<usize> {
    let mut table: Vec<Vec<HandState>> = Vec::new();
    for (_, _, pitches) in struck {
        let start = [HandState { cost: 0.0, before: 0, places: [MIDDLE + 7.0, MIDDLE - 12.0] }];
        let previous = table.last().map_or(&start[..], Vec::as_slice);
        let way = |low: usize| {
            let (left, right) = pitches.split_at(low);
            let reached = previous.iter().enumerate().map(|(before, way)| {
                let (right_cost, right_place) = hand(right, way.places[0], 1.0);
                let (left_cost, left_place) = hand(left, way.places[1], -1.0);
                let cost = way.cost + right_cost + left_cost;
                HandState { cost, before, places: [right_place, left_place] }
            });
            reached.min_by(|a, b| a.cost.total_cmp(&b.cost))
        };
        let ways = (0..=pitches.len()).filter_map(way).collect();
        table.push(ways);
    }
    let cheapest = |ways: &[HandState]| {
        let costs = ways.iter().enumerate().min_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
        costs.map_or(0, |(low, _)| low)
    };
    let mut low = table.last().map_or(0, |ways| cheapest(ways));
    let mut lows = vec![0; struck.len()];
    for (at, ways) in table.iter().enumerate().rev() {
        lows[at] = low;
        low = ways[low].before;
    }
    lows
}

/// What it costs a hand that is at `place` to strike `pitches`, and where it is afterwards. `side` is 1
/// for the right hand and -1 for the left.
fn hand(pitches: &[u8], place: f64, side: f64) -> (f64, f64) {
    let (Some(&low), Some(&high)) = (pitches.first(), pitches.last()) else {
        return (0.0, place);
    };
    let (low, high) = (f64::from(low), f64::from(high));
    let stretch = (high - low - SPAN).max(0.0);
    let centre = (low + high) / 2.0;
    let beyond = (side * (MIDDLE - centre)).max(0.0);
    (stretch * 4.0 + (centre - place).abs() + beyond, centre)
}
