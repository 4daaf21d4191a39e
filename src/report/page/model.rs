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
    /// What their phrases say beside those of real songs, in words.
    pub form: String,
    /// Validation samples beside what the model makes of them.
    pub comparisons: Vec<Comparison>,
    /// Drawn songs against real ones, feature by feature.
    pub features: Vec<FeatureRow>,
    /// Drawn songs against real ones, all features together.
    pub two_sample: Vec<TwoSampleRow>,
    /// The same kinds of songs, feature by feature.
    pub histograms: Vec<FeatureHistograms>,
    /// Drawn songs against the training samples.
    pub copying: Copying,
    /// The latent space, where the model says what it holds.
    pub latent: Option<LatentSpace>,
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
    /// Area under the precision-recall curve, where the answer ranks all cells.
    pub average_precision: Option<f64>,
    /// Whether it needs no network.
    pub is_baseline: bool,
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
    /// Whether the picture marks a melody.
    pub has_melody: bool,
    /// Its features: name and value.
    pub features: Vec<(String, String)>,
    /// How it goes.
    pub time: SongTime,
    /// What it is made of.
    pub form: SongForm,
    /// Its MIDI file, which the player plays.
    pub midi: Vec<u8>,
    /// Its sheet music.
    pub musicxml: Vec<u8>,
    /// Its `.npy` array.
    pub npy: Vec<u8>,
}

/// What a song is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SongForm {
    /// The motif of each measure, numbered from 0; `None`: no note starts in it.
    pub motifs: Vec<Option<usize>>,
    /// Its phrases, where the evidence carries names.
    pub sections: Vec<NamedSection>,
}

/// A phrase of a song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSection {
    /// Its first measure, from 0.
    pub first: usize,
    /// Its length in measures.
    pub measures: usize,
    /// What it is: verse, chorus.
    pub name: String,
}

/// A song in time, and in its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SongTime {
    /// From the first bar line to the last, at the tempo of its MIDI file.
    pub seconds: f64,
    /// How many measures it has.
    pub measures: usize,
    /// Beats of a measure.
    pub beats: usize,
    /// Where the first and the last bar line are x_label the picture, as shares of its width.
    pub roll_extent: [f64; 2],
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
    /// Whether it is one of the few that a model is judged by.
    pub is_key: bool,
    /// How far the drawn songs are from the real ones.
    pub drawn_gap: FeatureDistance,
    /// How far as many training samples are from them.
    pub training_gap: FeatureDistance,
}

/// How far the values of a feature in one set of songs are from those of real ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeatureDistance {
    /// Wasserstein distance, in the feature's unit.
    pub distance: Option<f64>,
    /// Overlap of the histograms, 0 to 1.
    pub overlap: Option<f64>,
}

/// How well one kind of song can be told from real ones; each number from 0 to 1.
#[derive(Debug, Clone)]
pub struct TwoSampleRow {
    /// What they are.
    pub name: String,
    /// How they are made, in a few words.
    pub about: String,
    /// Whether the model made them.
    pub drawn: bool,
    /// How many they are.
    pub count: usize,
    /// How often the nearest song tells.
    pub neighbour: Option<f64>,
    /// How often a line through the features tells.
    pub classifier: Option<f64>,
    /// Share of them beside real songs.
    pub precision: Option<f64>,
    /// Share of the real songs beside them.
    pub recall: Option<f64>,
    /// Share of the real songs with one of them among their neighbours.
    pub coverage: Option<f64>,
}

/// One feature of every kind of songs, on one grid.
#[derive(Debug, Clone)]
pub struct FeatureHistograms {
    /// The feature's short name.
    pub label: String,
    /// Whether it is one of the few that a model is judged by.
    pub is_key: bool,
    /// Where the first bin begins.
    pub low: f64,
    /// Where the last bin ends.
    pub high: f64,
    /// The real songs, and what is held against them.
    pub sets: Vec<HistogramSet>,
}

