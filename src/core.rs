//! The modules of Partita below the command line. The crate `partita` holds the command line and describes the whole.

pub use partita_music as music;

pub use partita_params as params;

pub use partita_numerics as numerics;

pub mod text;

pub mod metrics;

pub mod columnar;

pub use partita_vae as vae;

pub use partita_decoder as decoder;

pub mod report;

pub mod fingerprint;

pub mod spec;

pub mod event;

pub mod store;

pub mod stage_api;

pub mod plan;

pub mod runner;

pub mod history;

pub mod stages;

pub mod inspect;
