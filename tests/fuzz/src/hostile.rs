//! Files that are as expensive as possible for a reader that trusts numbers, allocates by them, or scans bytes twice.

use crate::build::{Track, chunk, file, header, one, quantity};

/// Builds a file.
pub type Make = Box<dyn Fn() -> Vec<u8>>;

/// Names and builders of the files, each about `size` bytes long.
pub fn files(bytes: usize) -> Vec<(&'static str, Make)> {
    let fill = move |pattern: Vec<u8>| -> Vec<u8> {
        pattern.iter().copied().cycle().take(bytes / pattern.len() * pattern.len()).collect()
    };
    let track =
        move |pattern: Vec<u8>| one(Track::new().on(0, 0, 60, 90).raw(&fill(pattern)).end());
    let chunks =
        move |format: u16, pattern: Vec<u8>| [header(format, 65_535, 480), fill(pattern)].concat();
    let event = |delta: u64, bytes: &[u8]| [&quantity(delta)[..], bytes].concat();
    let small = Track::new().meter(1, 3, 2).note(1, 0, 64).end().chunk();
    let far = (1 << 28) - 1;
    let riff = |inner: &[u8]| {
        let length = (inner.len() as u32 + 4).to_le_bytes();
        [b"RIFF", &length[..], b"RMIDdata", &(inner.len() as u32).to_le_bytes(), inner].concat()
    };
    vec![
        ("notes", Box::new(move || track(vec![1, 61, 90]))),
        ("notes at one tick", Box::new(move || track(vec![0, 61, 90, 0, 61, 0]))),
        (
            "a million notes far apart",
            Box::new(move || {
                track([event(far, &[0x90, 60, 90]), event(0, &[0x90, 60, 0])].concat())
            }),
        ),
        (
            "notes over every measure",
            Box::new(move || {
                track((0..90).flat_map(|pitch| event(173, &[0x90, 20 + pitch, 90])).collect())
            }),
        ),
        ("tempos", Box::new(move || track(vec![1, 0xFF, 0x51, 3, 1, 2, 3]))),
        (
            "few tempos more than notes",
            Box::new(move || {
                track([vec![1, 0xFF, 0x51, 3, 1, 2, 3], [0, 0x90, 60, 90].repeat(3)].concat())
            }),
        ),
        (
            "meters",
            Box::new(move || {
                track([event(1, &[0xFF, 0x58, 2, 1, 7]), event(1, &[0xFF, 0x58, 2, 2, 7])].concat())
            }),
        ),
        (
            "meters far apart",
            Box::new(move || {
                track(
                    [event(far, &[0xFF, 0x58, 2, 1, 7]), event(far, &[0xFF, 0x58, 2, 2, 7])]
                        .concat(),
                )
            }),
        ),
        (
            "meters and notes",
            Box::new(move || {
                let notes = event(0, &[0x90, 60, 90]).repeat(20);
                track(
                    [
                        event(1, &[0xFF, 0x58, 2, 1, 7]),
                        notes.clone(),
                        event(1, &[0xFF, 0x58, 2, 2, 7]),
                        notes,
                    ]
                    .concat(),
                )
            }),
        ),
        (
            "names",
            Box::new(move || track([event(0, &[0xFF, 3, 0x84, 0]), b"\x83h".repeat(256)].concat())),
        ),
        (
            "one long name",
            Box::new(move || {
                one(Track::new().meta(0, 3, &fill(b"\xE3\x83".to_vec())).note(0, 0, 60).end())
            }),
        ),
        (
            "drum messages",
            Box::new(move || {
                track(event(
                    0,
                    &[0xF0, 8, 0x43, 0x10, 0x4C, 8, 1, 7, 2, 0xF7, 0, 0xC1, 1, 0, 0x91, 40, 90],
                ))
            }),
        ),
        (
            "payloads longer than the file",
            Box::new(move || track(vec![0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F, 0xF7])),
        ),
        ("payloads without an end", Box::new(move || track(vec![0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F]))),
        (
            "running status across meta events",
            Box::new(move || track(vec![0, 0xFF, 1, 0, 0, 61, 90])),
        ),
        (
            "running status without a status",
            Box::new(move || one(Track::new().raw(&fill(vec![0])))),
        ),
        (
            "long quantities",
            Box::new(move || track([vec![0xFF; 8], vec![0x7F, 0x90, 60, 90]].concat())),
        ),
        ("quantities without an end", Box::new(move || one(Track::new().raw(&fill(vec![0x80]))))),
        ("data bytes above 127", Box::new(move || track(vec![0, 0x90, 0xFF, 0xFF]))),
        ("realtime messages", Box::new(move || track(vec![0, 0xF8]))),
        ("tracks", {
            let small = small.clone();
            Box::new(move || chunks(1, small.clone()))
        }),
        ("sequential pieces", {
            let small = small.clone();
            Box::new(move || chunks(2, small.clone()))
        }),
        ("empty tracks", Box::new(move || chunks(1, chunk(b"MTrk", &[])))),
        (
            "tracks longer than the file",
            Box::new(move || chunks(1, b"MTrk\xFF\xFF\xFF\xFF\0\x90\x3C\x40".to_vec())),
        ),
        (
            "tracks longer than themselves",
            Box::new(move || chunks(1, b"MTrk\0\x10\0\x02\0\xFF\x2F\0".to_vec())),
        ),
        (
            "tracks shorter than themselves",
            Box::new(move || chunks(1, b"MTrk\0\0\0\x02\0\x90\x3C\x40".to_vec())),
        ),
        ("ids without lengths", Box::new(move || chunks(1, b"MTrk".to_vec()))),
        ("alien chunks", Box::new(move || chunks(1, chunk(b"Junk", &[])))),
        (
            "alien chunks that end in nothing",
            Box::new(move || chunks(1, b"Junk\0\0\0\x01".to_vec())),
        ),
        ("headers", Box::new(move || chunks(1, header(1, 1, 480)))),
        (
            "65,535 tracks that are not there",
            Box::new(move || [header(1, 65_535, 480), small.clone()].concat()),
        ),
        (
            "wrappers in wrappers",
            Box::new(move || {
                let mut inner = one(Track::new().note(0, 0, 60).end());
                while inner.len() < bytes.min(60_000) {
                    inner = riff(&inner);
                }
                inner
            }),
        ),
        (
            "empty chunks in a wrapper",
            Box::new(move || [&b"RIFF\0\0\0\0RMID"[..], &fill(b"LIST\0\0\0\0".to_vec())].concat()),
        ),
        (
            "zeros before a header",
            Box::new(move || [fill(vec![1]), one(Track::new().note(0, 0, 60).end())].concat()),
        ),
        ("just under every limit", Box::new(move || just_under_every_limit(bytes))),
        (
            "two far tracks",
            Box::new(move || {
                let track =
                    Track::new().on(u64::from(u32::MAX), 0, 60, 90).on(1 << 62, 0, 61, 90).end();
                file(1, 1, &[track.clone(), track])
            }),
        ),
    ]
}

/// As many notes, tempos, meters and measures as are accepted, each note in its own cell, and text in the rest of the
/// file.
fn just_under_every_limit(bytes: usize) -> Vec<u8> {
    let mut track = Track::new();
    let words = [b'w'; 100];
    for note in 0..(1 << 20) - 1_u32 {
        // 256 notes in each of 4,096 measures of 480 ticks at 120 a quarter.
        let delta = if note % 4 == 0 { 7 + u64::from(note % 8 == 0) } else { 0 };
        track = track.on(delta, 0, 30 + (note % 64) as u8, 90);
    }
    for change in 0..(1 << 18) - 1_u32 {
        track = track.tempo(1, 300_000 + change);
    }
    for change in 0..(1 << 16) - 1_u32 {
        track = track.meter(1, 1 + (change % 2) as u8, 7);
    }
    while track.0.len() + 200 < bytes {
        track = track.meta(0, 1, &words);
    }
    file(0, 120, &[track.end()])
}
