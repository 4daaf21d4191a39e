//! Wrappers, chunks, events: what is wrong with the bytes.

use super::build::{Track, chunk, file, header, one};
use super::{faults, notes, refused, score_with};
use crate::meter::TimeSignature;
use crate::midi::{Fault, MAX_BYTES, Status, read, too_large};
use crate::note::Tick;
use crate::score::SignatureSource;

#[test]
fn valid_files_have_no_faults() {
    let conductor = Track::new().meta(0, 3, b"Title").tempo(0, 400_000).meter(0, 3, 2);
    let conductor = conductor.meta(0, 0x59, &[0xFE, 1]).end();
    let piano = Track::new().after(0, &[0xC0, 5]).note(480, 0, 64).note(470, 0, 60).end();
    let bass = Track::new().after(0, &[0xC1, 33]).note(480, 1, 36).note(470, 9, 35).end();
    let reading = read(&file(1, 480, &[conductor, piano, bass]));
    assert_eq!((reading.format, reading.division, reading.tracks), (Some(1), Some(480), 3));
    assert_eq!((reading.bytes_unread, reading.detail.as_str()), (0, ""));
    assert!(reading.faults.is_empty());
    let score = reading.score.unwrap();
    assert_eq!(notes(&score), [(480, 36), (480, 64), (960, 35), (960, 60)]);
    assert_eq!(
        score.notes.iter().map(|note| note.drum).collect::<Vec<_>>(),
        [false, false, true, false]
    );
    assert_eq!(score.signatures, [(Tick(0), TimeSignature::new(3, 4).unwrap())]);
    assert_eq!(score.signature_source(), SignatureSource::Written);
    assert_eq!((score.tempos, score.keys), (vec![(Tick(0), 400_000)], vec![(Tick(0), -2, true)]));
    assert_eq!((score.names, score.programs), (vec!["Title".to_owned()], vec![5, 33]));
    assert_eq!(score.length, Tick(970));
}

#[test]
fn other_formats_are_named() {
    refused(b"", Status::NotMidi, "empty file");
    refused(&[0; 300], Status::NotMidi, "nothing but zeros");
    refused(b"\xEF\xBB\xBF \n<!DOCTYPE html><html>", Status::NotMidi, "HTML or XML");
    refused(b"\x1F\x8B\x08\x00rest", Status::NotMidi, "gzip archive");
    refused(b"PK\x03\x04rest", Status::NotMidi, "zip archive");
    refused(b"FORM\x00\x00\x00\x0EXDIRINFO", Status::NotMidi, "XMI (extended MIDI)");
    refused(b"RIFF\x04\x00\x00\x00WAVE", Status::NotMidi, "RIFF file other than RMID");
    refused(b"once upon a time", Status::NotMidi, "no MIDI header");
    refused(b"MTrk\x00\x00\x00\x00", Status::NotMidi, "a track without a MIDI header");
    refused(b"MThd\x00\x00\x00\x06\x00\x01", Status::NotMidi, "the header is cut off");
}

#[test]
fn time_without_beats_is_refused() {
    let track = Track::new().note(0, 0, 60).end();
    refused(&file(0, 0, std::slice::from_ref(&track)), Status::Ppq0, "0 ticks per quarter");
    let smpte = file(0, 0xE728, &[track]);
    refused(&smpte, Status::Smpte, "25 frames a second, 40 ticks a frame");
}

#[test]
fn largest_division_is_accepted() {
    let score = score_with(&file(0, 32767, &[Track::new().note(32767, 0, 60).end()]), &[]);
    assert_eq!(notes(&score), [(32767, 60)]);
}

#[test]
fn riff_and_macbinary_wrappers_are_removed() {
    let midi = one(Track::new().note(0, 0, 60).end());
    let mut riff = b"RIFF\xFF\xFF\x00\x00RMIDINFO\x03\x00\x00\x00abc\x00data".to_vec();
    riff.extend((midi.len() as u32).to_le_bytes());
    riff.extend(&midi);
    riff.extend(b"LIST\x04\x00\x00\x00xxxx");
    assert_eq!(notes(&score_with(&riff, &[Fault::RiffWrapped])), [(0, 60)]);
    let macbinary = [&[1; 128], midi.as_slice()].concat();
    assert_eq!(notes(&score_with(&macbinary, &[Fault::HeaderOffset])), [(0, 60)]);
}

