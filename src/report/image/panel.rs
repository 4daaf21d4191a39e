//! The area of one song on a canvas: positions of its cells, and the lines behind them.

use super::canvas::{Canvas, TEXT_HEIGHT, text_width};
use super::colour::{BEAT, LABEL, MEASURE, OCTAVE};
use crate::music::roll::RollShape;

/// Size at which a song is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Pixels per measure.
    pub(super) measure: usize,
    /// Pixels per semitone.
    pub(super) pitch: usize,
    /// Width and height of an onset in pixels.
    pub(super) block: (usize, usize),
    /// Width of measure lines in pixels: two in pictures that a page scales down, so that no line vanishes.
    pub(super) line: usize,
    /// Interval of numbered measures.
    pub(super) numbered: usize,
}

/// For a picture of one song.
pub(super) const LARGE: Scale =
    Scale { measure: 96, pitch: 4, block: (6, 4), line: 2, numbered: 1 };
/// For a picture of several songs.
pub(super) const SMALL: Scale =
    Scale { measure: 48, pitch: 2, block: (3, 2), line: 1, numbered: 4 };

/// Width of a melody frame around its block in pixels.
const FRAME: usize = 2;

const LEFT: usize = 34;
const TOP: usize = 18;
const RIGHT: usize = 10;
const BOTTOM: usize = 8;

/// The area of a song on a canvas.
pub(super) struct Panel {
    shape: RollShape,
    scale: Scale,
    left: usize,
    top: usize,
    /// Measures before the first one, for the numbers.
    before: usize,
}

impl Panel {
    /// Creates a panel in the upper left corner of a canvas.
    pub(super) fn new(shape: RollShape, scale: Scale) -> Self {
        Self { shape, scale, left: LEFT, top: TOP, before: 0 }
    }

    /// Numbers the measures from `before + 1` on.
    pub(super) fn after(self, before: usize) -> Self {
        Self { before, ..self }
    }

    /// Moves the panel.
    pub(super) fn at(self, x: usize, y: usize) -> Self {
        Self { left: LEFT + x, top: TOP + y, ..self }
    }

    /// Returns the size of the roll in pixels, without margins.
    fn roll(&self) -> (usize, usize) {
        (self.shape.measures() * self.scale.measure, self.shape.pitches() * self.scale.pitch)
    }

    /// Returns width and height in pixels, including margins.
    pub(super) fn size(&self) -> (usize, usize) {
        let (width, height) = self.roll();
        (LEFT + width + RIGHT, TOP + height + BOTTOM)
    }

    /// Returns the left and right end of the roll as fractions of the picture's width.
    pub(super) fn roll_extent(&self) -> [f64; 2] {
        let (whole, roll) = (self.size().0 as f64, self.roll().0 as f64);
        [LEFT as f64 / whole, (LEFT as f64 + roll) / whole]
    }

    /// Returns the left and top pixel of a cell, given its index in the song.
    pub(super) fn corner(&self, index: usize) -> (usize, usize) {
        let measure = index / self.shape.cells_per_measure();
        let cell = (index % self.shape.cells_per_measure()) as u16;
        let offset = self.shape.step(cell) * self.scale.measure / self.shape.steps();
        let above = self.shape.pitches() - 1 - self.shape.row(cell);
        (self.left + measure * self.scale.measure + offset, self.top + above * self.scale.pitch)
    }

    /// Creates a canvas of the panel's size, with its lines.
    pub(super) fn canvas(&self) -> Canvas {
        let (width, height) = self.size();
        let mut canvas = Canvas::new(width, height);
        self.lines(&mut canvas);
        canvas
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
                    let number = (self.before + measure + 1).to_string();
                    canvas.text(x, self.top - TEXT_HEIGHT - 4, &number, LABEL);
                }
            }
            let line = self.scale.line;
            canvas.fill(x + 1 - line, self.top, line, height, MEASURE);
        }
    }

    /// Draws onsets, given as ascending cell indices with their colours. A block ends before the next one of its
    /// pitch, so that quick repetitions stay distinct.
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

    /// Draws frames around blocks, given as cell indices. Must be called before [`Panel::blocks`], so that no block is
    /// hidden.
    pub(super) fn frames(&self, canvas: &mut Canvas, onsets: &[usize], colour: u8) {
        let (wide, high) = (self.scale.block.0 + 2 * FRAME, self.scale.block.1 + 2 * FRAME);
        for &index in onsets {
            let (x, y) = self.corner(index);
            canvas.fill(x.saturating_sub(FRAME), y - FRAME, wide, high, colour);
        }
    }
}
