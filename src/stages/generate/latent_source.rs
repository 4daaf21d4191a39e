//! Where each song's latent vector comes from.

use super::super::corpus;
use super::super::refining::Refining;
use super::input_music::{InputMusic, given, told};
use super::params::{Mode, Params};
use crate::columnar::Split;
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::stage_api::{StageContext, StageError};
use partita_vae::sampling::{
    Gaussian, LatentDistribution, Mixture, MixtureOptions, choose, perturb,
};
use partita_vae::{Model, Posterior};

/// A song before it is decoded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LatentSource {
    pub(super) latent: Vec<f32>,
    /// The music that it is near to.
    pub(super) near: Option<ReferenceMusic>,
}

/// What a song takes over from music.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReferenceMusic {
    /// How many onsets that has.
    pub(super) onsets: usize,
    pub(super) signature: TimeSignature,
    /// What it is, for people.
    pub(super) told: String,
}

/// The sources of all songs.
pub(super) fn sources(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    shape: &RollShape,
) -> Result<Vec<LatentSource>, StageError> {
    match params.mode {
        Mode::Prior | Mode::Pca | Mode::Mixture => {
            let distribution = distribution(context, params, model)?;
            let drawn = distribution.sample(context.seed, params.count, params.temperature);
            Ok(drawn.into_iter().map(|latent| LatentSource { latent, near: None }).collect())
        }
        Mode::Around => {
            let music = given(context.input("around")?, "around", shape, params)?;
            let posterior = encode(model, &music, shape, params.refining)?;
            let source = |index| around(context, params, index, &music, &posterior);
            Ok((0..params.count).map(source).collect())
        }
        Mode::Interpolate => {
            let end = |name| {
                let music = given(context.input(name)?, name, shape, params)?;
                Ok::<_, StageError>((encode(model, &music, shape, params.refining)?, music))
            };
            let (start, end) = (end("start")?, end("end")?);
            Ok((0..params.count).map(|index| between(params, index, [&start, &end])).collect())
        }
        Mode::Vary => vary(context, params, model, shape),
    }
}

fn distribution(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
) -> Result<LatentDistribution, StageError> {
    if params.mode == Mode::Prior {
        return Ok(LatentDistribution::Prior { latent: model.architecture().latent });
    }
    let posterior = corpus::posteriors(context.input("model")?, model)?;
    let more = if params.posterior_variance { posterior.mean_variance() } else { Vec::new() };
    if params.mode == Mode::Pca {
        return Ok(LatentDistribution::Gaussian(Gaussian::fit(&posterior.mean, &more)));
    }
    let options = MixtureOptions {
        components: params.components,
        covariance: params.covariance,
        seed: context.seed,
    };
    let mixture = Mixture::fit(&posterior.mean, &more, options);
    let (components, means) = (mixture.len(), posterior.mean.len());
    context.report.note(&format!("{components} Gaussians, fitted to {means} posterior means"));
    Ok(LatentDistribution::Mixture(mixture))
}

/// The posterior of one piece of music. Each is encoded alone, so that no rounding depends on how many there
/// are.
fn encode(
    model: &Model,
    music: &InputMusic,
    shape: &RollShape,
    refining: Refining,
) -> Result<Posterior, StageError> {
    let cells = [music.cells(shape)];
    let mut posterior = model.encode(&cells).map_err(StageError::failed)?;
    if let Some(refined) = refining.codes(model, &cells, &posterior.mean)? {
        posterior.mean = refined;
    }
    Ok(posterior)
}

/// A song near music.
fn around(
    context: &StageContext<'_>,
    params: &Params,
    index: usize,
    music: &InputMusic,
    posterior: &Posterior,
) -> LatentSource {
    let (mean, deviation) = (&posterior.mean[0], &posterior.std[0]);
    let even = vec![params.radius; mean.len()];
    let deviation = if params.radius > 0.0 { &even } else { deviation };
    let latent = perturb(mean, deviation, context.seed, index as u64, params.temperature);
    let (onsets, signature) = (music.onsets(), music.signature);
    LatentSource {
        latent,
        near: Some(ReferenceMusic { onsets, signature, told: format!("near {}", music.told) }),
    }
}

/// A song on the way from one piece to another; its onset count is on the way too.
fn between(
    params: &Params,
    index: usize,
    [(from, start), (to, end)]: [&(Posterior, InputMusic); 2],
) -> LatentSource {
    let last = params.count.saturating_sub(1).max(1);
    let at = index as f64 / last as f64;
    let onsets = start.onsets() as f64 * (1.0 - at) + end.onsets() as f64 * at;
    let signature = if at < 0.5 { start.signature } else { end.signature };
    LatentSource {
        latent: params.interpolation.at(&from.mean[0], &to.mean[0], at),
        near: Some(ReferenceMusic {
            onsets: onsets.round() as usize,
            signature,
            told: format!("step {index} of {last} from {} to {}", start.told, end.told),
        }),
    }
}

/// Each song near a sample of the corpus that is drawn for it.
fn vary(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    shape: &RollShape,
) -> Result<Vec<LatentSource>, StageError> {
    let input = context.input("samples")?;
    let mut set = corpus::samples(input, params.side)?;
    if set.is_empty() {
        context.report.warning("there is no validation sample: training samples are varied");
        set = corpus::samples(input, Split::Train)?;
    }
    if set.shape() != *shape {
        return Err(StageError::with_hint(
            "the model was trained on another grid than these samples",
            "give generate the samples that the model was trained on",
        ));
    }
    if set.is_empty() {
        return Err(StageError::failed("there is no sample to vary"));
    }
    let source = |index: usize| {
        context.cancel.check()?;
        let chosen = choose(context.seed, index as u64, set.len());
        let meta = set.meta(chosen);
        let music = InputMusic {
            measures: set.measures(chosen),
            signature: meta.time_signature.parse().unwrap_or(TimeSignature::COMMON),
            told: told(meta.path, meta.first_measure.into(), shape),
        };
        Ok(around(context, params, index, &music, &encode(model, &music, shape, params.refining)?))
    };
    (0..params.count).map(source).collect()
}
