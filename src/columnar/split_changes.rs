//! `moved.parquet`: songs that moved between the sides of the split from one run to the next.

use super::table::table;

table! {
    /// One song. If both groups are equal, a fraction of held-out songs changed. Read and written by
    /// [`read`](super::read) and [`write`](super::write).
    pub struct SplitChangeRow {
        /// Path of the song's file
        pub path: String,
        /// Split before: `train`, `validation` or `judging`
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
