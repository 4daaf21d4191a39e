//! A large folder: memory of a first run, and cost of a small change.

use crate::Result;
use crate::contenders::{new_project, pipeline, run, samples};
use crate::process::Call;
use midly::num::u7;
use midly::{MidiMessage, Smf, TrackEventKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More than a tick of the file system's clock, after which file times are reliable.
const SETTLED: Duration = Duration::from_millis(100);
/// The drum channel of General MIDI, whose notes are not pitches.
const DRUMS: u8 = 9;

/// The costs of the calls.
pub(crate) struct Many {
    pub(crate) files: usize,
    pub(crate) samples: u64,
    pub(crate) first: Call,
    pub(crate) nothing: Call,
    pub(crate) added: Call,
}

/// Creates a folder of `count` files from these and runs on it.
pub(crate) fn measure(
    partita: &Path,
    files: &[PathBuf],
    count: usize,
    work: &Path,
) -> Result<Many> {
    eprintln!("making {count} files");
    let (folder, project) = (work.join("many"), work.join("many-project"));
    fs_err::create_dir_all(&folder)?;
    let mut songs = Transposed { files, next: 0 };
    for number in 0..count {
        fs_err::write(folder.join(format!("song-{number:06}.mid")), songs.next()?)?;
    }
    std::thread::sleep(SETTLED);
    new_project(&project, &pipeline(&folder))?;
    eprintln!("{count} files: first run");
    let first = run(partita, &project, None)?;
    eprintln!("{count} files: nothing to do, and one file more");
    let nothing = run(partita, &project, None)?;
    fs_err::write(folder.join("song-more.mid"), songs.next()?)?;
    std::thread::sleep(SETTLED);
    let added = run(partita, &project, None)?;
    Ok(Many { files: count, samples: samples(&project)?, first, nothing, added })
}

/// The songs of some files in a cycle, a semitone higher each time. Files that midly cannot read whole are left
/// out.
struct Transposed<'a> {
    files: &'a [PathBuf],
    next: usize,
}

impl Transposed<'_> {
    fn next(&mut self) -> Result<Vec<u8>> {
        for _ in 0..self.files.len() {
            let (round, at) = (self.next / self.files.len(), self.next % self.files.len());
            self.next += 1;
            let bytes = fs_err::read(&self.files[at])?;
            if let Ok(song) = transpose(&bytes, round) {
                return Ok(song);
            }
        }
        Err("none of the files can be read whole".into())
    }
}

fn transpose(bytes: &[u8], semitones: usize) -> Result<Vec<u8>> {
    let mut song = Smf::parse(bytes)?;
    for event in song.tracks.iter_mut().flatten() {
        let TrackEventKind::Midi { channel, message } = &mut event.kind else { continue };
        if let MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } = message
            && channel.as_int() != DRUMS
        {
            let higher = (usize::from(key.as_int()) + semitones).min(127);
            *key = u7::new(u8::try_from(higher)?);
        }
    }
    let mut written = Vec::new();
    song.write_std(&mut written)?;
    Ok(written)
}
