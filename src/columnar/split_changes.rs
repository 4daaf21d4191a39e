//! `moved.parquet`: songs that changed sides of the split between two runs.

use super::table::table;

table! {
    /// One song. Where both groups are equal, the fraction kept for validation changed. Read and written by
    /// [`read`](super::read) and [`write`](super::write).
    pub struct SplitChangeRow {
        /// Path of the song's file
        pub path: String,
        /// Side before: `train` or `validation`
        pub from: String,
        /// Side now
        pub to: String,
        /// Group before
        pub group_before: String,
        /// Group now
        pub group: String,
        /// Notes digest of the song
        pub song: String,
    }
}
