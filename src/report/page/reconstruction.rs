//! The model beside answers that need none.

use super::ReconstructionRow;
use super::escape::escape;
use super::number::{fixed, number};
use super::section::{Section, scroll_box};

pub(super) fn section(rows: &[ReconstructionRow]) -> Option<Section> {
    let (model, others) = rows.split_first()?;
    let table = format!(
        "<table class=\"scores reconstruction\">\n<caption>All from 0 to 1, higher is better. The bar \
         is F1, its full length 1.</caption>\n<thead><tr><th scope=\"col\">Answer</th>\
         <th scope=\"col\" class=\"number\">Precision</th>\
         <th scope=\"col\" class=\"number\">Recall</th>\
         <th scope=\"col\" class=\"number\">Average<br>precision</th>\
         <th scope=\"col\" class=\"number\">F1</th></tr></thead>\n\
         <tbody>\n{}{}</tbody>\n</table>\n",
        row(model, true),
        others.iter().map(|other| row(other, false)).collect::<String>(),
    );
    let verdict = verdict(model, others);
    Some(Section {
        id: "reconstruction",
        heading: "Reconstruction",
        body: format!(
            "{verdict}<p>Shown music that it was not trained on, does the model give it back? A \
             note is right only at its very step and pitch. Precision is the share of the given \
             notes that are right, recall the share of the true notes that are given, F1 their harmonic \
             mean. Average precision looks at the whole order, from the most to the least probable \
             note: 1 where all true notes come first.</p>\n{}",
            scroll_box("Reconstruction scores", &table)
        ),
    })
}

/// A sentence: does the model beat the best of the baselines?
fn verdict(model: &ReconstructionRow, others: &[ReconstructionRow]) -> String {
    let f1 = model.score.f1;
    let baselines = others.iter().filter(|other| other.is_baseline);
    let comparable = baselines.filter(|baseline| baseline.score.f1.is_finite());
    let best = comparable.max_by(|a, b| a.score.f1.total_cmp(&b.score.f1));
    let Some(best) = best.filter(|_| f1.is_finite()) else {
        return String::new();
    };
    let (name, against) = (escape(&best.name), best.score.f1);
    let how = match f1.total_cmp(&against) {
        std::cmp::Ordering::Greater => "beats",
        std::cmp::Ordering::Equal => "only equals",
        std::cmp::Ordering::Less => "does not beat",
    };
    let short = |margin| if margin < 0.0005 { number(margin) } else { fixed(margin, 3) };
    let margin = match f1 - against {
        0.0 => String::new(),
        margin if margin > 0.0 => format!(", {} more", short(margin)),
        margin => format!(", {} less", short(-margin)),
    };
    format!(
        "<p class=\"verdict\">The model <strong>{how}</strong> the best baseline, {name}: F1 {} \
         against {}{margin}.</p>\n",
        fixed(f1, 3),
        fixed(against, 3),
    )
}

fn row(answer: &ReconstructionRow, model: bool) -> String {
    let (class, tag) = match model {
        true => (" class=\"model\"", " <span class=\"tag\">model</span>"),
        false => ("", ""),
    };
    let score = &answer.score;
    let length = if score.f1.is_finite() { score.f1.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    format!(
        "<tr{class}><th scope=\"row\">{name}{tag} <span class=\"about\">{about}</span></th>\
         <td class=\"number\">{precision}</td><td class=\"number\">{recall}</td>\
         <td class=\"number\">{average}</td>\
         <td class=\"number\">{f1}<svg class=\"bar\" viewBox=\"0 0 100 4\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"whole\" d=\"M0 0H100V4H0Z\"/>\
         <path class=\"part\" d=\"M0 0H{length:.1}V4H0Z\"/></svg></td></tr>\n",
        name = escape(&answer.name),
        about = escape(&answer.about),
        precision = fixed(score.precision, 3),
        recall = fixed(score.recall, 3),
        average = fixed(answer.average_precision.unwrap_or(f64::NAN), 3),
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
    fn the_verdict_names_the_best_baseline_and_the_margin() {
        let baselines =
            [answer("mean roll", 0.2), answer("copy", 0.25), answer("broken", f64::NAN)];
        for (f1, words) in [
            (0.3, "beats</strong> the best baseline, copy: F1 0.300 against 0.250, 0.050 more."),
            (0.25, "only equals</strong> the best baseline, copy: F1 0.250 against 0.250."),
            (0.1, "not beat</strong> the best baseline, copy: F1 0.100 against 0.250, 0.150 less."),
        ] {
            let sentence = verdict(&answer("model", f1), &baselines);
            assert!(sentence.contains(words), "{sentence}");
        }
    }

    #[test]
    fn without_a_baseline_or_a_score_there_is_no_verdict() {
        assert_eq!(verdict(&answer("model", 0.5), &[]), "");
        assert_eq!(verdict(&answer("model", f64::NAN), &[answer("copy", 0.1)]), "");
    }

    #[test]
    fn the_table_marks_the_model() {
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
