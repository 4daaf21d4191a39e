//! Styles of terminal text. `anstream` removes them where the stream is no terminal.

use anstyle::{AnsiColor, Style};

/// Plain text.
pub const PLAIN: Style = Style::new();
/// Headings.
pub const BOLD: Style = Style::new().bold();
/// Secondary text.
pub const DIM: Style = Style::new().dimmed();
/// Failures and damage.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Pending work and warnings.
pub const BUSY: Style = AnsiColor::Yellow.on_default();
/// Success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Hints.
pub const HINT: Style = AnsiColor::Cyan.on_default();
