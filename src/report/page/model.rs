//! What a report says, as values; how it looks is the other files' business.

use crate::metrics::{Quartiles, Score};

/// Everything on a report's page. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The page's heading.
    pub title: String,
    /// A sentence below it.
    pub subtitle: String,
    /// Facts about the run: name and value.
    pub facts: Vec<(String, String)>,
    /// The few numbers to read first.
    pub headlines: Vec<Headline>,
    /// The model first, then the baselines.
    pub reconstruction: Vec<ReconstructionRow>,
    /// What the training did, epoch by epoch.
    pub curves: Vec<Curve>,
    /// The drawn songs.
    pub songs: Vec<SongCard>,
    /// Validation samples beside what the model makes of them.
    pub comparisons: Vec<Comparison>,
    /// Drawn songs against real ones, feature by feature.
    pub features: Vec<FeatureRow>,
    /// Parameters by stage: heading, then name and value.
    pub parameters: Vec<(String, Vec<(String, String)>)>,
}

/// One number to read first.
#[derive(Debug, Clone)]
pub struct Headline {
    /// What it is.
    pub label: String,
    /// The number, formatted.
    pub value: String,
    /// What to compare it with, in a few words.
    pub note: String,
}

/// One answer to "give back the sample that you are shown".
#[derive(Debug, Clone)]
pub struct ReconstructionRow {
    /// Who answers.
    pub name: String,
    /// How, in a few words.
    pub about: String,
    /// How well.
    pub score: Score,
}

/// A chart of one quantity over the epochs.
#[derive(Debug, Clone)]
pub struct Curve {
    /// What is shown.
    pub title: String,
    /// Unit of the vertical axis.
    pub unit: String,
    /// One line each.
    pub series: Vec<Series>,
}

/// A line of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// (epoch, value); values that are not finite leave a gap.
    pub points: Vec<(f64, f64)>,
}

/// A drawn song.
#[derive(Debug, Clone)]
pub struct SongCard {
    /// Its name.
    pub title: String,
    /// Its pianoroll as PNG, on a clear surface.
    pub png: Vec<u8>,
    /// Its features: name and value.
    pub features: Vec<(String, String)>,
    /// Its MIDI file, for download.
    pub midi: Vec<u8>,
}

/// A validation sample and its reconstruction.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Where the sample is from.
    pub title: String,
    /// The picture: green found, orange added, grey missed.
    pub png: Vec<u8>,
    /// F1 of this sample, 0 to 1.
    pub f1: f64,
}

/// One feature of drawn and of real songs.
#[derive(Debug, Clone)]
pub struct FeatureRow {
    /// Its short name.
    pub label: String,
    /// Its definition.
    pub about: String,
    /// Over the drawn songs; `None` where it is undefined for all.
    pub drawn: Option<Quartiles>,
    /// Over the validation samples, or the training samples where there are none.
    pub real: Option<Quartiles>,
}
