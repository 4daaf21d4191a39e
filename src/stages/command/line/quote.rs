//! Tracks the quoting context in a shell line, and quotes values for it.

/// An open quoting context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `'`
    Single,
    /// `"`
    Double,
    /// `(` or `$(`; quoting starts afresh inside.
    Parenthesis,
    /// A backquote; quoting starts afresh inside.
    Backquote,
    /// `#`, until the line ends.
    Comment,
}

/// Follows the quoting of a line like a POSIX shell, except that here-documents are read like other text.
#[derive(Debug, Default)]
pub(super) struct Shell {
    /// Innermost last.
    open: Vec<Open>,
    /// Whether the last character was a backslash.
    escaped: bool,
    /// Whether the last character was `$`.
    dollar: bool,
    /// Whether the last character belongs to a word, in which `#` does not start a comment.
    in_word: bool,
}

impl Shell {
    /// Reads more of the line.
    pub(super) fn read(&mut self, text: &str) {
        text.chars().for_each(|c| self.step(c));
    }

    /// Reads an inserted value.
    pub(super) fn read_word(&mut self) {
        (self.escaped, self.dollar, self.in_word) = (false, false, true);
    }

    fn step(&mut self, c: char) {
        let (escaped, dollar) = (self.escaped, self.dollar);
        (self.escaped, self.dollar) = (false, false);
        match self.open.last() {
            Some(Open::Single) => {
                if c == '\'' {
                    self.open.pop();
                }
                return;
            }
            Some(Open::Comment) => {
                if c == '\n' {
                    self.open.pop();
                    self.in_word = false;
                }
                return;
            }
            _ if escaped => {
                self.in_word = true;
                return;
            }
            _ => {}
        }
        self.dollar = c == '$';
        self.escaped = c == '\\';
        if self.open.last() == Some(&Open::Double) {
            match c {
                '"' => drop(self.open.pop()),
                '(' if dollar => self.enter(Open::Parenthesis),
                '`' => self.enter(Open::Backquote),
                _ => {}
            }
            return;
        }
        match c {
            '\'' => self.open.push(Open::Single),
            '"' => self.open.push(Open::Double),
            '#' if !self.in_word => return self.open.push(Open::Comment),
            '(' => return self.enter(Open::Parenthesis),
            ')' => return self.leave(Open::Parenthesis),
            '`' if self.open.last() == Some(&Open::Backquote) => {
                return self.leave(Open::Backquote);
            }
            '`' => return self.enter(Open::Backquote),
            _ => {}
        }
        self.in_word = !(c.is_whitespace() || matches!(c, ';' | '&' | '|'));
    }

    fn enter(&mut self, open: Open) {
        self.open.push(open);
        self.in_word = false;
    }

    fn leave(&mut self, open: Open) {
        if self.open.last() == Some(&open) {
            self.open.pop();
        }
        self.in_word = true;
    }

    /// Quotes a value so that it is one word, or a part of one, in this context.
    pub(super) fn quote(&self, value: &[u8]) -> Vec<u8> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(byte);
        if value.iter().all(plain) && !value.is_empty() {
            return value.to_vec();
        }
        match self.open.last() {
            Some(Open::Single) => replaced(value, |byte| (byte == b'\'').then_some(br"'\''")),
            Some(Open::Double) => replaced(value, |byte| match byte {
                b'"' => Some(br#"\""#),
                b'$' => Some(br"\$"),
                b'`' => Some(br"\`"),
                b'\\' => Some(br"\\"),
                _ => None,
            }),
            Some(Open::Comment) => replaced(value, |byte| (byte == b'\n').then_some(b" ")),
            Some(Open::Parenthesis | Open::Backquote) | None => {
                let inside = replaced(value, |byte| (byte == b'\'').then_some(br"'\''"));
                [b"'", inside.as_slice(), b"'"].concat()
            }
        }
    }
}

fn replaced<const N: usize>(value: &[u8], by: impl Fn(u8) -> Option<&'static [u8; N]>) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(value.len());
    for &byte in value {
        match by(byte) {
            Some(other) => quoted.extend_from_slice(other),
            None => quoted.push(byte),
        }
    }
    quoted
}
