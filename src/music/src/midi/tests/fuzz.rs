//! Whatever the bytes.

use super::build::{Track, file};
use crate as music;
use proptest::prelude::*;

/// The promises that `make fuzz` holds against a million real and broken files.
#[path = "../../../../../tests/fuzz/src/checks.rs"]
mod checks;

fn holds_together(bytes: &[u8]) {
    checks::check(bytes.to_vec());
    checks::check_deterministic(bytes);
}

fn events() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => 0..128u8,
        2 => prop::sample::select(vec![0x80, 0x90, 0x99, 0xB0, 0xC0, 0xF0, 0xF7, 0xFF, 0x58, 0x51, 0x2F]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2000)))]

    #[test]
    fn arbitrary_events_never_panic(format in 0..4u16, division: u16, tracks in prop::collection::vec(events(), 0..4)) {
        let tracks: Vec<Track> = tracks.into_iter().map(Track).collect();
        holds_together(&file(format, division, &tracks));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        holds_together(&bytes);
        holds_together(&[b"MThd\0\0\0\x06", bytes.as_slice()].concat());
    }

    #[test]
    fn changed_or_truncated_files_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        end: prop::sample::Index,
    ) {
        let first = Track::new().meter(0, 4, 2).tempo(0, 500_000).meta(0, 3, b"name").sysex(0, &[0x7E, 0x7F, 9, 1, 0xF7]);
        let first = first.note(0, 0, 60).meter(1910, 3, 2).note(0, 9, 40).end();
        let second = Track::new().after(0, &[0xC1, 7]).note(200, 1, 64).raw(&[5, 65, 90, 5, 65, 0]).end();
        let mut bytes = file(1, 480, &[first, second]);
        for (index, byte) in changes {
            *index.get_mut(&mut bytes) = byte;
        }
        bytes.truncate(end.index(bytes.len() + 1));
        holds_together(&bytes);
    }
}
