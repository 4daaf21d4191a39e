//! TensorBoard event files with scalar summaries.
//!
//! A file is a TFRecord stream: per record the length (u64), its masked CRC-32C, the bytes, their
//! masked CRC-32C, all little-endian. The bytes are a protocol buffer `Event`, of which these fields
//! are needed:
//!
//! ```text
//! Event   { 1: double wall_time  2: int64 step  3: string file_version  5: Summary summary }
//! Summary { 1: repeated Value value }      Value { 1: string tag  2: float simple_value }
//! ```
//! (`tensorflow/core/util/event.proto`, `framework/summary.proto`, `lib/io/record_writer.h`)

use std::io::{self, Write};

const FILE_VERSION: &str = "brain.Event:2";

/// Returns the file name that TensorBoard looks for: `events.out.tfevents.<seconds since 1970>.<suffix>`.
pub fn file_name(seconds: u64, suffix: &str) -> String {
    format!("events.out.tfevents.{seconds}.{suffix}")
}

/// Writes events and flushes each, so that TensorBoard can follow a training run.
#[derive(Debug)]
pub struct EventWriter<W> {
    output: W,
}

impl<W: Write> EventWriter<W> {
    /// Starts a file. Times are seconds since 1970.
    ///
    /// # Errors
    /// Returns an error if `output` cannot be written.
    pub fn new(output: W, wall_time: f64) -> io::Result<Self> {
        let mut writer = Self { output };
        let mut event = time(wall_time);
        bytes(&mut event, 3, FILE_VERSION.as_bytes());
        writer.record(&event)?;
        Ok(writer)
    }

    /// Adds a value of the curve `tag` at a step (or epoch).
    ///
    /// # Errors
    /// Returns an error if the output cannot be written.
    pub fn scalar(&mut self, tag: &str, step: u64, wall_time: f64, value: f32) -> io::Result<()> {
        let mut curve = Vec::new();
        bytes(&mut curve, 1, tag.as_bytes());
        curve.push(2 << 3 | 5);
        curve.extend(value.to_le_bytes());
        let mut summary = Vec::new();
        bytes(&mut summary, 1, &curve);
        let mut event = time(wall_time);
        event.push(2 << 3);
        varint(&mut event, step);
        bytes(&mut event, 5, &summary);
        self.record(&event)
    }

    /// Flushes and returns the output.
    ///
    /// # Errors
    /// Returns an error if the output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn record(&mut self, event: &[u8]) -> io::Result<()> {
        let length = (event.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(event.len() + 16);
        record.extend(length);
        record.extend(masked_crc(&length).to_le_bytes());
        record.extend(event);
        record.extend(masked_crc(event).to_le_bytes());
        self.output.write_all(&record)?;
        self.output.flush()
    }
}

/// Computes the checksum of TFRecord: CRC-32C, rotated and offset, so that the data may itself contain checksums.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Creates an event with its wall time: field 1, a double.
fn time(wall_time: f64) -> Vec<u8> {
    let mut event = vec![1 << 3 | 1];
    event.extend(wall_time.to_le_bytes());
    event
}

/// Appends a field of bytes: number and wire type 2, length, bytes.
fn bytes(message: &mut Vec<u8>, field: u8, value: &[u8]) {
    message.push(field << 3 | 2);
    varint(message, value.len() as u64);
    message.extend(value);
}

/// Appends an integer, seven bits per byte, lowest first; the high bit marks that more follow.
fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the records of a file, after verifying their checksums.
    fn records(mut file: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        while !file.is_empty() {
            let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let length = number(0) as usize;
            assert_eq!(number(8), masked_crc(&file[..8]));
            assert_eq!(number(12 + length), masked_crc(&file[12..12 + length]));
            records.push(file[12..12 + length].to_vec());
            file = &file[16 + length..];
        }
        records
    }

    #[test]
    fn checksum_is_masked_as_in_tensorflow() {
        // 0xe306_9283 is the check value of CRC-32C.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked_crc(b"123456789"), 0xc78a_b0e5);
    }

    #[test]
    fn file_begins_with_its_version() {
        let file = EventWriter::new(Vec::new(), 1.5).unwrap().finish().unwrap();
        let mut expected = vec![0x09];
        expected.extend(1.5f64.to_le_bytes());
        expected.extend([0x1a, 13]);
        expected.extend(b"brain.Event:2");
        assert_eq!(records(&file), [expected]);
    }

    #[test]
    fn scalar_keeps_its_tag_step_time_and_value() {
        let mut writer = EventWriter::new(Vec::new(), 0.0).unwrap();
        writer.scalar("loss", 300, 2.0, 0.25).unwrap();
        let file = writer.finish().unwrap();
        let mut expected = vec![0x09];
        expected.extend(2f64.to_le_bytes());
        expected.extend([0x10, 0xac, 0x02]);
        expected.extend([0x2a, 13, 0x0a, 11, 0x0a, 4]);
        expected.extend(b"loss");
        expected.push(0x15);
        expected.extend(0.25f32.to_le_bytes());
        assert_eq!(records(&file)[1], expected);
    }

    #[test]
    fn file_name_is_the_one_that_tensorboard_looks_for() {
        assert_eq!(file_name(1700000000, "partita"), "events.out.tfevents.1700000000.partita");
    }
}
