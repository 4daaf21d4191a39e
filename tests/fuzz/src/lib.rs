//! Fuzz targets for the MIDI reader, quantization and the writer: for any bytes, the assertions of `checks` hold.
//!
//! ```text
//! make fuzz                       a million mutations of files built in code, and the hostile files
//! make fuzz COUNT=5000000 SEED=2 CORPUS=data/vgm      ... of the files in a folder too
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz --features libfuzzer reader      guided by coverage (libFuzzer)
//! ```
//!
//! An input that fails is written to `tests/fuzz/artifacts/`, and its path is printed. Add a test to `src/music` that
//! builds such a file in code.

pub mod checks;
pub mod hostile;
pub mod memory;
pub mod mutate;

pub use partita_music as music;

#[path = "../../it/midi.rs"]
pub mod build;
