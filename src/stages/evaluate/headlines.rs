//! The most important numbers of the report.

use super::copying_section::similarities;
use super::evaluation::Evaluation;
use crate::metrics::copying::Nearest;
use crate::report::page::Headline;

/// Builds the headlines; those on songs only if songs were generated.
pub(super) fn headlines(evaluation: &Evaluation) -> Vec<Headline> {
    let Evaluation { reconstruction, generated, real, copying, two_sample, .. } = evaluation;
    let headline = |label, value, note| Headline { label, value, note };
    let (best, score) = reconstruction.best_baseline();
    let mut headlines = vec![
        headline(
            "Reconstruction F1",
            format!("{:.3}", reconstruction.density.macro_mean().f1),
            format!("best baseline: {} {score:.3}", inside_a_sentence(best)),
        ),
        headline(
            "Active latent units",
            format!("{} of {}", reconstruction.active_units, reconstruction.units),
            format!(
                "KL {:.1} nats, {:.1} bits on {} samples",
                reconstruction.kl_nats,
                reconstruction.kl_nats / std::f64::consts::LN_2,
                reconstruction.on
            ),
        ),
    ];
    if generated.songs.is_empty() {
        return headlines;
    }
    let median = |nearest: &[Nearest]| similarities(nearest).map(|quartiles| quartiles.median);
    let accuracy = |key| two_sample.get(key).and_then(|set| set.row.classifier_accuracy);
    let note = match accuracy("drawn") {
        Some(_) => {
            format!("training samples {}; 0.5 is a guess, 1 is always", three(accuracy("train")))
        }
        None => "too few songs".to_owned(),
    };
    headlines.extend([
        headline(
            "Similarity between songs",
            three(generated.pair_jaccard),
            format!("real songs {}; 1: all songs identical", three(real.pair_jaccard)),
        ),
        headline(
            "Similarity between measures",
            three(generated.measure_jaccard),
            format!("real songs {}; 1: all measures identical", three(real.measure_jaccard)),
        ),
        headline(
            "Similarity to the nearest training song",
            three(median(&copying.generated)),
            format!("validation songs {}; 1 is a copy", three(median(&copying.real))),
        ),
        headline("Two-sample test: real or generated", three(accuracy("drawn")), note),
    ]);
    headlines
}

/// Formats a number with three decimal places.
fn three(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.3}"))
}

/// Returns a name in lower case, unless it is an acronym.
fn inside_a_sentence(name: &str) -> String {
    if name.chars().all(char::is_uppercase) { name.to_owned() } else { name.to_lowercase() }
}
