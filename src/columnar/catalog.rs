//! `catalog.parquet`: one row per MIDI file of a scan, usable or not.

use std::path::Path;

use super::error::Result;
use super::table::{self, table};
use crate::music::midi::Status;

table! {
    /// One file of a scan. An unusable file keeps its row: `status` and `detail` hold the reason, unknown values are
    /// empty (or 0 for a count).
    pub struct CatalogRow, sorted by (path) {
        /// Path of the file, relative to the literal part of its glob, with `/` on every system
        pub path: String,
        /// Size of the file
        #[unit = "bytes"]
        pub bytes: u64,
        /// BLAKE3 of the file's bytes, 64 hex digits
        pub digest: String,
        /// MD5 of the file's bytes, 32 hex digits, by which archives name files; empty if the file could not be read
        pub md5: Option<String>,
        /// `ok`, or the code of the reason why the file is not used
        pub status: Status,
        /// The reason as text, empty if there is none
        pub detail: String,
        /// MIDI format: 0, 1 or 2
        pub format: Option<i32>,
        /// Division
        #[unit = "ticks per quarter note"]
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
        #[unit = "MIDI pitch"]
        pub lowest_pitch: Option<i32>,
        /// Highest pitch of the notes, 0 to 127
        #[unit = "MIDI pitch"]
        pub highest_pitch: Option<i32>,
        /// Largest number of notes that sound at once, without drum channels; a repeated key ends its note
        pub polyphony: i64,
        /// Number of distinct velocities of the notes
        pub velocities: i64,
        /// Number of distinct deviations of onsets from the nearest of 96 steps per measure, in whole ticks; 1: all are equal
        pub deviations: i64,
        /// Whether the file seems to be a performance (played) and not a score (written); empty without notes
        pub performance: Option<bool>,
        /// Tempo at the start
        #[unit = "quarter notes per minute"]
        pub tempo: Option<f64>,
        /// Lowest tempo between the first onset and the last
        #[unit = "quarter notes per minute"]
        pub lowest_tempo: Option<f64>,
        /// Highest tempo between the first onset and the last
        #[unit = "quarter notes per minute"]
        pub highest_tempo: Option<f64>,
        /// Number of tempo changes after the start
        pub tempo_changes: i64,
        /// Tonic of the first valid key signature as written, such as `C`, `F#` or `Bb`; empty without one
        pub key: Option<String>,
        /// Mode of that key signature: `major` or `minor`
        pub mode: Option<String>,
        /// Number of key changes after it, at most 4,095
        pub key_changes: i64,
        /// Distinct time signatures in order of appearance, such as `4/4`
        pub time_signatures: Vec<String>,
        /// `written` in the file, or `assumed` if the file has none
        pub time_signature_source: String,
        /// Segments of constant meter
        pub segments: i64,
        /// Programs (instruments, 0 to 127) in ascending order, without drums
        pub programs: Vec<i32>,
        /// Duration
        #[unit = "seconds"]
        pub duration: f64,
        /// Title: that of a karaoke file's `@T` text, otherwise the first track name
        pub title: String,
        /// Names of the tracks in file order, without empty ones; at most 256
        pub track_names: Vec<String>,
        /// Names of instruments in file order, each once; at most 256
        pub instrument_names: Vec<String>,
        /// Lyrics, a line of text per line; empty if there are none
        pub lyrics: String,
        /// Copyright notices, each once, separated by `; `; empty if there are none
        pub copyright: String,
        /// Bytes that the reader could not interpret
        #[unit = "bytes"]
        pub bytes_unread: u64,
        /// Codes of the faults that the reader worked around
        pub faults: Vec<String>,
        /// Fraction of the notes that are not exactly on a step, 0 to 1
        pub off_grid: f64,
        /// Notes outside the pitch window
        pub outside_window: i64,
        /// Empty measures before the first onset
        #[unit = "measures"]
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
