//! The MIDI reader, the grid and the writer under fire: whatever the bytes, the promises of `checks` hold.
//!
//! ```text
//! make fuzz                       a million mutations of files built in code, and the hostile files
//! make fuzz COUNT=5000000 SEED=2 CORPUS=data/vgm      ... of the files in a folder too
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz --features libfuzzer reader      guided by coverage (libFuzzer)
//! ```
//!
//! An input that breaks a promise is written to `tests/fuzz/artifacts/`, and its path printed. What it showed
//! becomes a test in `src/music`, built in code.

pub mod checks;
pub mod hostile;
pub mod memory;
pub mod mutate;

pub use partita_music as music;

#[path = "../../it/midi.rs"]
pub mod build;
