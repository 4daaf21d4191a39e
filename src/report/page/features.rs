//! What the drawn songs are like, beside real ones.

use super::FeatureRow;
use super::escape::escape;
use super::number::{fixed, places};
use super::section::{Section, scroll_box};
use crate::metrics::Quartiles;

pub(super) fn section(rows: &[FeatureRow]) -> Option<Section> {
    let table = format!(
        "<table class=\"ranges\">\n<caption>Median, with the quartiles below it: half of the songs \
         lie between them. In the strips, the thin line reaches from the smallest to the largest \
         value, the thick one from quartile to quartile, and the notch is the median; each row has \
         a scale of its own. A tick marks a drawn median between the real quartiles, an arrow one \
         that leaves them. The distance is how far the drawn values must be moved, on the mean, to become \
         the real ones; the overlap is what the two histograms share, 1 for all. Below them: as many \
         training samples, which is as near as real music comes.</caption>\n\
         <thead><tr><th scope=\"col\">Feature</th>\
         <th scope=\"col\" class=\"number\"><span class=\"swatch drawn\"></span> Drawn</th>\
         <th scope=\"col\" class=\"number\"><span class=\"swatch real\"></span> Real</th>\
         <th scope=\"col\">Range</th>\
         <th scope=\"col\" class=\"number\">Distance</th>\
         <th scope=\"col\" class=\"number\">Overlap</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>\n",
        rows.iter().map(row).collect::<String>()
    );
    let summary = verdict(rows);
    (!rows.is_empty()).then(|| Section {
        id: "features",
        heading: "Drawn and real songs",
        body: summary + &scroll_box("Features of drawn and real songs", &table),
    })
}

/// A sentence: how many drawn medians are where those of real songs could be?
fn verdict(rows: &[FeatureRow]) -> String {
    let count = |is_key: bool| {
        let known = rows.iter().filter(|row| row.is_key || !is_key);
        let known = known.filter_map(|row| row.drawn.zip(row.real));
        known.fold((0, 0), |(inside, known), (drawn, real)| {
            (inside + usize::from(side(&drawn, &real) == Side::Within), known + 1)
        })
    };
    let ((inside, known), (is_key, asked)) = (count(false), count(true));
    let most = match asked {
        0 => String::new(),
        _ => format!(
            " Of the features that tell most, marked <span class=\"tag\">is_key</span>, in <strong>{is_key} of {asked}</strong>."
        ),
    };
    match known {
        0 => String::new(),
        _ => format!(
            "<p class=\"verdict\">In <strong>{inside} of {known}</strong> features the median of \
             the drawn songs lies between the quartiles of the real ones.{most}</p>\n"
        ),
    }
}

/// Where the drawn median lies, seen from the real quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Within,
    Above,
}

