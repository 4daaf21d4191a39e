//! Combinations of parameters that `train` refuses before anything runs.

use super::params::{Loss, Network, Params};
use crate::music::roll::RollShape;
use crate::params::{Params as _, Value};
use crate::spec;
use crate::stage_api::ParamError;
use partita_vae::{OutputBias, RawSettings};

/// Weights that fit into memory with their gradients and moments.
const MAX_WEIGHTS: u64 = 1 << 31;

/// Checks for combinations that no samples could make sensible.
pub(super) fn check(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let params = Params::from_values(&stage.params, ())?;
    // The thesis' shape: that of the samples is not known yet.
    let settings = params.settings(&stage.params, RollShape::THESIS.size(), 0)?;
    let RawSettings { architecture, options, .. } = settings;
    let is_factored = params.network == Network::Factored;
    let loss: &str = params.loss.into();
    let epochs = settings.epochs as f64;
    let rules = [
        (
            options.learning_rate_warmup >= epochs,
            "learning_rate_warmup",
            format!("the learning rate would still be rising after {epochs} epochs"),
            format!("less than {epochs}, for example {}", epochs / 10.0),
        ),
        (
            is_factored && !matches!(params.loss, Loss::Auto | Loss::Poisson),
            "loss",
            format!("the factored network cannot be trained with loss: {loss}"),
            "loss: poisson, or leave it out".into(),
        ),
        (
            !is_factored && params.loss == Loss::Poisson,
            "loss",
            format!("the thesis network cannot be trained with loss: {loss}"),
            "loss: bce or mse, or network: factored".into(),
        ),
        (
            is_factored && settings.output_bias == OutputBias::Zero,
            "output_bias",
            "the factored network always starts at the base rates".into(),
            "leave it out, or network: thesis".into(),
        ),
        (
            is_factored && stage.params.get("measure_position") == Some(&Value::Boolean(true)),
            "measure_position",
            "the factored network always knows which measure it decodes".into(),
            "leave it out, or network: thesis".into(),
        ),
        (
            options.mean_norm > 0.0 && options.free_bits > 0.0,
            "mean_norm",
            "mean_norm and free_bits both keep the KL divergence up".into(),
            "choose one of them".into(),
        ),
        (
            options.mean_norm > 0.0 && settings.batch == 1,
            "mean_norm",
            "means cannot be normalized over a batch of 1".into(),
            "batch: 16 or more".into(),
        ),
        (
            architecture.validate().is_err() || architecture.parameters() > MAX_WEIGHTS,
            "measure_hidden",
            "the network would have more than 2^31 parameters".into(),
            "the thesis' sizes are 2000, 200, 1600 and 120".into(),
        ),
    ];
    match rules.into_iter().find(|(is_violated, ..)| *is_violated) {
        None => Ok(()),
        Some((_, key, message, hint)) => {
            Err(ParamError { key: format!("params.{key}"), message, hint: Some(hint) })
        }
    }
}
