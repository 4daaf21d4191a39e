//! `compose`: a corpus of songs composed by rules, so that pipelines work without a download.
//!
//! Writes `midi/song-0001.mid`... Song `i` depends only on the seed and `i`, so more songs leave the first ones
//! unchanged.

use crate::music::compose::compose;
use crate::music::midi::write;
use crate::params::{Params as _, params};
use crate::spec::{Cpus, Output, StageKind};
use crate::stage_api::{Result, StageContext, StageError, StageImpl};
use crate::text::count_of;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Compose;

const KIND: StageKind = StageKind {
    name: "compose",
    about: "Compose a corpus of songs by rules: tunes, chords, bass and drums in sections",
    version: 1,
    params: Params::PARAMETERS,
    inputs: &[],
    outputs: &[Output::new("midi", "midi/", "The songs as MIDI files.")],
    cpus: Cpus::All,
    is_seeded: true,
    ..StageKind::BASE
};

params! {
    /// The parameters of `compose`.
    struct Params {
        /// Number of songs.
        songs: u32 = 240 in 1..=100_000,
    }
}

impl StageImpl for Compose {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let Params { songs } = context.parameters()?;
        let folder = context.out.join("midi");
        fs_err::create_dir_all(&folder)?;
        let done = AtomicU64::new(0);
        (0..songs).into_par_iter().try_for_each(|index| {
            context.cancel.check()?;
            let bytes = write(&compose(context.seed, index));
            fs_err::write(folder.join(format!("song-{:04}.mid", index + 1)), bytes)?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            context.report.progress("songs", count, songs.into(), "");
            Ok::<(), StageError>(())
        })?;
        Ok(count_of(songs, "song"))
    }
}
