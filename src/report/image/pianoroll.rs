//! Draws songs as pianorolls.

use super::ImageError;
use super::canvas::Canvas;
use super::colour::{ADDED, HIT, MELODY, MISSED, Surface, note};
use super::panel::{LARGE, Panel, SMALL};
use crate::music::roll::RollShape;
use std::collections::BTreeMap;

/// Pixels between the songs of a contact sheet.
const GAP: usize = 6;

/// Draws a song, 1580 x 410 pixels at the default shape, with the onsets of a melody framed in red. `melody` is a subset
/// of the song's onsets, or empty.
///
/// # Errors
/// Returns an error if the song, or a melody that is not empty, does not have this shape.
pub fn with_melody(
    song: &[Vec<u16>],
    melody: &[Vec<u16>],
    shape: &RollShape,
    surface: Surface,
) -> Result<Vec<u8>, ImageError> {
    if !melody.is_empty() {
        shape.check(melody)?;
    }
    let panel = Panel::new(*shape, LARGE);
    let mut canvas = panel.canvas();
    panel.frames(&mut canvas, &shape.indices(melody).collect::<Vec<_>>(), MELODY);
    panel.blocks(&mut canvas, &coloured(song, shape)?);
    Ok(canvas.encode(surface)?)
}

/// Returns the positions of the first and the last bar line in the picture of a song, as fractions of the picture's width.
pub fn roll_extent(shape: &RollShape) -> [f64; 2] {
    Panel::new(*shape, LARGE).roll_extent()
}

/// Draws a predicted song over the true one, in the size of [`with_melody`]: green for onsets of both, orange for added and
/// grey for missed ones.
///
/// # Errors
/// Returns an error if one of the songs does not have this shape.
pub fn comparison(
    predicted: &[Vec<u16>],
    truth: &[Vec<u16>],
    shape: &RollShape,
    surface: Surface,
) -> Result<Vec<u8>, ImageError> {
    shape.check(predicted)?;
    shape.check(truth)?;
    let mut onsets: BTreeMap<usize, u8> = shape.indices(truth).map(|at| (at, MISSED)).collect();
    for index in shape.indices(predicted) {
        onsets.entry(index).and_modify(|colour| *colour = HIT).or_insert(ADDED);
    }
    let panel = Panel::new(*shape, LARGE);
    let mut canvas = panel.canvas();
    panel.blocks(&mut canvas, &onsets.into_iter().collect::<Vec<_>>());
    Ok(canvas.encode(surface)?)
}

/// Draws several songs at half the size, row by row with `columns` (at least 1) songs each.
///
/// # Errors
/// Returns an error if one of the songs does not have this shape.
pub fn contact_sheet(
    songs: &[Vec<Vec<u16>>],
    columns: usize,
    shape: &RollShape,
    surface: Surface,
) -> Result<Vec<u8>, ImageError> {
    let columns = columns.clamp(1, songs.len().max(1));
    let rows = songs.len().div_ceil(columns).max(1);
    let (width, height) = Panel::new(*shape, SMALL).size();
    let (across, down) = (width + GAP, height + GAP);
    let mut canvas = Canvas::new(columns * across - GAP, rows * down - GAP);
    for (at, song) in songs.iter().enumerate() {
        let panel = Panel::new(*shape, SMALL).at(at % columns * across, at / columns * down);
        panel.lines(&mut canvas);
        panel.blocks(&mut canvas, &coloured(song, shape)?);
    }
    Ok(canvas.encode(surface)?)
}

/// Draws a piece of any length, as many measures per row as `shape` has, the rows in the size of [`with_melody`]. The first
/// measure is number `before + 1`.
///
/// # Errors
/// Returns an error if a measure has cells outside `shape`.
pub fn score_sheet(
    piece: &[Vec<u16>],
    before: usize,
    shape: &RollShape,
    surface: Surface,
) -> Result<Vec<u8>, ImageError> {
    let (width, height) = Panel::new(*shape, LARGE).size();
    let (per_row, down) = (shape.measures(), height + GAP);
    let rows = piece.len().div_ceil(per_row).max(1);
    let mut canvas = Canvas::new(width, rows * down - GAP);
    for (row, measures) in piece.chunks(per_row).enumerate() {
        let shape = shape.with_measures(measures.len())?;
        let panel = Panel::new(shape, LARGE).at(0, row * down).after(before + row * per_row);
        panel.lines(&mut canvas);
        panel.blocks(&mut canvas, &coloured(measures, &shape)?);
    }
    Ok(canvas.encode(surface)?)
}

