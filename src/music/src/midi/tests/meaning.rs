//! Notes, meter, tempo, text, drums: what sound events mean.

use super::build::{Track, file, one};
use super::{faults, meter, notes, notes as notes_of, refused, score_with};
use crate::meter::TimeSignature;
use crate::midi::{Fault, Status, read};
use crate::note::Tick;
use crate::roll::{Drums, RollShape, quantize};
use crate::score::{LoopPoint, SignatureSource};

#[test]
fn format_2_lays_its_pieces_end_to_end() {
    let first = Track::new().meter(0, 3, 2).note(0, 0, 60).meta(990, 1, b"").end();
    let second = Track::new().note(0, 0, 62).end();
    let score = score_with(&file(2, 480, &[first, second]), &[]);
    assert_eq!(notes(&score), [(0, 60), (1000, 62)]);
    assert_eq!(meter(&score), [(0, "3/4".into()), (1000, "4/4".into())]);
    let unknown = file(7, 480, &[Track::new().note(0, 0, 60).end()]);
    score_with(&unknown, &[Fault::UnknownFormat]);
}

#[test]
fn notes_need_neither_length_nor_end() {
    let track = Track::new().on(0, 0, 60, 90).on(0, 0, 60, 0).on(5, 0, 62, 90).end();
    let score = score_with(&one(track), &[Fault::UnendedNote]);
    assert_eq!((notes(&score), score.unended), (vec![(0, 60), (5, 62)], 1));
}

#[test]
fn overlapping_notes_of_one_pitch_are_two_notes() {
    let track = Track::new().on(0, 0, 60, 90).on(5, 0, 60, 90).on(5, 0, 60, 0).on(5, 0, 60, 0);
    assert_eq!(notes(&score_with(&one(track.end()), &[])), [(0, 60), (5, 60)]);
}

#[test]
fn note_on_with_velocity_0_is_an_end() {
    let track = Track::new().on(0, 0, 60, 0).end();
    refused(&one(track), Status::NoNotes, "no note is struck");
}

#[test]
fn time_signatures_of_all_tracks_are_merged() {
    let first = Track::new().meter(0, 4, 2).meter(1920, 4, 2).meter(1920, 3, 2).end();
    let second = Track::new().meter(0, 4, 2).note(0, 0, 60).meter(5750, 6, 3).end();
    let score = score_with(&file(1, 480, &[first, second]), &[Fault::ShortMeasure]);
    let expected = [(0, "4/4".into()), (3840, "3/4".into()), (5760, "6/8".into())];
    assert_eq!(meter(&score), expected);
    assert_eq!(score.distinct_signatures().len(), 3);
}

#[test]
fn invalid_time_signatures_are_ignored() {
    for payload in [&[0, 2, 24, 8][..], &[4, 8, 24, 8], &[4, 255, 24, 8], &[3]] {
        let track = Track::new().meta(0, 0x58, payload).note(0, 0, 60).end();
        let score = score_with(&one(track), &[Fault::BadTimeSignature]);
        assert_eq!(meter(&score), [(0, "4/4".into())]);
        assert_eq!(score.signature_source(), SignatureSource::Assumed);
    }
    let two_bytes = Track::new().meta(0, 0x58, &[3, 2]).note(0, 0, 60).end();
    assert_eq!(meter(&score_with(&one(two_bytes), &[])), [(0, "3/4".into())]);
}

#[test]
fn first_signature_begins_a_measure_and_4_4_holds_before_it() {
    let late = Track::new().note(0, 0, 60).meter(1910, 3, 2).end();
    let score = score_with(&one(late), &[Fault::LateTimeSignature]);
    assert_eq!(meter(&score), [(0, "4/4".into()), (1920, "3/4".into())]);
    assert_eq!(score.distinct_signatures().len(), 2);
    // A pick-up of a quarter.
    let pick_up = Track::new().note(0, 0, 60).meter(470, 4, 2).note(0, 0, 62).end();
    let score = score_with(&one(pick_up), &[Fault::LateTimeSignature, Fault::ShortMeasure]);
    assert_eq!(meter(&score), [(0, "4/4".into()), (480, "4/4".into())]);
    let roll = quantize(&score, &RollShape::THESIS, Drums::Drop).unwrap();
    let cells = roll.segments.iter().flat_map(|it| it.measures.iter()).collect::<Vec<_>>();
    assert_eq!(cells, [&[44][..], &[46]], "both on the first step of a measure");
    // Nothing sounds before it.
    let silent = Track::new().meter(480, 3, 2).note(0, 0, 60).end();
    let score = score_with(&one(silent), &[]);
    assert_eq!(meter(&score), [(0, "4/4".into()), (480, "3/4".into())]);
    assert_eq!(score.distinct_signatures(), [TimeSignature::new(3, 4).unwrap()]);
    let same = Track::new().meter(1920, 4, 2).note(0, 0, 60).end();
    assert_eq!(score_with(&one(same), &[]).distinct_signatures(), [TimeSignature::COMMON]);
}

