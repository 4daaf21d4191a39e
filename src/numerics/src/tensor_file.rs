//! Files of F32 tensors in the safetensors format, read and written one tensor at a time: a checkpoint is
//! several times as large as its model.
//!
//! The `safetensors` crate defines and validates the header; every offset is checked before memory is
//! allocated. Its own writer sorts tensors by name and holds no tensor order of ours, so values are
//! written here. Keys are sorted, and the header is padded with spaces to a multiple of eight: equal
//! tensors give equal bytes.

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::de::{DeserializeOwned, Error as _};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Values converted at once when writing.
const CHUNK: usize = 1 << 14;

/// Name and shape of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    /// Part, layer and kind, for example `encoder.mean.weight`.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
}

/// Why bytes are not the expected tensors.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// Reading failed, or the file is truncated.
    #[error("cannot be read, or is truncated")]
    Io(#[from] io::Error),
    /// The header is not valid, or contradicts its offsets, its shapes or the file's size.
    #[error("corrupt safetensors header")]
    Header(#[from] serde_json::Error),
    /// A tensor or a metadata entry is missing.
    #[error("missing `{name}`")]
    Missing {
        /// Its key.
        name: String,
    },
    /// A tensor has another shape or type.
    #[error("tensor `{name}` is {found_type} {found:?}, expected F32 {expected:?}")]
    Shape {
        /// Key of the tensor.
        name: String,
        /// Type in the file.
        found_type: Dtype,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the architecture requires.
        expected: Vec<usize>,
    },
    /// A tensor contains infinities or NaN.
    #[error("tensor `{name}` contains a value that is not finite")]
    NotFinite {
        /// Key of the tensor.
        name: String,
    },
}

/// Creates a file of tensors in the given order and returns it, so that the caller can sync it to disk.
///
/// `values` returns the values of one tensor at a time, given its index in `tensors`.
pub fn create(
    path: &Path,
    metadata: Option<HashMap<String, String>>,
    tensors: &[TensorShape],
    values: impl FnMut(usize) -> Vec<f32>,
) -> io::Result<File> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out, metadata, tensors, values)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

fn write(
    out: &mut impl Write,
    metadata: Option<HashMap<String, String>>,
    tensors: &[TensorShape],
    values: impl FnMut(usize) -> Vec<f32>,
) -> io::Result<()> {
    let mut end = 0;
    let info = |TensorShape { name, shape }: &TensorShape| {
        let begin = end;
        end += 4 * shape.iter().product::<usize>();
        let (shape, data_offsets) = (shape.clone(), (begin, end));
        (name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets })
    };
    let infos = tensors.iter().map(info).collect();
    let header = Metadata::new(metadata, infos).map_err(io::Error::other)?;
    let sorted: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(serde_json::to_value(header)?)?;
    let mut header = serde_json::to_vec(&sorted)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for values in (0..tensors.len()).map(values) {
        for chunk in values.chunks(CHUNK) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|value| value.to_le_bytes()).collect();
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// An open file of tensors.
#[derive(Debug)]
pub struct TensorFile<R> {
    source: R,
    header: Metadata,
    /// Position of the first value.
    start: u64,
}

impl<R: Read + Seek> TensorFile<R> {
    /// Opens a file: reads and validates its header.
    pub fn open(mut source: R) -> Result<Self, TensorFileError> {
        let size = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut length = [0; 8];
        source.read_exact(&mut length)?;
        let (length, rest) = (u64::from_le_bytes(length), size - 8);
        if length > rest {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut header = vec![0; length as usize];
        source.read_exact(&mut header)?;
        let header: Metadata = serde_json::from_slice(&header)?;
        if header.data_len() as u64 != rest - length {
            return Err(serde_json::Error::custom("the values have another size").into());
        }
        Ok(TensorFile { source, header, start: 8 + length })
    }

    /// Parses an entry of the header's metadata.
    pub fn metadata<T: DeserializeOwned>(&self, key: &str) -> Result<T, TensorFileError> {
        let entry = self.header.metadata().as_ref().and_then(|metadata| metadata.get(key));
        let missing = || TensorFileError::Missing { name: key.to_owned() };
        Ok(serde_json::from_str(entry.ok_or_else(missing)?)?)
    }

    /// Returns the shape that the header states for a tensor.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.header.info(name).map(|info| info.shape.as_slice())
    }

