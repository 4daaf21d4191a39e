//! Latent vectors of songs, by mode.

use super::super::corpus;
use super::super::refining::Refining;
use super::input_music::{InputMusic, describe};
use super::params::{Mode, Params};
use crate::columnar::Split;
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::stage_api::{Result, StageContext, StageError};
use partita_vae::sampling::{
    Gaussian, LatentDistribution, Mixture, MixtureOptions, ParzenWindows, choose, perturb,
};
use partita_vae::{Model, Posterior};

/// The latent vector of a song.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LatentSource {
    pub(super) latent: Vec<f32>,
    /// The music that the song is near to.
    pub(super) near: Option<ReferenceMusic>,
}

/// What a song has in common with the music that it is near to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReferenceMusic {
    pub(super) onsets: usize,
    pub(super) signature: TimeSignature,
    /// Names the music in MIDI comments and tables.
    pub(super) description: String,
}

/// Returns the latent vectors of all candidates of the first song, then of the second one, and so on.
pub(super) fn sources(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    shape: &RollShape,
    candidates: usize,
) -> Result<Vec<LatentSource>> {
    let encode = |name: &str| {
        let music = InputMusic::read(context.input(name)?, name, shape, params)?;
        Ok::<_, StageError>((encode(model, &music, shape, params.refining)?, music))
    };
    let count = 0..params.count * candidates;
    match params.mode {
        Mode::Prior | Mode::Pca | Mode::Mixture | Mode::Neighbours => {
            let distribution = distribution(context, params, model)?;
            let latents = distribution.sample(context.seed, count.len(), params.temperature);
            Ok(latents.into_iter().map(|latent| LatentSource { latent, near: None }).collect())
        }
        Mode::Around => {
            let (posterior, music) = encode("around")?;
            Ok(count.map(|index| around(context, params, index, &music, &posterior)).collect())
        }
        Mode::Interpolate => {
            let (start, end) = (encode("start")?, encode("end")?);
            Ok(count.map(|index| between(params, index / candidates, [&start, &end])).collect())
        }
        Mode::Vary => vary(context, params, model, shape, candidates),
    }
}

fn distribution(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
) -> Result<LatentDistribution> {
    if params.mode == Mode::Prior {
        return Ok(LatentDistribution::Prior { latent: model.architecture().latent });
    }
    let posterior = corpus::posteriors(context.input("model")?, model)?;
    if params.mode == Mode::Neighbours {
        let windows = ParzenWindows::new(posterior.mean, params.bandwidth);
        if windows.is_empty() {
            return Err(StageError::failed("the model has no posterior means of training samples"));
        }
        return Ok(LatentDistribution::Parzen(windows));
    }
    let variance = if params.posterior_variance { posterior.mean_variance() } else { Vec::new() };
    if params.mode == Mode::Pca {
        return Ok(LatentDistribution::Gaussian(Gaussian::fit(&posterior.mean, &variance)));
    }
    let options = MixtureOptions {
        components: params.components,
        covariance: params.covariance,
        seed: context.seed,
    };
    let mixture = Mixture::fit(&posterior.mean, &variance, options);
    let (components, means) = (mixture.len(), posterior.mean.len());
    context.report.note(&format!("{components} Gaussians, fitted to {means} posterior means"));
    Ok(LatentDistribution::Mixture(mixture))
}

/// Encodes one piece of music alone, so that rounding does not depend on the number of pieces.
fn encode(
    model: &Model,
    music: &InputMusic,
    shape: &RollShape,
    refining: Refining,
) -> Result<Posterior> {
    let cells = [music.cells(shape)];
    let mut posterior = model.encode(&cells)?;
    if let Some(refined) = refining.codes(model, &cells, &posterior.mean)? {
        posterior.mean = refined;
    }
    Ok(posterior)
}

/// Returns a song near music.
fn around(
    context: &StageContext<'_>,
    params: &Params,
    index: usize,
    music: &InputMusic,
    posterior: &Posterior,
) -> LatentSource {
    let mean = &posterior.mean[0];
    let radius = vec![params.radius; mean.len()];
    let std = if params.radius > 0.0 { &radius } else { &posterior.std[0] };
    LatentSource {
        latent: perturb(mean, std, context.seed, index as u64, params.temperature),
        near: Some(ReferenceMusic {
            onsets: music.onsets(),
            signature: music.signature,
            description: format!("near {}", music.description),
        }),
    }
}

/// Returns a song between two pieces; its onset count is between theirs too.
fn between(
    params: &Params,
    index: usize,
    [(from, start), (to, end)]: [&(Posterior, InputMusic); 2],
) -> LatentSource {
    let last = params.count.saturating_sub(1).max(1);
    let at = index as f64 / last as f64;
    let onsets = start.onsets() as f64 * (1.0 - at) + end.onsets() as f64 * at;
    let (start_text, end_text) = (&start.description, &end.description);
    LatentSource {
        latent: params.interpolation.at(&from.mean[0], &to.mean[0], at),
        near: Some(ReferenceMusic {
            onsets: onsets.round() as usize,
            signature: if at < 0.5 { start.signature } else { end.signature },
            description: format!("step {index} of {last} from {start_text} to {end_text}"),
        }),
    }
}

/// Returns songs near random samples of the corpus, one sample per song.
fn vary(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    shape: &RollShape,
    candidates: usize,
) -> Result<Vec<LatentSource>> {
    let input = context.input("samples")?;
    let mut set = corpus::samples(input, params.side.into())?;
    if set.is_empty() {
        context.report.warning("there are no validation samples; varying training samples");
        set = corpus::samples(input, Split::Train)?;
    }
    if set.shape() != *shape {
        return Err(StageError::with_hint(
            "the samples have another shape than those that the model was trained on",
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
            description: describe(meta.path, meta.first_measure.into(), shape),
        };
        let posterior = encode(model, &music, shape, params.refining)?;
        let candidates = index * candidates..(index + 1) * candidates;
        Ok(candidates.map(|it| around(context, params, it, &music, &posterior)).collect())
    };
    let songs: Vec<Vec<LatentSource>> = (0..params.count).map(source).collect::<Result<_>>()?;
    Ok(songs.concat())
}
