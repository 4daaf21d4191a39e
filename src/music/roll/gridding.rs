//! From a score to measures.

use super::{Grid, Measure};
use crate::music::meter::{MeterSegment, TimeSignature};
use crate::music::midi::Status;
use crate::music::note::Note;
use crate::music::score::Score;

/// Measures of one piece, from its first onset to its last. More is a broken time, not music.
pub const MOST_MEASURES: u64 = 4096;

/// What becomes of drums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Drums {
    /// They are left out: their pitches name instruments.
    #[default]
    Drop,
    /// They are taken for pitches.
    Keep,
}

/// Consecutive measures of one meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The meter.
    pub signature: TimeSignature,
    /// Measures before this segment, counted from the start of the file, silent ones too.
    pub first_measure: u64,
    /// Its measures, silent ones too; at least one.
    pub measures: Vec<Measure>,
}

/// A score on the grid. Silent measures before the first onset and after the last are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Gridded {
    /// At least one; the first starts with a sounding measure, the last ends with one.
    pub segments: Vec<Segment>,
    /// Silent measures left out before the first onset.
    pub leading_empty_measures: u64,
    /// Set cells, at least one.
    pub onsets: u64,
    /// Notes outside the pitch window, which were left out.
    pub outside_window: u64,
    /// Notes on the drum channels.
    pub drums: u64,
    /// Notes that fell into a cell with another one.
    pub merged: u64,
    /// The part of the notes on the grid, 0..=1, that had to be moved to the nearest step.
    pub off_grid_fraction: f64,
}

impl Gridded {
    /// Measures in all segments.
    pub fn measures(&self) -> u64 {
        self.segments.iter().map(|segment| segment.measures.len() as u64).sum()
    }
}

/// Why a score has no pianoroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ungriddable {
    /// It has no note.
    #[error("no note is struck")]
    NoNotes,
    /// It has drums alone, which are left out.
    #[error("nothing but {0} drum notes")]
    OnlyDrums(u64),
    /// No note is inside the pitch window.
    #[error("all {0} notes are outside the pitch window")]
    OutOfRange(u64),
    /// More than [`MOST_MEASURES`] measures.
    #[error("{0} measures: at most {MOST_MEASURES} are taken for music")]
    AbsurdLength(u64),
}

impl Ungriddable {
    /// What a catalog says of such a file.
    pub const fn status(self) -> Status {
        match self {
            Self::NoNotes | Self::OnlyDrums(_) => Status::NoNotes,
            Self::OutOfRange(_) => Status::OutOfRange,
            Self::AbsurdLength(_) => Status::AbsurdLength,
        }
    }
}

/// Puts a score on the grid. The step of an onset is the nearest one, halves up; an onset that
/// rounds up to the end of a measure belongs to the next one.
///
/// # Errors
/// No note is left, or there are more than [`MOST_MEASURES`] measures.
pub fn grid(score: &Score, grid: &Grid, drums: Drums) -> Result<Gridded, Ungriddable> {
    let mut counts = Counts::default();
    let mut rows = Rows::new(score);
    for onset in onsets(score, *grid, drums, &mut counts) {
        rows.push(onset)?;
    }
    if counts.kept == 0 {
        let notes = score.notes.len() as u64;
        return Err(match notes {
            0 => Ungriddable::NoNotes,
            _ if counts.outside_window == 0 => Ungriddable::OnlyDrums(notes),
            _ => Ungriddable::OutOfRange(counts.outside_window),
        });
    }
    let (segments, leading_empty_measures) = rows.finish();
    let set = segments.iter().flat_map(|segment| &segment.measures);
    let onsets = set.map(|measure| measure.len() as u64).sum();
    Ok(Gridded {
        segments,
        leading_empty_measures,
        onsets,
        outside_window: counts.outside_window,
        drums: counts.drums,
        merged: counts.kept - onsets,
        off_grid_fraction: counts.off_grid as f64 / counts.kept as f64,
    })
}

