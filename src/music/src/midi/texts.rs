//! The texts of a file. A file names no charset, so one is guessed from all its texts together.
//!
//! Lyrics are lyric events (type 5) or, in karaoke files, text events (type 1). Events such as `@KMIDI KARAOKE FILE` mark
//! files of the Soft Karaoke format; there `\` starts a paragraph and `/` a line. In both kinds a syllable includes the
//! space after it. If none does, the writer did not follow this convention, and a space is added after each syllable.

use super::super::score::Texts;
use super::charset::Charset;

/// Maximum numbers of names and notices that are kept, of bytes of each, of bytes of lyrics (ten times those of a long
/// song), and of bytes from which the charset is guessed.
const MAX_NAMES: usize = 256;
const MAX_NOTICES: usize = 8;
const MAX_BYTES: usize = 1600;
const MAX_LYRICS: usize = 1 << 16;
const MAX_SAMPLE: usize = 1024;

/// Names of first tracks of karaoke files, in lower case. They are not titles.
const KARAOKE_NAMES: [&str; 3] = ["soft karaoke", "words", "lyrics"];

/// Collects the texts of a file.
#[derive(Default)]
pub(super) struct TextCollector {
    names: Vec<Vec<u8>>,
    instruments: Vec<Vec<u8>>,
    copyright: Vec<Vec<u8>>,
    karaoke_title: Option<Vec<u8>>,
    lyrics: Syllables,
    karaoke: Syllables,
    is_karaoke: bool,
    /// Texts that are not ASCII, one per line.
    sample: Vec<u8>,
}

impl TextCollector {
    /// Starts a track. Its lyrics start a line.
    pub(super) fn start_track(&mut self) {
        self.lyrics.end_line();
        self.karaoke.end_line();
    }

    /// Adds a text event.
    pub(super) fn push(&mut self, kind: u8, text: &[u8]) {
        if self.sample.len() < MAX_SAMPLE && !text.is_ascii() {
            self.sample.extend_from_slice(cut(text));
            self.sample.push(b'\n');
        }
        match (kind, text) {
            (2, _) => push_text(&mut self.copyright, MAX_NOTICES, text),
            (3, _) => push_text(&mut self.names, MAX_NAMES, text),
            (4, _) => push_text(&mut self.instruments, MAX_NAMES, text),
            (1 | 5, [b'@', kind, rest @ ..]) => {
                self.is_karaoke |= matches!(kind, b'K' | b'L' | b'T' | b'V');
                if *kind == b'T' && self.karaoke_title.is_none() {
                    self.karaoke_title = Some(cut(rest).to_vec()).filter(|it| !it.is_empty());
                }
            }
            (1, _) if self.is_karaoke => self.karaoke.push(text),
            (5, _) => self.lyrics.push(text),
            _ => {}
        }
    }

    /// Returns the title, which may be empty, the track names, and the other texts.
    pub(super) fn finish(self) -> (String, Vec<String>, Texts) {
        let charset = Charset::guess(&self.sample);
        let title = self.karaoke_title.map(|title| charset.clean_text(&title));
        let clean = |texts: Vec<Vec<u8>>| -> Vec<String> {
            let texts = texts.iter().map(|text| charset.clean_text(text));
            texts.filter(|text| !text.is_empty()).collect()
        };
        let names = clean(self.names);
        let title = title.filter(|title| !title.is_empty()).or_else(|| {
            let is_title = |name: &&String| !KARAOKE_NAMES.contains(&&*name.to_lowercase());
            names.first().filter(is_title).cloned()
        });
        let lyrics = if self.lyrics.bytes.is_empty() { self.karaoke } else { self.lyrics };
        let texts = Texts {
            instruments: each_once(clean(self.instruments)),
            copyright: each_once(clean(self.copyright)),
            lyrics: lyrics.lines(charset),
        };
        (title.unwrap_or_default(), names, texts)
    }
}

/// Adds a text that is not empty, unless the list is full.
fn push_text(texts: &mut Vec<Vec<u8>>, max: usize, text: &[u8]) {
    if texts.len() < max && !text.trim_ascii().is_empty() {
        texts.push(cut(text).to_vec());
    }
}