impl Side {
    /// A sign for who sees it, words for who does not.
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

fn side(drawn: &Quartiles, real: &Quartiles) -> Side {
    match drawn.median {
        median if median < real.q1 => Side::Below,
        median if median > real.q3 => Side::Above,
        _ => Side::Within,
    }
}

fn row(feature: &FeatureRow) -> String {
    let shown = feature.drawn.iter().chain(&feature.real).flat_map(|q| [q.q1, q.median, q.q3]);
    let places = places(shown);
    let mark = feature.drawn.zip(feature.real).map(|(drawn, real)| side(&drawn, &real));
    let mark = mark.map_or_else(String::new, Side::mark);
    let label = escape(&feature.label);
    let name = match feature.about.trim() {
        "" => label.clone(),
        about => format!("<details><summary>{label}</summary>{}</details>", escape(about)),
    };
    let tag = if feature.is_key { " <span class=\"tag\">is_key</span>" } else { "" };
    let (gap, yardstick) = (feature.drawn_gap, feature.training_gap);
    format!(
        "<tr><th scope=\"row\">{name}{tag}</th>{}{}<td class=\"wide\">{}</td>{}{}</tr>\n",
        numbers(feature.drawn.as_ref(), places, &mark),
        numbers(feature.real.as_ref(), places, ""),
        strip(feature.drawn.as_ref(), feature.real.as_ref(), places),
        against(gap.distance, yardstick.distance, places),
        against(gap.overlap, yardstick.overlap, 2),
    )
}

/// A number, and below it what training samples have.
fn against(drawn: Option<f64>, training: Option<f64>, places: usize) -> String {
    let Some(drawn) = drawn else {
        return String::from("<td class=\"number quiet\">–</td>");
    };
    let about = training.map_or_else(String::new, |training| {
        format!(" <span class=\"about\">training {}</span>", fixed(training, places))
    });
    format!("<td class=\"number\">{}{about}</td>", fixed(drawn, places))
}

pub(super) fn numbers(quartiles: Option<&Quartiles>, places: usize, mark: &str) -> String {
    let Some(Quartiles { q1, median, q3, .. }) = quartiles else {
        return String::from("<td class=\"number quiet\">undefined</td>");
    };
    format!(
        "<td class=\"number\">{mark}{} <span class=\"about\">{} to {}</span></td>",
        fixed(*median, places),
        fixed(*q1, places),
        fixed(*q3, places)
    )
}

/// Both ranges over each other on a common scale: drawn above, real below.
pub(super) fn strip(drawn: Option<&Quartiles>, real: Option<&Quartiles>, places: usize) -> String {
    let ends = drawn.into_iter().chain(real).flat_map(|q| [q.min, q.max]);
    let finite = |values: &mut dyn Iterator<Item = f64>, better: fn(f64, f64) -> f64| {
        values.filter(|value| value.is_finite()).reduce(better)
    };
    let low = finite(&mut ends.clone(), f64::min);
    let high = finite(&mut ends.clone(), f64::max);
    let Some((low, high)) = low.zip(high) else {
        return String::new();
    };
    let place = |value: f64| match high - low {
        span if span > 0.0 && span.is_finite() => {
            6.0 + 188.0 * ((value - low) / span).clamp(0.0, 1.0)
        }
        _ => 100.0,
    };
    let range = |class: &str, y: u32, quartiles: Option<&Quartiles>| {
        let Some(Quartiles { min, q1, median, q3, max, .. }) = quartiles else {
            return String::new();
        };
        let [min, q1, median, q3, max] = [min, q1, median, q3, max].map(|&value| place(value));
        format!(
            "<g class=\"{class}\"><path class=\"span\" d=\"M{min:.1} {y}H{max:.1}\"/>\
             <path class=\"half\" d=\"M{q1:.1} {y}H{q3:.1}\"/>\
             <path class=\"middle\" d=\"M{median:.1} {}v10\"/></g>",
            y - 5
        )
    };
    let words = |name: &str, quartiles: Option<&Quartiles>| {
        quartiles.map_or_else(String::new, |q| {
            format!("{name} from {} to {}. ", fixed(q.min, places), fixed(q.max, places))
        })
    };
    let words = words("Drawn", drawn) + &words("Real", real);
    let words = words.trim_end();
    format!(
        "<svg class=\"strip\" viewBox=\"0 0 200 30\" width=\"200\" height=\"30\" role=\"img\" \
         aria-label=\"{words}\"><title>{words}</title>{}{}</svg>",
        range("drawn", 8, drawn),
        range("real", 22, real),
    )
}

#[cfg(test)]
mod tests {
    use super::super::FeatureDistance;
    use super::*;

    fn quartiles(min: f64, median: f64, max: f64) -> Option<Quartiles> {
        let (q1, q3) = ((min + median) / 2.0, (median + max) / 2.0);
        Some(Quartiles { min, q1, median, q3, max, mean: median })
    }

    fn feature(drawn: Option<Quartiles>, real: Option<Quartiles>) -> FeatureRow {
        FeatureRow {
            label: "Mean pitch".into(),
            about: "60 is C4.".into(),
            drawn,
            real,
            is_key: false,
            drawn_gap: FeatureDistance { distance: Some(7.5), overlap: Some(0.5) },
            training_gap: FeatureDistance { distance: Some(0.25), overlap: None },
        }
    }

    #[test]
    fn a_row_shows_both_on_one_scale() {
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
        <svg class="strip" viewBox="0 0 200 30" width="200" height="30" role="img" aria-label="Drawn from 50.0 to 70.0. Real from 60.0 to 80.0.">
        <title>Drawn from 50.0 to 70.0. Real from 60.0 to 80.0.</title>
        <g class="drawn">
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
    fn a_median_outside_the_real_quartiles_is_marked() {
        let (low, high) = (quartiles(0.0, 1.0, 2.0), quartiles(10.0, 11.0, 12.0));
        assert!(row(&feature(low, high)).contains("lower than the real quartiles"));
        assert!(row(&feature(high, low)).contains("higher than the real quartiles"));
        assert!(row(&feature(low, low)).contains("within the real quartiles"));
        assert!(!row(&feature(None, low)).contains("real quartiles"));
        let mut rows = [feature(low, high), feature(low, low), feature(None, low)];
        let body = section(&rows).unwrap().body;
        assert!(body.contains("<strong>1 of 2</strong>") && !body.contains("is_key"), "{body}");
        rows[1].is_key = true;
        let body = section(&rows).unwrap().body;
        assert!(body.contains("in <strong>1 of 1</strong>"), "{body}");
    }

    #[test]
    fn what_is_not_defined_or_constant_is_still_a_row() {
        assert!(row(&feature(None, None)).contains("undefined"));
        let constant = row(&feature(quartiles(3.0, 3.0, 3.0), None));
        assert!(constant.contains("M100.0 3v10") && !constant.contains("NaN"), "{constant}");
    }
}
