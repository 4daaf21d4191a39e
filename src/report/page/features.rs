//! Section that compares the features of generated and real songs.

use super::FeatureRow;
use super::number::{fixed, places};
use super::range_strip::range_strip;
use super::section::{Section, scroll_box, unless_blank};
use super::table::Column::{Number, Text};
use super::table::{quartiles_cell, table_head};
use crate::metrics::Quartiles;
use crate::report::escape::escape;

pub(super) fn section(rows: &[FeatureRow]) -> Option<Section> {
    let table = format!(
        "<table class=\"ranges\">\n<caption>Median, with the quartiles below it: half of the songs \
         are between them. In the strips, the thin line spans the smallest to the largest value, the \
         thick one the quartiles, and the notch marks the median; each row has its own scale. A tick \
         marks a median of the generated songs between the real quartiles, an arrow one outside them. \
         The distance is the mean shift that turns the values of the generated songs into the real ones \
         (Wasserstein distance); the overlap is the share that the two histograms have in common, at most 1. \
         Below them: the same for an equal number of training samples, which is as close as real music \
         comes.</caption>\n{}<tbody>\n{}</tbody>\n</table>\n",
        table_head(&[
            Text("Feature"),
            Number("<span class=\"swatch generated\"></span> Generated"),
            Number("<span class=\"swatch real\"></span> Real"),
            Text("Range"),
            Number("Distance"),
            Number("Overlap"),
        ]),
        rows.iter().map(row).collect::<String>()
    );
    (!rows.is_empty()).then(|| Section {
        id: "features",
        heading: "Generated and real songs",
        body: summary_sentence(rows) + &scroll_box("Features of generated and real songs", &table),
    })
}

/// Says for how many features the median of the generated songs is between the real quartiles.
fn summary_sentence(rows: &[FeatureRow]) -> String {
    // Of some rows: how many are within, out of how many that are defined.
    let count = |rows: &mut dyn Iterator<Item = &FeatureRow>| {
        rows.filter_map(|row| row.generated.zip(row.real)).fold((0, 0), |(within, all), (g, r)| {
            (within + usize::from(position(&g, &r) == Position::Within), all + 1)
        })
    };
    let (within, all) = count(&mut rows.iter());
    if all == 0 {
        return String::new();
    }
    let key = match count(&mut rows.iter().filter(|row| row.is_key)) {
        (_, 0) => String::new(),
        (within, all) => format!(
            " Of the key features, marked <span class=\"tag\">key</span>, in <strong>{within} of {all}</strong>."
        ),
    };
    format!(
        "<p class=\"lead\">In <strong>{within} of {all}</strong> features the median of \
         the generated songs is between the quartiles of the real ones.{key}</p>\n"
    )
}

/// Where the median of the generated songs is, relative to the real quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Below,
    Within,
    Above,
}

impl Position {
    /// Renders a sign, with words for screen readers.
    fn mark(self) -> String {
        let (class, sign, words) = match self {
            Self::Below => ("mark", "↓", "lower than"),
            Self::Above => ("mark", "↑", "higher than"),
            Self::Within => ("mark within", "✓", "within"),
        };
        format!(
            "<span class=\"{class}\" role=\"img\" aria-label=\"{words} the real quartiles\">{sign}</span> "
        )
    }
}

fn position(generated: &Quartiles, real: &Quartiles) -> Position {
    match generated.median {
        median if median < real.q1 => Position::Below,
        median if median > real.q3 => Position::Above,
        _ => Position::Within,
    }
}

fn row(feature: &FeatureRow) -> String {
    let (generated, real) = (feature.generated.as_ref(), feature.real.as_ref());
    let shown = generated.into_iter().chain(real).flat_map(|q| [q.q1, q.median, q.q3]);
    let places = places(shown);
    let mark = generated.zip(real).map(|(generated, real)| position(generated, real).mark());
    let label = escape(&feature.label);
    let name = match feature.about.trim() {
        "" => label,
        about => format!("<details><summary>{label}</summary>{}</details>", escape(about)),
    };
    let tag = if feature.is_key { " <span class=\"tag\">key</span>" } else { "" };
    let (distance, baseline) = (feature.generated_distance, feature.training_distance);
    format!(
        "<tr><th scope=\"row\">{name}{tag}</th>{}{}<td class=\"wide\">{}</td>{}{}</tr>\n",
        quartiles_cell(generated, places, &mark.unwrap_or_default()),
        quartiles_cell(real, places, ""),
        range_strip(generated, real, places),
        baseline_cell(distance.wasserstein, baseline.wasserstein, places),
        baseline_cell(distance.overlap, baseline.overlap, 2),
    )
}

