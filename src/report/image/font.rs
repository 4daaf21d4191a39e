//! Digits and letters for the margins of a pianoroll, 3 x 5 dots.

/// Width of a character in dots, including the gap after it.
pub(super) const ADVANCE: usize = 4;
/// Height of a character in dots.
pub(super) const HEIGHT: usize = 5;

/// Returns the rows of a character, top first; the highest of the three low bits is the left dot.
pub(super) fn glyph(character: char) -> [u8; HEIGHT] {
    match character {
        '0' => [0b111, 0b101, 0b101, 0b101, 0b111],
        '1' => [0b010, 0b110, 0b010, 0b010, 0b111],
        '2' => [0b111, 0b001, 0b111, 0b100, 0b111],
        '3' => [0b111, 0b001, 0b011, 0b001, 0b111],
        '4' => [0b101, 0b101, 0b111, 0b001, 0b001],
        '5' => [0b111, 0b100, 0b111, 0b001, 0b111],
        '6' => [0b111, 0b100, 0b111, 0b101, 0b111],
        '7' => [0b111, 0b001, 0b010, 0b010, 0b010],
        '8' => [0b111, 0b101, 0b111, 0b101, 0b111],
        '9' => [0b111, 0b101, 0b111, 0b001, 0b111],
        'C' => [0b011, 0b100, 0b100, 0b100, 0b011],
        '-' => [0b000, 0b000, 0b111, 0b000, 0b000],
        _ => [0; HEIGHT],
    }
}
