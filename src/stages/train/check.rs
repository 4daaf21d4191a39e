//! Which parameters of `train` are refused before anything runs.

use super::params::{Network, Sizes};
use crate::music::roll::RollShape;
use crate::spec::{self, Value};
use crate::stage_api::ParamError;

/// What no samples could make sensible is refused before anything runs: a warm-up that never ends, a loss
/// that the network is not made for, and more weights than memory could hold with their gradients and
/// moments.
pub(super) fn check(stage: &spec::StageInstance) -> Result<(), ParamError> {
    warms_up_in_time(stage)?;
    loss_fits(stage)?;
    remedies_agree(stage)?;
    const MOST: u64 = 1 << 31;
    let number = |name: &str| match stage.params.get(name) {
        Some(Value::Integer(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        _ => 1,
    };
    let sizes = Sizes {
        network: if is_factored(stage) { Network::Factored } else { Network::Thesis },
        measure_hidden: number("measure_hidden"),
        measure_code: number("measure_code"),
        song_hidden: number("song_hidden"),
        latent: number("latent"),
        rhythms: number("rhythms"),
        pitch_profiles: number("pitch_profiles"),
        core_code: number("core_code"),
        core_hidden: number("core_hidden"),
        principal_components: false,
        measure_position: false,
    };
    // The thesis' shape: that of the samples is not known yet.
    let architecture = sizes.architecture(RollShape::THESIS.size());
    let fits = architecture.validate().is_ok() && architecture.parameters() <= MOST;
    if fits {
        return Ok(());
    }
    Err(ParamError {
        key: "params.measure_hidden".into(),
        message: "the network would have more than 2^31 parameters".into(),
        hint: Some("the thesis' sizes are 2000, 200, 1600 and 120".into()),
    })
}

fn word<'a>(stage: &'a spec::StageInstance, name: &str) -> Option<&'a str> {
    match stage.params.get(name) {
        Some(Value::Text(word)) => Some(word),
        _ => None,
    }
}

fn is_factored(stage: &spec::StageInstance) -> bool {
    word(stage, "network") == Some("factored")
}

fn loss_fits(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let loss = word(stage, "loss").unwrap_or("auto");
    let (network, fits) = match is_factored(stage) {
        true => ("factored", matches!(loss, "auto" | "poisson")),
        false => ("thesis", loss != "poisson"),
    };
    if fits {
        return Ok(());
    }
    Err(ParamError {
        key: "params.loss".into(),
        message: format!("the {network} network cannot be trained with loss: {loss}"),
        hint: Some(match network {
            "factored" => "loss: poisson, or leave it out".into(),
            _ => "loss: bce or mse, or network: factored".into(),
        }),
    })
}

/// What needs the other network, a larger batch, or the absence of another remedy.
fn remedies_agree(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let is_on = |name: &str| match stage.params.get(name) {
        Some(Value::Number(number)) => *number > 0.0,
        Some(Value::Integer(number)) => *number > 0,
        Some(Value::Boolean(is_on)) => *is_on,
        _ => false,
    };
    let refuse = |key: &str, message: &str, hint: &str| {
        Err(ParamError { key: key.into(), message: message.into(), hint: Some(hint.into()) })
    };
    let factored = is_factored(stage);
    if factored && word(stage, "output_bias") == Some("zero") {
        let message = "the factored network always starts at the base rates";
        return refuse("params.output_bias", message, "leave it out, or network: thesis");
    }
    if factored && is_on("measure_position") {
        let message = "the factored network always knows which measure it decodes";
        return refuse("params.measure_position", message, "leave it out, or network: thesis");
    }
    if is_on("mean_norm") && is_on("free_bits") {
        let message = "mean_norm and free_bits both keep the KL divergence up";
        return refuse("params.mean_norm", message, "choose one of them");
    }
    if is_on("mean_norm") && stage.params.get("batch") == Some(&Value::Integer(1)) {
        let message = "means cannot be normalised over a batch of 1";
        return refuse("params.mean_norm", message, "batch: 16 or more");
    }
    Ok(())
}

fn warms_up_in_time(stage: &spec::StageInstance) -> Result<(), ParamError> {
    let number = |name: &str| match stage.params.get(name) {
        Some(Value::Integer(number)) => *number as f64,
        Some(Value::Number(number)) => *number,
        _ => 0.0,
    };
    let (warmup, epochs) = (number("learning_rate_warmup"), number("epochs"));
    if warmup < epochs {
        return Ok(());
    }
    Err(ParamError {
        key: "params.learning_rate_warmup".into(),
        message: format!("the learning rate would still be rising after {epochs} epochs"),
        hint: Some(format!("less than {epochs}, for example {}", epochs / 10.0)),
    })
}
