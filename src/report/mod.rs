//! What a person opens: values in, bytes out. Nothing here reads or writes a file.
//!
//! | module | makes |
//! |---|---|
//! | [`image`] | pianorolls, heat pictures and sheets of songs as PNG |
//! | [`mod@array`] | `.npy` arrays that numpy loads |
//! | [`tensorboard`] | event files that TensorBoard loads |
//! | [`musicxml`] | MusicXML that a notation program opens |
//! | [`page`] | `report.html`, self-contained |
//!
//! Equal values give equal bytes everywhere, so that outputs can be compared by digest.

pub mod array;
pub mod image;
pub mod musicxml;
pub mod page;
pub mod tensorboard;