fn each_once(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MAX_BYTES)]
}

/// Syllables in file order.
#[derive(Default)]
struct Syllables {
    bytes: Vec<u8>,
    /// Ends of the syllables in `bytes`.
    ends: Vec<usize>,
    /// Whether any syllable includes whitespace or ends with a hyphen.
    is_spaced: bool,
}

impl Syllables {
    fn push(&mut self, text: &[u8]) {
        let (breaks, text) = match text {
            [b'/' | b'\\', rest @ ..] => (true, rest),
            text => (false, text),
        };
        let room = MAX_LYRICS.saturating_sub(self.bytes.len());
        if text.len() >= room {
            return;
        }
        if breaks {
            self.end_line();
        }
        let is_gap = |byte: &u8| byte.is_ascii_whitespace();
        self.is_spaced |= text.iter().any(is_gap) || text.len() > 1 && text.ends_with(b"-");
        self.bytes.extend(text.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }));
        self.ends.push(self.bytes.len());
    }

    fn end_line(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'\n')) {
            self.bytes.push(b'\n');
        }
    }

    fn lines(self, charset: Charset) -> Vec<String> {
        let bytes = match self.is_spaced {
            true => self.bytes,
            false => self.with_spaces(),
        };
        let lines = bytes.split(|&byte| byte == b'\n').map(|line| charset.clean_text(line));
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// Returns the bytes with a space after each syllable.
    fn with_spaces(&self) -> Vec<u8> {
        let mut spaced = Vec::with_capacity(self.bytes.len() + self.ends.len());
        let mut start = 0;
        for &end in &self.ends {
            spaced.extend(&self.bytes[start..end]);
            spaced.push(b' ');
            start = end;
        }
        spaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(events: &[(u8, &str)]) -> Texts {
        let mut texts = TextCollector::default();
        texts.start_track();
        events.iter().for_each(|&(kind, text)| texts.push(kind, text.as_bytes()));
        texts.finish().2
    }

    #[test]
    fn syllables_join_to_words_and_lines() {
        let lyrics = |syllables: &[&str]| {
            texts(&syllables.iter().map(|&text| (5, text)).collect::<Vec<_>>()).lyrics
        };
        assert_eq!(lyrics(&["Twin", "kle ", "star\r", "How ", "I\r\n"]), ["Twinkle star", "How I"]);
        assert_eq!(lyrics(&["/Twin", "kle ", "\\star"]), ["Twinkle", "star"]);
        assert_eq!(lyrics(&["one", "two", "three"]), ["one two three"], "no convention");
        assert_eq!(lyrics(&["\x1b[31m", " "]), ["[31m"]);
        assert!(lyrics(&["\r", " "]).is_empty());
    }

    #[test]
    fn karaoke_texts_are_lyrics_and_other_texts_are_not() {
        let words = [(1, "\\Hel"), (1, "lo "), (1, "you"), (1, "/there")];
        let karaoke = [&[(1, "@KMIDI KARAOKE FILE"), (1, "@TTitle")], &words[..]].concat();
        assert_eq!(texts(&karaoke).lyrics, ["Hello you", "there"]);
        assert!(texts(&words).lyrics.is_empty());
        let both = [&karaoke[..], &[(5, "Sung "), (5, "words")]].concat();
        assert_eq!(texts(&both).lyrics, ["Sung words"]);
    }

    #[test]
    fn notices_and_instruments_are_listed_once() {
        let found =
            texts(&[(2, "(c) A"), (4, "Piano"), (2, "(c) A"), (4, ""), (4, "Bass"), (2, "B")]);
        assert_eq!(found.copyright, ["(c) A", "B"]);
        assert_eq!(found.instruments, ["Piano", "Bass"]);
    }

    #[test]
    fn endless_lyrics_are_cut() {
        let line = "la ".repeat(20) + "\r";
        let events: Vec<(u8, &str)> = (0..100_000).map(|_| (5, line.as_str())).collect();
        let total: usize = texts(&events).lyrics.iter().map(String::len).sum();
        assert!((MAX_LYRICS / 2..=MAX_LYRICS).contains(&total), "{total}");
    }
}
