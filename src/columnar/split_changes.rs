//! `moved.parquet`: songs that moved between train and validation from one run to the next.

use super::table::table;

table! {
    /// One song. If both groups are equal, the fraction of validation songs changed. Read and written by
    /// [`read`](super::read) and [`write`](super::write).
    pub struct SplitChangeRow {
        /// Path of the song's file
        pub path: String,
        /// Split before: `train` or `validation`
        pub from: String,
        /// Split now
        pub to: String,
        /// Group before
        pub group_before: String,
        /// Group now
        pub group: String,
        /// Notes digest of the song
        pub song: String,
    }
}