#[test]
fn signature_inside_a_measure_begins_one_even_if_it_repeats_the_last() {
    let track = |first: u64, second: u64| {
        let track = Track::new().meter(0, 3, 2).note(0, 0, 60).meter(first - 10, 3, 2);
        one(track.meter(second - first, 3, 2).note(0, 0, 62).end())
    };
    assert_eq!(meter(&score_with(&track(1440, 2880), &[])), [(0, "3/4".into())]);
    let score = score_with(&track(1440, 2000), &[Fault::ShortMeasure]);
    assert_eq!(meter(&score), [(0, "3/4".into()), (2000, "3/4".into())]);
    let score = score_with(&track(500, 1940), &[Fault::ShortMeasure]);
    assert_eq!(meter(&score), [(0, "3/4".into()), (500, "3/4".into())]);
}

#[test]
fn signature_beside_a_bar_line_that_the_notes_fit_is_moved_there() {
    let track = |written: u64, first: u64| {
        let mut track = Track::new().meter(written, 3, 2);
        track = track.note(first - written, 0, 60);
        for pitch in 61..70 {
            track = track.note(470, 0, pitch);
        }
        read(&one(track.end()))
    };
    let fits_bar_line = track(1925, 2400);
    assert_eq!(faults(&fits_bar_line), [Fault::InexactTimeSignature]);
    assert_eq!(meter(&fits_bar_line.score.unwrap()), [(0, "4/4".into()), (1920, "3/4".into())]);
    let early = track(1910, 1920);
    assert_eq!(meter(&early.score.unwrap()), [(0, "4/4".into()), (1920, "3/4".into())]);
    let start = track(3, 480).score.unwrap();
    assert_eq!(meter(&start), [(0, "3/4".into())]);
    assert_eq!(start.distinct_signatures().len(), 1);
    // The notes fit the signature, or it is not near enough.
    let fits_itself = track(1925, 2405);
    assert_eq!(faults(&fits_itself), []);
    assert_eq!(meter(&fits_itself.score.unwrap())[1].0, 1925);
    assert_eq!(meter(&track(2040, 2400).score.unwrap())[1].0, 2040);
}

#[test]
fn last_of_conflicting_signatures_wins() {
    let conflict = Track::new().meter(0, 4, 2).meter(0, 3, 2).note(0, 0, 60).end();
    let score = score_with(&one(conflict), &[Fault::ConflictingTimeSignatures]);
    assert_eq!(meter(&score), [(0, "3/4".into())]);
}

#[test]
fn tempos_of_all_tracks_are_kept_except_0() {
    let notes = Track::new().tempo(480, 250_000).tempo(0, 0).note(470, 0, 60).end();
    let score = score_with(&file(1, 480, &[Track::new().end(), notes]), &[Fault::BadTempo]);
    assert_eq!(score.tempos, [(Tick(480), 250_000)]);
    assert_eq!(score.seconds(), 0.75);
}

#[test]
fn impossible_keys_are_kept_and_flagged() {
    let track = Track::new().meta(0, 0x59, &[18u8.wrapping_neg(), 0]).note(0, 0, 60).end();
    let score = score_with(&one(track), &[Fault::BadKeySignature]);
    assert_eq!(score.keys, [(Tick(0), -18, false)]);
}

#[test]
fn names_are_decoded_and_cleaned() {
    let track = Track::new().meta(0, 3, b"\x83h\x83\x89\x83S\x83\x93\x1B[2J").note(0, 0, 60).end();
    assert_eq!(score_with(&one(track), &[]).names, ["ドラゴン[2J"]);
}

#[test]
fn title_is_that_of_the_karaoke_text_or_the_first_name() {
    let title = |track: Track| score_with(&one(track.note(0, 0, 60).end()), &[]).title;
    assert_eq!(title(Track::new()), "");
    assert_eq!(
        title(Track::new().meta(0, 3, b" ").meta(0, 3, b"Song").meta(0, 3, b"Piano")),
        "Song"
    );
    let karaoke = Track::new().meta(0, 3, b"Soft Karaoke").meta(0, 1, b"@KMIDI KARAOKE FILE");
    let titled = karaoke.clone().meta(0, 1, b"@LENGL").meta(0, 1, b"@TThe Little Boat");
    assert_eq!(title(titled.meta(0, 1, b"@TTraditional")), "The Little Boat");
    assert_eq!(title(karaoke.meta(0, 3, b"Words")), "");
}

