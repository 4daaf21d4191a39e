//! A value before and now.

/// A value in the record and the value now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff<T> {
    /// The recorded value.
    pub old: T,
    /// The value now.
    pub new: T,
}

impl<T> Diff<T> {
    /// Returns both values if they differ.
    pub(super) fn new(old: &T, new: &T) -> Option<Self>
    where
        T: PartialEq + Clone,
    {
        (old != new).then(|| Self { old: old.clone(), new: new.clone() })
    }

    /// Applies a function to both values.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Diff<U> {
        Diff { old: f(self.old), new: f(self.new) }
    }
}