#[test]
fn texts_and_tags_before_the_header_are_skipped() {
    let midi = one(Track::new().note(0, 0, 60).end());
    let tag = |size: [u8; 4], bytes: usize| [b"ID3\x03\0\0", &size[..], &vec![7; bytes]].concat();
    let before: [&[u8]; 8] = [
        b"\xEF\xBB\xBF",
        b"\r\n",
        b"<br />\n<b>Notice</b>: Undefined index\n",
        b"Warning: no MThd header was sent\n",
        &tag([0, 0, 0, 25], 25),
        // A picture is longer than other wrappers.
        &tag([0, 6, 0x0D, 0x20], 100_000),
        &tag([1, 1, 1, 1], 25),
        b"\xFF\xFB\x90\x64",
    ];
    for before in before {
        let score = score_with(&[before, &midi].concat(), &[Fault::HeaderOffset]);
        assert_eq!(notes(&score), [(0, 60)]);
    }
    refused(&tag([0, 0, 0, 25], 400), Status::NotMidi, "MP3 audio");
    refused(b"<html>MThd</html>", Status::NotMidi, "HTML or XML");
    refused(&[b"PK\x03\x04", midi.as_slice()].concat(), Status::NotMidi, "zip archive");
}

#[test]
fn wrappers_with_wrong_lengths_are_searched_for_the_header() {
    let midi = one(Track::new().note(0, 0, 60).end());
    for before in [&b"INFO\xFF\xFF\xFF\xFFabc"[..], b"INFO\x02\0\0\0abcdefg", b""] {
        let riff = [b"RIFF\0\0\0\0RMID", before, &midi].concat();
        let reading = read(&riff);
        assert!(reading.faults.contains(Fault::RiffWrapped), "{}", reading.faults);
        assert_eq!(notes(&reading.score.unwrap()), [(0, 60)]);
    }
    refused(b"RIFF\0\0\0\0RMIDINFO", Status::NotMidi, "RIFF RMID without a MIDI header");
}

#[test]
fn nested_wrappers_cost_no_more_than_their_bytes() {
    let mut file = one(Track::new().note(0, 0, 60).end());
    for _ in 0..2000 {
        let length = (file.len() as u32).to_le_bytes();
        file = [b"RIFF\0\0\0\0RMIDdata", &length[..], &file].concat();
    }
    let faults = [Fault::RiffWrapped, Fault::HeaderOffset];
    assert_eq!(notes(&score_with(&file, &faults)), [(0, 60)]);
}

#[test]
fn oversized_files_are_refused_by_their_start() {
    let start = one(Track::new().note(0, 0, 60).end());
    let reading = too_large(&start, 50 << 20);
    let (status, detail) = (Status::AbsurdLength, "50 MiB: at most 32 MiB are taken for music");
    assert_eq!((reading.status, reading.detail.as_str(), reading.score), (status, detail, None));
    assert_eq!(too_large(b"<html>", 50 << 20).status, Status::NotMidi);
    let mut most = start;
    most.resize(MAX_BYTES as usize, 0);
    assert_eq!(read(&most).status, Status::Ok);
    most.push(0);
    assert_eq!(read(&most).status, Status::AbsurdLength);
}

#[test]
fn longer_headers_are_skipped_with_any_length_field() {
    let track = Track::new().note(0, 0, 60).end().chunk();
    let header = [0, 0, 0, 1, 1, 224, 7, 7, 7, 7];
    for length in [10, 9, 4, u32::MAX] {
        let bytes = [b"MThd", &length.to_be_bytes()[..], &header, &track].concat();
        assert_eq!(notes(&score_with(&bytes, &[Fault::HeaderLength])), [(0, 60)]);
    }
}

#[test]
fn running_status_continues_after_meta_and_sysex_events() {
    let track = Track::new().on(0, 0, 60, 90).meta(0, 1, b"x").raw(&[10, 62, 90]);
    let track = track.sysex(0, &[0x7D, 0xF7]).raw(&[10, 64, 90, 10, 65, 90]);
    let track = track.raw(&[0, 60, 0, 0, 62, 0, 0, 64, 0, 0, 65, 0]).end();
    let score = score_with(&one(track), &[Fault::RunningStatus]);
    assert_eq!(notes(&score), [(0, 60), (10, 62), (20, 64), (30, 65)]);
}

