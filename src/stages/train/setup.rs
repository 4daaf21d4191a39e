//! What a training starts from: parameters, settings and samples.

use super::super::corpus::{CorpusInfo, SampleAdapter, materialize};
use super::params::Params;
use crate::columnar::{SampleFile, Split};
use crate::stage_api::{Result, StageContext, StageError};
use partita_vae::{FinalWeights, Samples, Settings, TrainingOptions};

/// Parameters, settings and samples of a training.
pub(super) struct TrainingSetup {
    pub(super) params: Params,
    pub(super) settings: Settings,
    pub(super) corpus: CorpusInfo,
    pub(super) training: SampleAdapter<SampleFile>,
    pub(super) validation: SampleAdapter<SampleFile>,
}

impl TrainingSetup {
    /// Materializes the samples in the scratch folder and validates the settings.
    pub(super) fn new(context: &StageContext<'_>) -> Result<Self> {
        let params: Params = context.parameters()?;
        let input = context.input("samples")?;
        let training = materialize(input, Split::Train, &context.scratch)?;
        let validation = materialize(input, Split::Validation, &context.scratch)?;
        let settings = params.settings(context.params, training.shape().size(), context.seed)?;
        Ok(Self {
            params,
            settings: Settings::try_from(settings)?,
            corpus: CorpusInfo::of(&training),
            training: SampleAdapter(training),
            validation: SampleAdapter(validation),
        })
    }

    /// Checks that there are validation samples if an option needs their F1.
    pub(super) fn check_validation(&self) -> Result<()> {
        let TrainingOptions { keep, patience, .. } = self.settings.options;
        let name = match (keep, patience) {
            (FinalWeights::Best, _) => "keep: best",
            (_, Some(_)) => "patience",
            _ => return Ok(()),
        };
        if self.validation.len() > 0 {
            return Ok(());
        }
        Err(StageError::with_hint(
            format!("`{name}` needs the F1 of validation samples, and there are none"),
            format!("raise `validation` of the extract stage, or leave `{name}` out"),
        ))
    }
}
