//! Every feature of every kind of songs as histograms on one grid: small pictures below each other.

use super::escape::escape;
use super::number::{fixed, places};
use super::{FeatureHistograms, HistogramSet};

/// Width and height of a histogram in SVG units.
const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 26.0;

const READING: &str = "<h3>Feature by feature</h3>\n\
     <p class=\"quiet\">How often each value occurs, on one grid from the smallest to the largest value of all \
     kinds; each histogram is as high as its highest bin. The line that returns in each is the real songs: the \
     better the blocks fill it, the more alike. Beside it: how far the values must be moved, on the mean, to \
     become the real ones, and the overlap of the two histograms, 1 for all.</p>\n";

/// All features; those that tell most are open to the eye, the others fold.
pub(super) fn histograms(features: &[FeatureHistograms]) -> String {
    let part = |is_key: bool| -> String {
        features.iter().filter(|feature| feature.is_key == is_key).map(figure).collect()
    };
    if features.is_empty() {
        return String::new();
    }
    let grid = |figures: String| match figures.as_str() {
        "" => figures,
        _ => format!("<div class=\"multiples\">\n{figures}</div>\n"),
    };
    let rest = match grid(part(false)).as_str() {
        "" => String::new(),
        rest => format!("<details><summary>All other features</summary>\n{rest}</details>\n"),
    };
    format!("{READING}{}{rest}", grid(part(true)))
}

fn figure(feature: &FeatureHistograms) -> String {
    let FeatureHistograms { label, low, high, sets, .. } = feature;
    let real = sets.iter().find(|set| set.real);
    let places = places([*low, *high]);
    let (from, to) = (fixed(*low, places), fixed(*high, places));
    let rows: String = sets.iter().map(|set| row(set, real, &from, &to)).collect();
    let label = escape(label);
    format!(
        "<figure class=\"card\">\n<figcaption><h4>{label}</h4></figcaption>\n\
         <table class=\"histograms\"><colgroup><col class=\"kind\"/><col/><col class=\"gap\"/></colgroup><thead class=\"unseen\"><tr><th scope=\"col\">Songs</th>\
         <th scope=\"col\">Histogram</th><th scope=\"col\">Distance and overlap</th></tr></thead>\n\
         <tbody>{rows}</tbody>\n<tfoot><tr><td></td><td><span class=\"ends\"><span>{from}</span>\
         <span>{to}</span></span></td><td></td></tr></tfoot></table>\n</figure>\n"
    )
}

fn row(set: &HistogramSet, real: Option<&HistogramSet>, from: &str, to: &str) -> String {
    let HistogramSet { name, shares, gap, drawn, real: is_real } = set;
    let class = match (drawn, is_real) {
        (true, _) => "drawn",
        (_, true) => "real",
        _ => "other",
    };
    let outline = real.filter(|_| !is_real).map_or_else(String::new, |real| {
        format!("<path class=\"outline\" d=\"{}\"/>", steps(&real.shares))
    });
    let numbers = match gap.distance.zip(gap.overlap) {
        Some((distance, overlap)) => {
            format!("{} <span class=\"about\">{}</span>", short(distance), fixed(overlap, 2))
        }
        None => String::new(),
    };
    let name = escape(name);
    format!(
        "<tr><th scope=\"row\">{name}</th><td><svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\
         <path class=\"{class}\" d=\"{}\"/>{outline}</svg></td><td class=\"number\">{numbers}</td></tr>\n",
        escape(&words(&set.name, shares, from, to)),
        steps(shares),
    )
}

/// A distance in three digits.
fn short(distance: f64) -> String {
    fixed(distance, places([distance]))
}

/// The outline of the bins: up, along, down.
fn steps(shares: &[f64]) -> String {
    let most = shares.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return format!("M0 {HEIGHT}H{WIDTH}");
    }
    let mut path = format!("M0 {HEIGHT}");
    let width = WIDTH / shares.len() as f64;
    for (bin, share) in shares.iter().enumerate() {
        let (top, end) = (HEIGHT - share / most * (HEIGHT - 2.0), (bin + 1) as f64 * width);
        path += &format!("V{top:.1}H{end:.1}");
    }
    path + &format!("V{HEIGHT}")
}

/// The histogram in words: where its highest bin is.
fn words(name: &str, shares: &[f64], from: &str, to: &str) -> String {
    let highest = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    match highest.filter(|(_, share)| **share > 0.0) {
        Some((bin, share)) => format!(
            "{name}, on {} bins from {from} to {to}: the highest is bin {} with {} of 100 songs.",
            shares.len(),
            bin + 1,
            fixed(100.0 * share, 0)
        ),
        None => format!("{name}: no value."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::FeatureDistance;
    use super::*;

    fn set(name: &str, real: bool, shares: &[f64]) -> HistogramSet {
        let gap = match real {
            true => FeatureDistance::default(),
            false => FeatureDistance { distance: Some(1.25), overlap: Some(0.5) },
        };
        HistogramSet { name: name.into(), drawn: !real, real, shares: shares.to_vec(), gap }
    }

    fn feature(is_key: bool) -> FeatureHistograms {
        let sets = vec![set("Real", true, &[0.75, 0.25]), set("Drawn", false, &[0.0, 1.0])];
        FeatureHistograms { label: "Notes".into(), is_key, low: 0.0, high: 2.0, sets }
    }

    #[test]
    fn a_drawn_histogram_has_its_blocks_the_real_outline_and_its_distance() {
        let html = figure(&feature(true));
        assert!(
            html.contains("<path class=\"drawn\" d=\"M0 26V26.0H80.0V2.0H160.0V26\"/>"),
            "{html}"
        );
        let outline = "<path class=\"outline\" d=\"M0 26V2.0H80.0V18.0H160.0V26\"/>";
        assert_eq!(html.matches(outline).count(), 1);
        assert!(html.contains(">1.25 <span class=\"about\">0.50</span>"), "{html}");
        assert!(html.contains("the highest is bin 2 with 100 of 100 songs."), "{html}");
    }

    #[test]
    fn features_that_tell_most_are_open_and_the_others_fold() {
        let html = histograms(&[feature(true), feature(false)]);
        let (open, folded) = html.split_once("<details>").unwrap();
        assert!(open.contains("<h4>") && folded.contains("<h4>"));
        assert!(!histograms(&[feature(true)]).contains("<details>"));
        assert_eq!(histograms(&[]), "");
    }

    #[test]
    fn a_set_without_values_is_a_level_line_and_says_so() {
        assert_eq!(steps(&[0.0, 0.0]), "M0 26H160");
        assert_eq!(words("Noise", &[0.0], "0", "1"), "Noise: no value.");
    }
}
