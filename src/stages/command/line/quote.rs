//! Where in a shell's line a value stands, and how it is quoted there.

/// What is open around a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `'`
    Single,
    /// `"`
    Double,
    /// `(` or `$(`: as if nothing were open.
    Parenthesis,
    /// A backquote: as if nothing were open.
    Backquote,
    /// `#`, until the line ends.
    Comment,
}

/// A reader that follows a line as a POSIX shell would, as far as quoting goes. Here-documents are read
/// like the rest.
#[derive(Debug, Default)]
pub(super) struct Shell {
    /// Innermost last.
    open: Vec<Open>,
    /// Whether a backslash was the last character.
    escaped: bool,
    /// Whether a `$` was.
    dollar: bool,
    /// Whether the last character belongs to a word, where `#` begins no comment.
    in_word: bool,
}

impl Shell {
    /// Reads on.
    pub(super) fn read(&mut self, text: &str) {
        text.chars().for_each(|c| self.step(c));
    }

    /// Reads a value that was put in.
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

    /// A value as it must be written here to be one word, or a part of one.
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
