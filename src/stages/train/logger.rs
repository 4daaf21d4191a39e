//! Watches a training: log, TensorBoard, songs after each epoch, progress.
//!
//! All of it grows in the folder that survives an interruption, beside the checkpoints, and moves to its
//! place when the training is done: a resumed training leaves what an uninterrupted one would have left.

use super::super::corpus::CorpusInfo;
use super::super::draw::{Decoding, Provenance, write_song};
use super::collapse::CollapseDetector;
use super::evaluator::EpochEvaluator;
use super::params::Params;
use super::timer::CheckpointTimer;
use crate::columnar::HistoryRow;
use crate::music::meter::TimeSignature;
use crate::music::midi::Lengths;
use crate::report::tensorboard::{EventWriter, file_name};
use crate::stage_api::{StageContext, StageError};
use crate::store::{CopyMode, materialize};
use partita_vae::{
    Control, EpochMetrics, EpochReport, Losses, Model, Observer, StepReport, sample_prior,
};
use std::error::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

type Failure = Box<dyn Error + Send + Sync>;
type Events = EventWriter<fs_err::File>;

/// The columns of `log.csv`, as Keras' CSV logger orders them: epoch, then values by name.
const COLUMNS: &str = "epoch,active_units,beta,gradient_norm,kl,kl_bits,learning_rate,loss,\
                       measure_jaccard,pair_jaccard,reconstruction,samples_per_second,seconds,\
                       val_f1,val_kl,val_kl_bits,val_loss,val_reconstruction";

pub(super) struct TrainingLogger<'a> {
    context: &'a StageContext<'a>,
    corpus: CorpusInfo,
    decoding: Decoding,
    epochs: usize,
    songs: usize,
    songs_every: usize,
    timer: CheckpointTimer,
    collapse: CollapseDetector,
    evaluator: EpochEvaluator,
    /// The last epoch that was told.
    before: Option<EpochReport>,
    folder: PathBuf,
    rows: Vec<String>,
    train: Events,
    validation: Events,
}

impl<'a> TrainingLogger<'a> {
    pub(super) fn new(
        context: &'a StageContext<'a>,
        params: &Params,
        corpus: CorpusInfo,
        evaluator: EpochEvaluator,
    ) -> Result<Self, StageError> {
        let folder = context.resume_dir.join("watch");
        Ok(Self {
            context,
            corpus,
            decoding: params.decoding(corpus.median_onsets),
            epochs: params.epochs,
            songs: params.songs,
            songs_every: params.songs_every,
            collapse: params.collapse(),
            evaluator,
            before: None,
            train: events(&folder.join("graphs/train"))?,
            validation: events(&folder.join("graphs/validation"))?,
            timer: CheckpointTimer::new(params.checkpoint_minutes),
            folder,
            rows: vec![COLUMNS.to_owned()],
        })
    }

    /// Puts everything where the runner looks for it. As copies: a kill before the stage is recorded takes
    /// those with it, and the resumed training has no epoch left to draw.
    pub(super) fn finish(self) -> Result<(), StageError> {
        let Self { context, folder, train, validation, .. } = self;
        drop((train.finish()?, validation.finish()?));
        for (name, place) in [
            ("epochs", &context.out),
            ("graphs", &context.diagnostics),
            ("log.csv", &context.diagnostics),
        ] {
            copy_all(&folder.join(name), &place.join(name))?;
        }
        Ok(())
    }

    fn log(&mut self, report: &EpochReport) {
        let row = row(report);
        let same_epoch = format!("{},", report.epoch);
        self.rows.retain(|known| !known.starts_with(&same_epoch));
        self.rows.push(row);
    }

    fn record(&mut self, report: &EpochReport) -> Result<(), Failure> {
        self.log(report);
        fs_err::write(self.folder.join("log.csv"), self.rows.join("\n") + "\n")?;
        let (train, validation) = (report.train, report.validation);
        let units = report.active_units.map(|units| units as f64);
        let rate = report.samples_per_second;
        let (epoch, now) = (report.epoch as u64, now());
        for (events, losses) in [(&mut self.train, train), (&mut self.validation, validation)] {
            let Some(losses) = losses else { continue };
            events.scalar("epoch_loss", epoch, now, losses.loss as f32)?;
            events.scalar("epoch_reconstruction", epoch, now, losses.reconstruction as f32)?;
            events.scalar("epoch_kl", epoch, now, losses.kl as f32)?;
            events.scalar("epoch_kl_bits", epoch, now, bits(losses.kl) as f32)?;
        }
        for (tag, value) in [
            ("gradient_norm", report.gradient_norm),
            ("samples_per_second", rate),
            ("learning_rate", Some(report.learning_rate)),
            ("beta", Some(report.beta)),
        ] {
            if let Some(value) = value {
                self.train.scalar(tag, epoch, now, value as f32)?;
            }
        }
        let EpochMetrics { f1, pair_jaccard, measure_jaccard } = report.metrics;
        for (tag, value) in [
            ("active_units", units),
            ("epoch_f1", f1),
            ("pair_jaccard", pair_jaccard),
            ("measure_jaccard", measure_jaccard),
        ] {
            if let Some(value) = value {
                self.validation.scalar(tag, epoch, now, value as f32)?;
            }
        }
        Ok(())
    }