#[test]
fn events_that_midly_rejects_lose_nothing_else() {
    let odd: [(&[u8], &[Fault]); 14] = [
        (&[0xFF, 0x59, 0], &[Fault::BadKeySignature]),
        (&[0xFF, 0x20, 1, 99], &[]),
        (&[0xFF, 0x21, 1, 200], &[]),
        (&[0xFF, 0x54, 5, 99, 99, 99, 99, 255], &[]),
        (&[0xB0, 7, 200], &[Fault::DataByte]),
        (&[0xFF, 0x51, 1, 7], &[Fault::BadTempo]),
        (&[0xF1, 1], &[Fault::SystemMessage]),
        (&[0xF2, 1, 2], &[Fault::SystemMessage]),
        (&[0xF3, 1], &[Fault::SystemMessage]),
        (&[0xF4], &[Fault::SystemMessage]),
        (&[0xF6], &[Fault::SystemMessage]),
        (&[0xF7, 2, 0xF3, 1], &[]),
        (&[0xF8], &[Fault::SystemMessage]),
        (&[0xFE], &[Fault::SystemMessage]),
    ];
    for (event, expected) in odd {
        let track = Track::new().note(0, 0, 60).after(5, event).note(5, 0, 62).end();
        assert_eq!(notes(&score_with(&one(track), expected)), [(0, 60), (20, 62)]);
    }
}

#[test]
fn clocks_inside_running_status_cost_nothing() {
    let track = Track::new().on(0, 0, 60, 90).raw(&[96, 0xF8, 0, 64, 90, 96, 0xF8, 96, 60, 0]);
    let score = score_with(&one(track.raw(&[0, 64, 0]).end()), &[Fault::SystemMessage]);
    assert_eq!((notes(&score), score.unended), (vec![(0, 60), (96, 64)], 0));
}

#[test]
fn data_bytes_above_127_are_clamped() {
    let track = Track::new().after(0, &[0x90, 60, 200]).after(5, &[0x80, 60, 0]).end();
    let score = score_with(&one(track), &[Fault::DataByte]);
    assert_eq!(score.notes[0].velocity.get(), 127);
}

#[test]
fn many_data_bytes_above_127_lose_nothing() {
    let mut track = Track::new();
    for pitch in 40..60 {
        track = track.after(0, &[0xB0, 7, 200]).after(0, &[0xB0, 91, 255]);
        track = track.on(5, 0, pitch, 240).on(200, 0, pitch, 0);
    }
    let score = score_with(&one(track.end()), &[Fault::DataByte]);
    let expected = (0..20).map(|number| (5 + 205 * number, 40 + number as u8));
    assert_eq!(notes(&score), expected.collect::<Vec<_>>());
}

#[test]
fn quantities_of_more_than_four_bytes_are_read_completely() {
    let long =
        Track::new().raw(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x05, 0x90, 60, 90]).on(1, 0, 60, 0);
    let score = score_with(&one(long.end()), &[Fault::LongQuantity]);
    assert_eq!(notes(&score), [(5, 60)]);
    let far = Track::new().on(0, 0, 60, 90).on(1 << 40, 0, 60, 0).end();
    assert_eq!(
        read(&one(far)).faults.to_string(),
        "truncated_track missing_end_of_track long_quantity unended_note"
    );
}

#[test]
fn huge_pauses_are_valid_ticks() {
    let pause = (1 << 28) - 1;
    let track = Track::new().note(pause, 0, 60).note(pause, 0, 60).end();
    let score = score_with(&one(track), &[]);
    assert_eq!(notes(&score), [(pause, 60), (2 * pause + 10, 60)]);
}

#[test]
fn tracks_are_found_despite_wrong_lengths() {
    let (first, second) = (Track::new().note(0, 0, 60).end(), Track::new().note(0, 0, 62).end());
    let tail = second.chunk();
    let mut too_long = first.0.len() as u32 + 11;
    let mut too_short = first.0.len() as u32 - 4;
    for length in [&mut too_long, &mut too_short, &mut { u32::MAX }] {
        let bytes =
            [&header(1, 2, 480), &b"MTrk"[..], &length.to_be_bytes(), &first.0, &tail].concat();
        let score = score_with(&bytes, &[Fault::ChunkLength]);
        assert_eq!(notes(&score), [(0, 60), (0, 62)], "length {length}");
    }
}

