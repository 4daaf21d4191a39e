//! Where the cells of one song lie on a canvas, and the lines behind them.

use super::canvas::{Canvas, TEXT_HEIGHT, text_width};
use super::colour::{BEAT, LABEL, MEASURE, OCTAVE};
use crate::music::roll::RollShape;

/// How large a song is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Pixels of a measure.
    pub(super) measure: usize,
    /// Pixels of a semitone.
    pub(super) pitch: usize,
    /// Pixels of an onset: width, height.
    pub(super) block: (usize, usize),
    /// Pixels of a measure's line: two where a page shows the picture smaller, or some lines would vanish.
    pub(super) line: usize,
    /// Which measures are numbered: each, each fourth, ...
    pub(super) numbered: usize,
}

/// A song by itself.
pub(super) const LARGE: Scale =
    Scale { measure: 96, pitch: 4, block: (6, 4), line: 2, numbered: 1 };
/// One of many.
pub(super) const SMALL: Scale =
    Scale { measure: 48, pitch: 2, block: (3, 2), line: 1, numbered: 4 };

/// Pixels that a frame reaches beyond its block.
const FRAME: usize = 2;

const LEFT: usize = 34;
const TOP: usize = 18;
const RIGHT: usize = 10;
const BOTTOM: usize = 8;

/// A song's place on a canvas. `left` and `top` are the corner of its margins.
pub(super) struct Panel {
    shape: RollShape,
    scale: Scale,
    left: usize,
    top: usize,
}

impl Panel {
    /// A song in the corner of a canvas.
    pub(super) fn new(shape: RollShape, scale: Scale) -> Self {
        Self { shape, scale, left: LEFT, top: TOP }
    }

    /// The same, moved.
    pub(super) fn at(self, x: usize, y: usize) -> Self {
        Self { left: LEFT + x, top: TOP + y, ..self }
    }

    /// Pixels of the roll, without margins.
    fn roll(&self) -> (usize, usize) {
        (self.shape.measures() * self.scale.measure, self.shape.pitches() * self.scale.pitch)
    }

    /// Pixels with margins: width, height.
    pub(super) fn size(&self) -> (usize, usize) {
        let (width, height) = self.roll();
        (LEFT + width + RIGHT, TOP + height + BOTTOM)
    }

    /// Where the roll begins and ends across the picture, as shares of its width.
    pub(super) fn roll_extent(&self) -> [f64; 2] {
        let (whole, roll) = (self.size().0 as f64, self.roll().0 as f64);
        [LEFT as f64 / whole, (LEFT as f64 + roll) / whole]
    }

    /// Left and top pixel of a cell that is numbered through the song.
    pub(super) fn corner(&self, index: usize) -> (usize, usize) {
        let measure = index / self.shape.cells_per_measure();
        let cell = (index % self.shape.cells_per_measure()) as u16;
        let offset = self.shape.step(cell) * self.scale.measure / self.shape.steps();
        let above = self.shape.pitches() - 1 - self.shape.row(cell);
        (self.left + measure * self.scale.measure + offset, self.top + above * self.scale.pitch)
    }

    /// Draws measure, beat and octave lines with their labels.
    pub(super) fn lines(&self, canvas: &mut Canvas) {
        let (width, height) = self.roll();
        for row in 0..self.shape.pitches() {
            let pitch = row + usize::from(self.shape.lowest_pitch());
            if !pitch.is_multiple_of(12) {
                continue;
            }
            let line = self.top + (self.shape.pitches() - row) * self.scale.pitch;
            canvas.fill(self.left, line, width, 1, OCTAVE);
            let name = if pitch < 12 { "C-1".to_owned() } else { format!("C{}", pitch / 12 - 1) };
            let text_left = (self.left - 6).saturating_sub(text_width(&name));
            let text_top = line.saturating_sub((TEXT_HEIGHT + self.scale.pitch) / 2);
            canvas.text(text_left, text_top, &name, LABEL);
        }
        for measure in 0..=self.shape.measures() {
            let x = self.left + measure * self.scale.measure;
            if measure < self.shape.measures() {
                for beat in 1..4 {
                    canvas.fill(x + beat * self.scale.measure / 4, self.top, 1, height, BEAT);
                }
                if measure % self.scale.numbered == 0 {
                    let number = (measure + 1).to_string();
                    canvas.text(x, self.top - TEXT_HEIGHT - 4, &number, LABEL);
                }
            }
            let line = self.scale.line;
            canvas.fill(x + 1 - line, self.top, line, height, MEASURE);
        }
    }

    /// Draws onsets, given in ascending order and numbered through the song, each with its colour.
    /// A block ends before the next of its pitch, so that quick repetitions stay apart.
    pub(super) fn blocks(&self, canvas: &mut Canvas, onsets: &[(usize, u8)]) {
        let end = self.left + self.roll().0 + 1;
        let mut next = vec![end; self.shape.pitches()];
        let (widest, height) = self.scale.block;
        for &(index, colour) in onsets.iter().rev() {
            let (x, y) = self.corner(index);
            let next = &mut next[index % self.shape.pitches()];
            let width = (*next - x).saturating_sub(1).clamp(1, widest);
            canvas.fill(x, y, width, height, colour);
            *next = x;
        }
    }

    /// Draws frames round blocks, given as for [`Panel::blocks`]; drawn before them, so that no block
    /// is hidden.
    pub(super) fn frames(&self, canvas: &mut Canvas, onsets: &[usize], colour: u8) {
        let (wide, high) = self.scale.block;
        for &index in onsets {
            let (x, y) = self.corner(index);
            canvas.fill(
                x.saturating_sub(FRAME),
                y - FRAME,
                wide + 2 * FRAME,
                high + 2 * FRAME,
                colour,
            );
        }
    }
}
