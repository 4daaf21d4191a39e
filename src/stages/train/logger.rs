//! Records a training while it runs: log, TensorBoard events, songs after each epoch, progress.
//!
//! All files grow in the folder that survives an interruption, beside the checkpoints, and are copied to the outputs
//! when the training is finished: a resumed training leaves the same files as an uninterrupted one.

use super::super::corpus::CorpusInfo;
use super::super::draw::{Decoding, write_array_and_picture, write_midi};
use super::collapse::CollapseDetector;
use super::evaluator::EpochEvaluator;
use super::export;
use super::log::{self, TRAIN_SCALARS, VALIDATION_SCALARS};
use super::params::Params;
use super::timer::CheckpointTimer;
use crate::music::midi::{Lengths, RollOptions};
use crate::music::note::Velocity;
use crate::report::tensorboard::{EventWriter, file_name};
use crate::stage_api::{Result, StageContext};
use partita_vae::{
    Control, EpochMetrics, EpochReport, Model, Observer, Settings, StepReport, sample_prior,
};
use std::error::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

type Failure = Box<dyn Error + Send + Sync>;
type Events = EventWriter<fs_err::File>;

/// The observer of a training.
pub(super) struct TrainingLogger<'a> {
    context: &'a StageContext<'a>,
    params: &'a Params,
    corpus: CorpusInfo,
    decoding: Decoding<'static>,
    epochs: usize,
    timer: CheckpointTimer,
    collapse: CollapseDetector,
    evaluator: EpochEvaluator,
    /// The last epoch that was reported.
    previous: Option<EpochReport>,
    folder: PathBuf,
    /// The lines of `log.csv`.
    rows: Vec<String>,
    train: Events,
    validation: Events,
}

impl<'a> TrainingLogger<'a> {
    /// A logger whose files are new or continue those of an interrupted training.
    pub(super) fn new(
        context: &'a StageContext<'a>,
        params: &'a Params,
        settings: &Settings,
        corpus: CorpusInfo,
        evaluator: EpochEvaluator,
    ) -> Result<Self> {
        let folder = export::folder(context);
        Ok(Self {
            context,
            params,
            corpus,
            decoding: params.decoding(corpus.median_onsets),
            epochs: settings.epochs,
            collapse: CollapseDetector::new(settings),
            evaluator,
            previous: None,
            train: create_events(&folder.join("graphs/train"))?,
            validation: create_events(&folder.join("graphs/validation"))?,
            timer: CheckpointTimer::new(params.checkpoint_minutes),
            folder,
            rows: vec![log::csv_header()],
        })
    }

    /// Closes the files and copies them to the outputs and diagnostics.
    pub(super) fn finish(self) -> Result<()> {
        drop((self.train.finish()?, self.validation.finish()?));
        export::export_all(self.context)
    }

    fn add_row(&mut self, report: &EpochReport) {
        let same_epoch = format!("{},", report.epoch);
        self.rows.retain(|row| !row.starts_with(&same_epoch));
        self.rows.push(log::csv_row(report));
    }

    fn record(&mut self, report: &EpochReport) -> Result<(), Failure> {
        self.add_row(report);
        fs_err::write(self.folder.join("log.csv"), self.rows.join("\n") + "\n")?;
        let now = now();
        for (events, scalars) in
            [(&mut self.train, TRAIN_SCALARS), (&mut self.validation, VALIDATION_SCALARS)]
        {
            for (tag, column) in scalars {
                if let Some(value) = log::value(report, column) {
                    events.scalar(tag, report.epoch as u64, now, value as f32)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the songs of an epoch into `epochs/`.
    fn write_songs(&self, epoch: usize, model: &Model) -> Result<(), Failure> {
        let (shape, seed) = (self.corpus.shape, self.context.seed);
        let latents = sample_prior(model.architecture().latent, seed, self.params.songs);
        for (index, probabilities) in model.decode(&latents)?.iter().enumerate() {
            let (song, _) = self.decoding.decode(probabilities, &shape, seed, index);
            let options = RollOptions {
                title: format!("Epoch {epoch}, song {index}"),
                comment: Some(format!(
                    "drawn by partita after epoch {epoch}, seed {seed}, song {index}"
                )),
                tempo: 120,
                program: 0,
                signature: self.corpus.time_signature,
                velocity: Velocity::clamped(80),
                lengths: Lengths::UntilNext,
            };
            let name = format!("epoch{epoch}_{index}");
            let folder = self.folder.join("epochs");
            write_midi(&folder, &name, &song, &shape, &options)
                .and_then(|()| write_array_and_picture(&folder, &name, &song, &[], &shape))
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn control(&self) -> Control {
        if self.context.cancel.is_cancelled() { Control::Stop } else { Control::Continue }
    }
}

impl Observer for TrainingLogger<'_> {
    fn resumed(&mut self, history: &[EpochReport]) {
        history.iter().for_each(|report| self.add_row(report));
        self.previous = history.last().cloned();
        let epochs = history.last().map_or(0, |report| report.epoch);
        self.context.report.note(&format!("resuming after epoch {epochs} of {}", self.epochs));
    }

    fn pca_progress(&mut self, done: u64, total: u64) -> Control {
        self.context.report.progress("samples", done, total, "principal components");
        self.control()
    }

    fn step(&mut self, report: &StepReport) -> Control {
        let done = (report.epoch - 1) * report.steps + report.step;
        let total = self.epochs * report.steps;
        let about = format!("epoch {} of {}, loss {:.1}", report.epoch, self.epochs, report.loss);
        self.context.report.progress("steps", done as u64, total as u64, &about);
        match self.control() {
            Control::Continue if self.timer.is_due() => Control::Save,
            control => control,
        }
    }

    fn evaluate(&mut self, _: usize, model: &Model) -> Result<EpochMetrics, Failure> {
        Ok(self.evaluator.evaluate(model)?)
    }

    fn epoch(&mut self, report: &EpochReport, model: &Model) -> Result<Control, Failure> {
        self.record(report)?;
        if report.epoch.is_multiple_of(self.params.songs_every) || report.is_last {
            self.write_songs(report.epoch, model)?;
        }
        self.context.report.note(&log::line(report, self.epochs));
        if let Some(warning) = self.collapse.warning(report, self.previous.as_ref()) {
            self.context.report.warning(&warning);
        }
        self.previous = Some(report.clone());
        self.timer.restart();
        Ok(self.control())
    }
}

/// Creates an event file; an interrupted training may have created one in the same second.
fn create_events(folder: &Path) -> Result<Events> {
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
