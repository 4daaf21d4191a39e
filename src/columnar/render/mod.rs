//! Values to text: aligned tables and histograms for a terminal, CSV and JSON for programs. Text out of files is
//! untrusted: control characters, and characters that reorder or hide text, are replaced by `�` in everything that
//! may reach a terminal.

mod chart;
mod export;
mod number;
mod table;
mod text;

pub(super) use chart::{bar, histogram};
pub(super) use number::{brief, lone, percent, thousands};
pub(super) use text::{cut, pad, safe, width, wrap};

#[cfg(test)]
mod tests;
