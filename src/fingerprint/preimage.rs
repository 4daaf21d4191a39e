//! Preimages of digests, built so that different values never give the same bytes.

use super::Digest;

/// A builder of a tagged, length-prefixed preimage.
///
/// Every item is written as a type tag, a length in eight bytes, and its bytes; the domain comes first.
/// So `("ab", "c")` and `("a", "bc")`, `1` and `"1"`, an absent and an empty value all differ.
pub struct Preimage {
    hasher: blake3::Hasher,
    /// Bytes not hashed yet: items are short, and long pieces hash many times faster.
    buffer: Vec<u8>,
}

/// Bytes hashed at a time.
const PIECE: usize = 1 << 16;

impl Preimage {
    /// Starts a preimage in a domain (`stage`, `files`, `seed`): equal items in two domains differ.
    pub fn new(domain: &str) -> Self {
        let mut preimage = Self { hasher: blake3::Hasher::new(), buffer: Vec::new() };
        preimage.item(b'D', domain.as_bytes());
        preimage
    }

    fn item(&mut self, tag: u8, bytes: &[u8]) -> &mut Self {
        self.buffer.push(tag);
        self.buffer.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        self
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.item(b'T', text.as_bytes())
    }

    /// Adds an unsigned number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.item(b'U', &number.to_le_bytes())
    }

    /// Adds a digest.
    pub fn digest(&mut self, digest: &Digest) -> &mut Self {
        self.item(b'H', digest.bytes())
    }

    /// Adds an optional value by `add`, or a mark that it is absent.
    pub fn option<T>(
        &mut self,
        value: Option<T>,
        add: impl Fn(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            Some(value) => add(self, value),
            None => self.item(b'N', &[]),
        }
    }

    /// Adds the length of a list whose items follow.
    pub fn list(&mut self, count: usize) -> &mut Self {
        self.item(b'L', &(count as u64).to_le_bytes())
    }

    /// Returns the digest of everything that was added.
    pub fn finish(&self) -> Digest {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.buffer);
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_delimited() {
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
    fn piece_size_does_not_change_the_digest() {
        let long = "x".repeat(PIECE / 3);
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
    fn domains_and_types_change_the_digest() {
        assert_ne!(Preimage::new("a").finish(), Preimage::new("b").finish());
        assert_ne!(
            Preimage::new("a").option(None::<()>, |preimage, ()| preimage).finish(),
            Preimage::new("a").text("").finish()
        );
        assert_ne!(Preimage::new("a").number(0).finish(), Preimage::new("a").list(0).finish());
    }
}
