//! Partita turns a folder of MIDI files into new 16-measure songs.
//!
//! A pipeline in YAML names stages; a runner executes them and recomputes only what changed. The stages
//! do the work of the thesis "Generating Music with Variational Autoencoders" (2020): a stacked VAE over
//! 16 x 96 x 96 onset pianorolls.
//!
//! ```text
//!  pipelines/*.yaml                                 data/**/*.mid
//!        |                                                |
//!      spec        raw -> validated                       |  stages: compose -> scan -> extract
//!        |                                                |          -> train -> refiner -> decoder
//!        |                                                |          -> generate (<- critic)
//!        |                                                |          -> evaluate
//!      plan  <---- store (records)                        |          (command: any program)
//!        |           ^                                    v
//!      runner -------+---- calls ----> StageImpl     -> music  metrics  columnar  vae  decoder  report
//!        |
//!      event  ---->  progress (bars, plain lines, JSON lines)
//! ```
//!
//! # Modules
//!
//! Data flows one way: a module imports only modules above it in this list, and a test keeps that so.
//!
//! | module | owns |
//! |---|---|
//! | [`music`] | notes, meter, MIDI bytes to score and back, score to pianoroll; the composer |
//! | [`params`] | declarations of parameters: type, range, default and documentation |
//! | [`numerics`] | kernels, random numbers and tensor files that networks share |
//! | [`text`] | text for a terminal: numbers, widths, tables, the sanitizer |
//! | [`metrics`] | what is measured on pianorolls and sets of songs |
//! | [`columnar`] | every Arrow and Parquet schema, readers, writers and queries |
//! | [`vae`] | the network, on burn: training, sampling, checkpoints |
//! | [`decoder`] | the note-by-note decoder: features of what was played, likelihood, training, drawing |
//! | [`report`] | pictures, arrays, TensorBoard files and the page a person reads |
//! | [`fingerprint`] | what can change a stage's outputs, and why two runs differ |
//! | [`spec`] | pipeline files: raw to validated, errors that point |
//! | [`event`] | events that the runner emits |
//! | [`store`] | `artifacts/` on disk |
//! | [`stage_api`] | the trait that a stage kind implements, and its context |
//! | [`plan`] | the graph and each stage's verdict; pure |
//! | [`runner`] | schedules and executes; knows no concrete stage |
//! | [`history`] | past runs, read back from their folders |
//! | [`stages`] | one module per stage kind |
//! | [`inspect`] | overviews and tables of Parquet files, for `stats` |
//! | [`progress`] | sinks that render events |
//! | [`cli`] | clap, colour, exit codes; one file per command |
//!
//! They are in seven crates, so that an edit recompiles little. This one holds [`progress`] and [`cli`]. `partita_core`
//! (`src/core.rs`) holds the modules from [`text`] to [`inspect`], except the two networks. [`music`], [`params`],
//! [`numerics`], [`vae`] and [`decoder`] are crates in their own folders: the fuzz targets compile only the first, and
//! burn's generics are compiled in [`vae`] alone.
//!
//! # Files on disk
//!
//! | path | owner |
//! |---|---|
//! | `pipelines/*.yaml` | read by [`spec`] |
//! | `artifacts/store`, `artifacts/work` | [`store`]; all access below `artifacts/` goes through [`store::Files`] |
//! | `artifacts/<pipeline>/<stage>/` | published by [`store`], formats by the stage in [`stages`] |
//! | `artifacts/runs/<run>/` | [`runner::RunFolder`]; read back by [`history`] |
//!
//! # Crashes
//!
//! A stage writes into its work folder alone. Publication is a chain of renames: blobs, record, visible
//! outputs, pointer. A kill between two links is at worst a miss (see [`store`]). Locks are advisory locks
//! of the operating system, which end with their process.

pub use partita_core::{
    columnar, decoder, event, fingerprint, history, inspect, metrics, music, numerics, params,
    plan, report, runner, spec, stage_api, stages, store, text, vae,
};

pub mod progress;

pub mod cli;