/// Returns the onsets of a song with the colours of their pitch classes.
fn coloured(song: &[Vec<u16>], shape: &RollShape) -> Result<Vec<(usize, u8)>, ImageError> {
    shape.check(song)?;
    let pitch = |index: usize| shape.pitch((index % shape.cells_per_measure()) as u16);
    Ok(shape.indices(song).map(|index| (index, note(pitch(index)))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::colour::pitch_class_colour;
    use super::*;
    use crate::music::roll::CellsError;

    fn pianoroll(song: &[Vec<u16>], shape: &RollShape, on: Surface) -> Result<Vec<u8>, ImageError> {
        with_melody(song, &[], shape, on)
    }

    /// Returns width, height, and red, green, blue, opacity of each pixel.
    fn decode(file: &[u8]) -> (usize, usize, Vec<[u8; 4]>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let pixels = pixels.chunks(4).map(|pixel| pixel.try_into().unwrap()).collect();
        (info.width as usize, info.height as usize, pixels)
    }

    fn song(notes: &[(usize, usize, usize)]) -> Vec<Vec<u16>> {
        let shape = RollShape::THESIS;
        let mut song = vec![Vec::new(); 16];
        for &(measure, step, pitch) in notes {
            song[measure].push(shape.cell(step, pitch - 16));
        }
        song
    }

    fn opaque(pitch: usize) -> [u8; 4] {
        let [r, g, b] = pitch_class_colour(pitch);
        [r, g, b, 255]
    }

    #[test]
    fn onset_is_a_coloured_block_at_its_step_and_pitch() {
        let shape = RollShape::THESIS;
        let song = song(&[(2, 12, 61), (2, 15, 61)]);
        let file = pianoroll(&song, &shape, Surface::Clear).unwrap();
        let (width, height, pixels) = decode(&file);
        assert_eq!((width, height), (34 + 1536 + 10, 18 + 384 + 8));
        let (x, y) = (34 + 2 * 96 + 12, 18 + (111 - 61) * 4);
        let row = |y: usize| (x - 1..x + 10).map(|x| pixels[y * width + x] == opaque(61)).collect();
        let expected = [false, true, true, false, true, true, true, true, true, true, false];
        for line in y..y + 4 {
            let found: Vec<bool> = row(line);
            assert_eq!(found, expected);
        }
        assert_eq!((row(y - 1), row(y + 4)), (vec![false; 11], vec![false; 11]));
    }

    #[test]
    fn paper_is_opaque_and_a_clear_surface_is_transparent() {
        let shape = RollShape::THESIS;
        let (_, _, paper) = decode(&pianoroll(&song(&[]), &shape, Surface::Paper).unwrap());
        let (_, _, clear) = decode(&pianoroll(&song(&[]), &shape, Surface::Clear).unwrap());
        assert!(paper.iter().all(|pixel| pixel[3] == 255));
        assert_eq!((paper[0], clear[0][3]), ([253, 252, 250, 255], 0));
    }

    #[test]
    fn equal_songs_give_equal_bytes_and_small_files() {
        let notes: Vec<_> =
            (0..16).flat_map(|m| (0..32).map(move |n| (m, 3 * n, 40 + n))).collect();
        let draw = || pianoroll(&song(&notes), &RollShape::THESIS, Surface::Paper).unwrap();
        assert_eq!(draw(), draw());
        assert!(draw().len() < 20_000, "{}", draw().len());
    }

    #[test]
    fn only_the_melody_is_framed_and_no_note_is_hidden() {
        let shape = RollShape::THESIS;
        let (all, melody) = (song(&[(0, 12, 60), (0, 40, 60), (0, 44, 61)]), song(&[(0, 40, 60)]));
        let draw = |melody: &[Vec<u16>]| {
            decode(&with_melody(&all, melody, &shape, Surface::Clear).unwrap())
        };
        let (width, _, pixels) = draw(&melody);
        let at = |step: usize, pitch: usize, down: usize| {
            pixels[(18 + (111 - pitch) * 4 + down) * width + 34 + step]
        };
        let red = [222, 30, 44, 255];
        assert_eq!((at(38, 60, 0), at(40, 60, 4), at(39, 60, 1)), (red, red, red));
        assert_eq!(
            [at(40, 60, 0), at(44, 61, 2), at(12, 60, 0)],
            [opaque(60), opaque(61), opaque(60)]
        );
        assert!(at(11, 60, 0) != red && at(12, 60, 4) != red);
        assert_eq!(draw(&[]), decode(&pianoroll(&all, &shape, Surface::Clear).unwrap()));
    }

    #[test]
    fn roll_extent_is_where_the_measures_begin_and_end() {
        let [from, to] = roll_extent(&RollShape::THESIS);
        assert_eq!([from * 1580.0, to * 1580.0], [34.0, 34.0 + 1536.0]);
    }

    #[test]
    fn comparison_distinguishes_found_added_and_missed_onsets() {
        let (truth, predicted) =
            (song(&[(0, 0, 60), (0, 48, 60)]), song(&[(0, 0, 60), (1, 0, 60)]));
        let file = comparison(&predicted, &truth, &RollShape::THESIS, Surface::Clear).unwrap();
        let (width, _, pixels) = decode(&file);
        let at = |step: usize| pixels[(18 + 51 * 4) * width + 34 + step];
        assert_eq!(at(0), [46, 158, 122, 255]);
        assert_eq!(at(48), [128, 132, 140, 130]);
        assert_eq!(at(96), [222, 128, 46, 255]);
    }

    #[test]
    fn contact_sheet_holds_its_songs_row_by_row() {
        let songs = vec![song(&[]), song(&[]), song(&[(0, 0, 111)])];
        let file = contact_sheet(&songs, 2, &RollShape::THESIS, Surface::Clear).unwrap();
        let (width, height, pixels) = decode(&file);
        let (one, tall) = (34 + 768 + 10, 18 + 192 + 8);
        assert_eq!((width, height), (2 * one + 6, 2 * tall + 6));
        assert_eq!(pixels[(tall + 6 + 18) * width + 34], opaque(111));
        let (width, _, _) =
            decode(&contact_sheet(&[], 2, &RollShape::THESIS, Surface::Clear).unwrap());
        assert_eq!(width, one);
    }

    #[test]
    fn piece_of_any_length_continues_in_the_next_row() {
        let shape = RollShape::THESIS;
        let mut piece = song(&[(0, 0, 60)]);
        piece.push(vec![shape.cell(48, 100 - 16)]);
        let (width, height, pixels) =
            decode(&score_sheet(&piece, 4, &shape, Surface::Clear).unwrap());
        let one = 18 + 384 + 8;
        assert_eq!((width, height), (34 + 1536 + 10, 2 * one + 6));
        let at = |row: usize, step: usize, pitch: usize| {
            pixels[(row * (one + 6) + 18 + (111 - pitch) * 4) * width + 34 + step]
        };
        assert_eq!((at(0, 0, 60), at(1, 48, 100)), (opaque(60), opaque(100)));
        // Nothing is drawn after the last measure, not even the lines of octaves.
        let last = &pixels[(one + 6 + 18) * width..];
        let beyond = last.chunks(width).flat_map(|line| &line[34 + 96 + 2..]);
        assert!(beyond.into_iter().all(|pixel| pixel[3] == 0));
        assert!(score_sheet(&[vec![u16::MAX]], 0, &shape, Surface::Clear).is_err());
    }

    #[test]
    fn song_of_another_shape_is_rejected() {
        let refused = pianoroll(&[], &RollShape::THESIS, Surface::Paper);
        let expected = CellsError::Measures { found: 0, expected: 16 };
        assert!(matches!(refused, Err(ImageError::Shape(error)) if error == expected));
    }
}
