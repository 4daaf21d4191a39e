//! Time until the first measure of a song is drawn, and until the whole song is.
//!
//! A VAE and a decoder learn from composed songs for a moment, so that the density of what is drawn is that of music.
//! Then one core draws one song after the other, as a player does that begins with the first measure: decode a code of
//! its own, and draw measure by measure.

use crate::Result;
use crate::throughput::{GEOMETRY, settings};
use partita::decoder::{Decoder, Example, Guide, Playing, Rate, Song, Trainer};
use partita::music::compose::compose;
use partita::music::midi::{read, write};
use partita::music::roll::{Drums, RollShape, quantize};
use partita::vae::{
    Control, Device, EpochReport, Model, NetworkSizes, Observer, ObserverError, Reconstruction,
    SampleError, Samples, StepReport, sample_prior, train_on,
};
use std::num::NonZeroUsize;
use std::time::Instant;

/// Songs to learn from, and how many at a time.
const LEARNED: usize = 320;
const BATCH: usize = 16;
/// Songs drawn, with codes from the prior.
const DRAWN: usize = 200;

struct Songs(Vec<Vec<u32>>);

impl Samples for Songs {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> std::result::Result<(), SampleError> {
        into.clone_from(&self.0[index]);
        Ok(())
    }
}

struct Silent;

impl Observer for Silent {
    fn step(&mut self, _: &StepReport) -> Control {
        Control::Continue
    }

    fn epoch(&mut self, _: &EpochReport, _: &Model) -> std::result::Result<Control, ObserverError> {
        Ok(Control::Continue)
    }
}

/// Prints the times.
pub(crate) fn run() -> Result<()> {
    let songs = Songs(composed());
    let model = model(&songs)?;
    let decoder = decoder(&model, &songs.0)?;
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for (index, latent) in (0..).zip(sample_prior(decoder.latent(), 2, DRAWN)) {
        let started = Instant::now();
        let rates = model.decode(std::slice::from_ref(&latent))?.remove(0);
        let guide = Guide::new(GEOMETRY, latent, rates);
        let playing = Playing { seed: 1, index, temperature: 1.0 };
        let mut performance = decoder.perform(Some(&guide), playing);
        performance.next();
        first.push(1e3 * started.elapsed().as_secs_f64());
        performance.for_each(drop);
        whole.push(1e3 * started.elapsed().as_secs_f64());
    }
    println!("\nA song note by note, one core, milliseconds: median, 95th percentile of {DRAWN}");
    for (name, mut times) in [("first measure", first), ("all measures", whole)] {
        times.sort_by(f64::total_cmp);
        let (median, high) = (times[DRAWN / 2], times[DRAWN * 95 / 100]);
        println!("  {name:<22}{median:>8.1}{high:>8.1}");
    }
    Ok(())
}

/// Returns samples of composed songs.
fn composed() -> Vec<Vec<u32>> {
    let (shape, measures) = (RollShape::THESIS, GEOMETRY.measures());
    let every = NonZeroUsize::new(measures).unwrap_or(NonZeroUsize::MIN);
    let cells = |song: u32| {
        let score = read(&write(&compose(1, song))).score?;
        let quantized = quantize(&score, &shape, Drums::Drop).ok()?;
        let sample = quantized.windows(every, every, 0).next()?;
        let first = (0..).step_by(GEOMETRY.cells_per_measure());
        let cells = first.zip(sample.measures());
        let cells =
            cells.flat_map(|(first, cells)| cells.iter().map(move |&c| first + u32::from(c)));
        Some(cells.collect())
    };
    (0..).filter_map(cells).take(LEARNED).collect()
}

fn model(songs: &Songs) -> Result<Model> {
    let network = NetworkSizes::Factored(crate::throughput::FACTORED);
    let settings = settings(network, Reconstruction::Poisson, BATCH, 0.0)?;
    let folder = tempfile::Builder::new().prefix("partita-bench-").tempdir()?;
    let samples: [&dyn Samples; 2] = [songs, &Songs(Vec::new())];
    Ok(train_on(Device::Cpu, &settings, samples, folder.path(), &mut Silent)?.model)
}

fn decoder(model: &Model, songs: &[Vec<u32>]) -> Result<Decoder> {
    let latents = model.encode(songs)?.mean;
    let rates = model.decode(&latents)?;
    let guides = latents.into_iter().zip(rates);
    let examples: Vec<Example> = guides
        .zip(songs)
        .map(|((latent, rates), song)| Example {
            song: Song::new(GEOMETRY, song),
            guide: Some(Guide::new(GEOMETRY, latent, rates)),
            heard: None,
        })
        .collect();
    let mut trainer = Trainer::new(Decoder::new(GEOMETRY, model.architecture().latent, 1), 1);
    for batch in examples.chunks(BATCH) {
        trainer.step(batch, Rate { learning: 3e-3, average: 1.0, decay: 0.0 });
    }
    Ok(trainer.averaged())
}
