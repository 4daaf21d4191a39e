//! The safetensors format: eight bytes of header length, a JSON header, then little-endian values.
//!
//! Written with sorted keys and no padding but spaces to a multiple of eight, so equal tensors make
//! equal bytes. Read without trusting anything: every offset is checked before memory is taken.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Longest header that is read; ours have some kilobytes, and a long training's history some more.
const MAX_HEADER: u64 = 1 << 26;
/// Values converted at once when writing.
const PIECE: usize = 1 << 14;
const METADATA: &str = "__metadata__";

/// Why bytes are not the tensors that were looked for.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// Reading failed, or the file ends too early.
    #[error("cannot be read, or ends too early")]
    Io(#[from] io::Error),
    /// The header's length is not that of any header.
    #[error("no safetensors file: its header would have {found} bytes of {available}")]
    HeaderLength {
        /// Length in the first eight bytes.
        found: u64,
        /// Bytes after those.
        available: u64,
    },
    /// The header is no JSON of the format.
    #[error("damaged safetensors header")]
    Header(#[from] serde_json::Error),
    /// A tensor is not there.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// Key of the tensor.
        name: String,
    },
    /// A tensor has another shape or type.
    #[error("tensor `{name}` is {found_type} {found:?}, expected F32 {expected:?}")]
    Shape {
        /// Key of the tensor.
        name: String,
        /// Type in the file.
        found_type: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the architecture asks for.
        expected: Vec<usize>,
    },
    /// A tensor's place contradicts its shape or the file's size.
    #[error(
        "tensor `{name}` lies at bytes {begin}..{end} of {available}, which does not fit its shape"
    )]
    Place {
        /// Key of the tensor.
        name: String,
        /// First byte.
        begin: u64,
        /// Byte after the last.
        end: u64,
        /// Bytes of all tensors in the file.
        available: u64,
    },
    /// A tensor holds infinities or NaN.
    #[error("tensor `{name}` holds a value that is not finite")]
    NotFinite {
        /// Key of the tensor.
        name: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// Key and shape of a tensor to write.
pub(crate) type Key = (String, Vec<usize>);

/// Writes tensors in the order given; `values` is asked for one tensor at a time, by its place in
/// `keys`, and must return as many values as its shape has.
pub(crate) fn write(
    out: &mut impl Write,
    metadata: Option<&BTreeMap<String, String>>,
    keys: &[Key],
    mut values: impl FnMut(usize) -> Vec<f32>,
) -> io::Result<()> {
    let mut header = BTreeMap::new();
    if let Some(metadata) = metadata {
        header.insert(METADATA.to_owned(), serde_json::to_value(metadata)?);
    }
    let mut begin = 0;
    for (name, shape) in keys {
        let end = begin + 4 * shape.iter().product::<usize>() as u64;
        let entry = Entry { dtype: "F32".into(), shape: shape.clone(), data_offsets: (begin, end) };
        header.insert(name.clone(), serde_json::to_value(entry)?);
        begin = end;
    }
    let mut header = serde_json::to_string(&header)?;
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let mut bytes = Vec::with_capacity(4 * PIECE);
    for index in 0..keys.len() {
        for piece in values(index).chunks(PIECE) {
            bytes.clear();
            bytes.extend(piece.iter().flat_map(|value| value.to_le_bytes()));
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// An open file of tensors.
#[derive(Debug)]
pub(crate) struct TensorFile<R> {
    source: R,
    entries: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
    /// Where the values start.
    start: u64,
    /// Bytes of all values.
    available: u64,
}

impl<R: Read + Seek> TensorFile<R> {
    /// Reads the header.
    pub(crate) fn open(mut source: R) -> Result<Self, TensorFileError> {
        let size = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut length = [0; 8];
        source.read_exact(&mut length)?;
        let (found, available) = (u64::from_le_bytes(length), size - 8);
        if found > available.min(MAX_HEADER) {
            return Err(TensorFileError::HeaderLength { found, available });
        }
        let mut header = vec![0; found as usize];
        source.read_exact(&mut header)?;
        let mut header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&header)?;
        let metadata = match header.remove(METADATA) {
            Some(metadata) => serde_json::from_value(metadata)?,
            None => BTreeMap::new(),
        };
        let mut entries = BTreeMap::new();
        for (name, entry) in header {
            entries.insert(name, serde_json::from_value(entry)?);
        }
        Ok(TensorFile { source, entries, metadata, start: 8 + found, available: available - found })
    }

    /// A text of the header's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The shape of a tensor as the header has it.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The values of one tensor, which must have this shape and be finite.
    pub(crate) fn read(
        &mut self,
        name: &str,
        expected: &[usize],
    ) -> Result<Vec<f32>, TensorFileError> {
        let name = || name.to_owned();
        let Some(entry) = self.entries.get(&name()) else {
            return Err(TensorFileError::Missing { name: name() });
        };
        if entry.dtype != "F32" || entry.shape != expected {
            return Err(TensorFileError::Shape {
                name: name(),
                found_type: entry.dtype.clone(),
                found: entry.shape.clone(),
                expected: expected.to_vec(),
            });
        }
        let (begin, end) = entry.data_offsets;
        let available = self.available;
        let bytes = 4 * expected.iter().product::<usize>() as u64;
        if end > available || end.checked_sub(begin) != Some(bytes) {
            return Err(TensorFileError::Place { name: name(), begin, end, available });
        }
        self.source.seek(SeekFrom::Start(self.start + begin))?;
        let mut buffer = vec![0; bytes as usize];
        self.source.read_exact(&mut buffer)?;
        let (values, _) = buffer.as_chunks::<4>();
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

    fn bytes() -> Vec<u8> {
        let keys = [("b".to_owned(), vec![2, 3]), ("a".to_owned(), vec![1])];
        let metadata = BTreeMap::from([("key".to_owned(), "value".to_owned())]);
        let mut out = Vec::new();
        let values = |index| {
            if index == 0 { vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] } else { vec![-1.5] }
        };
        write(&mut out, Some(&metadata), &keys, values).unwrap();
        out
    }

    #[test]
    fn what_is_written_is_read_and_equal_tensors_make_equal_bytes() {
        let mut file = TensorFile::open(Cursor::new(bytes())).unwrap();
        assert_eq!(file.metadata("key"), Some("value"));
        assert_eq!(file.read("b", &[2, 3]).unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(file.read("a", &[1]).unwrap(), [-1.5]);
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn burns_reader_of_the_format_finds_the_same_tensors() {
        use burn::store::{ModuleStore, SafetensorsStore};
        let mut store = SafetensorsStore::from_bytes(Some(bytes()));
        let snapshot = store.get_snapshot("b").unwrap().unwrap();
        assert_eq!(snapshot.shape.to_vec(), [2, 3]);
        let values = snapshot.to_data().unwrap().into_vec::<f32>().unwrap();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn every_truncation_and_every_flipped_header_bit_is_an_error_or_harmless_but_never_a_panic() {
        let whole = bytes();
        let read = |bytes: Vec<u8>| -> Result<(), TensorFileError> {
            let mut file = TensorFile::open(Cursor::new(bytes))?;
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
    fn a_tensor_of_another_shape_or_with_a_value_that_is_no_number_is_named() {
        let mut file = TensorFile::open(Cursor::new(bytes())).unwrap();
        let error = file.read("b", &[3, 2]).unwrap_err();
        assert!(matches!(error, TensorFileError::Shape { ref found, .. } if found == &[2, 3]));
        let error = file.read("c", &[1]).unwrap_err();
        assert!(matches!(error, TensorFileError::Missing { ref name } if name == "c"));
        let mut out = Vec::new();
        write(&mut out, None, &[("a".to_owned(), vec![1])], |_| vec![f32::NAN]).unwrap();
        let error = TensorFile::open(Cursor::new(out)).unwrap().read("a", &[1]).unwrap_err();
        assert!(matches!(error, TensorFileError::NotFinite { ref name } if name == "a"));
    }
}
