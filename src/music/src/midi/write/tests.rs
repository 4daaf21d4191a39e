//! Files are read back by midly, event by event.

use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};

use super::*;

fn note(onset: u32, duration: u32, pitch: u8, velocity: u8) -> PlacedNote {
    PlacedNote::new(onset, duration, Pitch::clamped(pitch), Velocity::clamped(velocity))
}

fn piece(notes: Vec<PlacedNote>) -> Piece {
    Piece {
        division: Division::new(480).expect("a division"),
        microseconds_per_quarter: microseconds_per_quarter(120),
        signature: TimeSignature::new(6, 8).expect("a signature"),
        key: KeySignature::new(-3, true),
        title: "Sea No. 1".into(),
        comment: Some("model 1234, seed 5".into()),
        markers: vec![
            Marker { at: 960, name: "chorus".into() },
            Marker { at: 0, name: "verse".into() },
        ],
        tracks: vec![Track {
            name: "Bass".into(),
            channel: Channel::clamped(3),
            program: 33,
            notes,
        }],
    }
}

/// (tick, whether on, pitch, velocity) of the only voice, in the file's order.
fn played(bytes: &[u8]) -> Vec<(u64, bool, u8, u8)> {
    let file = Smf::parse(bytes).expect("a sound file");
    let mut now = 0;
    let mut changes = Vec::new();
    for event in &file.tracks[1] {
        now += u64::from(event.delta.as_int());
        if let TrackEventKind::Midi { message, .. } = event.kind {
            match message {
                MidiMessage::NoteOn { key, vel } => {
                    changes.push((now, true, key.as_int(), vel.as_int()))
                }
                MidiMessage::NoteOff { key, vel } => {
                    changes.push((now, false, key.as_int(), vel.as_int()))
                }
                _ => {}
            }
        }
    }
    changes
}

fn on_and_off(bytes: &[u8]) -> Vec<(u64, bool, u8)> {
    played(bytes).into_iter().map(|(at, on, pitch, _)| (at, on, pitch)).collect()
}

#[test]
fn conductor_track_has_title_comment_tempo_meter_key_and_markers() {
    let bytes = write(&piece(vec![]));
    let file = Smf::parse(&bytes).expect("a sound file");
    let meta = |event: &TrackEvent<'_>| match event.kind {
        TrackEventKind::Meta(message) => format!("{} {message:?}", event.delta),
        _ => panic!("a conductor plays nothing"),
    };
    let text = |name: &str, text: &str| format!("{name}({:?})", text.as_bytes());
    assert_eq!(
        file.tracks[0].iter().map(meta).collect::<Vec<_>>(),
        [
            format!("0 {}", text("TrackName", "Sea No. 1")),
            format!("0 {}", text("Text", "model 1234, seed 5")),
            "0 Tempo(u24(500000))".into(),
            "0 TimeSignature(6, 3, 24, 8)".into(),
            "0 KeySignature(-3, true)".into(),
            format!("0 {}", text("Marker", "verse")),
            format!("960 {}", text("Marker", "chorus")),
            "0 EndOfTrack".into(),
        ]
    );
}

#[test]
fn voice_tracks_have_name_program_and_channel() {
    let bytes = write(&piece(vec![note(0, 10, 40, 90)]));
    let file = Smf::parse(&bytes).expect("a sound file");
    assert_eq!(file.header.format, Format::Parallel);
    let voice = &file.tracks[1];
    assert_eq!(voice[0].kind, TrackEventKind::Meta(MetaMessage::TrackName(b"Bass")));
    for event in &voice[1..voice.len() - 1] {
        assert!(
            matches!(event.kind, TrackEventKind::Midi { channel, .. } if channel.as_int() == 3)
        );
    }
    assert_eq!(played(&bytes), [(0, true, 40, 90), (10, false, 40, 64)]);
}

#[test]
fn note_offs_precede_note_ons_at_one_tick() {
    let bytes = write(&piece(vec![note(100, 50, 30, 90), note(0, 100, 60, 90)]));
    let expected = [(0, true, 60), (100, false, 60), (100, true, 30), (150, false, 30)];
    assert_eq!(on_and_off(&bytes), expected);
}

#[test]
fn overlapping_notes_of_a_pitch_are_cut() {
    let bytes =
        write(&piece(vec![note(0, 500, 60, 90), note(100, 20, 60, 80), note(100, 90, 60, 70)]));
    let expected = [(0, true, 60), (100, false, 60), (100, true, 60), (190, false, 60)];
    assert_eq!(on_and_off(&bytes), expected);
}

#[test]
fn notes_have_at_least_one_tick_and_velocity_1() {
    assert_eq!(
        played(&write(&piece(vec![note(5, 0, 60, 0)]))),
        [(5, true, 60, 1), (6, false, 60, 64)]
    );
}

#[test]
fn silence_longer_than_a_delta_is_bridged() {
    let late = 3_000_000_000;
    let expected = [(u64::from(late), true, 60), (u64::from(late) + 7, false, 60)];
    assert_eq!(on_and_off(&write(&piece(vec![note(late, 7, 60, 90)]))), expected);
}

#[test]
fn order_of_notes_and_markers_does_not_change_the_bytes() {
    let notes = vec![note(0, 100, 60, 90), note(0, 100, 64, 80), note(50, 10, 62, 70)];
    let mut other = piece(notes.iter().rev().copied().collect());
    other.markers.reverse();
    assert_eq!(write(&piece(notes)), write(&other));
}
