//! `songs.parquet`: one row per generated song.

use super::table::table;

table! {
    /// A generated song. Read and written by [`read`](super::read) and [`write`](super::write).
    pub struct SongRow, sorted by (index) {
        /// Index of the song in its batch, from 0
        pub index: u32,
        /// Seed of the latent vector
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
        #[unit = "MIDI pitch"]
        pub lowest_pitch: Option<i32>,
        /// Highest pitch; empty for a silent song
        #[unit = "MIDI pitch"]
        pub highest_pitch: Option<i32>,
        /// Number of distinct measures
        pub distinct_measures: u32,
        /// Name of the MIDI file
        pub mid: String,
        /// Name of the NumPy file; empty if only MIDI files are written
        pub npy: Option<String>,
        /// Name of the picture; empty if only MIDI files are written
        pub png: Option<String>,
        /// Tempo
        #[unit = "quarter notes per minute"]
        pub tempo: u32,
        /// Time signature of each measure, as n/d
        pub time_signature: String,
        /// Name of the MusicXML file; empty if only MIDI files are written
        pub sheet: Option<String>,
        /// Least probability of an onset in the melody; empty without a melody
        pub melody_threshold: Option<f64>,
        /// Cells of the melody: measure * cells per measure + cell
        pub melody: Vec<u32>,
        /// The song that it varies; empty for a song from a distribution
        pub source: Option<String>,
        /// Cells in which notes start: measure * cells per measure + cell
        pub cells: Vec<u32>,
        /// Critic's log odds that the song is real; empty without a critic
        pub score: Option<f64>,
        /// The latent vector that the song was decoded from
        pub latent: Vec<f32>,
    }
}