#[test]
fn track_length_that_ends_inside_a_text_is_wrong() {
    let text: &[u8] = b"For two hands by MTrk, MTrk and others";
    let first = Track::new().note(0, 0, 60).meta(0, 1, text).note(0, 0, 61).end();
    let tail = Track::new().note(0, 1, 62).end().chunk();
    let start = 12; // of the text
    for length in start..start + text.len() as u32 - 8 {
        let length = length.to_be_bytes();
        let bytes = [&header(1, 2, 480), &b"MTrk"[..], &length, &first.0, &tail].concat();
        let reading = read(&bytes);
        let what = &text[(u32::from_be_bytes(length) - start) as usize..];
        if what.starts_with(b"MTrk") {
            continue; // a reader cannot distinguish it from a track
        }
        assert_eq!(faults(&reading), [Fault::ChunkLength], "{}", String::from_utf8_lossy(what));
        assert_eq!(reading.bytes_unread, 0);
        assert_eq!(notes(&reading.score.unwrap()), [(0, 60), (0, 62), (10, 61)]);
    }
}

#[test]
fn vendor_chunks_with_padding_or_a_wrong_length_hide_no_track() {
    let track = Track::new().note(0, 0, 60).end().chunk();
    let vendor = chunk(b"XFIH", &[0, 1, 2]);
    let padded = [vendor.as_slice(), &[0]].concat();
    let mut short = vendor.clone();
    short[7] = 1;
    let mut long = vendor.clone();
    long[7] = 20;
    for vendor in [vendor, padded, short, long] {
        let bytes = [header(1, 1, 480), vendor, track.clone()].concat();
        assert_eq!(notes(&score_with(&bytes, &[Fault::AlienChunk])), [(0, 60)]);
    }
}

#[test]
fn sysex_without_length_costs_no_notes() {
    let gm_on = [0xF0, 0x7E, 0x7F, 9, 1, 0xF7];
    let gs_drums = [0xF0, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1B, 0x15, 1, 0x19, 0xF7];
    for (message, more, drum) in
        [(&gm_on[..], 80, false), (&gs_drums, 80, true), (&gm_on, 2, false)]
    {
        let mut track = Track::new().after(0, message).note(0, 11, 50);
        for _ in 0..more {
            track = track.note(0, 0, 60);
        }
        let reading = read(&one(track.end()));
        assert!(reading.faults.contains(Fault::SysexLength), "{}", reading.faults);
        assert_eq!(reading.bytes_unread, 0);
        let score = reading.score.unwrap();
        assert_eq!((score.notes.len(), score.notes[0].drum), (more + 1, drum));
    }
}

#[test]
fn sysex_with_too_large_a_length_ends_at_its_f7() {
    let message = [0xF0, 30, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1B, 0x15, 1, 0x19, 0xF7];
    let track = Track::new().after(0, &message).note(0, 11, 50).note(0, 0, 60).note(0, 0, 61);
    let score = score_with(&one(track.end()), &[Fault::SysexLength, Fault::DrumChannels]);
    assert_eq!(notes(&score), [(0, 50), (10, 60), (20, 61)]);
    // Eight-bit data without an F7 are read by their length, and named.
    let odd = Track::new().sysex(0, &[0x41, 0x90, 0x91, 0xFF]).note(0, 0, 60).end();
    assert_eq!(notes(&score_with(&one(odd), &[Fault::SysexLength])), [(0, 60)]);
}

#[test]
fn running_status_from_the_track_before_is_carried_over() {
    let first = Track::new().on(0, 0, 60, 90).raw(&[10, 60, 0]).end();
    let second = Track::new().raw(&[0, 40, 90, 10, 40, 0, 5, 41, 90, 10, 41, 0]).end();
    let score = score_with(&file(1, 480, &[first, second]), &[Fault::RunningStatus]);
    assert_eq!(notes(&score), [(0, 40), (0, 60), (15, 41)]);
}