#[test]
fn charset_of_a_title_is_guessed_from_all_texts() {
    let track = Track::new().meta(0, 3, b"\xCA").meta(0, 1, b"\xCA\xE0\xEB\xE8\xED\xEA\xE0");
    assert_eq!(score_with(&one(track.note(0, 0, 60).end()), &[]).title, "К");
}

#[test]
fn programs_hold_by_time_for_the_notes_of_all_tracks() {
    let program =
        |track: Track, delta, channel: u8, program| track.after(delta, &[0xC0 | channel, program]);
    let programs = |tracks: &[Track]| {
        let tracks: Vec<Track> = tracks.iter().map(|track| track.clone().end()).collect();
        let score = score_with(&file(1, 480, &tracks), &[]);
        (score.notes.iter().map(|note| note.program).collect::<Vec<_>>(), score.programs)
    };
    let notes = Track::new().note(0, 0, 60).note(90, 0, 62).note(90, 0, 64);
    let setup = program(program(Track::new(), 0, 0, 5), 100, 0, 48);
    assert_eq!(programs(&[setup.clone(), notes.clone()]), (vec![5, 48, 48], vec![5, 48]));
    assert_eq!(programs(&[notes.clone(), setup]), (vec![5, 48, 48], vec![5, 48]));
    let late = program(program(Track::new(), 0, 0, 5), 9999, 0, 48);
    assert_eq!(programs(&[late, notes.clone()]), (vec![5, 5, 5], vec![5]));
    // An XG message sets a program, a reset all.
    let xg_program = Track::new().sysex(50, &[0x43, 0x10, 0x4C, 8, 0, 3, 9, 0xF7]);
    let gs_program = [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0, 0, 7, 0x28, 0xF7];
    let messages = xg_program.sysex(50, &gs_program).sysex(90, &[0x7E, 0x7F, 9, 1, 0xF7]);
    let (found, _) = programs(&[messages, notes.note(90, 0, 65)]);
    assert_eq!(found, [0, 7, 0, 0]);
    // After a note at the same tick in its track.
    let after = program(program(Track::new(), 0, 0, 5).on(0, 0, 60, 90), 0, 0, 7);
    assert_eq!(programs(&[after.on(10, 0, 60, 0).note(0, 0, 62)]), (vec![5, 7], vec![5, 7]));
    // Another port has its own channels.
    let other = Track::new().meta(0, 0x21, &[1]).note(5, 0, 70);
    let first = program(Track::new(), 0, 0, 5).note(0, 0, 60);
    assert_eq!(programs(&[first, other]), (vec![5, 0], vec![0, 5]));
}

#[test]
fn loop_markers_are_recorded() {
    let track = Track::new().meta(0, 6, b"loopStart").note(0, 0, 60).after(0, &[0xB0, 111, 0]);
    let score = score_with(&one(track.meta(5, 6, b"Loop_End").end()), &[]);
    let (start, end) = (LoopPoint::Start, LoopPoint::End);
    assert_eq!(score.loops, [(Tick(0), start), (Tick(10), start), (Tick(15), end)]);
}

