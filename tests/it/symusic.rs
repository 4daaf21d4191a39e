//! Compares our onset cells with those of symusic, an independent reader, file by file. `PARTITA_CORPORA` is the
//! folder of corpora and `PARTITA_SYMUSIC` a Python with symusic and numpy; without them the tests print that
//! they are skipped. `cargo test --release --test it symusic -- --nocapture` prints the tables.

use crate::corpora::folder;
use crate::project::Project;
use base64::Engine;
use partita::music::midi::{Fault, ReadOutcome, Status, read};
use partita::music::note::{Channel, Tick};
use partita::music::roll::{RollShape, onset_cells};
use partita::music::score::Score;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// symusic's result for a file.
enum Theirs {
    Cells(BTreeSet<u64>),
    ManySignatures,
    Rejected,
}

/// Known reasons for differences, each with the reason to keep ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Equal,
    NeitherHasOneMeter,
    NeitherHasANote,
    /// symusic drops a note without an end; an onset pianoroll needs no end.
    UnendedNotes,
    /// GS, XG and GM2 messages move the drums; symusic only knows channel 10.
    DrumsByMessage,
    /// symusic trusts the header's number of tracks and ignores the rest of the file.
    MoreTracksThanDeclared,
    /// Format 2 has independent pieces: symusic overlays them, we append them.
    SequentialPieces,
    /// symusic loses the events after a SysEx message that interrupts running status.
    RunningStatus,
    /// Windows 3's second arrangement of the same notes, which only one synthesizer was meant to play.
    DualArrangement,
    /// symusic rejects recoverable damage: data bytes above 127, wrong lengths, a truncated end.
    SymusicRejectsDamage,
    /// Two signatures at one tick, or an invalid one: symusic counts both, we use the last valid one.
    SignaturesReconciled,
    /// A signature begins a measure where it is, and 4/4 holds before the first one; the script counts measures of the
    /// only signature from the start.
    MeasuresStartAtSignatures,
    /// symusic drops a note that another track or All Notes Off ends.
    EndedElsewhere,
    Unexplained,
}

fn classify(outcome: &ReadOutcome, theirs: &Theirs) -> Class {
    let has = |fault| outcome.faults.contains(fault);
    let Some(score) = &outcome.score else {
        return match theirs {
            Theirs::Rejected => Class::NeitherHasANote,
            Theirs::Cells(cells) if cells.is_empty() => Class::NeitherHasANote,
            Theirs::ManySignatures if outcome.status == Status::NoNotes => Class::NeitherHasANote,
            _ => Class::Unexplained,
        };
    };
    let many = score.distinct_signatures().len() > 1;
    let cells = match theirs {
        Theirs::ManySignatures if many => return Class::NeitherHasOneMeter,
        Theirs::ManySignatures => {
            let reconciled = has(Fault::ConflictingTimeSignatures) || has(Fault::BadTimeSignature);
            return if reconciled { Class::SignaturesReconciled } else { Class::Unexplained };
        }
        Theirs::Rejected if outcome.faults.is_empty() => return Class::Unexplained,
        Theirs::Rejected => return Class::SymusicRejectsDamage,
        Theirs::Cells(cells) => cells,
    };
    match classify_cells(outcome, score, cells) {
        Class::Unexplained => match classify_cells(outcome, &measures_from_start(score), cells) {
            Class::Equal => Class::MeasuresStartAtSignatures,
            class => class,
        },
        class => class,
    }
}

/// Returns the score with measures of its last signature from the start.
fn measures_from_start(score: &Score) -> Score {
    let mut score = score.clone();
    let last = score.signatures.pop().map(|(_, signature)| (Tick(0), signature));
    score.signatures = last.into_iter().collect();
    score
}

/// Compares the cells of a score with those of symusic.
fn classify_cells(outcome: &ReadOutcome, score: &Score, cells: &BTreeSet<u64>) -> Class {
    let has = |fault| outcome.faults.contains(fault);
    let ours: BTreeSet<u64> = onset_cells(score, &RollShape::THESIS).into_iter().collect();
    let more: BTreeSet<u64> = ours.difference(cells).copied().collect();
    let less: BTreeSet<u64> = cells.difference(&ours).copied().collect();
    let by_channel: BTreeSet<u64> = drums_by_channel(score).into_iter().collect();
    match () {
        _ if more.is_empty() && less.is_empty() => Class::Equal,
        _ if outcome.format == Some(2) => Class::SequentialPieces,
        _ if has(Fault::DualArrangement) => Class::DualArrangement,
        _ if less.is_empty() && more.len() as u64 <= score.unended => Class::UnendedNotes,
        _ if less.is_empty() && more.len() as u64 <= score.unended + score.ended_elsewhere => {
            Class::EndedElsewhere
        }
        _ if has(Fault::DrumChannels) && by_channel == *cells => Class::DrumsByMessage,
        _ if less.is_empty() && has(Fault::TrackCount) => Class::MoreTracksThanDeclared,
        _ if less.is_empty() && has(Fault::RunningStatus) => Class::RunningStatus,
        _ => Class::Unexplained,
    }
}

/// Returns the cells if only channel 10 were drums, regardless of messages.
fn drums_by_channel(score: &Score) -> Vec<u64> {
    let mut score = score.clone();
    score.notes.iter_mut().for_each(|note| note.drum = note.channel == Channel::DRUMS);
    onset_cells(&score, &RollShape::THESIS)
}

fn theirs(output: &Value) -> Theirs {
    if let Some(cells) = output["cells"].as_str() {
        let bytes = base64::engine::general_purpose::STANDARD.decode(cells).unwrap();
        let cell = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        return Theirs::Cells(bytes.chunks_exact(8).map(cell).collect());
    }
    match output["error"].as_str() {
        Some(_) => Theirs::Rejected,
        None => Theirs::ManySignatures,
    }
}

fn compare(name: &str) {
    let python = std::env::var_os("PARTITA_SYMUSIC").expect("PARTITA_SYMUSIC is a Python");
    let project = Project::new();
    let corpus = folder(&project, name);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/symusic_cells.py");
    let mut symusic =
        Command::new(python).arg(script).arg(&corpus).stdout(Stdio::piped()).spawn().unwrap();
    let mut classes: BTreeMap<Class, Vec<String>> = BTreeMap::new();
    for line in BufReader::new(symusic.stdout.take().unwrap()).lines() {
        let output: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let path = output["path"].as_str().unwrap();
        let outcome = read(&fs_err::read(corpus.join(path)).unwrap());
        classes.entry(classify(&outcome, &theirs(&output))).or_default().push(path.to_owned());
    }
    assert!(symusic.wait().unwrap().success());
    for (class, paths) in &classes {
        println!("{name}: {:5} {class:?}, such as {}", paths.len(), paths[0]);
    }
    assert!(classes.contains_key(&Class::Equal));
    assert_eq!(classes.get(&Class::Unexplained), None);
}

#[test]
#[ignore = "needs PARTITA_CORPORA and PARTITA_SYMUSIC"]
fn every_difference_from_symusic_on_the_game_corpus_has_a_name() {
    compare("vgm-dev");
}

#[test]
#[ignore = "needs PARTITA_CORPORA and PARTITA_SYMUSIC"]
fn every_difference_from_symusic_on_the_free_games_has_a_name() {
    compare("game-free");
}

#[test]
#[ignore = "needs PARTITA_CORPORA and PARTITA_SYMUSIC"]
fn every_difference_from_symusic_on_hard_files_has_a_name() {
    compare("hard-dev");
}
