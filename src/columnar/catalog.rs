//! `catalog.parquet`: one row per MIDI file of a scan, usable or not.

use std::path::Path;

use super::error::Result;
use super::table::{self, table};
use crate::music::midi::Status;

table! {
    /// One file of a scan. An unusable file keeps its row: `status` and `detail` hold the reason, unknown values are
    /// empty (or 0 for a count).
    pub struct CatalogRow {
        /// Path of the file, relative to the literal part of its glob, with `/` on every system
        pub path: String,
        /// Size of the file in bytes
        pub bytes: u64,
        /// BLAKE3 of the file's bytes, 64 hex digits
        pub digest: String,
        /// `ok`, or the code of the reason why the file is not used
        pub status: Status,
        /// The reason as text, empty if there is none
        pub detail: String,
        /// MIDI format: 0, 1 or 2
        pub format: Option<i32>,
        /// Division: ticks per quarter note
        pub division: Option<i32>,
        /// Number of MIDI tracks
        pub tracks: Option<i64>,
        /// Whole measures from the first onset to the last
        pub measures: Option<i64>,
        /// Note-ons without drums
        pub notes: i64,
        /// Distinct (step, pitch) cells inside the pitch window in which a note starts
        pub onsets: i64,
        /// Note-ons on drum channels
        pub drums: i64,
        /// Lowest pitch of the notes, 0 to 127
        pub lowest_pitch: Option<i32>,
        /// Highest pitch of the notes, 0 to 127
        pub highest_pitch: Option<i32>,
        /// Tempo at the start, in beats per minute
        pub tempo: Option<f64>,
        /// Number of tempo changes after the start
        pub tempo_changes: i64,
        /// Time signatures in order of appearance, such as `4/4` or `4/4 3/4`
        pub time_signatures: String,
        /// `written` in the file, or `assumed` if the file has none
        pub time_signature_source: String,
        /// Segments of constant meter
        pub segments: i64,
        /// Programs (instruments, 0 to 127) in ascending order, such as `0 33 48`
        pub programs: String,
        /// Duration in seconds
        pub duration: f64,
        /// Title: that of a karaoke file's `@T` text, otherwise the first track name
        pub title: String,
        /// Bytes that the reader could not interpret
        pub bytes_unread: u64,
        /// Codes of the faults that the reader worked around, separated by spaces
        pub faults: String,
        /// Fraction of the notes that are not exactly on a step, 0 to 1
        pub off_grid: f64,
        /// Notes outside the pitch window
        pub outside_window: i64,
        /// Empty measures before the first onset
        pub leading_empty: i64,
        /// Loop markers, with which ripped files repeat themselves
        pub loop_points: i64,
        /// Digest of the canonical notes: equal music, equal digest
        pub notes_digest: Option<String>,
        /// Digest of the canonical notes after transposition to a common pitch
        pub shape_digest: Option<String>,
        /// Name of the group of songs that are the same piece, or similar; never split across train and validation
        pub group: String,
        /// Path of the first file with the same music; empty for that file
        pub duplicate_of: Option<String>,
    }
}

table! {
    /// The columns of a catalog that identify a file's song.
    pub struct CatalogSong {
        /// Path of the file, relative to the literal part of its glob
        pub path: String,
        /// BLAKE3 of the file's bytes, 64 hex digits
        pub digest: String,
        /// `ok`, or the code of the reason why the file is not used
        pub status: Status,
        /// Digest of the canonical notes: equal music, equal digest
        pub notes_digest: Option<String>,
        /// Name of the group of songs that are the same piece
        pub group: String,
    }
}

/// Writes the catalog to `path`, sorted by path. Equal rows in any order make equal bytes.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn write_catalog<'a>(
    path: &Path,
    rows: impl IntoIterator<Item = &'a CatalogRow>,
) -> Result<()> {
    let mut rows: Vec<&CatalogRow> = rows.into_iter().collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    table::write(path, rows)
}

/// Reads the catalog at `path`.
///
/// # Errors
/// Returns an error if the file cannot be read, is damaged, or is no catalog of this version.
pub fn read_catalog(path: &Path) -> Result<Vec<CatalogRow>> {
    table::read(path)
}
