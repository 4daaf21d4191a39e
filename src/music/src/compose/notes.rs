//! Notes while a section is written: first when, then which scale step, then which pitch. Times are ticks from the
//! start of the section.

/// A rhythm's note: it has no pitch yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) at: u32,
    pub(super) length: u32,
}

/// A note of a melody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MelodyNote {
    pub(super) at: u32,
    pub(super) length: u32,
    /// Scale steps over the key's base.
    pub(super) step: i32,
}

/// A note of a part, before it is moved into the range of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SectionNote {
    pub(super) at: u32,
    pub(super) length: u32,
    pub(super) pitch: i32,
    /// Velocity to add to that of the part.
    pub(super) stress: i32,
}
