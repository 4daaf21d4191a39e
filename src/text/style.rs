//! Styles of terminal text. `anstream` removes them where the stream is no terminal.

use anstyle::{AnsiColor, Style};

/// Plain text.
pub const PLAIN: Style = Style::new();
/// Bold text, for headings.
pub const BOLD: Style = Style::new().bold();
/// Dimmed text, for secondary facts.
pub const DIM: Style = Style::new().dimmed();
/// Red, for failures and damage.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Yellow, for pending work and warnings.
pub const BUSY: Style = AnsiColor::Yellow.on_default();
/// Green, for success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Cyan, for hints.
pub const HINT: Style = AnsiColor::Cyan.on_default();
