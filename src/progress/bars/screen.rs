//! The terminal under the bars.
//!
//! indicatif panics if it cannot write to a terminal, for instance after its window was closed. A [`Screen`]
//! ignores such errors and drops what follows.

use super::lock;
use crate::text::sanitize_styled;
use indicatif::TermLike;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard};

/// Columns and rows of a terminal of unknown size.
const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// A terminal; clones share it.
#[derive(Clone)]
pub(super) struct Screen {
    /// Returns columns and rows.
    size: Size,
    output: Arc<Mutex<Output>>,
}

type Size = Arc<dyn Fn() -> (u16, u16) + Send + Sync>;

struct Output {
    /// Text not yet written: one redraw is one write, so that nothing flickers.
    pending: String,
    /// `None` after the first error.
    out: Option<Box<dyn Write + Send>>,
}

impl Screen {
    /// The terminal at stderr.
    pub(super) fn stderr() -> Self {
        let size = || match rustix::termios::tcgetwinsize(io::stderr()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => DEFAULT_SIZE,
        };
        Self::new(Box::new(io::stderr()), Arc::new(size))
    }

    /// A terminal of this size.
    pub(super) fn new(out: Box<dyn Write + Send>, size: Size) -> Self {
        let output = Output { pending: String::new(), out: Some(out) };
        Self { size, output: Arc::new(Mutex::new(output)) }
    }

    /// Returns the columns of a line.
    pub(super) fn columns(&self) -> usize {
        usize::from((self.size)().0)
    }

    /// Writes whole lines at once. The cursor must be at the start of a line.
    pub(super) fn print(&self, lines: &[String]) {
        let mut output = self.output();
        lines.iter().for_each(|line| output.pending += &format!("{}\n", sanitize_styled(line)));
        output.flush();
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        lock(&self.output)
    }

    fn push(&self, text: &str) -> io::Result<()> {
        self.output().pending.push_str(text);
        Ok(())
    }

    /// Sends `CSI n end`, unless `n` is 0: a terminal would move by one.
    fn control(&self, n: usize, end: char) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.push(&format!("\x1b[{n}{end}")) }
    }
}

impl Output {
    fn flush(&mut self) {
        if let Some(out) = &mut self.out
            && out.write_all(self.pending.as_bytes()).and_then(|()| out.flush()).is_err()
        {
            self.out = None;
        }
        self.pending.clear();
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Screen").field(&(self.size)()).finish()
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        (self.size)().0
    }

    fn height(&self) -> u16 {
        (self.size)().1
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.control(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.control(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.control(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.control(n, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.push(&format!("{}\n", sanitize_styled(line)))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.push(&sanitize_styled(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.push("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        self.output().flush();
        Ok(())
    }
}
