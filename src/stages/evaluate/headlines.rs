//! The most important numbers of the report.

use super::copying_section::similarities;
use super::evaluation::Evaluation;
use super::judges::JudgedSet;
use super::judges_section::description;
use crate::metrics::copying::Nearest;
use crate::report::page::Headline;

/// Builds the headlines; those on songs only if songs were generated.
pub(super) fn headlines(evaluation: &Evaluation) -> Vec<Headline> {
    let Evaluation { reconstruction, generated, real, copying, judging, .. } = evaluation;
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
    let worst = judging.worst();
    let note = worst.map_or_else(
        || "too few songs".to_owned(),
        |(judge, verdict)| {
            let accuracy = |set| judging.verdict(judge, set).map(|verdict| verdict.accuracy);
            format!(
                "{}, {:.3} to {:.3}; real songs {}, a semitone off {}; 0.5 is a guess",
                description(judge).0.to_lowercase(),
                verdict.low,
                verdict.high,
                three(accuracy(JudgedSet::Null)),
                three(accuracy(JudgedSet::Power)),
            )
        },
    );
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
        headline(
            "Worst judge: real or generated",
            three(worst.map(|(_, verdict)| verdict.accuracy)),
            note,
        ),
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
