//! The orders of columns in a file's footer.
//!
//! For floating point columns, the Parquet writer states the total order of IEEE 754, which the format has had since 2026 only.
//! Readers that do not know it refuse the whole file: polars before 1.44 with "Invalid thrift". The order of the type, which
//! every reader knows, has the same minimum and maximum, except for NaN (readers ignore it there) and negative zero (readers
//! do not distinguish it there). So it is stated instead, in place: each order takes three bytes.

use std::io::{Read, Seek, SeekFrom, Write};

use parquet::errors::ParquetError;

/// The length of the metadata, and the magic bytes.
const TAIL: usize = 8;
/// The order of the type, as a Thrift union: header of field 1, its end, the union's end.
const TYPE_ORDER: [u8; 3] = [0x1C, 0, 0];
/// The total order of IEEE 754: field 2.
const TOTAL_ORDER: [u8; 3] = [0x2C, 0, 0];

/// States an order that every reader knows for each of the `columns` of a complete Parquet file. The orders are the last
/// field of the metadata.
pub(in crate::columnar) fn state_known_orders(
    file: &mut (impl Read + Write + Seek),
    columns: usize,
) -> Result<(), ParquetError> {
    let order = TYPE_ORDER.len();
    // The orders, and the end of the metadata.
    let mut orders = vec![0; order * columns + 1];
    let from_end = i64::try_from(orders.len() + TAIL).unwrap_or(i64::MAX);
    file.seek(SeekFrom::End(-from_end))?;
    file.read_exact(&mut orders)?;
    for known in orders.chunks_exact_mut(order) {
        if known != TYPE_ORDER && known != TOTAL_ORDER {
            return Err(ParquetError::General("unexpected orders of columns".to_owned()));
        }
        known.copy_from_slice(&TYPE_ORDER);
    }
    file.seek(SeekFrom::End(-from_end))?;
    file.write_all(&orders)?;
    Ok(())
}
