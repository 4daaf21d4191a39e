//! `.npy` arrays, version 1.0, little-endian, C order: what `numpy.load` reads.

use crate::metrics::{Shape, ShapeError};
use npyz::{AutoSerialize, WriteOptions, WriterBuilder};

/// Why there is no array.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// The song is not one of the shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The values do not fill the array.
    #[error("{found} values where {rows} x {columns} are expected")]
    Length {
        /// Values given.
        found: usize,
        /// Rows of the array.
        rows: usize,
        /// Columns of the array.
        columns: usize,
    },
    /// The array could not be encoded.
    #[error("failed to encode an array")]
    Encode(#[from] std::io::Error),
}

/// A song as `uint8 [measures, steps, pitches]`, lowest pitch first: 1 where a note starts, else 0.
///
/// # Errors
/// The song is not one of the shape.
pub fn song(song: &[Vec<u16>], shape: &Shape) -> Result<Vec<u8>, ArrayError> {
    shape.check(song)?;
    let mut cells = vec![0u8; shape.cells()];
    shape.indices(song).for_each(|index| cells[index] = 1);
    encode(&[shape.measures, shape.steps, shape.pitches], &cells)
}

/// Numbers as `float32 [rows, columns]`, given row by row.
///
/// # Errors
/// There are not `rows * columns` values.
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

    fn header(file: &[u8]) -> &str {
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        std::str::from_utf8(&file[10..10 + length]).unwrap().trim_end()
    }

    #[test]
    fn a_song_is_bytes_by_measure_step_and_pitch() {
        let shape = Shape::default();
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
    fn a_matrix_is_floats_row_by_row() {
        let file = matrix(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.5], 2, 3).unwrap();
        assert_eq!(header(&file), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }");
        assert_eq!(&file[file.len() - 4..], &6.5f32.to_le_bytes());
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let refused = matrix(&[1.0], 2, 3).unwrap_err();
        assert_eq!(refused.to_string(), "1 values where 2 x 3 are expected");
        assert!(matches!(song(&[], &Shape::default()), Err(ArrayError::Shape(_))));
    }
}