/// How often the values of a feature occur in one kind of songs.
#[derive(Debug, Clone)]
pub struct HistogramSet {
    /// What they are.
    pub name: String,
    /// Whether the model made them.
    pub drawn: bool,
    /// Whether they are the real ones that the others are held against.
    pub real: bool,
    /// Share of the songs in each bin, 0 to 1.
    pub shares: Vec<f64>,
    /// How far they are from the real ones.
    pub gap: FeatureDistance,
}

/// How like drawn songs are to training samples.
#[derive(Debug, Clone, Default)]
pub struct Copying {
    /// Similarity of each drawn song to its nearest training sample, 0 to 1.
    pub drawn: Option<Quartiles>,
    /// The same for validation samples.
    pub real: Option<Quartiles>,
    /// The same where the training sample may be moved: played higher or lower, and begun elsewhere.
    pub drawn_moved: Option<Quartiles>,
    /// The same for validation samples.
    pub real_moved: Option<Quartiles>,
    /// What the search over moves misses, in words.
    pub check: String,
    /// Drawn songs beside their nearest training samples.
    pub pairs: Vec<NearestPair>,
}

/// A drawn song and the training sample that is most like it.
#[derive(Debug, Clone)]
pub struct NearestPair {
    /// The song's name.
    pub title: String,
    /// Where the training sample is from.
    pub nearest: String,
    /// Share of their notes that they have in common, 0 to 1.
    pub similarity: f64,
    /// What is nearest if it may be moved, how it must be, and how alike it is then, in words.
    pub moved: String,
    /// The song's pianoroll as PNG, on a clear surface, half the size of that of a [`SongCard`].
    pub drawn: Vec<u8>,
    /// The sample's, likewise.
    pub sample: Vec<u8>,
}

/// What a model's latent space holds.
#[derive(Debug, Clone)]
pub struct LatentSpace {
    /// In a few sentences.
    pub summary: String,
    /// Charts of units, components and codes.
    pub plots: Vec<Plot>,
    /// The main directions, and what they do to a song.
    pub components: Vec<ComponentRow>,
    /// Songs between two drawn ones, side by side, as PNG on a clear surface.
    pub between: Option<Vec<u8>>,
}

/// A chart with two named axes.
#[derive(Debug, Clone)]
pub struct Plot {
    /// What is shown.
    pub title: String,
    /// The horizontal axis.
    pub x_label: String,
    /// The vertical axis.
    pub y_label: String,
    /// One line, or one cloud of points, each.
    pub series: Vec<PlotSeries>,
}

/// A line or a cloud of points.
#[derive(Debug, Clone)]
pub struct PlotSeries {
    /// Name in the legend.
    pub name: String,
    /// Whether the points stand for themselves; otherwise a line goes through them, and they are counted.
    pub dots: bool,
    /// Across and up; what is not finite is left out.
    pub points: Vec<(f64, f64)>,
}

/// A direction of the latent space, and what it does to a song.
#[derive(Debug, Clone)]
pub struct ComponentRow {
    /// Its name.
    pub title: String,
    /// Share of the variance of the codes along it, 0 to 1.
    pub share: f64,
    /// From one end to the other.
    pub steps: Vec<ComponentStep>,
    /// Songs at both ends and in the middle, side by side, as PNG on a clear surface.
    pub png: Vec<u8>,
}

/// What is expected at one place of a direction; NaN where nothing is.
#[derive(Debug, Clone, Copy)]
pub struct ComponentStep {
    /// Deviations from the mean code.
    pub deviations: f64,
    /// Expected notes.
    pub onsets: f64,
    /// Mean MIDI pitch.
    pub pitch_mean: f64,
    /// Entropy of the pitch classes in bits.
    pub pitch_class_entropy: f64,
    /// Share of the notes in one major scale, 0 to 1.
    pub scale_consistency: f64,
}
