//! `samples.parquet`: an overview of the samples, without their cells, in the order of the shards.

use super::table::table;

table! {
    /// One sample. Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct SampleRow {
        /// `train` or `validation`
        pub split: String,
        /// Group of the song
        pub group: String,
        /// Notes digest of the song
        pub song: String,
        /// Path of the file that the sample was taken from
        pub path: String,
        /// First measure of the sample in the song, from 0
        pub first_measure: u32,
        /// Onsets in all measures
        pub onsets: u32,
        /// Lowest pitch; empty for a silent sample
        pub lowest: Option<i32>,
        /// Highest pitch; empty for a silent sample
        pub highest: Option<i32>,
        /// Number of different measures
        pub distinct_measures: u32,
        /// Time signature, such as `4/4`
        pub time_signature: String,
        /// Onsets as a fraction of the grid's cells, 0 to 1
        pub density: f64,
        /// Fraction of the onsets that start on a beat of the time signature, 0 to 1; empty for a silent sample
        pub beat_strength: Option<f64>,
        /// Mean pitch of the onsets; empty for a silent sample
        pub mean_pitch: Option<f64>,
    }
}
