//! `train`: the stacked variational autoencoder (see `partita_vae`).
//!
//! | output | content |
//! |---|---|
//! | `model/encoder.safetensors`, `model/decoder.safetensors` | weights |
//! | `model/model.json` | sizes of the network |
//! | `model/posterior.safetensors` | `mean` and `deviation`, F32 `[samples, latent]`: posteriors of the training samples, of 16,384 evenly spread ones if there are more |
//! | `model/corpus.json` | shape, density and main time signature of the corpus |
//! | `model/history.parquet` | one row per epoch, without rates: they depend on the clock and are in `log.csv` |
//! | `model/partial.txt` | only if the training was finished early: at which epoch |
//! | `epochs/{npy,midi,img}/epoch<E>_<i>.*` | songs of the same latent vectors after each epoch; epoch 0 is the untrained network |
//!
//! Diagnostics: `log.csv` and TensorBoard event files, which contain times.
//!
//! Samples are read from a file in the scratch folder, so memory does not grow with their number; a batch too large for
//! memory is processed in parts. Checkpoints are written to the resume folder after each epoch and every
//! `checkpoint_minutes`. An interrupted training resumes from there, also within an epoch, or is finished early and can
//! still be resumed later.

mod check;
mod collapse;
mod device;
mod error;
mod evaluator;
mod export;
mod finish;
mod log;
mod logger;
mod params;
mod setup;
mod timer;

use super::corpus::{CorpusInfo, MAX_POSTERIORS, SampleAdapter};
use crate::columnar::{SampleFile, write};
use crate::spec::{self, Cpus, Input, Output, StageKind};
use crate::stage_api::{
    Completion, ParamError, Result, RunExport, StageContext, StageError, StageImpl,
};
use evaluator::EpochEvaluator;
use logger::TrainingLogger;
use partita_vae::{Samples, Trained, compute_posteriors, train_on};
use setup::TrainingSetup;

pub(super) struct Train;

const KIND: StageKind = StageKind {
    name: "train",
    about: "Train the stacked variational autoencoder on samples",
    // 2: model.json has steps and pitches, history.parquet has F1, similarities and bits, the model has the
    // posteriors of training samples. 3: model.json names the network. 4: model.json has beta. 5: corpus.json has the
    // samples' main time signature, in which songs after epochs are written.
    version: 5,
    params: params::PARAMETERS,
    inputs: &[Input::from_stage("samples", "Pianoroll samples.", &["extract"], None)],
    outputs: &[
        Output::new("model", "model/", "Weights, sizes and history of the network."),
        Output::new("epochs", "epochs/", "Songs generated after each epoch."),
    ],
    cpus: Cpus::All,
    is_seeded: true,
    is_resumable: true,
    uses_device: true,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport::output("model/encoder.safetensors", "checkpoints/encoder.safetensors"),
    RunExport::output("model/decoder.safetensors", "checkpoints/decoder.safetensors"),
    RunExport::output("model/model.json", "checkpoints/model.json"),
    RunExport::output("epochs/", "generated/"),
    RunExport::diagnostic("graphs/", "graphs/"),
    RunExport::diagnostic("log.csv", "{run}_csv.log"),
];

impl StageImpl for Train {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn checkpoint_file(&self) -> Option<&'static str> {
        Some(finish::CHECKPOINT)
    }

    fn finish_early(&self, context: &StageContext<'_>) -> Result<Completion> {
        finish::finish(context)
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        check::check(stage)
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let setup = TrainingSetup::new(context)?;
        setup.check_validation()?;
        let TrainingSetup { params, settings, corpus, training, validation } = setup;
        context.report.note(&format!(
            "{} parameters, {} training and {} validation samples",
            settings.architecture.parameters(),
            training.len(),
            validation.len()
        ));
        let evaluator = EpochEvaluator::new(&validation.0, corpus, context.seed)?;
        let checkpoints = context.resume_dir.join("checkpoints");
        fs_err::create_dir_all(&checkpoints)?;
        let mut logger = TrainingLogger::new(context, &params, &settings, corpus, evaluator)?;
        let samples: [&dyn Samples; 2] = [&training, &validation];
        let trained =
            train_on(context.device.into(), &settings, samples, &checkpoints, &mut logger);
        let trained = trained.map_err(|error| error::explain(&error))?;
        if !trained.finished {
            return Err(StageError::Interrupted);
        }
        logger.finish()?;
        write_model(context, &trained, &training, &corpus)?;
        Ok(log::summary(&trained.history, trained.epoch))
    }
}

/// Writes `model/`.
fn write_model(
    context: &StageContext<'_>,
    trained: &Trained,
    training: &SampleAdapter<SampleFile>,
    corpus: &CorpusInfo,
) -> Result<()> {
    let folder = context.out.join("model");
    fs_err::create_dir_all(&folder)?;
    trained.model.save(&folder)?;
    let posterior = compute_posteriors(&trained.model, training, MAX_POSTERIORS);
    posterior?.save(&folder)?;
    let remembered = serde_json::to_vec_pretty(corpus)?;
    fs_err::write(folder.join("corpus.json"), remembered)?;
    let rows = log::history(&trained.history, corpus.training_samples);
    Ok(write(&folder.join("history.parquet"), &rows)?)
}
