//! Output formats for people: values in, bytes out, no file access.
//!
//! | module | makes |
//! |---|---|
//! | [`image`] | pianorolls and contact sheets of songs as PNG |
//! | [`mod@array`] | `.npy` arrays that numpy loads |
//! | [`tensorboard`] | event files that TensorBoard loads |
//! | [`musicxml`] | MusicXML that a notation program opens |
//! | [`page`] | `report.html`, self-contained |
//!
//! Equal values give equal bytes on every machine, so that outputs can be compared by digest.

pub mod array;
mod escape;
pub mod image;
pub mod musicxml;
pub mod page;
pub mod tensorboard;
