//! Draws the probabilities of a song.

use super::ImageError;
use super::colour::{BACKGROUND, Surface, level};
use super::panel::{LARGE, Panel};
use crate::music::roll::RollShape;

/// Draws the probability of an onset in each cell, from transparent over blue to red at 1, on a square-root scale that
/// is the same in every picture. Size, lines and blocks are those of [`pianoroll`](super::pianoroll()); where blocks
/// overlap, the more probable one is visible.
///
/// # Errors
/// Returns an error if the number of probabilities is not [`RollShape::cells`].
pub fn heatmap(
    probabilities: &[f32],
    shape: &RollShape,
    surface: Surface,
) -> Result<Vec<u8>, ImageError> {
    if probabilities.len() != shape.cells() {
        let (found, expected) = (probabilities.len(), shape.cells());
        return Err(ImageError::Probabilities { found, expected });
    }
    let panel = Panel::new(*shape, LARGE);
    let mut canvas = panel.canvas();
    let (wide, high) = LARGE.block;
    for (index, &probability) in probabilities.iter().enumerate() {
        let colour = level(probability);
        if colour == BACKGROUND {
            continue;
        }
        let (x, y) = panel.corner(index);
        (y..y + high).for_each(|y| (x..x + wide).for_each(|x| canvas.raise(x, y, colour)));
    }
    Ok(canvas.encode(surface)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a heatmap, and returns its width and palette indices.
    fn indices(probabilities: &[f32]) -> (usize, Vec<u8>) {
        let file = heatmap(probabilities, &RollShape::THESIS, Surface::Paper).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, pixels)
    }

    #[test]
    fn higher_probability_has_a_higher_level_and_is_not_hidden() {
        let shape = RollShape::THESIS;
        let mut probabilities = vec![0.0; shape.cells()];
        for (step, probability) in [(10, 1.0), (12, 0.25), (60, 0.04)] {
            probabilities[usize::from(shape.cell(step, 95))] = probability;
        }
        let (width, pixels) = indices(&probabilities);
        let at = |step: usize| pixels[18 * width + 34 + step];
        assert_eq!([at(9), at(10), at(15), at(16), at(60)], [0, 255, 255, 144, 77]);
    }

    #[test]
    fn too_few_probabilities_are_rejected() {
        let refused = heatmap(&[0.5], &RollShape::THESIS, Surface::Paper).unwrap_err();
        assert_eq!(refused.to_string(), "expected 147456 probabilities, found 1");
    }
}
