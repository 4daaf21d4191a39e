//! `decoder`: trains a decoder that turns a model's codes into songs note by note (see `partita_decoder`).
//!
//! | output | content |
//! |---|---|
//! | `decoder/decoder.safetensors` | weights |
//! | `decoder/bits.json` | bits per onset of up to 400 validation samples, all onsets together: `coded`, given a code drawn from the sample's posterior; `other`, given the code of another sample; `uncoded`, without a code; each in `total` and for the `plan` of measures, the `rhythm` and the `chord`s. `kl`: KL divergence of the posteriors from the prior, in bits per onset; `mean`: mean over samples of `coded`; `drawn`: of songs drawn from the samples' codes, by the decoder's own measure |
//!
//! A sample is transposed at random each time it is seen, then encoded, and its code is drawn from the posterior. The model
//! itself does not change. At the end, the decoder is calibrated on validation samples (`partita_decoder::calibration`), or
//! on training samples if there are none. An interrupted training resumes from its last checkpoint, at most a minute old.

mod bits;
mod examples;
mod params;
mod training;

use super::corpus;
use crate::columnar::SampleFile;
use crate::params::Params as _;
use crate::spec::{Cpus, Output, StageKind};
use crate::stage_api::{Result, StageContext, StageImpl};
pub(super) use bits::Measured;
use examples::Examples;
use params::Params;
use partita_decoder::{Calibrating, Decoder};
use partita_vae::Model;
use training::Training;

pub(super) struct TrainDecoder;

const KIND: StageKind = StageKind {
    name: "decoder",
    about: "Train a decoder that plays a model's codes note by note",
    // 2: habits of the song and sequels among the features; calibration; typical shares at first.
    version: 2,
    params: Params::PARAMETERS,
    inputs: &[corpus::MODEL_SAMPLES, corpus::MODEL],
    outputs: &[Output::new(
        "decoder",
        "decoder/",
        "Weights, and bits per onset of validation samples.",
    )],
    cpus: Cpus::All,
    is_seeded: true,
    is_resumable: true,
    ..StageKind::BASE
};

/// Validation samples that are measured at the end.
const MEASURED: usize = 400;
/// Samples, and songs of a round, by which a decoder is calibrated.
const CALIBRATED: usize = 256;

impl StageImpl for TrainDecoder {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let (model, corpus) = corpus::model(context.input("model")?)?;
        let [training, validation] = corpus::model_samples(context, KIND.name, &corpus)?;
        let params: Params = context.parameters()?;
        let mut decoder = Training {
            context,
            params: &params,
            model: &model,
            training: &training,
            validation: &validation,
        }
        .run()?;
        calibrate(context, &params, &model, [&validation, &training], &mut decoder)?;
        fs_err::create_dir_all(context.out.join("decoder"))?;
        decoder.save(&context.out.join(corpus::DECODER))?;
        let measured = bits::measure(&decoder, &model, &validation, context.seed, MEASURED)?;
        let text = serde_json::to_string_pretty(&measured)? + "\n";
        fs_err::write(context.out.join(bits::FILE), text)?;
        Ok(measured.summary())
    }
}

/// Calibrates a decoder on the first of these samples that there are.
fn calibrate(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    samples: [&SampleFile; 2],
    decoder: &mut Decoder,
) -> Result<()> {
    let Some(samples) = samples.into_iter().find(|samples| !samples.is_empty()) else {
        return Ok(());
    };
    let examples = Examples { model, samples, seed: context.seed }.unchanged(CALIBRATED)?.examples;
    let rounds = params.calibration;
    let calibrating = Calibrating { seed: context.seed, rounds, songs: CALIBRATED };
    decoder.calibrate(&examples, calibrating, |round| {
        context.cancel.check()?;
        context.report.progress("calibration rounds", round as u64, rounds as u64, "");
        Ok(())
    })
}