    /// Reads the values of a tensor, which must have this shape and be finite.
    pub fn read(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>, TensorFileError> {
        let name = || name.to_owned();
        let missing = || TensorFileError::Missing { name: name() };
        let info = self.header.info(&name()).ok_or_else(missing)?;
        if info.dtype != Dtype::F32 || info.shape != expected {
            return Err(TensorFileError::Shape {
                name: name(),
                found_type: info.dtype,
                found: info.shape.clone(),
                expected: expected.to_vec(),
            });
        }
        let (begin, end) = info.data_offsets;
        self.source.seek(SeekFrom::Start(self.start + begin as u64))?;
        let mut bytes = vec![0; end - begin];
        self.source.read_exact(&mut bytes)?;
        let (values, _) = bytes.as_chunks();
        let values: Vec<f32> = values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(TensorFileError::NotFinite { name: name() });
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn tensor(name: &str, shape: &[usize]) -> TensorShape {
        TensorShape { name: name.to_owned(), shape: shape.to_vec() }
    }

    fn bytes() -> Vec<u8> {
        let tensors = [tensor("b", &[2, 3]), tensor("a", &[1])];
        let metadata = HashMap::from([("key".to_owned(), "7".to_owned())]);
        let mut out = Vec::new();
        let values = |index| {
            if index == 0 { vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] } else { vec![-1.5] }
        };
        write(&mut out, Some(metadata), &tensors, values).unwrap();
        out
    }

    fn open(bytes: Vec<u8>) -> Result<TensorFile<Cursor<Vec<u8>>>, TensorFileError> {
        TensorFile::open(Cursor::new(bytes))
    }

    #[test]
    fn written_tensors_are_read_back_and_equal_tensors_give_equal_bytes() {
        let mut file = open(bytes()).unwrap();
        assert_eq!(file.metadata::<u8>("key").unwrap(), 7);
        assert_eq!(file.read("b", &[2, 3]).unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(file.read("a", &[1]).unwrap(), [-1.5]);
        assert_eq!(bytes(), bytes());
    }

    /// Outputs are compared byte by byte, so the header's layout is part of the format.
    #[test]
    fn header_has_sorted_keys_and_values_keep_the_given_order() {
        let (bytes, header) = (
            bytes(),
            r#"{"__metadata__":{"key":"7"},"a":{"data_offsets":[24,28],"dtype":"F32","shape":[1]},"b":{"data_offsets":[0,24],"dtype":"F32","shape":[2,3]}}"#,
        );
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(std::str::from_utf8(&bytes[8..8 + length]).unwrap().trim_end(), header);
        assert!(length.is_multiple_of(8) && length - header.len() < 8);
        assert_eq!(bytes[8 + length..][..4], 1f32.to_le_bytes());
    }

    #[test]
    fn safetensors_reads_the_same_tensors() {
        let bytes = bytes();
        let found = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(found.tensor("a").unwrap().data(), (-1.5f32).to_le_bytes());
    }

    #[test]
    fn truncation_is_an_error_and_a_flipped_bit_never_panics() {
        let whole = bytes();
        let read = |bytes: Vec<u8>| -> Result<(), TensorFileError> {
            let mut file = open(bytes)?;
            file.read("a", &[1])?;
            file.read("b", &[2, 3])?;
            Ok(())
        };
        for length in 0..whole.len() {
            assert!(read(whole[..length].to_vec()).is_err(), "{length} bytes");
        }
        for bit in 0..8 * whole.len() {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let _ = read(damaged);
        }
    }

    #[test]
    fn error_names_a_tensor_of_another_shape_or_with_nan() {
        let mut file = open(bytes()).unwrap();
        let error = file.read("b", &[3, 2]).unwrap_err();
        assert_eq!(error.to_string(), "tensor `b` is F32 [2, 3], expected F32 [3, 2]");
        let error = file.read("c", &[1]).unwrap_err();
        assert!(matches!(error, TensorFileError::Missing { ref name } if name == "c"));
        let mut out = Vec::new();
        write(&mut out, None, &[tensor("a", &[1])], |_| vec![f32::NAN]).unwrap();
        let error = open(out).unwrap().read("a", &[1]).unwrap_err();
        assert!(matches!(error, TensorFileError::NotFinite { ref name } if name == "a"));
    }
}
