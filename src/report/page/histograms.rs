//! One histogram per feature and set of songs, on one grid per feature.

use super::number::{fixed, places};
use super::section::unless_blank;
use super::{FeatureHistograms, HistogramRow, SongSet};
use crate::report::escape::escape;

/// Width and height of a histogram in SVG units.
const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 26.0;

const INTRODUCTION: &str = "<h3>Feature by feature</h3>\n\
     <p class=\"quiet\">How often each value occurs, on one grid from the smallest to the largest value of all \
     sets; each histogram is scaled to its highest bin. The repeated outline shows the real songs: the better \
     the blocks fill it, the more similar the set. Beside it: the mean shift that turns the values into the real \
     ones, and the overlap of the two histograms, at most 1.</p>\n";

/// Renders all features: the key features open, the others folded.
pub(super) fn histograms(features: &[FeatureHistograms]) -> String {
    let grid = |is_key: bool| {
        let shown = features.iter().filter(|feature| feature.is_key == is_key);
        unless_blank(&shown.map(figure).collect::<String>(), |figures| {
            format!("<div class=\"multiples\">\n{figures}</div>\n")
        })
    };
    let others = unless_blank(&grid(false), |others| {
        format!("<details><summary>All other features</summary>\n{others}</details>\n")
    });
    unless_blank(&(grid(true) + &others), |figures| format!("{INTRODUCTION}{figures}"))
}

fn figure(feature: &FeatureHistograms) -> String {
    let FeatureHistograms { label, low, high, sets, .. } = feature;
    let real = sets.iter().find(|row| row.set == SongSet::Real);
    let places = places([*low, *high]);
    let ends = [low, high].map(|&end| fixed(end, places));
    let rows: String = sets.iter().map(|row| table_row(row, real, &ends)).collect();
    let (label, [from, to]) = (escape(label), ends);
    format!(
        "<figure class=\"card\">\n<figcaption><h4>{label}</h4></figcaption>\n\
         <table class=\"histograms\"><colgroup><col class=\"kind\"/><col/><col class=\"gap\"/></colgroup><thead class=\"unseen\"><tr><th scope=\"col\">Songs</th>\
         <th scope=\"col\">Histogram</th><th scope=\"col\">Distance and overlap</th></tr></thead>\n\
         <tbody>{rows}</tbody>\n<tfoot><tr><td></td><td><span class=\"ends\"><span>{from}</span>\
         <span>{to}</span></span></td><td></td></tr></tfoot></table>\n</figure>\n"
    )
}

fn table_row(row: &HistogramRow, real: Option<&HistogramRow>, ends: &[String; 2]) -> String {
    let HistogramRow { set, name, shares, distance } = row;
    let outline = real.filter(|_| *set != SongSet::Real).map_or_else(String::new, |real| {
        format!("<path class=\"outline\" d=\"{}\"/>", bars(&real.shares))
    });
    let numbers = match (distance.wasserstein, distance.overlap) {
        (Some(distance), Some(overlap)) => format!(
            "{} <span class=\"about\">{}</span>",
            fixed(distance, places([distance])),
            fixed(overlap, 2)
        ),
        _ => String::new(),
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td><svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\
         <path class=\"{set}\" d=\"{}\"/>{outline}</svg></td><td class=\"number\">{numbers}</td></tr>\n",
        escape(name),
        escape(&alt_text(name, shares, ends)),
        bars(shares),
    )
}

/// Returns the path around the bins, or a level line without a value.
fn bars(shares: &[f64]) -> String {
    let highest = shares.iter().copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return format!("M0 {HEIGHT}H{WIDTH}");
    }
    let width = WIDTH / shares.len() as f64;
    let bin = |(number, share): (usize, &f64)| {
        let (top, end) = (HEIGHT - share / highest * (HEIGHT - 2.0), number as f64 * width);
        format!("V{top:.1}H{end:.1}")
    };
    format!("M0 {HEIGHT}{}V{HEIGHT}", (1..).zip(shares).map(bin).collect::<String>())
}

/// Describes the highest bin in words, for screen readers.
fn alt_text(name: &str, shares: &[f64], [from, to]: &[String; 2]) -> String {
    let highest = (1..).zip(shares).max_by(|a: &(usize, _), b| a.1.total_cmp(b.1));
    match highest.filter(|(_, share)| **share > 0.0) {
        Some((bin, share)) => format!(
            "{name}, {} bins from {from} to {to}: the highest is bin {bin} with {} % of the songs.",
            shares.len(),
            fixed(100.0 * share, 0)
        ),
        None => format!("{name}: no value."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::FeatureDistance;
    use super::*;

    fn feature(is_key: bool) -> FeatureHistograms {
        let real = HistogramRow {
            set: SongSet::Real,
            name: "Real".into(),
            shares: vec![0.75, 0.25],
            distance: FeatureDistance::default(),
        };
        let generated = HistogramRow {
            set: SongSet::Generated,
            name: "Generated".into(),
            shares: vec![0.0, 1.0],
            distance: FeatureDistance { wasserstein: Some(1.25), overlap: Some(0.5) },
        };
        let sets = vec![real, generated];
        FeatureHistograms { label: "Notes".into(), is_key, low: 0.0, high: 2.0, sets }
    }

    #[test]
    fn generated_histogram_has_its_blocks_the_real_outline_and_its_distance() {
        let html = figure(&feature(true));
        let blocks = "<path class=\"generated\" d=\"M0 26V26.0H80.0V2.0H160.0V26\"/>";
        assert!(html.contains(blocks), "{html}");
        let outline = "<path class=\"outline\" d=\"M0 26V2.0H80.0V18.0H160.0V26\"/>";
        assert_eq!(html.matches(outline).count(), 1);
        assert!(html.contains(">1.25 <span class=\"about\">0.50</span>"), "{html}");
        assert!(html.contains("the highest is bin 2 with 100 % of the songs."), "{html}");
    }

    #[test]
    fn key_features_are_open_and_the_others_are_folded() {
        let html = histograms(&[feature(true), feature(false)]);
        let (open, folded) = html.split_once("<details>").unwrap();
        assert!(open.contains("<h4>") && folded.contains("<h4>"));
        assert!(!histograms(&[feature(true)]).contains("<details>"));
        assert_eq!(histograms(&[]), "");
    }

    #[test]
    fn set_without_values_is_a_level_line_and_says_so() {
        assert_eq!(bars(&[0.0, 0.0]), "M0 26H160");
        assert_eq!(alt_text("Noise", &[0.0], &["0".into(), "1".into()]), "Noise: no value.");
    }
}
