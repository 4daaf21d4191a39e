//! A rectangle of palette indices that becomes a PNG.

use super::colour::{BACKGROUND, Surface, palette};
use super::font::{ADVANCE, HEIGHT, glyph};

/// Pixels per dot of the font.
const DOT: usize = 2;

/// Height of text in pixels.
pub(super) const TEXT_HEIGHT: usize = HEIGHT * DOT;

/// Pixels, row by row from the top left.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// Creates an empty canvas; both sides are at least 1.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![BACKGROUND; width * height] }
    }

    /// Fills a rectangle; parts outside the canvas are cut off.
    pub(super) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: u8) {
        let (from, to) = (x.min(self.width), (x + width).min(self.width));
        for y in y..(y + height).min(self.height) {
            self.pixels[y * self.width + from..y * self.width + to].fill(colour);
        }
    }

    /// Writes characters that [`glyph`] has, with the upper left corner at `left`, `top`.
    pub(super) fn text(&mut self, left: usize, top: usize, text: &str, colour: u8) {
        for (place, character) in text.chars().enumerate() {
            for (row, bits) in glyph(character).into_iter().enumerate() {
                for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                    let x = left + (place * ADVANCE + column) * DOT;
                    self.fill(x, top + row * DOT, DOT, DOT, colour);
                }
            }
        }
    }

    /// Encodes the canvas as PNG.
    pub(super) fn encode(&self, surface: Surface) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        let (colours, opacities) = palette(surface);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(colours);
        if surface == Surface::Clear {
            encoder.set_trns(opacities);
        }
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Returns the width of a text in pixels.
pub(super) fn text_width(text: &str) -> usize {
    (text.len() * ADVANCE).saturating_sub(1) * DOT
}
