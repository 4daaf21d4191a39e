//! `songs.parquet`: one row for each drawn song.

use super::table::table;

table! {
    /// A song that the model made. Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct SongRow {
        /// Index of the song in its batch, from 0
        pub index: u32,
        /// Seed that drew the latent
        pub seed: u64,
        /// Digest of the model, hex
        pub model: String,
        /// Probability above which a cell is an onset
        pub threshold: f64,
        /// Onsets in all measures
        pub onsets: u32,
        /// Onsets as a fraction of the grid's cells, 0 to 1
        pub density: f64,
        /// Lowest pitch; empty for a silent song
        pub lowest_pitch: Option<i32>,
        /// Highest pitch; empty for a silent song
        pub highest_pitch: Option<i32>,
        /// Number of different measures
        pub distinct_measures: u32,
        /// Name of the MIDI file
        pub mid: String,
        /// Name of the NumPy file
        pub npy: String,
        /// Name of the picture
        pub png: String,
        /// Quarter notes a minute
        pub tempo: u32,
        /// Of each measure, as n/d
        pub time_signature: String,
        /// Name of the sheet music
        pub sheet: String,
        /// Probability from which on an onset belongs to the melody; empty where none is asked for
        pub melody_threshold: Option<f64>,
        /// Cells of the melody, counted through the song: measure * cells of a measure + cell
        pub melody: Vec<u32>,
        /// The music that it is near to; empty for a song of a distribution
        pub source: Option<String>,
        /// The latent vector that the song was decoded from
        pub latent: Vec<f32>,
    }
}
