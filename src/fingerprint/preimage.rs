//! Bytes to be hashed, built so that different values cannot give equal bytes.

use super::Digest;

/// A tagged, length-prefixed pre-image under way.
///
/// Every item is written as a type tag, a length in eight bytes, and its bytes; the domain comes first.
/// So `("ab", "c")` and `("a", "bc")`, `1` and `"1"`, an absent and an empty value all differ.
pub struct Preimage {
    hasher: blake3::Hasher,
    /// Not yet hashed: items are short, and long stretches hash many times faster.
    waiting: Vec<u8>,
}

/// Bytes that are hashed at a time.
const STRETCH: usize = 1 << 16;

impl Preimage {
    /// A pre-image in a domain (`stage`, `files`, `seed`): equal items in two domains differ.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let mut preimage = Self { hasher: blake3::Hasher::new(), waiting: Vec::new() };
        preimage.item(b'D', domain.as_bytes());
        preimage
    }

    fn item(&mut self, tag: u8, bytes: &[u8]) {
        self.waiting.push(tag);
        self.waiting.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= STRETCH {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.item(b'T', text.as_bytes());
        self
    }

    /// Adds an unsigned number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.item(b'U', &number.to_le_bytes());
        self
    }

    /// Adds a digest.
    pub fn digest(&mut self, digest: &Digest) -> &mut Self {
        self.item(b'H', digest.bytes());
        self
    }

    /// Adds a mark that a value is absent.
    pub fn none(&mut self) -> &mut Self {
        self.item(b'N', &[]);
        self
    }

    /// Adds how many items of a list follow.
    pub fn list(&mut self, count: usize) -> &mut Self {
        self.item(b'L', &(count as u64).to_le_bytes());
        self
    }

    /// The digest of all that was added.
    #[must_use]
    pub fn finish(&self) -> Digest {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.waiting);
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_do_not_run_together() {
        let of = |parts: &[&str]| {
            let mut preimage = Preimage::new("t");
            for part in parts {
                preimage.text(part);
            }
            preimage.finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
    }

    #[test]
    fn what_is_hashed_at_a_time_changes_nothing() {
        let long = "x".repeat(STRETCH / 3);
        let mut preimage = Preimage::new("t");
        let mut hasher = blake3::Hasher::new();
        let mut expect = |tag: u8, bytes: &[u8]| {
            hasher.update(&[tag]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        expect(b'D', b"t");
        for _ in 0..10 {
            preimage.text(&long);
            expect(b'T', long.as_bytes());
        }
        assert_eq!(preimage.finish(), hasher.finalize().into());
    }

    #[test]
    fn domains_and_types_differ() {
        assert_ne!(Preimage::new("a").finish(), Preimage::new("b").finish());
        assert_ne!(Preimage::new("a").none().finish(), Preimage::new("a").text("").finish());
        assert_ne!(Preimage::new("a").number(0).finish(), Preimage::new("a").list(0).finish());
    }
}
