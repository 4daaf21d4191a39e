//! `.npy` arrays, version 1.0, little-endian, C order: what `numpy.load` reads.

use crate::music::roll::{CellsError, RollShape};
use npyz::{AutoSerialize, WriteOptions, WriterBuilder};

/// An error while encoding or decoding an array.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// The song does not have the expected shape.
    #[error(transparent)]
    Shape(#[from] CellsError),
    /// The values do not fill the array.
    #[error("expected {rows} x {columns} values, found {found}")]
    Length {
        /// Number of values.
        found: usize,
        /// Rows of the array.
        rows: usize,
        /// Columns of the array.
        columns: usize,
    },
    /// The array has other dimensions than expected.
    #[error("expected an array of {expected}, found one of {found:?}")]
    Dimensions {
        /// Dimensions of the array.
        found: Vec<u64>,
        /// Expected dimensions.
        expected: String,
    },
    /// The array cannot be encoded or decoded.
    #[error("unreadable array: {0}")]
    Encode(#[from] std::io::Error),
}

/// Returns the bytes of a `.npy` file with the song as `uint8 [measures, steps, pitches]`, lowest pitch first: 1
/// where a note starts, otherwise 0.
///
/// # Errors
/// Returns an error if the song does not have this shape.
pub fn song(song: &[Vec<u16>], shape: &RollShape) -> Result<Vec<u8>, ArrayError> {
    shape.check(song)?;
    let mut cells = vec![0u8; shape.cells()];
    shape.indices(song).for_each(|index| cells[index] = 1);
    encode(&[shape.measures(), shape.steps(), shape.pitches()], &cells)
}

/// Decodes a song that [`song()`] encoded.
///
/// # Errors
/// Returns an error if the bytes are not such an array, or one of another shape.
pub fn read_song(bytes: &[u8], shape: &RollShape) -> Result<Vec<Vec<u16>>, ArrayError> {
    let file = npyz::NpyFile::new(bytes)?;
    let expected = [shape.measures() as u64, shape.steps() as u64, shape.pitches() as u64];
    if file.shape() != expected {
        let expected = format!("{expected:?}");
        return Err(ArrayError::Dimensions { found: file.shape().to_vec(), expected });
    }
    let dense: Vec<u8> = file.into_vec()?;
    let cells = (0_u32..).zip(&dense).filter(|(_, cell)| **cell != 0).map(|(index, _)| index);
    Ok(shape.song(&cells.collect::<Vec<u32>>()))
}

/// Decodes the rows of an array that [`matrix()`] encoded.
///
/// # Errors
/// Returns an error if the bytes are not a two-dimensional array of `float32`.
pub fn read_matrix(bytes: &[u8]) -> Result<Vec<Vec<f32>>, ArrayError> {
    let file = npyz::NpyFile::new(bytes)?;
    let &[_, columns] = file.shape() else {
        let expected = "two dimensions".to_owned();
        return Err(ArrayError::Dimensions { found: file.shape().to_vec(), expected });
    };
    let values: Vec<f32> = file.into_vec()?;
    let columns = usize::try_from(columns).unwrap_or(usize::MAX).max(1);
    Ok(values.chunks(columns).map(<[f32]>::to_vec).collect())
}

/// Encodes `values`, row by row, as `float32 [rows, columns]`.
///
/// # Errors
/// Returns an error if there are not `rows * columns` values.
pub fn matrix(values: &[f32], rows: usize, columns: usize) -> Result<Vec<u8>, ArrayError> {
    if values.len() != rows * columns {
        return Err(ArrayError::Length { found: values.len(), rows, columns });
    }
    encode(&[rows, columns], values)
}

fn encode<T: AutoSerialize + Copy>(shape: &[usize], values: &[T]) -> Result<Vec<u8>, ArrayError> {
    let shape: Vec<u64> = shape.iter().map(|&side| side as u64).collect();
    let mut file = Vec::with_capacity(128 + size_of_val(values));
    let options = WriteOptions::new().default_dtype().shape(&shape).writer(&mut file);
    let mut writer = options.begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn song_round_trips_and_other_shapes_are_rejected() {
        let shape = RollShape::new(2, 3, 4, 0).unwrap();
        let cells = vec![vec![0, 5], vec![11]];
        let bytes = song(&cells, &shape).unwrap();
        assert_eq!(read_song(&bytes, &shape).unwrap(), cells);
        let other = RollShape::new(3, 3, 4, 0).unwrap();
        assert!(matches!(read_song(&bytes, &other), Err(ArrayError::Dimensions { .. })));
        assert!(read_song(&bytes[..20], &shape).is_err());
    }

    fn header(file: &[u8]) -> &str {
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        std::str::from_utf8(&file[10..10 + length]).unwrap().trim_end()
    }

    #[test]
    fn song_is_bytes_by_measure_step_and_pitch() {
        let shape = RollShape::THESIS;
        let mut notes = vec![Vec::new(); 16];
        notes[3] = vec![shape.cell(24, 44)];
        let file = song(&notes, &shape).unwrap();
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        assert_eq!(
            header(&file),
            "{'descr': '|u1', 'fortran_order': False, 'shape': (16, 96, 96, ), }"
        );
        let start = file.len() - shape.cells();
        assert_eq!(start % 64, 0);
        let ones: Vec<usize> = (0..shape.cells()).filter(|&at| file[start + at] == 1).collect();
        assert_eq!(ones, [3 * 9216 + 24 * 96 + 44]);
    }

    #[test]
    fn matrix_is_floats_row_by_row() {
        let file = matrix(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.5], 2, 3).unwrap();
        assert_eq!(header(&file), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }");
        assert_eq!(&file[file.len() - 4..], &6.5f32.to_le_bytes());
        assert_eq!(read_matrix(&file).unwrap(), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]);
        assert!(read_matrix(&file[..file.len() - 4]).is_err());
        let song = song(&vec![Vec::new(); 16], &RollShape::THESIS).unwrap();
        assert!(matches!(read_matrix(&song), Err(ArrayError::Dimensions { .. })));
    }

    #[test]
    fn wrong_number_of_values_is_rejected() {
        let refused = matrix(&[1.0], 2, 3).unwrap_err();
        assert_eq!(refused.to_string(), "expected 2 x 3 values, found 1");
        assert!(matches!(song(&[], &RollShape::THESIS), Err(ArrayError::Shape(_))));
    }
}