    /// Draws the songs of an epoch into `epochs/`.
    fn draw(&self, epoch: usize, model: &Model) -> Result<(), Failure> {
        let shape = self.corpus.shape;
        let latents = sample_prior(model.architecture().latent, self.context.seed, self.songs);
        for (index, probabilities) in model.decode(&latents)?.iter().enumerate() {
            let (song, _) = self.decoding.decode(probabilities, &shape);
            let name = format!("epoch{epoch}_{index}");
            let provenance = Provenance {
                title: format!("Epoch {epoch}, song {index}"),
                comment: format!(
                    "drawn by partita after epoch {epoch}, seed {}, song {index}",
                    self.context.seed
                ),
                tempo: 120,
                program: 0,
                signature: TimeSignature::COMMON,
                lengths: Lengths::UntilNext,
            };
            write_song(&self.folder.join("epochs"), &name, &song, &[], &shape, &provenance)?;
        }
        Ok(())
    }

    fn tell(&mut self, report: &EpochReport) {
        self.context.report.note(&line(report, self.epochs));
        if let Some(warning) = self.collapse.warning(report, self.before.as_ref()) {
            self.context.report.warning(&warning);
        }
        self.before = Some(report.clone());
    }
}

impl Observer for TrainingLogger<'_> {
    fn resumed(&mut self, history: &[EpochReport]) {
        history.iter().for_each(|report| self.log(report));
        self.before = history.last().cloned();
        let epochs = history.last().map_or(0, |report| report.epoch);
        self.context.report.note(&format!("going on after epoch {epochs} of {}", self.epochs));
    }

    fn pca_progress(&mut self, done: u64, total: u64) -> Control {
        self.context.report.progress("samples", done, total, "principal components");
        if self.context.cancel.is_cancelled() { Control::Stop } else { Control::Continue }
    }

    fn step(&mut self, report: &StepReport) -> Control {
        let done = (report.epoch - 1) * report.steps + report.step;
        let total = self.epochs * report.steps;
        let about = format!("epoch {} of {}, loss {:.1}", report.epoch, self.epochs, report.loss);
        self.context.report.progress("steps", done as u64, total as u64, &about);
        match self.context.cancel.is_cancelled() {
            true => Control::Stop,
            false if self.timer.is_due() => Control::Save,
            false => Control::Continue,
        }
    }

    fn evaluate(&mut self, _: usize, model: &Model) -> Result<EpochMetrics, Failure> {
        Ok(self.evaluator.of(model)?)
    }

    fn epoch(&mut self, report: &EpochReport, model: &Model) -> Result<Control, Failure> {
        self.record(report)?;
        if report.epoch.is_multiple_of(self.songs_every) || report.is_last {
            self.draw(report.epoch, model)?;
        }
        self.tell(report);
        self.timer.restart();
        let stop = self.context.cancel.is_cancelled();
        Ok(if stop { Control::Stop } else { Control::Continue })
    }
}

/// An epoch in a line.
fn line(report: &EpochReport, epochs: usize) -> String {
    let mut line = format!("epoch {} of {epochs}:", report.epoch);
    let mut tell = |words: String| {
        line.push_str(if line.ends_with(':') { " " } else { ", " });
        line.push_str(&words);
    };
    if let Some(train) = report.train {
        tell(format!("loss {:.1}", train.loss));
    }
    if let Some(validation) = report.validation {
        tell(format!("validation {:.1}", validation.loss));
    }
    if let Some(f1) = report.metrics.f1 {
        tell(format!("F1 {f1:.3}"));
    }
    if let Some(Losses { kl, .. }) = report.validation.or(report.train) {
        tell(format!("KL {kl:.1} nats ({:.1} bits)", bits(kl)));
    }
    if let Some(units) = report.active_units {
        tell(format!("{units} units active"));
    }
    line
}

fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// A row of `log.csv`, in the order of [`COLUMNS`].
fn row(report: &EpochReport) -> String {
    let (train, validation) = (report.train, report.validation);
    let values = [
        report.active_units.map(|units| units as f64),
        Some(report.beta),
        report.gradient_norm,
        train.map(|losses| losses.kl),
        train.map(|losses| bits(losses.kl)),
        Some(report.learning_rate),
        train.map(|losses| losses.loss),
        report.metrics.measure_jaccard,
        report.metrics.pair_jaccard,
        train.map(|losses| losses.reconstruction),
        report.samples_per_second,
        Some(report.seconds),
        report.metrics.f1,
        validation.map(|losses| losses.kl),
        validation.map(|losses| bits(losses.kl)),
        validation.map(|losses| losses.loss),
        validation.map(|losses| losses.reconstruction),
    ];
    let cell = |value: &Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let cells: Vec<String> = values.iter().map(cell).collect();
    format!("{},{}", report.epoch, cells.join(","))
}

/// Puts what was written up to the last of these epochs where the runner looks for it. A kill may have left
/// songs and log of an epoch whose checkpoint is not there: those are left out.
pub(super) fn export_reached(
    context: &StageContext<'_>,
    reports: &[EpochReport],
) -> Result<(), StageError> {
    let folder = context.resume_dir.join("watch");
    let last = reports.last().map_or(0, |report| report.epoch);
    for entry in walkdir::WalkDir::new(folder.join("epochs")) {
        let entry = entry.map_err(StageError::failed)?;
        let inside = entry.path().strip_prefix(&folder).map_err(StageError::failed)?;
        if epoch_of(entry.path()).is_some_and(|epoch| epoch <= last) {
            materialize(entry.path(), &context.out.join(inside), CopyMode::Copy)
                .map_err(StageError::failed)?;
        }
    }
    copy_all(&folder.join("graphs"), &context.diagnostics.join("graphs"))?;
    let rows = std::iter::once(COLUMNS.to_owned()).chain(reports.iter().map(row));
    let log = rows.collect::<Vec<_>>().join("\n") + "\n";
    Ok(fs_err::write(context.diagnostics.join("log.csv"), log)?)
}

/// The epoch of a drawn song's file: `epoch<E>_<i>.*`.
fn epoch_of(path: &Path) -> Option<usize> {
    path.file_name()?.to_str()?.strip_prefix("epoch")?.split_once('_')?.0.parse().ok()
}

/// Copies a file, or a folder and all below it.
fn copy_all(from: &Path, to: &Path) -> Result<(), StageError> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(StageError::failed)?;
        let inside = entry.path().strip_prefix(from).map_err(StageError::failed)?;
        if entry.file_type().is_file() {
            let target = if inside.as_os_str().is_empty() { to.into() } else { to.join(inside) };
            materialize(entry.path(), &target, CopyMode::Copy).map_err(StageError::failed)?;
        }
    }
    Ok(())
}

/// A file of its own, though an interrupted training may have begun one in the same second.
fn events(folder: &Path) -> Result<Events, StageError> {
    fs_err::create_dir_all(folder)?;
    let mut seconds = now() as u64;
    loop {
        match fs_err::File::create_new(folder.join(file_name(seconds, "partita"))) {
            Ok(file) => return Ok(EventWriter::new(file, now())?),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => seconds += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// The deterministic part of a history as rows; the untrained network has none.
pub(super) fn history(reports: &[EpochReport], samples: u64) -> Vec<HistoryRow> {
    let row = |report: &EpochReport| {
        let train = report.train?;
        Some(HistoryRow {
            epoch: report.epoch as u32,
            steps: report.steps,
            samples: samples * report.epoch as u64,
            learning_rate: report.learning_rate,
            beta: report.beta,
            loss: train.loss,
            reconstruction: train.reconstruction,
            kl: train.kl,
            validation_loss: report.validation.map(|losses| losses.loss),
            validation_reconstruction: report.validation.map(|losses| losses.reconstruction),
            validation_kl: report.validation.map(|losses| losses.kl),
            active_units: report.active_units.map(|units| units as u32),
            gradient_norm: report.gradient_norm.unwrap_or(f64::NAN),
            kl_bits: bits(train.kl),
            validation_kl_bits: report.validation.map(|losses| bits(losses.kl)),
            validation_f1: report.metrics.f1,
            pair_jaccard: report.metrics.pair_jaccard,
            measure_jaccard: report.metrics.measure_jaccard,
        })
    };
    reports.iter().filter_map(row).collect()
}

/// One line on the last epoch.
pub(super) fn summary(reports: &[EpochReport], kept: usize) -> String {
    let Some(last) = reports.last() else { return String::new() };
    let kept = match kept {
        epoch if epoch == last.epoch => String::new(),
        epoch => format!("; kept: epoch {epoch}, the best by F1"),
    };
    let loss = |name: &str, losses: Option<partita_vae::Losses>| {
        losses.map_or_else(String::new, |losses| format!(", {name} {:.1}", losses.loss))
    };
    format!(
        "{} epoch{}{}{}{kept}",
        last.epoch,
        if last.epoch == 1 { "" } else { "s" },
        loss("loss", last.train),
        loss("validation loss", last.validation)
    )
}
