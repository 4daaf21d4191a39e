//! The values of a report. The other files decide how they look.

use crate::metrics::form::Form;
use crate::metrics::judges::Verdict;
use crate::metrics::latent::Expected;
use crate::metrics::{Quartiles, Score};
use strum::Display;

/// The values of a report. All texts are plain; the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Heading of the page.
    pub title: String,
    /// Sentence below the heading.
    pub subtitle: String,
    /// Facts about the run: name and value.
    pub facts: Vec<(String, String)>,
    /// The most important numbers.
    pub headlines: Vec<Headline>,
    /// Reconstruction scores: the model first, then the baselines.
    pub reconstruction: Vec<ReconstructionRow>,
    /// Training curves.
    pub curves: Vec<Chart>,
    /// Generated songs.
    pub songs: Vec<SongCard>,
    /// Sentence that compares the phrases of generated and real songs.
    pub form: String,
    /// Validation samples with their reconstructions.
    pub comparisons: Vec<Comparison>,
    /// Generated and real songs, feature by feature.
    pub features: Vec<FeatureRow>,
    /// Judges of the generated songs.
    pub judges: Judges,
    /// Two-sample tests of each set of songs against real songs, on all features.
    pub two_sample: Vec<TwoSampleRow>,
    /// Histograms of the same sets of songs, feature by feature.
    pub histograms: Vec<FeatureHistograms>,
    /// Generated songs compared with the training samples.
    pub copying: Copying,
    /// Latent space; `None` if the model has no posteriors.
    pub latent: Option<LatentSpace>,
    /// Parameters by group: heading, then name and value.
    pub parameters: Vec<(String, Vec<(String, String)>)>,
}

/// A number shown at the top of the page.
#[derive(Debug, Clone)]
pub struct Headline {
    /// Name of the number.
    pub label: &'static str,
    /// The formatted number.
    pub value: String,
    /// Short text with a value to compare it with.
    pub note: String,
}

/// Reconstruction scores of the model or of a baseline.
#[derive(Debug, Clone)]
pub struct ReconstructionRow {
    /// Name of the method.
    pub name: String,
    /// Short description of the method.
    pub about: String,
    /// Scores, averaged over the samples.
    pub score: Score,
    /// Area under the precision-recall curve; `None` if the method does not rank all cells.
    pub average_precision: Option<f64>,
    /// Whether the method is a baseline.
    pub is_baseline: bool,
}

/// A chart with two named axes.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Label of the horizontal axis.
    pub x_label: String,
    /// Label of the vertical axis.
    pub y_label: String,
    /// Whether the legend shows the last value of each series.
    pub shows_last: bool,
    /// Lines and clouds of points.
    pub series: Vec<Series>,
}

impl Chart {
    /// Creates a chart of values over epochs, whose legend shows the last values.
    pub fn over_epochs(title: &str, y_label: &str, series: Vec<Series>) -> Self {
        let [title, y_label] = [title, y_label].map(str::to_owned);
        Self { title, x_label: "epoch".to_owned(), y_label, shows_last: true, series }
    }
}

/// A line or a cloud of points.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Whether the points are drawn as dots; otherwise a line joins them, and their x values are counted numbers.
    pub dots: bool,
    /// Points as (x, y); values that are not finite leave a gap.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// Creates a line.
    pub fn line(name: &str, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.to_owned(), dots: false, points }
    }
}

/// A generated song.
#[derive(Debug, Clone)]
pub struct SongCard {
    /// Name of the song.
    pub title: String,
    /// Pianoroll as PNG, on a clear surface.
    pub png: Vec<u8>,
    /// Whether the picture marks a melody.
    pub has_melody: bool,
    /// Features: name and value.
    pub features: Vec<(String, String)>,
    /// Duration, meter, and position in the picture.
    pub time: SongTime,
    /// Motifs and named phrases.
    pub form: Form,
    /// The MIDI file, which the player plays.
    pub midi: Vec<u8>,
    /// The MusicXML file.
    pub musicxml: Vec<u8>,
    /// The `.npy` file.
    pub npy: Vec<u8>,
}

/// Duration and meter of a song, and its position in its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SongTime {
    /// Seconds from the first bar line to the last, at the tempo of the MIDI file.
    pub seconds: f64,
    /// Number of measures.
    pub measures: usize,
    /// Beats per measure.
    pub beats: usize,
    /// Positions of the first and the last bar line, as fractions of the picture's width.
    pub roll_extent: [f64; 2],
}

/// A validation sample and its reconstruction.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Source of the sample.
    pub title: String,
    /// Picture as PNG: green found, orange added, grey missed.
    pub png: Vec<u8>,
    /// F1 of this sample, 0 to 1.
    pub f1: f64,
}

/// A feature of generated and of real songs.
#[derive(Debug, Clone)]
pub struct FeatureRow {
    /// Short name.
    pub label: String,
    /// Definition.
    pub about: String,
    /// Values of the generated songs; `None` if undefined for all of them.
    pub generated: Option<Quartiles>,
    /// Values of the real songs; `None` if undefined for all of them.
    pub real: Option<Quartiles>,
    /// Whether this is one of the key features.
    pub is_key: bool,
    /// Distance between the generated and the real songs.
    pub generated_distance: FeatureDistance,
    /// Distance between an equal number of training samples and the real songs.
    pub training_distance: FeatureDistance,
}

/// Distance between the values of a feature in a set of songs and in real songs.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct FeatureDistance {
    /// Wasserstein distance, in the feature's unit.
    pub wasserstein: Option<f64>,
    /// Overlap of the histograms, 0 to 1.
    pub overlap: Option<f64>,
}

