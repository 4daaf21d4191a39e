//! The palette of all pictures.

/// Background of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// Off-white, for a file that is opened on its own.
    Paper,
    /// Transparent, for a page that may be light or dark.
    Clear,
}

pub(super) const BACKGROUND: u8 = 0;
pub(super) const BEAT: u8 = 1;
pub(super) const OCTAVE: u8 = 2;
pub(super) const MEASURE: u8 = 3;
pub(super) const LABEL: u8 = 4;
pub(super) const HIT: u8 = 5;
pub(super) const ADDED: u8 = 6;
pub(super) const MISSED: u8 = 7;
const PITCH_CLASSES: u8 = 8;
/// Frame around the notes of a melody.
pub(super) const MELODY: u8 = 31;
/// First of the levels of a probability, which end at 255. No picture shows them now, but all have them in their palette.
const HEAT: u8 = 32;

const PAPER: [u8; 3] = [253, 252, 250];

/// Twelve hues of equal lightness and chroma (OKLCH 0.64, 0.125), 30 degrees per fifth, C first.
const HUES: [u32; 12] = [
    0x4b_90_d5, 0x9e_8d_1c, 0xa3_75_c5, 0x34_a3_71, 0xcb_69_7b, 0x00_9d_c0, 0xbc_7d_25, 0x7e_82_d6,
    0x73_9b_44, 0xbe_6c_a4, 0x00_a3_9d, 0xcb_6f_4f,
];

/// Returns red, green and blue for the pitch class of a MIDI pitch.
#[cfg(test)]
pub(super) fn pitch_class_colour(pitch: usize) -> [u8; 3] {
    let [_, rgb @ ..] = HUES[pitch % 12].to_be_bytes();
    rgb
}

/// Returns the palette index of a note.
pub(super) fn note(pitch: usize) -> u8 {
    PITCH_CLASSES + (pitch % 12) as u8
}

/// Returns red, green, blue and opacity of a palette index.
fn rgba(index: u8) -> [u8; 4] {
    let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
    match index {
        BEAT => [128, 132, 140, 34],
        OCTAVE => [128, 132, 140, 66],
        MEASURE => [84, 116, 190, 125],
        LABEL => [128, 130, 136, 255],
        HIT => opaque([46, 158, 122]),
        ADDED => opaque([222, 128, 46]),
        MISSED => [128, 132, 140, 130],
        MELODY => opaque([222, 30, 44]),
        PITCH_CLASSES..HEAT => match HUES.get(usize::from(index - PITCH_CLASSES)) {
            Some(&hue) => (hue << 8 | 255).to_be_bytes(),
            None => [0; 4],
        },
        HEAT.. => {
            let share = f32::from(index - HEAT) / f32::from(u8::MAX - HEAT);
            let mix = |from: f32, to: f32| (from + (to - from) * share).round() as u8;
            [mix(70.0, 222.0), mix(124.0, 72.0), mix(214.0, 48.0), mix(48.0, 255.0)]
        }
        BACKGROUND => [0; 4],
    }
}

/// Returns the palette in the form that PNG needs: red, green, blue of each index, and the opacity of each.
pub(super) fn palette(surface: Surface) -> (Vec<u8>, Vec<u8>) {
    let mut colours = Vec::with_capacity(3 * 256);
    let mut opacities = Vec::with_capacity(256);
    for index in 0..=u8::MAX {
        let [r, g, b, opacity] = rgba(index);
        let over = |top: u8, below: u8| {
            let (top, below, opacity) = (u32::from(top), u32::from(below), u32::from(opacity));
            ((top * opacity + below * (255 - opacity) + 127) / 255) as u8
        };
        match surface {
            Surface::Clear => {
                colours.extend([r, g, b]);
                opacities.push(opacity);
            }
            Surface::Paper => {
                colours.extend([over(r, PAPER[0]), over(g, PAPER[1]), over(b, PAPER[2])]);
                opacities.push(255);
            }
        }
    }
    (colours, opacities)
}
