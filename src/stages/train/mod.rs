//! `train`: the stacked variational autoencoder (see `partita_vae`).
//!
//! | output | content |
//! |---|---|
//! | `model/encoder.safetensors`, `model/decoder.safetensors` | weights |
//! | `model/model.json` | sizes of the network |
//! | `model/posterior.safetensors` | `mean` and `deviation`, F32 `[samples, latent]`: posteriors of the training samples, of 16,384 evenly spread ones if there are more |
//! | `model/corpus.json` | shape and density of the corpus |
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
mod error;
mod evaluator;
mod export;
mod finish;
mod log;
mod logger;
mod params;
mod setup;
mod timer;

use super::corpus::{CorpusInfo, SampleAdapter};
use crate::columnar::{SampleFile, write};
use crate::spec::{self, Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{
    Completion, Device, OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl,
};
use evaluator::EpochEvaluator;
use logger::TrainingLogger;
use partita_vae::{Samples, Trained, compute_posteriors, train_on};
use setup::TrainingSetup;

pub(super) struct Train;

const KIND: StageKind = StageKind {
    name: "train",
    about: "Train the stacked variational autoencoder on samples",
    // 2: model.json tells steps and pitches, history.parquet F1, likenesses and bits; the model has the
    // posteriors of training samples. 3: model.json tells which network it is. 4: and beta.
    version: 4,
    params: params::PARAMETERS,
    inputs: &[Input {
        name: "samples",
        about: "Pianoroll samples.",
        source: Source::Stage { kinds: &["extract"], output: None },
        required: Required::Yes,
    }],
    outputs: &[
        Output {
            name: "model",
            path: "model/",
            about: "Weights, sizes and history of the network.",
        },
        Output { name: "epochs", path: "epochs/", about: "Songs generated after each epoch." },
    ],
    cpus: Cpus::All,
    is_seeded: true,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport {
        kind: OutputKind::Output,
        from: "model/encoder.safetensors",
        to: "checkpoints/encoder.safetensors",
    },
    RunExport {
        kind: OutputKind::Output,
        from: "model/decoder.safetensors",
        to: "checkpoints/decoder.safetensors",
    },
    RunExport { kind: OutputKind::Output, from: "model/model.json", to: "checkpoints/model.json" },
    RunExport { kind: OutputKind::Output, from: "epochs/", to: "generated/" },
    RunExport { kind: OutputKind::Diagnostic, from: "graphs/", to: "graphs/" },
    RunExport { kind: OutputKind::Diagnostic, from: "log.csv", to: "{run}_csv.log" },
];

/// Maximum number of posteriors in a model: enough for the covariance of any latent space; 16 MB at 120 dimensions.
const MAX_POSTERIORS: usize = 16_384;

impl StageImpl for Train {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn is_resumable(&self) -> bool {
        true
    }

    fn checkpoint_file(&self) -> Option<&'static str> {
        Some(finish::CHECKPOINT)
    }

    fn finish_early(&self, context: &StageContext<'_>) -> Result<Completion, StageError> {
        finish::finish(context)
    }

    fn uses_device(&self) -> bool {
        true
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        check::check(stage)
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
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
) -> Result<(), StageError> {
    let folder = context.out.join("model");
    fs_err::create_dir_all(&folder)?;
    trained.model.save(&folder).map_err(StageError::failed)?;
    let posterior = compute_posteriors(&trained.model, training, MAX_POSTERIORS);
    posterior.map_err(StageError::failed)?.save(&folder).map_err(StageError::failed)?;
    let remembered = serde_json::to_vec_pretty(corpus).map_err(StageError::failed)?;
    fs_err::write(folder.join("corpus.json"), remembered)?;
    let rows = log::history(&trained.history, corpus.training_samples);
    write(&folder.join("history.parquet"), &rows).map_err(StageError::failed)
}

impl From<Device> for partita_vae::Device {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => Self::Cpu,
            Device::Cuda(index) => Self::Cuda(index),
        }
    }
}