/// A set of songs on the page; `Display` gives its CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "lowercase")]
pub enum SongSet {
    /// Generated by the model.
    Generated,
    /// The real songs that other sets are compared with.
    Real,
    /// Songs for comparison.
    Other,
}

/// Judges of the generated songs.
#[derive(Debug, Clone, Default)]
pub struct Judges {
    /// Side of the split that the real songs are from.
    pub side: String,
    /// Number of generated songs, and of real ones.
    pub songs: usize,
    /// Number of other real songs, for null and power.
    pub others: usize,
    /// Share of the notes that are moved to measure the power.
    pub moved: f64,
    /// Sentence on the bits per note of a counting coder.
    pub coder: String,
    /// One row per judge.
    pub rows: Vec<JudgeRow>,
}

/// Accuracy of a judge on sets of songs against real songs, 0 to 1; `None` for too few songs.
#[derive(Debug, Clone)]
pub struct JudgeRow {
    /// Name of the judge.
    pub name: String,
    /// A description of its input.
    pub about: String,
    /// Whether it recognizes most generated songs.
    pub is_worst: bool,
    /// On generated songs.
    pub generated: Option<Verdict>,
    /// On reconstructions.
    pub reconstructed: Option<f64>,
    /// On training samples.
    pub train: Option<f64>,
    /// On training samples with their measures in random order.
    pub shuffled: Option<f64>,
    /// On other real songs.
    pub null: Option<f64>,
    /// On real songs with some notes moved.
    pub power: Option<f64>,
}

/// Two-sample tests of a set of songs against real songs; all numbers from 0 to 1, `None` for too few songs.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TwoSampleRow {
    /// The set of songs.
    #[serde(skip)]
    pub set: SongSet,
    /// Name of the set.
    #[serde(skip)]
    pub name: String,
    /// Short description of the set.
    #[serde(skip)]
    pub about: String,
    /// Number of songs.
    pub count: usize,
    /// Leave-one-out accuracy of the nearest neighbour.
    pub nearest_accuracy: Option<f64>,
    /// Cross-validated accuracy of a logistic regression.
    pub classifier_accuracy: Option<f64>,
    /// Share of these songs that are among real songs.
    pub precision: Option<f64>,
    /// Share of the real songs that are among these.
    pub recall: Option<f64>,
    /// Share of the real songs that have one of these among their neighbours.
    pub coverage: Option<f64>,
}

/// Histograms of a feature, one per set of songs, on one grid.
#[derive(Debug, Clone)]
pub struct FeatureHistograms {
    /// Short name of the feature.
    pub label: String,
    /// Whether this is one of the key features.
    pub is_key: bool,
    /// Lower end of the first bin.
    pub low: f64,
    /// Upper end of the last bin.
    pub high: f64,
    /// One histogram per set of songs.
    pub sets: Vec<HistogramRow>,
}

/// Histogram of a feature in a set of songs.
#[derive(Debug, Clone)]
pub struct HistogramRow {
    /// The set of songs.
    pub set: SongSet,
    /// Name of the set.
    pub name: String,
    /// Share of the songs in each bin, 0 to 1.
    pub shares: Vec<f64>,
    /// Distance from the real songs.
    pub distance: FeatureDistance,
}

/// Similarity of songs to their nearest training samples.
#[derive(Debug, Clone, Default)]
pub struct Copying {
    /// Similarity to the training samples as they are.
    pub exact: Similarities,
    /// Similarity to the training samples, each transposed and rotated to match best.
    pub aligned: Similarities,
    /// Sentence on the accuracy of the search over alignments.
    pub check: String,
    /// Generated songs with their nearest training samples.
    pub pairs: Vec<NearestPair>,
}

/// Similarities to the nearest training samples, 0 to 1; `None` without a song.
#[derive(Debug, Clone, Copy, Default)]
pub struct Similarities {
    /// Of generated songs.
    pub generated: Option<Quartiles>,
    /// Of validation samples.
    pub real: Option<Quartiles>,
}

/// A generated song and its nearest training sample.
#[derive(Debug, Clone)]
pub struct NearestPair {
    /// Name of the song.
    pub title: String,
    /// Source of the training sample.
    pub nearest: String,
    /// Share of their notes that they have in common, 0 to 1.
    pub similarity: f64,
    /// Sentence on the nearest training sample over all alignments.
    pub aligned: String,
    /// Pianoroll of the song as PNG on a clear surface, half the size of that of a [`SongCard`].
    pub generated: Vec<u8>,
    /// Pianoroll of the training sample, likewise.
    pub sample: Vec<u8>,
}

/// The latent space of a model.
#[derive(Debug, Clone)]
pub struct LatentSpace {
    /// Summary in a few sentences.
    pub summary: String,
    /// Charts of units, components and codes.
    pub charts: Vec<Chart>,
    /// Main directions.
    pub components: Vec<ComponentRow>,
    /// Songs interpolated between two generated ones, side by side, as PNG on a clear surface.
    pub interpolation: Option<Vec<u8>>,
}

/// A direction of the latent space, and the music along it.
#[derive(Debug, Clone)]
pub struct ComponentRow {
    /// Name of the component.
    pub title: String,
    /// Share of the variance of the codes along it, 0 to 1.
    pub share: f64,
    /// Steps from one end to the other: standard deviations from the mean code, and the expected values there.
    pub steps: Vec<(f64, Expected)>,
    /// Songs at both ends and in the middle, side by side, as PNG on a clear surface.
    pub png: Vec<u8>,
}
