//! Section with the reconstruction scores of the model and of the baselines.

use super::ReconstructionRow;
use super::number::{fixed, number};
use super::section::{Section, scroll_box};
use super::table::Column::{Number, Text};
use super::table::{model_mark, number_cell, table_head};
use crate::report::escape::escape;
use std::cmp::Ordering;

pub(super) fn section(rows: &[ReconstructionRow]) -> Option<Section> {
    let (model, others) = rows.split_first()?;
    let table = format!(
        "<table class=\"scores reconstruction\">\n<caption>All scores range from 0 to 1; higher is better. \
         The full length of the bar is an F1 of 1.</caption>\n{}<tbody>\n{}{}</tbody>\n</table>\n",
        table_head(&[
            Text("Method"),
            Number("Precision"),
            Number("Recall"),
            Number("Average<br>precision"),
            Number("F1"),
        ]),
        row(model, true),
        others.iter().map(|other| row(other, false)).collect::<String>(),
    );
    Some(Section {
        id: "reconstruction",
        heading: "Reconstruction",
        body: format!(
            "{}<p>Can the model reproduce held-out music? A note is correct only at exactly its step and \
             pitch. Precision is the share of the predicted notes that are correct, recall the share of the \
             true notes that are predicted, and F1 their harmonic mean. Average precision rates the whole \
             order from the most to the least probable note: 1 if all true notes come first.</p>\n{}",
            summary_sentence(model, others),
            scroll_box("Reconstruction scores", &table)
        ),
    })
}

/// Says whether the model beats the best baseline; empty if there is nothing to compare.
fn summary_sentence(model: &ReconstructionRow, others: &[ReconstructionRow]) -> String {
    let f1 = model.score.f1;
    let baselines = others.iter().filter(|other| other.is_baseline && other.score.f1.is_finite());
    let best = baselines.max_by(|a, b| a.score.f1.total_cmp(&b.score.f1));
    let Some(best) = best.filter(|_| f1.is_finite()) else {
        return String::new();
    };
    let margin = match (f1 - best.score.f1).abs() {
        margin if margin < 0.0005 => number(margin),
        margin => fixed(margin, 3),
    };
    let (result, margin) = match f1.total_cmp(&best.score.f1) {
        Ordering::Greater => ("beats", format!(", {margin} more")),
        Ordering::Equal => ("only equals", String::new()),
        Ordering::Less => ("does not beat", format!(", {margin} less")),
    };
    format!(
        "<p class=\"lead\">The model <strong>{result}</strong> the best baseline, {}: F1 {} \
         against {}{margin}.</p>\n",
        escape(&best.name),
        fixed(f1, 3),
        fixed(best.score.f1, 3),
    )
}

fn row(answer: &ReconstructionRow, is_model: bool) -> String {
    let [class, tag] = model_mark(is_model);
    let score = &answer.score;
    let length = if score.f1.is_finite() { score.f1.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    format!(
        "<tr{class}><th scope=\"row\">{name}{tag} <span class=\"about\">{about}</span></th>{numbers}\
         <td class=\"number\">{f1}<svg class=\"bar\" viewBox=\"0 0 100 4\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"whole\" d=\"M0 0H100V4H0Z\"/>\
         <path class=\"part\" d=\"M0 0H{length:.1}V4H0Z\"/></svg></td></tr>\n",
        name = escape(&answer.name),
        about = escape(&answer.about),
        numbers = [Some(score.precision), Some(score.recall), answer.average_precision]
            .map(|value| number_cell(value, 3))
            .concat(),
        f1 = fixed(score.f1, 3),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Score;

    fn answer(name: &str, f1: f64) -> ReconstructionRow {
        let score = Score { precision: f1, recall: f1, f1 };
        ReconstructionRow {
            name: name.into(),
            about: "why & how".into(),
            score,
            average_precision: None,
            is_baseline: true,
        }
    }

    #[test]
    fn summary_names_the_best_baseline_and_the_margin() {
        let baselines =
            [answer("mean roll", 0.2), answer("copy", 0.25), answer("broken", f64::NAN)];
        for (f1, expected) in [
            (0.3, "beats</strong> the best baseline, copy: F1 0.300 against 0.250, 0.050 more."),
            (0.25, "only equals</strong> the best baseline, copy: F1 0.250 against 0.250."),
            (0.1, "not beat</strong> the best baseline, copy: F1 0.100 against 0.250, 0.150 less."),
        ] {
            let sentence = summary_sentence(&answer("model", f1), &baselines);
            assert!(sentence.contains(expected), "{sentence}");
        }
    }

    #[test]
    fn without_a_baseline_or_a_score_there_is_no_summary() {
        assert_eq!(summary_sentence(&answer("model", 0.5), &[]), "");
        assert_eq!(summary_sentence(&answer("model", f64::NAN), &[answer("copy", 0.1)]), "");
    }

    #[test]
    fn table_marks_the_model() {
        let section = section(&[answer("stacked", 0.5), answer("silence", 0.0)]).unwrap();
        let table = section.body.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
        insta::assert_snapshot!(table.replace("><", ">\n<"), @r#"
        <tr class="model">
        <th scope="row">stacked <span class="tag">model</span> <span class="about">why &amp; how</span>
        </th>
        <td class="number">0.500</td>
        <td class="number">0.500</td>
        <td class="number">–</td>
        <td class="number">0.500<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <path class="whole" d="M0 0H100V4H0Z"/>
        <path class="part" d="M0 0H50.0V4H0Z"/>
        </svg>
        </td>
        </tr>
        <tr>
        <th scope="row">silence <span class="about">why &amp; how</span>
        </th>
        <td class="number">0.000</td>
        <td class="number">0.000</td>
        <td class="number">–</td>
        <td class="number">0.000<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <path class="whole" d="M0 0H100V4H0Z"/>
        <path class="part" d="M0 0H0.0V4H0Z"/>
        </svg>
        </td>
        </tr>
        "#);
    }
}
