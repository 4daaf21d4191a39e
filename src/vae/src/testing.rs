//! Builders for tests: small networks, samples, and an observer.

use crate::Model;
use crate::architecture::{Architecture, FactoredSizes, NetworkSizes, ThesisSizes};
use crate::observer::{Control, EpochMetrics, EpochReport, Observer, ObserverError, StepReport};
use crate::rng::{Purpose, stream};
use crate::samples::{SampleError, Samples};
use crate::settings::{OutputBias, RawSettings, Reconstruction, Settings, SongWeight};
use crate::training_options::TrainingOptions;
use partita_music::roll::RollSize;
use rand::RngCore;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const ARCHITECTURE: Architecture =
    Architecture { geometry: size(4, 8, 8), latent: 8, network: NetworkSizes::Thesis(SIZES) };

pub(crate) const fn size(measures: u32, steps: u32, pitches: u32) -> RollSize {
    match RollSize::new(measures, steps, pitches) {
        Ok(size) => size,
        Err(_) => panic!("an impossible size"),
    }
}

pub(crate) const SIZES: ThesisSizes =
    ThesisSizes { measure_hidden: 48, measure_code: 16, song_hidden: 32, measure_position: false };

pub(crate) const FACTORED: Architecture = Architecture {
    network: NetworkSizes::Factored(FactoredSizes {
        measure_hidden: 40,
        measure_code: 12,
        song_hidden: 36,
        rhythms: 5,
        pitch_profiles: 7,
        core_code: 10,
        core_hidden: 18,
        principal_components: false,
    }),
    ..ARCHITECTURE
};

/// Returns [`settings`] of the factored network.
pub(crate) fn factored_settings(change: impl FnOnce(&mut RawSettings)) -> Settings {
    settings(|raw| {
        raw.architecture = FACTORED;
        (raw.reconstruction, raw.song_weight) = (Reconstruction::Poisson, SongWeight::Equal);
        change(raw);
    })
}

pub(crate) fn raw_settings() -> RawSettings {
    RawSettings {
        architecture: ARCHITECTURE,
        reconstruction: Reconstruction::Bce,
        song_weight: SongWeight::Onsets,
        output_bias: OutputBias::Auto,
        beta: 0.1,
        beta_warmup: 1.0,
        learning_rate: 3e-3,
        batch: 8,
        epochs: 3,
        gradient_clip: Some(10.0),
        options: TrainingOptions::default(),
        seed: 11,
    }
}

pub(crate) fn settings(change: impl FnOnce(&mut RawSettings)) -> Settings {
    let mut raw = raw_settings();
    change(&mut raw);
    Settings::try_from(raw).unwrap()
}

/// Returns the settings of each network, changed alike; the factored one starts from principal components.
pub(crate) fn both(change: impl Fn(&mut RawSettings)) -> [Settings; 2] {
    let factored = factored_settings(|raw| {
        raw.architecture.network = WITH_COMPONENTS;
        change(raw);
    });
    [settings(&change), factored]
}

/// The factored network that starts from principal components.
const WITH_COMPONENTS: NetworkSizes = match FACTORED.network {
    NetworkSizes::Factored(sizes) => {
        NetworkSizes::Factored(FactoredSizes { principal_components: true, ..sizes })
    }
    thesis => thesis,
};

/// Songs in memory.
pub(crate) struct MemorySamples(pub(crate) Vec<Vec<u32>>);

impl Samples for MemorySamples {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, index: usize, into: &mut Vec<u32>) -> Result<(), SampleError> {
        into.clear();
        into.extend_from_slice(&self.0[index]);
        Ok(())
    }
}

/// Returns different songs of about five onsets per measure.
pub(crate) fn memory_samples(songs: usize, seed: u64) -> MemorySamples {
    let cells = ARCHITECTURE.geometry.cells_per_measure() as u32;
    let song = |index: usize| {
        let mut random = stream(seed, Purpose::Prior, index as u64);
        let mut onset = |measure: u32| measure * cells + random.next_u32() % cells;
        let measures = 0..ARCHITECTURE.geometry.measures() as u32;
        measures.flat_map(|measure| [measure; 5]).map(&mut onset).collect()
    };
    MemorySamples((0..songs).map(song).collect())
}

/// Records the reports of a training and stops it on request.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) steps: Vec<StepReport>,
    pub(crate) epochs: Vec<EpochReport>,
    pub(crate) resumed: Option<usize>,
    /// The F1 of each epoch from 0 on.
    pub(crate) scores: Vec<f64>,
    pub(crate) stop_after_steps: Option<usize>,
    pub(crate) stop_after_epoch: Option<usize>,
    /// Requests a checkpoint after this number of steps.
    pub(crate) save_after_steps: Option<usize>,
    /// Fails at the end of this epoch, like a kill.
    pub(crate) break_after_epoch: Option<usize>,
}

impl Observer for Recorder {
    fn resumed(&mut self, history: &[EpochReport]) {
        self.resumed = Some(history.len());
    }

    fn step(&mut self, report: &StepReport) -> Control {
        self.steps.push(report.clone());
        let steps = Some(self.steps.len());
        match steps {
            _ if self.stop_after_steps == steps => Control::Stop,
            _ if self.save_after_steps == steps => Control::Save,
            _ => Control::Continue,
        }
    }

    fn evaluate(&mut self, epoch: usize, _: &Model) -> Result<EpochMetrics, ObserverError> {
        Ok(EpochMetrics { f1: self.scores.get(epoch).copied(), ..EpochMetrics::default() })
    }

    fn epoch(&mut self, report: &EpochReport, _: &Model) -> Result<Control, ObserverError> {
        if self.break_after_epoch == Some(report.epoch) {
            return Err("interrupted".into());
        }
        self.epochs.push(report.clone());
        let stop = self.stop_after_epoch == Some(report.epoch);
        Ok(if stop { Control::Stop } else { Control::Continue })
    }
}

/// A temporary folder, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("partita-vae-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
