//! `refiner`: trains a refiner, which improves the codes of a model's encoder (see [`Refiner`](partita_vae::Refiner)).
//!
//! | output | content |
//! |---|---|
//! | `model/refiner.safetensors` | weights |
//! | `model/posterior.safetensors` | as that of `train`, with refined means |
//! | `model/*` | the other files of the model, unchanged |
//!
//! Its output is a model like that of `train`, which takes its place: every code of a song is refined. Samples are
//! transposed and begin at a random measure each time that they are visited.

use super::corpus::{self, SampleAdapter};
use super::mean_f1::mean_f1;
use super::visits::{Visits, augmentation, rate_share};
use crate::columnar::SampleFile;
use crate::params::{Params as _, params};
use crate::spec::{Cpus, Input, Output, StageKind};
use crate::stage_api::{InputSet, Result, StageContext, StageImpl};
use partita_numerics::rng::{Purpose, stream};
use partita_vae::{Model, Refiner, RefinerSize, RefinerTrainer, compute_posteriors};

pub(super) struct TrainRefiner;

const KIND: StageKind = StageKind {
    name: "refiner",
    about: "Train a refiner, which improves the codes of a model's encoder",
    version: 1,
    params: Params::PARAMETERS,
    inputs: &[
        corpus::MODEL_SAMPLES,
        Input::from_stage("model", "A trained model.", &["train"], Some("model")),
    ],
    outputs: &[Output::new("model", "model/", "The model, with a refiner.")],
    cpus: Cpus::All,
    is_seeded: true,
    ..StageKind::BASE
};

params! {
    /// The parameters of `refiner`.
    #[derive(Debug)]
    struct Params {
        /// Steps by which a code is refined; each costs a pass through the decoder, there and back.
        steps: usize = 8 in 1..=1000,
        /// Hidden units of the refiner.
        hidden: usize = 768 in 1..=65_536,
        /// How often each training sample is learned from, on average.
        epochs: f64 = 1.0 in 0.001..=10_000.0,
        /// Samples of a step.
        batch: usize = 64 in 1..=4096,
        /// Highest learning rate; it falls to a hundredth of that, as a cosine.
        learning_rate: f64 = 0.002 in 0.0..=1.0,
        /// Share of the steps in which the learning rate rises from 0.
        warmup: f64 = 0.03 in 0.0..=1.0,
        /// Maximum number of semitones by which samples are transposed, up and down.
        transpose: usize = 5 in 0..=127,
        /// Whether samples begin at a random measure.
        rotate: bool = true,
    }
}

/// Maximum number of validation samples on which the codes are compared.
const MEASURED: usize = 256;

impl StageImpl for TrainRefiner {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let [training, validation] = corpus::model_samples(context, KIND.name, &corpus)?;
        let refiner = train(context, &model, &training)?;
        let refined = model.clone().with_refiner(refiner);
        let folder = context.out.join("model");
        fs_err::create_dir_all(&folder)?;
        refined.save(&folder)?;
        let training = SampleAdapter(training);
        compute_posteriors(&refined, &training, corpus::MAX_POSTERIORS)?.save(&folder)?;
        copy_others(context, input)?;
        let songs = corpus::spread_songs(&validation, MEASURED)?;
        let f1 = |model: &Model| mean_f1(model, &songs, &corpus.shape);
        match [f1(&model)?, f1(&refined)?] {
            [Some(encoder), Some(refined)] => Ok(format!(
                "F1 of validation samples {encoder:.3} by the encoder, {refined:.3} refined"
            )),
            _ => Ok("no validation samples to measure".to_owned()),
        }
    }
}

/// Trains a refiner on samples.
fn train(context: &StageContext<'_>, model: &Model, samples: &SampleFile) -> Result<Refiner> {
    let Params { steps, hidden, epochs, batch, learning_rate, warmup, transpose, rotate } =
        context.parameters()?;
    let size = model.architecture().geometry;
    let mut trainer = RefinerTrainer::new(model, RefinerSize { steps, hidden }, context.seed);
    context.report.note(&format!(
        "{} parameters, {} training samples",
        trainer.parameters(),
        samples.len()
    ));
    let mut visits = Visits::new(context.seed, samples.len(), batch);
    let total = visits.steps(epochs);
    for step in 0..total {
        context.cancel.check()?;
        let mut random = stream(context.seed, Purpose::RefinerExamples, step);
        let mut songs = Vec::with_capacity(batch);
        for sample in visits.batch(step) {
            let mut song = Vec::new();
            samples.cells(sample, &mut song)?;
            augmentation(&mut random, size, transpose, rotate).apply(size, &mut song);
            songs.push(song);
        }
        trainer.learn(&songs, learning_rate * rate_share(step, total, warmup))?;
        context.report.progress("steps", step + 1, total, "");
    }
    Ok(trainer.refiner())
}

/// Copies the files of the model that are not written yet.
fn copy_others(context: &StageContext<'_>, input: &InputSet) -> Result<()> {
    for file in input.files_under("model/", "") {
        let copy = context.out.join(&file.path);
        if !copy.exists() {
            fs_err::copy(&file.location, copy)?;
        }
    }
    Ok(())
}