/// Every onset of a piece as one number, ascending, each once: `step * pitches + (pitch -
/// lowest_pitch)`, steps counted from the start of the file through all measures. Drums are left
/// out, silence stays. This is what other readers' pianorolls can be compared with, cell by cell. A
/// number beyond `u64` stays at its end.
pub fn onset_cells(score: &Score, grid: &Grid) -> Vec<u64> {
    let meter = score.meter();
    let first_measures = first_measures(&meter);
    let mut cells: Vec<u64> = onsets(score, *grid, Drums::Drop, &mut Counts::default())
        .map(|onset| {
            let measure = first_measures[onset.segment].saturating_add(onset.measure);
            let in_measures = measure.saturating_mul(grid.cells() as u64);
            in_measures.saturating_add(u64::from(onset.cell))
        })
        .collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// Measures before each segment, from the start of the file.
fn first_measures(meter: &[MeterSegment]) -> Vec<u64> {
    let mut before: u64 = 0;
    let mut first = Vec::with_capacity(meter.len());
    for segment in meter {
        first.push(before);
        before = before.saturating_add(segment.measures().unwrap_or(0));
    }
    first
}

#[derive(Default)]
struct Counts {
    kept: u64,
    outside_window: u64,
    drums: u64,
    off_grid: u64,
}

/// A note on the grid.
struct Onset {
    /// Index of the segment of constant meter.
    segment: usize,
    /// Measure of that segment.
    measure: u64,
    /// Cell of that measure.
    cell: u16,
}

/// All notes inside the window, on the grid, in order of (segment, measure).
fn onsets(
    score: &Score,
    grid: Grid,
    drums: Drums,
    counts: &mut Counts,
) -> impl Iterator<Item = Onset> {
    let meter = score.meter();
    let mut segment = 0;
    score.notes.iter().filter_map(move |note: &Note| {
        counts.drums += u64::from(note.drum);
        if note.drum && drums == Drums::Drop {
            return None;
        }
        let Some(row) = grid.row(note.pitch) else {
            counts.outside_window += 1;
            return None;
        };
        while meter[segment].end.is_some_and(|end| end <= note.onset) {
            segment += 1;
        }
        let here = &meter[segment];
        let tick = note.onset.0 - here.start.0;
        counts.kept += 1;
        counts.off_grid += u64::from(!here.measure.on_grid(tick, grid.steps()));
        let steps = u64::from(grid.steps());
        let step = here.measure.step(tick, grid.steps());
        let (measure, step) = (step / steps, step % steps);
        Some(match here.measures() {
            // Rounded up over the end of the segment: the first step of the next one.
            Some(measures) if measure >= measures => {
                Onset { segment: segment + 1, measure: 0, cell: u16::from(row) }
            }
            _ => Onset {
                segment,
                measure,
                // Below the grid's cells, and so below 65536.
                cell: (step * u64::from(grid.pitches()) + u64::from(row)) as u16,
            },
        })
    })
}

/// Collects onsets, which come in order of (segment, measure), into measures.
struct Rows {
    meter: Vec<MeterSegment>,
    segments: Vec<Segment>,
    first_measures: Vec<u64>,
    /// The measure that is being filled.
    at: Option<(usize, u64)>,
    cells: Vec<u16>,
    measures: u64,
    leading: u64,
}

impl Rows {
    fn new(score: &Score) -> Self {
        let meter = score.meter();
        Self {
            first_measures: first_measures(&meter),
            meter,
            segments: Vec::new(),
            at: None,
            cells: Vec::new(),
            measures: 0,
            leading: 0,
        }
    }

    fn push(&mut self, onset: Onset) -> Result<(), Ungriddable> {
        let here = (onset.segment, onset.measure);
        if self.at != Some(here) {
            match self.at {
                None => {
                    self.leading = self.first_measures[here.0].saturating_add(here.1);
                    self.start(here.0, here.1);
                }
                Some(before) => {
                    self.close();
                    self.fill(before, here)?;
                }
            }
            self.at = Some(here);
        }
        self.cells.push(onset.cell);
        Ok(())
    }

    /// Silent measures from the one after `from` up to the one before `to`.
    fn fill(&mut self, from: (usize, u64), to: (usize, u64)) -> Result<(), Ungriddable> {
        let ends = self.meter[from.0..to.0].iter().map(|segment| segment.measures().unwrap_or(0));
        let starts = [from.1 + 1].into_iter().chain(std::iter::repeat(0));
        let gaps = ends.chain([to.1]).zip(starts);
        let gaps: Vec<u64> = gaps.map(|(end, start)| end.saturating_sub(start)).collect();
        let silent = gaps.iter().fold(0, |sum: u64, &gap| sum.saturating_add(gap));
        self.measures = self.measures.saturating_add(silent);
        if self.measures >= MOST_MEASURES {
            return Err(Ungriddable::AbsurdLength(self.measures.saturating_add(1)));
        }
        for (index, &gap) in gaps.iter().enumerate() {
            if index > 0 {
                self.start(from.0 + index, 0);
            }
            self.silence(gap);
        }
        Ok(())
    }

    fn start(&mut self, segment: usize, measure: u64) {
        self.segments.push(Segment {
            signature: self.meter[segment].signature,
            first_measure: self.first_measures[segment].saturating_add(measure),
            measures: Vec::new(),
        });
    }

    fn silence(&mut self, measures: u64) {
        if let Some(segment) = self.segments.last_mut() {
            let length = segment.measures.len() + measures as usize;
            segment.measures.resize(length, Measure::default());
        }
    }

    fn close(&mut self) {
        let measure: Measure = self.cells.drain(..).collect();
        if let Some(segment) = self.segments.last_mut() {
            segment.measures.push(measure);
            self.measures += 1;
        }
    }

    fn finish(mut self) -> (Vec<Segment>, u64) {
        self.close();
        (self.segments, self.leading)
    }
}
