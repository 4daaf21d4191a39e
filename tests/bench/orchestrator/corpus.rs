//! A folder of small MIDI files, reproducible for a given number of files.

use crate::Result;
use midly::num::{u4, u7, u15, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More than a tick of the file system's clock, after which file times are reliable.
const SETTLED: Duration = Duration::from_millis(100);

pub(crate) struct Corpus {
    folder: PathBuf,
    files: usize,
    added: usize,
    changes: u64,
}

impl Corpus {
    pub(crate) fn new(folder: PathBuf, files: usize) -> Result<Self> {
        fs_err::create_dir_all(&folder)?;
        for index in 0..files {
            fs_err::write(folder.join(name(index)), song(index as u64)?)?;
        }
        std::thread::sleep(SETTLED);
        Ok(Self { folder, files, added: 0, changes: 0 })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the current number of files.
    pub(crate) fn len(&self) -> usize {
        self.files + self.added
    }

    /// Adds a file.
    pub(crate) fn add(&mut self) -> Result<()> {
        fs_err::write(self.folder.join(name(self.len())), song(self.len() as u64)?)?;
        self.added += 1;
        std::thread::sleep(SETTLED);
        Ok(())
    }

    /// Removes the added files.
    pub(crate) fn remove_added(&mut self) -> Result<()> {
        for index in self.files..self.len() {
            fs_err::remove_file(self.folder.join(name(index)))?;
        }
        self.added = 0;
        Ok(())
    }

    /// Changes one file to a content that it never had.
    pub(crate) fn change(&mut self) -> Result<()> {
        self.changes += 1;
        self.write_changed(song(u64::MAX - self.changes)?)
    }

    /// Restores the first content of that file.
    pub(crate) fn revert(&mut self) -> Result<()> {
        self.write_changed(song(self.changed() as u64)?)
    }

    fn changed(&self) -> usize {
        self.files / 2
    }

    fn write_changed(&self, content: Vec<u8>) -> Result<()> {
        fs_err::write(self.folder.join(name(self.changed())), content)?;
        std::thread::sleep(SETTLED);
        Ok(())
    }
}

fn name(index: usize) -> String {
    format!("song-{index:06}.mid")
}

/// Returns a MIDI file of 1 to 5 kB.
fn song(seed: u64) -> Result<Vec<u8>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let event = |delta, kind| TrackEvent { delta: u28::new(delta), kind };
    let mut track = Track::new();
    for _ in 0..random.random_range(120..600) {
        let (key, vel) = (u7::new(random.random_range(40..90)), u7::new(80));
        let message = |message| TrackEventKind::Midi { channel: u4::new(0), message };
        track.push(event(
            random.random_range(0..4) * 120,
            message(MidiMessage::NoteOn { key, vel }),
        ));
        track.push(event(120, message(MidiMessage::NoteOff { key, vel })));
    }
    track.push(event(0, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let header = Header::new(Format::SingleTrack, Timing::Metrical(u15::new(480)));
    let mut bytes = Vec::new();
    Smf { header, tracks: vec![track] }.write_std(&mut bytes)?;
    Ok(bytes)
}