#[test]
fn gs_xg_and_gm2_messages_move_the_drums() {
    let gs_melody = [0x41, 0x10, 0x42, 0x12, 0x40, 0x10, 0x15, 0, 0x1B, 0xF7];
    let gs_drums = [0x41, 0x10, 0x42, 0x12, 0x40, 0x1B, 0x15, 1, 0x19, 0xF7];
    let xg_drums = [0x43, 0x10, 0x4C, 0x08, 11, 0x07, 2, 0xF7];
    let xg_on = [0x43, 0x10, 0x4C, 0, 0, 0x7E, 0, 0xF7];
    let gm2_on = [0x7E, 0x7F, 9, 3, 0xF7];
    let bank = |bank| Track::new().after(0, &[0xBB, 0, bank]).after(0, &[0xCB, 0]);
    let drums = |conductor: Track, before: Track| {
        let track = before.note(0, 9, 60).note(0, 11, 62).end();
        let score = score_with(&file(1, 480, &[track, conductor.end()]), &[Fault::DrumChannels]);
        score.notes.iter().map(|note| note.drum).collect::<Vec<_>>()
    };
    assert_eq!(drums(Track::new().sysex(0, &gs_melody), Track::new()), [false, false]);
    assert_eq!(drums(Track::new().sysex(0, &gs_drums), Track::new()), [true, true]);
    assert_eq!(drums(Track::new().sysex(0, &xg_drums), Track::new()), [true, true]);
    assert_eq!(drums(Track::new().sysex(0, &xg_on), bank(127)), [true, true]);
    assert_eq!(drums(Track::new().sysex(0, &gm2_on), bank(120)), [true, true]);
    assert_eq!(drums(Track::new(), bank(120)), [true, true]);
    // Bank 120 of other programs than drum kits is another variation.
    let other = Track::new().after(0, &[0xBB, 0, 120]).after(0, &[0xCB, 42]).note(0, 11, 60);
    assert!(!score_with(&one(other.end()), &[]).notes[0].drum);
    // The bank on one track, the notes on another.
    assert_eq!(drums(bank(120), Track::new()), [true, true]);
    let melody = Track::new().after(0, &[0xB9, 0, 121]).after(0, &[0xC9, 0]);
    assert_eq!(drums(Track::new().sysex(0, &gm2_on), melody), [false, false]);
    // In packets, and as an escape.
    let packets = Track::new().sysex(0, &gs_drums[..6]).after(5, &[0xF7, 4]).raw(&gs_drums[6..]);
    assert_eq!(drums(packets, Track::new().meta(9, 1, b"")), [true, true]);
    let escape = Track::new().after(0, &[0xF7, 11, 0xF0]).raw(&gs_drums);
    assert_eq!(drums(escape, Track::new()), [true, true]);
    // Without XG, bank 127 is a bank like any other.
    let plain = score_with(&one(bank(127).note(0, 11, 60).end()), &[]);
    assert!(!plain.notes[0].drum);
    // In GS a bank is a variation.
    let gs_reset = [0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41, 0xF7];
    let gs = Track::new().sysex(0, &gs_reset).raw(&bank(120).0).note(0, 11, 60);
    assert!(!score_with(&one(gs.end()), &[]).notes[0].drum);
    // XG files send bank 0 to channel 10 carelessly, and bank 127.
    let melody = [0x43, 0x10, 0x4C, 0x08, 9, 0x07, 0, 0xF7];
    for (message, bank, drum) in [(&xg_on[..], 0, true), (&melody, 0, false), (&melody, 127, true)]
    {
        let track = Track::new().sysex(0, &xg_on).sysex(5, message).after(0, &[0xB9, 0, bank]);
        let track = track.after(0, &[0xC9, 16]).note(0, 9, 60).end();
        assert_eq!(read(&one(track)).score.unwrap().notes[0].drum, drum, "bank {bank}");
    }
    // The next program of another bank is melody again.
    let back = bank(120).note(0, 11, 60).raw(&bank(0).0).note(0, 11, 62).end();
    let score = score_with(&one(back), &[Fault::DrumChannels]);
    assert_eq!(score.notes.iter().map(|note| note.drum).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn base_level_alone_has_its_drums_on_channel_16() {
    let track = |marker: bool, channel: u8| {
        let data: &[u8] = if marker { &[0, 0, 0x41] } else { &[0, 0, 0x42] };
        let track = Track::new().meta(0, 0x7F, data).note(0, channel, 60).note(0, 15, 36);
        read(&one(track.end())).score.unwrap().notes[1].drum
    };
    assert!(track(true, 12));
    assert!(!track(false, 12), "no marker");
    assert!(!track(true, 0), "channel 1 plays too");
}

#[test]
fn notes_end_by_another_track_or_by_all_notes_off() {
    let starts = Track::new().on(0, 0, 60, 90).on(10, 0, 62, 90).on(0, 1, 62, 90).end();
    let score = |ends: Track| score_with(&file(1, 480, &[starts.clone(), ends.end()]), &[]);
    let ended = score(Track::new().on(5, 0, 60, 0).on(15, 0, 62, 0).on(0, 1, 62, 0));
    assert_eq!((ended.unended, ended.ended_elsewhere), (0, 3));
    for controller in [120, 123, 127] {
        let off = |channel: u8| Track::new().after(20, &[0xB0 | channel, controller, 0]).0;
        assert_eq!(score(Track::new().raw(&off(0)).raw(&off(1))).unended, 0);
        let same = Track::new().on(0, 0, 60, 90).on(0, 0, 64, 90).raw(&off(0)).end();
        assert_eq!(score_with(&one(same), &[]).notes.len(), 2);
    }
    // An end before the start or on another channel does not count.
    let early = Track::new().on(5, 0, 60, 0).on(0, 0, 62, 0).on(0, 2, 62, 0).end();
    let score = score_with(&file(1, 480, &[starts.clone(), early]), &[Fault::UnendedNote]);
    assert_eq!(score.unended, 2);
}

#[test]
fn far_end_of_track_does_not_count_as_music() {
    let notes = || Track::new().note(0, 0, 60).note(950, 0, 62);
    let far = (1 << 28) - 1;
    let end = |pause: u64| notes().meta(pause, 0x2F, &[]);
    let score = score_with(&one(end(far)), &[Fault::FarEnd]);
    assert_eq!(score.length, Tick(970));
    assert_eq!(score_with(&one(end(480 * 1000)), &[]).length, Tick(970 + 480 * 1000));
    // A conductor's track may end first, or last.
    let conductor = Track::new().tempo(0, 500_000).meta(far, 0x2F, &[]);
    let score = score_with(&file(1, 480, &[conductor, notes().end()]), &[Fault::FarEnd]);
    assert_eq!(score.length, Tick(970));
    let text = notes().meta(far, 1, b"late").end();
    assert_eq!(score_with(&one(text), &[Fault::FarEnd]).length, Tick(960));
    // The next piece of format 2 starts after the music.
    let pieces = file(2, 480, &[end(far), notes().end()]);
    assert_eq!(notes_of(&score_with(&pieces, &[Fault::FarEnd]))[2], (970, 60));
}

#[test]
fn only_a_simpler_arrangement_of_the_same_music_is_left_out() {
    let marked = || Track::new().meta(0, 0x7F, &[0, 0, 0x41]);
    let dual = marked().note(0, 0, 60).note(5, 1, 62).note(0, 12, 70).end();
    assert_eq!(score_with(&one(dual), &[]).notes.len(), 3, "channel 13 plays something else");
    let repeats = marked().on(0, 0, 60, 90).on(0, 12, 60, 90).on(5, 0, 60, 0).on(0, 12, 60, 0);
    assert_eq!(score_with(&one(repeats.end()), &[Fault::DualArrangement]).notes.len(), 1);
}

#[test]
fn damaged_tracks_end_at_an_implausible_pause() {
    let damaged = |pause| Track::new().after(0, &[0xB0, 7, 200]).note(0, 0, 60).note(pause, 0, 62);
    let reading = read(&one(damaged(480 * 256 + 1).end()));
    assert!(reading.faults.contains(Fault::TruncatedTrack));
    assert_eq!(notes(&reading.score.unwrap()), [(0, 60)]);
    assert_eq!(score_with(&one(damaged(480 * 256).end()), &[Fault::DataByte]).notes.len(), 2);
}

#[test]
fn audio_clock_ticks_are_flagged() {
    let ripped = |division, track: Track| file(1, division, &[track.note(0, 0, 60).end()]);
    for track in [Track::new(), Track::new().tempo(0, 500_000)] {
        score_with(&ripped(22_050, track.clone()), &[Fault::SampleClock]);
        score_with(&ripped(24_000, track.clone()), &[Fault::SampleClock]);
        score_with(&ripped(480, track.clone()), &[]);
        score_with(&ripped(19_200, track), &[]);
    }
    score_with(&ripped(22_050, Track::new().tempo(0, 400_000)), &[]);
}

#[test]
fn missing_meters_are_marked_as_assumed() {
    let source =
        |track: Track| score_with(&one(track.note(0, 0, 60).end()), &[]).signature_source();
    assert_eq!(source(Track::new()), SignatureSource::Assumed);
    assert_eq!(source(Track::new().meter(0, 4, 2)), SignatureSource::Written);
}

#[test]
fn too_many_meters_or_tempos_are_refused() {
    let meters = [1, 0xFF, 0x58, 2, 1, 7, 1, 0xFF, 0x58, 2, 2, 7].repeat(1 << 15);
    let tempos = [1, 0xFF, 0x51, 3, 1, 2, 3].repeat(1 << 18);
    let more = |events: &[u8], event: &[u8]| {
        one(Track::new().on(0, 0, 60, 90).raw(events).after(1, event).end())
    };
    let (meter, tempo) = ([0xFF, 0x58, 2, 3, 2], [0xFF, 0x51, 3, 1, 2, 3]);
    refused(&more(&meters, &meter), Status::AbsurdLength, "more than 65536 time signatures");
    refused(&more(&tempos, &tempo), Status::AbsurdLength, "more than 262144 tempos");
    assert_eq!(read(&more(&meters[6..], &meter)).status, Status::Ok);
    assert_eq!(read(&more(&tempos[7..], &tempo)).status, Status::Ok);
}

#[test]
fn too_many_notes_are_refused() {
    let track = Track::new().on(0, 0, 60, 90).raw(&[0, 60, 90].repeat(1 << 20)).end();
    refused(&one(track), Status::AbsurdLength, "more than a million notes");
}
