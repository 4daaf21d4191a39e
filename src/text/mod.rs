//! Text for a terminal: numbers, durations, widths, tables, suggestions, and the sanitizer of untrusted text.
//!
//! A path, an error or a file's title may hold any character. [`sanitize`] replaces those that would move the
//! cursor, change colours or reorder their neighbours; [`Cell`] applies it, so a [`TextTable`] is always safe. All
//! output to a terminal also passes [`sanitize_styled`] or [`escape_json`], so that no command can forget it.
//! Widths are in columns of a terminal (see [`width()`]).

mod duration;
mod number;
mod sanitize;
pub mod style;
pub mod suggest;
mod table;
mod width;

pub use duration::{clock, duration, rough_duration};
pub use number::{
    align_decimals, bytes, count, count_of, decimals, fixed, percent, rate, significant,
};
pub use sanitize::{escape_json, sanitize, sanitize_styled};
pub use table::{Cell, Column, TextTable};
pub use width::{pad, paragraph, truncate, truncate_middle, width, wrap};