/// Renders a cell with a number of the generated songs, and below it that of the training samples.
fn baseline_cell(generated: Option<f64>, training: Option<f64>, places: usize) -> String {
    let Some(generated) = generated else {
        return String::from("<td class=\"number quiet\">–</td>");
    };
    let training = training.map(|training| fixed(training, places)).unwrap_or_default();
    let about = unless_blank(&training, |training| {
        format!(" <span class=\"about\">training {training}</span>")
    });
    format!("<td class=\"number\">{}{about}</td>", fixed(generated, places))
}

#[cfg(test)]
mod tests {
    use super::super::FeatureDistance;
    use super::*;

    fn quartiles(min: f64, median: f64, max: f64) -> Option<Quartiles> {
        let (q1, q3) = ((min + median) / 2.0, (median + max) / 2.0);
        Some(Quartiles { min, q1, median, q3, max, mean: median })
    }

    fn feature(generated: Option<Quartiles>, real: Option<Quartiles>) -> FeatureRow {
        FeatureRow {
            label: "Mean pitch".into(),
            about: "60 is C4.".into(),
            generated,
            real,
            is_key: false,
            generated_distance: FeatureDistance { wasserstein: Some(7.5), overlap: Some(0.5) },
            training_distance: FeatureDistance { wasserstein: Some(0.25), overlap: None },
        }
    }

    #[test]
    fn row_shows_both_sets_on_one_scale() {
        let html = row(&feature(quartiles(50.0, 62.5, 70.0), quartiles(60.0, 70.0, 80.0)));
        insta::assert_snapshot!(html.replace("><", ">\n<"), @r#"
        <tr>
        <th scope="row">
        <details>
        <summary>Mean pitch</summary>60 is C4.</details>
        </th>
        <td class="number">
        <span class="mark" role="img" aria-label="lower than the real quartiles">↓</span> 62.5 <span class="about">56.2 to 66.2</span>
        </td>
        <td class="number">70.0 <span class="about">65.0 to 75.0</span>
        </td>
        <td class="wide">
        <svg class="strip" viewBox="0 0 200 30" width="200" height="30" role="img" aria-label="Generated from 50.0 to 70.0. Real from 60.0 to 80.0.">
        <title>Generated from 50.0 to 70.0. Real from 60.0 to 80.0.</title>
        <g class="generated">
        <path class="span" d="M6.0 8H131.3"/>
        <path class="half" d="M45.2 8H107.8"/>
        <path class="middle" d="M84.3 3v10"/>
        </g>
        <g class="real">
        <path class="span" d="M68.7 22H194.0"/>
        <path class="half" d="M100.0 22H162.7"/>
        <path class="middle" d="M131.3 17v10"/>
        </g>
        </svg>
        </td>
        <td class="number">7.5 <span class="about">training 0.2</span>
        </td>
        <td class="number">0.50</td>
        </tr>
        "#);
    }

    #[test]
    fn median_outside_the_real_quartiles_is_marked() {
        let (low, high) = (quartiles(0.0, 1.0, 2.0), quartiles(10.0, 11.0, 12.0));
        assert!(row(&feature(low, high)).contains("lower than the real quartiles"));
        assert!(row(&feature(high, low)).contains("higher than the real quartiles"));
        assert!(row(&feature(low, low)).contains("within the real quartiles"));
        assert!(!row(&feature(None, low)).contains("real quartiles"));
        let mut rows = [feature(low, high), feature(low, low), feature(None, low)];
        let body = section(&rows).unwrap().body;
        assert!(body.contains("<strong>1 of 2</strong>") && !body.contains("key"), "{body}");
        rows[1].is_key = true;
        let body = section(&rows).unwrap().body;
        assert!(body.contains("in <strong>1 of 1</strong>"), "{body}");
    }

    #[test]
    fn undefined_or_constant_feature_is_still_a_row() {
        assert!(row(&feature(None, None)).contains("undefined"));
        let constant = row(&feature(quartiles(3.0, 3.0, 3.0), None));
        assert!(constant.contains("M100.0 3v10") && !constant.contains("NaN"), "{constant}");
    }
}
