//! Training curves as inline SVG: values over epochs, one line a series.
//!
//! Lines differ in colour and in dashes, so that they can be told apart on paper and by everyone.
//! Colours are classes (`line-1` ...), so that the style sheet can choose them for light and dark.

use super::axes::{Axes, STYLES};
use super::escape::escape;
use super::number::number;
use super::scale::{Scale, drawable};
use super::section::Section;
use super::{Curve, Series};

/// Height, and what of it is below the axis, in SVG units.
const HEIGHT: f64 = 242.0;
const BELOW: f64 = 40.0;

pub(super) fn section(curves: &[Curve]) -> Option<Section> {
    let charts: String = curves.iter().map(chart).collect();
    (!curves.is_empty()).then(|| Section {
        id: "curves",
        heading: "Training",
        body: format!("<div class=\"charts\">\n{charts}</div>\n"),
    })
}

fn chart(curve: &Curve) -> String {
    let legend: String = curve.series.iter().enumerate().map(|(at, s)| legend(at, s)).collect();
    let drawing = drawing(curve).unwrap_or_else(|| {
        String::from("<p class=\"quiet\">There is nothing to draw: no value is finite.</p>\n")
    });
    let legend = match legend.as_str() {
        "" => String::new(),
        entries => format!("<ul class=\"legend\">{entries}</ul>\n"),
    };
    format!(
        "<figure class=\"card\">\n<figcaption><h3>{title}</h3></figcaption>\n{drawing}{legend}\
         </figure>\n",
        title = escape(&curve.title),
    )
}

/// Points that can be drawn.
fn points(series: &Series) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    series.points.iter().copied().filter(|&(x, y)| drawable(x) && drawable(y))
}

fn legend(at: usize, series: &Series) -> String {
    let last = points(series).next_back().map_or_else(
        || String::from("no value"),
        |(epoch, value)| format!("{} at epoch {}", number(value), number(epoch)),
    );
    format!(
        "<li><svg class=\"key\" viewBox=\"0 0 28 8\" width=\"28\" height=\"8\" \
         aria-hidden=\"true\"><path class=\"line line-{style}\" d=\"M0 4H28\"/></svg> {name} \
         <span class=\"quiet\">{last}</span></li>",
        style = at % STYLES + 1,
        name = escape(&series.name),
    )
}

fn drawing(curve: &Curve) -> Option<String> {
    let all = || curve.series.iter().flat_map(points);
    let across = Scale::counting(all().map(|(x, _)| x), 6)?;
    let up = Scale::over(all().map(|(_, y)| y), 4)?;
    let axes = Axes::new(across, up, HEIGHT, BELOW);
    let lines = curve.series.iter().enumerate().map(|(at, series)| {
        let mut line = String::new();
        for run in series.points.split(|&(x, y)| !(drawable(x) && drawable(y))) {
            line += &match run {
                &[(epoch, value)] => {
                    format!(
                        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>",
                        axes.x(epoch),
                        axes.y(value)
                    )
                }
                run => path(run.iter().map(|&(epoch, value)| (axes.x(epoch), axes.y(value)))),
            };
        }
        format!("<g class=\"line line-{}\">{line}</g>\n", at % STYLES + 1)
    });
    let names = [curve.unit.as_str(), "epoch"];
    Some(axes.draw(&lines.collect::<String>(), names, &description(curve)))
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let steps: String = points
        .enumerate()
        .map(|(at, (x, y))| format!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' }))
        .collect();
    if steps.is_empty() { steps } else { format!("<path d=\"{steps}\"/>") }
}

/// The chart in words, for who does not see it.
fn description(curve: &Curve) -> String {
    let mut words = format!("{} ({}) over the epochs.", curve.title, curve.unit);
    for series in &curve.series {
        let ends = points(series).next().zip(points(series).next_back());
        words += &ends.map_or_else(
            || format!(" {}: no value.", series.name),
            |(first, last)| {
                let (from, to) = (number(first.1), number(last.1));
                let (start, end) = (number(first.0), number(last.0));
                format!(" {}: {from} at epoch {start}, {to} at epoch {end}.", series.name)
            },
        );
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[f64]) -> Curve {
        let points = values.iter().enumerate().map(|(at, &value)| (at as f64, value)).collect();
        let series = vec![Series { name: "train".into(), points }];
        Curve { title: "Loss".into(), unit: "nats".into(), series }
    }

    #[test]
    fn one_point_is_a_dot() {
        let html = chart(&curve(&[3.5]));
        assert_eq!((html.matches("<circle").count(), html.matches("<path d=").count()), (1, 0));
        assert!(html.contains("3.5 at epoch 0"), "{html}");
    }

    #[test]
    fn a_value_that_is_not_finite_leaves_a_gap() {
        let html = chart(&curve(&[3.0, 2.0, f64::NAN, 1.0, 0.5, f64::INFINITY, 0.25]));
        assert_eq!((html.matches("<circle").count(), html.matches("<path d=").count()), (1, 2));
        assert!(!html.contains("NaN") && !html.contains("inf\"") && !html.contains("inf "));
    }

    #[test]
    fn a_constant_is_a_level_line() {
        let html = chart(&curve(&[2.0, 2.0, 2.0]));
        let line = html.split("<path d=\"M").nth(1).unwrap().split('"').next().unwrap();
        let heights: Vec<&str> = line.split('L').map(|at| at.split(' ').nth(1).unwrap()).collect();
        assert_eq!(heights.len(), 3);
        assert!(heights.iter().all(|height| *height == heights[0]), "{line}");
    }

    #[test]
    fn without_a_finite_value_the_chart_says_so() {
        for curve in [curve(&[f64::NAN]), curve(&[])] {
            let html = chart(&curve);
            assert!(html.contains("nothing to draw") && html.contains("no value"));
            assert!(!html.contains("class=\"chart\""));
        }
    }
}
