//! The meters of a file.

use crate::music::roll::RollShape;
use crate::music::score::Score;
use crate::text::{Cell, Column, TextTable, count};
use serde_json::{Value as Json, json};

/// Steps of a measure, which decide whether one that is cut short counts.
const STEPS: u16 = RollShape::THESIS.steps() as u16;
/// Meters listed on the screen.
const MAX_LISTED: usize = 12;

/// Consecutive measures of one meter.
struct Meter {
    /// The first measure, from 1.
    measure: u64,
    tick: u64,
    signature: String,
    /// Number of measures; `None` for the last meter.
    measures: Option<u64>,
}

/// Returns the meters of a score in order.
fn meters(score: &Score) -> Vec<Meter> {
    let mut measure = 1_u64;
    let segments = score.meter();
    let meters = segments.iter().map(|segment| {
        let (first, measures) = (measure, segment.measures(STEPS));
        measure = measure.saturating_add(measures.unwrap_or(0));
        let signature = segment.signature.to_string();
        Meter { measure: first, tick: segment.start.0, signature, measures }
    });
    meters.collect()
}

pub(super) fn to_json(score: &Score) -> Json {
    let json = |meter: Meter| {
        let Meter { measure, tick, signature, measures } = meter;
        json!({ "measure": measure, "tick": tick, "time_signature": signature, "measures": measures })
    };
    meters(score).into_iter().map(json).collect()
}

/// Renders the meters; nothing if the only one is in the file's row.
pub(super) fn render(score: &Score, columns: usize) -> String {
    let meters = meters(score);
    if meters.len() < 2 {
        return String::new();
    }
    let mut table = TextTable::new(0, &[Column::Right, Column::Right, Column::Left, Column::Right]);
    table.rule = true;
    table.row(["measure", "tick", "meter", "measures"].map(Cell::from));
    for meter in meters.iter().take(MAX_LISTED) {
        let measures = meter.measures.map_or_else(|| "to the end".to_owned(), count);
        let cells = [count(meter.measure), count(meter.tick), meter.signature.clone(), measures];
        table.row(cells.map(Cell::from));
    }
    let mut text = table.render(columns);
    if meters.len() > MAX_LISTED {
        text += &format!("… {} more meters\n", count(meters.len() - MAX_LISTED));
    }
    text
}
