//! Training speed of either network on random songs: samples per second by batch size, optionally with a moving
//! average of the weights.
//!
//! `cargo bench --bench training -- throughput BATCH [STEPS [EMA [thesis|factored [cpu|cuda]]]]`

use partita::music::roll::{RollShape, RollSize};
use partita::vae::{
    Architecture, Control, Device, EpochReport, FactoredSizes, Model, NetworkSizes, Observer,
    ObserverError, OutputBias, RawSettings, Reconstruction, SampleError, Samples, Settings,
    SettingsError, SongWeight, StepReport, ThesisSizes, TrainingOptions, train_on,
};
use std::error::Error;
use std::time::Instant;

pub(crate) const GEOMETRY: RollSize = RollShape::THESIS.size();
const THESIS: ThesisSizes = ThesisSizes {
    measure_hidden: 2000,
    measure_code: 200,
    song_hidden: 1600,
    measure_position: false,
};
/// The defaults of `network: factored`.
pub(crate) const FACTORED: FactoredSizes = FactoredSizes {
    measure_hidden: 256,
    measure_code: 128,
    song_hidden: 512,
    rhythms: 24,
    pitch_profiles: 24,
    core_code: 64,
    core_hidden: 256,
    principal_components: false,
};
/// Onsets per song, the median of video game music.
const ONSETS: u32 = 350;

struct Random(usize);

impl Samples for Random {
    fn len(&self) -> usize {
        self.0
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        let cells = GEOMETRY.cells() as u32;
        let onset =
            |onset: u32| (index as u32 * ONSETS + onset).wrapping_mul(2_654_435_761) % cells;
        into.clear();
        into.extend((0..ONSETS).map(onset));
        Ok(())
    }
}

struct Clock {
    steps: usize,
    started: Option<(Instant, usize)>,
}

impl Observer for Clock {
    fn step(&mut self, report: &StepReport) -> Control {
        match self.started {
            // The first step allocates memory that later ones reuse.
            None => self.started = Some((Instant::now(), report.samples)),
            Some((started, before)) if report.step > self.steps => {
                let seconds = started.elapsed().as_secs_f64();
                let samples = report.samples - before;
                println!(
                    "{:.2} samples/s, {:.0} ms/step, loss {:.1}",
                    samples as f64 / seconds,
                    1e3 * seconds / self.steps as f64,
                    report.loss
                );
                return Control::Stop;
            }
            Some(_) => {}
        }
        Control::Continue
    }

    fn epoch(&mut self, _: &EpochReport, _: &Model) -> Result<Control, ObserverError> {
        Ok(Control::Continue)
    }
}

/// Trains for the steps that the command line names and prints the speed.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let batch = arguments
        .next()
        .ok_or("usage: throughput BATCH [STEPS [EMA [thesis|factored [cpu|cuda]]]]")?
        .parse()?;
    let steps = arguments.next().map_or(Ok(10), |steps| steps.parse())?;
    let ema = arguments.next().map_or(Ok(0.0), |ema| ema.parse())?;
    let (network, reconstruction) = match arguments.next().as_deref() {
        None | Some("thesis") => (NetworkSizes::Thesis(THESIS), Reconstruction::Bce),
        Some("factored") => (NetworkSizes::Factored(FACTORED), Reconstruction::Poisson),
        Some(other) => return Err(format!("`{other}` is neither thesis nor factored").into()),
    };
    let device = match arguments.next().as_deref() {
        None | Some("cpu") => Device::Cpu,
        Some("cuda") => Device::Cuda(0),
        Some(other) => return Err(format!("`{other}` is neither cpu nor cuda").into()),
    };
    let settings = settings(network, reconstruction, batch, ema)?;
    let folder = std::env::temp_dir().join(format!("throughput-{}", std::process::id()));
    let samples = Random(batch * (steps + 1));
    let (samples, clock): ([&dyn Samples; 2], _) =
        ([&samples, &Random(0)], &mut Clock { steps, started: None });
    let result = train_on(device, &settings, samples, &folder, clock);
    std::fs::remove_dir_all(&folder)?;
    result?;
    Ok(())
}

/// Returns the settings of one epoch.
pub(crate) fn settings(
    network: NetworkSizes,
    reconstruction: Reconstruction,
    batch: usize,
    ema: f64,
) -> Result<Settings, SettingsError> {
    Settings::try_from(RawSettings {
        architecture: Architecture { geometry: GEOMETRY, latent: 120, network },
        reconstruction,
        song_weight: SongWeight::Equal,
        output_bias: OutputBias::Auto,
        beta: 0.2,
        beta_warmup: 0.0,
        learning_rate: 1e-3,
        batch,
        epochs: 1,
        gradient_clip: None,
        options: TrainingOptions { ema, ..TrainingOptions::default() },
        seed: 1,
    })
}
