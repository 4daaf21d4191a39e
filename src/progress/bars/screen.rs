//! The terminal below the bars.
//!
//! indicatif panics when a terminal that it redraws can't be written (someone closed the window);
//! here a broken terminal swallows what follows, and the work goes on.

use indicatif::TermLike;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Assumed where the terminal does not tell its size: columns, rows.
const SIZE: (u16, u16) = (80, 24);

/// A terminal; clones share it.
#[derive(Clone)]
pub(super) struct Screen(Arc<Inner>);

struct Inner {
    size: Box<dyn Fn() -> (u16, u16) + Send + Sync>,
    output: Mutex<Output>,
}

struct Output {
    /// What is not yet written: one redraw is one write, so that nothing flickers.
    waiting: String,
    /// `None` after the first error.
    out: Option<Box<dyn Write + Send>>,
}

impl Screen {
    /// The terminal at stderr.
    pub(super) fn stderr() -> Self {
        let size = || match rustix::termios::tcgetwinsize(io::stderr()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => SIZE,
        };
        Self::new(Box::new(io::stderr()), Box::new(size))
    }

    /// A terminal of which `size` tells columns and rows.
    pub(super) fn new(
        out: Box<dyn Write + Send>,
        size: Box<dyn Fn() -> (u16, u16) + Send + Sync>,
    ) -> Self {
        let output = Mutex::new(Output { waiting: String::new(), out: Some(out) });
        Self(Arc::new(Inner { size, output }))
    }

    /// Columns of a line.
    pub(super) fn columns(&self) -> usize {
        usize::from((self.0.size)().0)
    }

    /// Writes whole lines, at once. The cursor must stand at a line's start.
    pub(super) fn print(&self, lines: &[String]) {
        let mut output = self.output();
        for line in lines {
            output.waiting.push_str(line);
            output.waiting.push('\n');
        }
        output.flush();
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.0.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, text: &str) -> io::Result<()> {
        self.output().waiting.push_str(text);
        Ok(())
    }

    /// `CSI n final`; nothing for a move by zero, which a terminal would take for one.
    fn control(&self, n: usize, end: char) -> io::Result<()> {
        match n {
            0 => Ok(()),
            n => self.push(&format!("\x1b[{n}{end}")),
        }
    }
}

impl Output {
    fn flush(&mut self) {
        if let Some(out) = &mut self.out
            && out.write_all(self.waiting.as_bytes()).and_then(|()| out.flush()).is_err()
        {
            self.out = None;
        }
        self.waiting.clear();
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Screen").field(&(self.0.size)()).finish()
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        (self.0.size)().0
    }

    fn height(&self) -> u16 {
        (self.0.size)().1
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
        self.push(line)?;
        self.push("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.push(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.push("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        self.output().flush();
        Ok(())
    }
}
