//! The texts of a file. A file names no charset, so that of all its texts together is guessed.

use super::charset::Charset;

/// Maximum numbers of names that are kept, of their bytes, and of bytes by which the charset is guessed.
const MAX_NAMES: usize = 8;
const MAX_BYTES: usize = 1600;
const MAX_SAMPLE: usize = 1024;

/// Names of the first tracks of karaoke files, which are no titles.
const KARAOKE_NAMES: [&str; 3] = ["soft karaoke", "words", "lyrics"];

/// Collects the texts of a file.
#[derive(Default)]
pub(super) struct Texts {
    names: Vec<Vec<u8>>,
    karaoke_title: Option<Vec<u8>>,
    /// Texts that are not ASCII.
    sample: Vec<u8>,
}

impl Texts {
    /// Adds a text event.
    pub(super) fn push(&mut self, kind: u8, text: &[u8]) {
        if self.sample.len() < MAX_SAMPLE && !text.is_ascii() {
            self.sample.extend_from_slice(cut(text));
            self.sample.push(b'\n');
        }
        match (kind, text) {
            (3, _) if self.names.len() < MAX_NAMES && !text.trim_ascii().is_empty() => {
                self.names.push(cut(text).to_vec());
            }
            (1 | 5, [b'@', b'T', title @ ..]) if self.karaoke_title.is_none() => {
                self.karaoke_title = Some(cut(title).to_vec()).filter(|it| !it.is_empty());
            }
            _ => {}
        }
    }

    /// Returns the title, which may be empty, and the first few track names.
    pub(super) fn finish(self) -> (String, Vec<String>) {
        let charset = Charset::guess(&self.sample);
        let title = self.karaoke_title.map(|title| charset.clean_text(&title));
        let names = self.names.iter().map(|name| charset.clean_text(name));
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let title = title.filter(|title| !title.is_empty()).or_else(|| {
            let is_title = |name: &&String| !KARAOKE_NAMES.contains(&&*name.to_lowercase());
            names.first().filter(is_title).cloned()
        });
        (title.unwrap_or_default(), names)
    }
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MAX_BYTES)]
}