#[test]
fn one_odd_byte_costs_at_most_its_event() {
    let mut track = Track::new();
    for pitch in 40..80 {
        track = track.note(1, 0, pitch);
    }
    let whole = track.clone().end();
    let expected = notes(&score_with(&one(whole.clone()), &[]));
    let note = 4 + 4; // bytes of a note, and of its end
    for at in 0..track.0.len() {
        for odd in [0x00, 0x40, 0x7F, 0x85, 0x95, 0xC3, 0xF1, 0xF6, 0xFF] {
            let mut bytes = whole.0.clone();
            bytes.insert(at, odd);
            let reading = read(&one(Track(bytes)));
            let found = notes(&reading.score.unwrap());
            // A delta time or a velocity may be another.
            let pitches = |notes: &[(u64, u8)]| notes.iter().map(|note| note.1).collect::<Vec<_>>();
            let (found, expected) = (pitches(&found), pitches(&expected));
            let (before, after) = (at / note, at / note + 2);
            assert_eq!(found[..before], expected[..before], "{odd:x} at {at}");
            assert!(found.ends_with(&expected[after.min(expected.len())..]), "{odd:x} at {at}");
            assert!(found.len().abs_diff(expected.len()) <= 1, "{odd:x} at {at}: {found:?}");
        }
    }
}

#[test]
fn truncated_tracks_keep_the_notes_before_the_cut() {
    let whole = one(Track::new().note(0, 0, 60).note(5, 0, 62).end());
    let reading = read(&whole[..whole.len() - 6]);
    assert_eq!((reading.status, reading.bytes_unread), (Status::Ok, 2));
    assert_eq!(reading.detail, "2 bytes left unread");
    assert!(reading.faults.contains(Fault::TruncatedTrack));
    assert_eq!(notes(&reading.score.unwrap()), [(0, 60), (15, 62)]);
    assert_eq!(read(&whole[..24]).status, Status::TruncatedTrack);
}

#[test]
fn files_damaged_before_the_first_note_report_the_damage() {
    let (cut, status) = (Track::new().tempo(0, 500_000).chunk(), Status::TruncatedTrack);
    let longer = [&header(0, 1, 480), &b"MTrk\0\0\0\xFF"[..], &cut[8..]].concat();
    refused(&longer, status, "cut off before the first note");
    refused(&[longer.as_slice(), &[0, 0x90]].concat(), status, "2 bytes left unread");
    refused(&header(1, 3, 480), status, "no track");
    refused(&header(1, 0, 480), Status::NoNotes, "no note is struck");
}

#[test]
fn tracks_without_end_of_track_are_read() {
    let bytes = file(1, 480, &[Track::new().note(0, 0, 60), Track::new().note(0, 0, 62).end()]);
    let score = score_with(&bytes, &[Fault::MissingEndOfTrack]);
    assert_eq!(notes(&score), [(0, 60), (0, 62)]);
}

#[test]
fn bytes_after_end_of_track_are_counted_as_unread() {
    let early = Track::new().note(0, 0, 60).end().note(0, 0, 99).end();
    let reading = read(&one(early));
    assert_eq!(faults(&reading), [Fault::DataAfterEnd]);
    assert_eq!((reading.bytes_unread, reading.detail.as_str()), (12, "12 bytes left unread"));
    assert_eq!(notes(&reading.score.unwrap()), [(0, 60)]);
    let garbage =
        [one(Track::new().note(0, 0, 60).end()), b"\x1A\x1A\x1A and a poem".to_vec()].concat();
    let reading = read(&garbage);
    assert_eq!((faults(&reading), reading.bytes_unread), (vec![Fault::TrailingBytes], 14));
}

#[test]
fn wrong_track_counts_and_alien_chunks_are_ignored() {
    let track = Track::new().note(0, 0, 60).end().chunk();
    let bytes = [header(1, 9, 480), chunk(b"Junk", &[1, 2, 3]), track.clone(), track].concat();
    let reading = read(&bytes);
    assert_eq!(reading.tracks, 2);
    assert_eq!(faults(&reading), [Fault::TrackCount, Fault::AlienChunk]);
}

#[test]
fn announced_but_missing_tracks_cost_nothing() {
    let bytes = [header(1, 65_535, 480), Track::new().note(0, 0, 60).end().chunk()].concat();
    assert_eq!(notes(&score_with(&bytes, &[Fault::TrackCount])), [(0, 60)]);
    assert_eq!(read(&bytes).tracks, 1);
}

#[test]
fn appended_files_are_left_unread() {
    let one = one(Track::new().note(0, 0, 60).end());
    let reading = read(&[one.as_slice(), &one].concat());
    assert_eq!(faults(&reading), [Fault::SecondHeader]);
    assert_eq!(reading.bytes_unread, one.len() as u64);
}
