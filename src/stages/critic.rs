//! `critic`: fits a critic that distinguishes a model's songs from real ones (see [`critic`](crate::metrics::critic)).
//!
//! | output | content |
//! |---|---|
//! | `critic/critic.json` | `accuracy`: share of the songs that it has not learned from and puts on the right side, 0.5 is a guess, `null` without validation samples or with fewer than five songs; `tested`: their number; `learned`: songs that it has learned from; `constant` and `counts`: each count's mean, standard deviation and weight |
//!
//! It learns from training samples, one of each group before a second of any, and from as many of the model's songs. Its
//! accuracy is that on validation samples and on a fifth of the songs.

use super::corpus;
use crate::columnar::{SampleSet, SongRow, Split, read};
use crate::metrics::critic::Critic;
use crate::metrics::judges::choose;
use crate::music::roll::RollShape;
use crate::params::{Params as _, params};
use crate::spec::{Cpus, Input, Output, StageKind};
use crate::stage_api::{InputSet, Result, StageContext, StageError, StageImpl};
use serde::{Deserialize, Serialize};

pub(super) struct TrainCritic;

const KIND: StageKind = StageKind {
    name: "critic",
    about: "Fit a critic that chooses the songs of a model that are most like real ones",
    version: 1,
    params: Params::PARAMETERS,
    inputs: &[
        Input::from_stage(
            "samples",
            "Samples of real songs, those of the model.",
            &["extract"],
            None,
        ),
        Input::from_stage(
            "songs",
            "Songs of the model; thousands work better than hundreds.",
            &["generate"],
            None,
        ),
    ],
    outputs: &[Output::new("critic", "critic/", "Weights of the counts by which it decides.")],
    cpus: Cpus::All,
    ..StageKind::BASE
};

params! {
    /// The parameters of `critic`.
    #[derive(Debug)]
    struct Params {
        /// Maximum number of training samples to learn from.
        samples: usize = 10_000 in 10..=1_000_000,
    }
}

/// `critic/critic.json`.
#[derive(Serialize, Deserialize)]
struct CriticFile {
    accuracy: Option<f64>,
    tested: usize,
    learned: usize,
    #[serde(flatten)]
    critic: Critic,
}

/// File of a critic in the output of its stage.
const FILE: &str = "critic/critic.json";

/// Loads the critic in the output of a `critic` stage, for songs of this shape.
pub(super) fn load(input: &InputSet, shape: &RollShape) -> Result<Critic> {
    let CriticFile { critic, .. } = serde_json::from_slice(&fs_err::read(input.file(FILE)?)?)
        .map_err(|error| StageError::failed(format!("{FILE}: {error}")))?;
    if !critic.is_current(shape) {
        let message = "the critic was fitted by another version, to other counts";
        return Err(StageError::with_hint(message, "--force STAGE fits it again"));
    }
    Ok(critic)
}

type Song = Vec<Vec<u16>>;

impl StageImpl for TrainCritic {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let params: Params = context.parameters()?;
        let input = context.input("samples")?;
        let training = corpus::samples(input, Split::Train)?;
        let shape = training.shape();
        let rows: Vec<SongRow> = read(context.input("songs")?.file("songs.parquet")?)?;
        let songs: Vec<Song> = rows.iter().map(|row| shape.song(&row.cells)).collect();
        if training.is_empty() || songs.iter().flatten().all(Vec::is_empty) {
            return Err(StageError::failed("there are no songs to compare"));
        }
        let (tested, learned) = songs.split_at(songs.len() / 5);
        let real = chosen(&training, params.samples.min(learned.len()));
        context.report.note(&format!("{} real and {} drawn songs", real.len(), learned.len()));
        context.cancel.check()?;
        let critic = Critic::fit(&real, learned, &shape);
        let unknown = chosen(&corpus::samples(input, Split::Validation)?, tested.len());
        let accuracy = critic.accuracy(&unknown, tested, &shape);
        let file = CriticFile {
            accuracy,
            tested: unknown.len() + tested.len(),
            learned: real.len() + learned.len(),
            critic,
        };
        fs_err::create_dir_all(context.out.join("critic"))?;
        let text = serde_json::to_string_pretty(&file)? + "\n";
        fs_err::write(context.out.join(FILE), text)?;
        Ok(match accuracy {
            Some(accuracy) => {
                let percent = 100.0 * accuracy;
                format!("{percent:.0} % of {} other songs on the right side", file.tested)
            }
            None => "no other songs to test it on".to_owned(),
        })
    }
}

/// Returns up to `count` samples, of as many groups as possible.
fn chosen(samples: &SampleSet, count: usize) -> Vec<Song> {
    choose(&samples.groups(), count).into_iter().map(|at| samples.measures(at)).collect()
}
