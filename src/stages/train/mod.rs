//! `train`: the stacked variational autoencoder (see `partita_vae`).
//!
//! Outputs: `model/encoder.safetensors`, `model/decoder.safetensors`, `model/model.json` (sizes),
//! `model/posterior.safetensors` (`mean` and `deviation`, F32 `[samples, latent]`: the posteriors of the
//! training samples, of 16,384 evenly spread ones where there are more), `model/corpus.json` (grid and
//! density of the corpus), `model/history.parquet` (a row an epoch; rates depend on the clock and stand in
//! `log.csv`), and
//! `epochs/{npy,midi,img}/epoch<E>_<i>.*`: the same latent vectors drawn after each epoch, epoch 0 being the
//! untrained network. Diagnostics: `log.csv` and TensorBoard event files, which hold times.
//!
//! Of a training that was finished early there is `model/partial.txt` too, which says where.
//!
//! Samples are read from a file that is laid out for it in the scratch folder, so that memory does not grow with
//! their number; a batch too large for memory is worked through in parts. Checkpoints lie in the work folder,
//! written after each epoch and every `checkpoint_minutes`, so an interrupted training goes on where it stopped,
//! within an epoch too; or it is finished early, and still can go on afterwards.

mod check;
mod collapse;
mod evaluator;
mod finish;
mod logger;
mod params;
mod timer;

use super::corpus::{CorpusInfo, SampleAdapter, materialize};
use crate::columnar::{SampleFile, Split, write};
use crate::params::Params as _;
use crate::spec::{self, Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{
    Completion, Device, OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl,
};
use evaluator::EpochEvaluator;
use logger::{TrainingLogger, history};
use params::Params;
use partita_vae::{Samples, Settings, TrainError, Trained, compute_posteriors, train_on};

pub(super) struct Train;

const KIND: StageKind = StageKind {
    name: "train",
    about: "Train the stacked variational autoencoder on samples",
    // 2: model.json tells steps and pitches, history.parquet F1, likenesses and bits; the model has the
    // posteriors of training samples. 3: model.json tells which network it is. 4: and beta.
    version: 4,
    params: Params::PARAMETERS,
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
        Output { name: "epochs", path: "epochs/", about: "Songs drawn after each epoch." },
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

/// Posteriors that a model keeps: enough for the covariance of any latent space, 16 MB at 120 dimensions.
const POSTERIORS: usize = 16_384;

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
        let Prepared { params, settings, corpus, training, validation } = Prepared::of(context)?;
        context.report.note(&format!(
            "{} parameters, {} training and {} validation samples",
            settings.architecture.parameters(),
            training.len(),
            validation.len()
        ));
        params.needs_validation(validation.len())?;
        let evaluator = EpochEvaluator::new(&validation.0, corpus, context.seed)?;
        let checkpoints = context.resume_dir.join("checkpoints");
        fs_err::create_dir_all(&checkpoints)?;
        let mut logger = TrainingLogger::new(context, &params, corpus, evaluator)?;
        let samples: [&dyn Samples; 2] = [&training, &validation];
        let trained =
            train_on(context.device.into(), &settings, samples, &checkpoints, &mut logger);
        let trained = trained.map_err(|error| explain(&error))?;
        if !trained.finished {
            return Err(StageError::Interrupted);
        }
        logger.finish()?;
        write_model(context, &trained, &training, &corpus)?;
        Ok(logger::summary(&trained.history, trained.epoch))
    }
}

/// What a training is made of.
struct Prepared {
    params: Params,
    settings: Settings,
    corpus: CorpusInfo,
    training: SampleAdapter<SampleFile>,
    validation: SampleAdapter<SampleFile>,
}

impl Prepared {
    fn of(context: &StageContext<'_>) -> Result<Self, StageError> {
        let params: Params = context.parameters()?;
        let input = context.input("samples")?;
        let training = materialize(input, Split::Train, &context.scratch)?;
        let validation = materialize(input, Split::Validation, &context.scratch)?;
        let settings = params.settings(training.shape().size(), context.seed)?;
        Ok(Self {
            params,
            settings,
            corpus: CorpusInfo::of(&training),
            training: SampleAdapter(training),
            validation: SampleAdapter(validation),
        })
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
    let posterior = compute_posteriors(&trained.model, training, POSTERIORS);
    posterior.map_err(StageError::failed)?.save(&folder).map_err(StageError::failed)?;
    let remembered = serde_json::to_vec_pretty(corpus).map_err(StageError::failed)?;
    fs_err::write(folder.join("corpus.json"), remembered)?;
    let rows = history(&trained.history, corpus.training_samples);
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

/// A training's error with its causes and advice.
fn explain(error: &TrainError) -> StageError {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        message = format!("{message}: {source}");
        cause = source.source();
    }
    match error {
        TrainError::Stopped => StageError::Interrupted,
        TrainError::NoSamples => {
            StageError::with_hint(message, "see what 'extract' kept: partita stats PIPELINE/STAGE")
        }
        TrainError::Checkpoint(_) => StageError::with_hint(
            message,
            "if the checkpoint is damaged, remove its folder under artifacts/work and run again",
        ),
        TrainError::Device(_) | TrainError::GradientMismatch => {
            StageError::with_hint(message, "train on the CPU: --device cpu")
        }
        TrainError::NotFinite { hint, .. } => {
            StageError::with_hint(message, format!("try to {hint}"))
        }
        _ => StageError::failed(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_is_not_finite_is_told_with_its_place_and_a_way_out() {
        let hint = "lower `learning_rate`";
        let error = explain(&TrainError::NotFinite { epoch: 3, step: 17, hint });
        let StageError::Failed { message, hint: Some(hint) } = error else {
            panic!("{error:?}");
        };
        assert_eq!(message, "the loss is no longer finite at step 17 of epoch 3");
        assert_eq!(hint, "try to lower `learning_rate`");
    }
}
