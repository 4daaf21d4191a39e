//! Charts as inline SVG, with named axes and a legend.
//!
//! Series differ in colour and in dashes, for print and for readers without colour vision. Colours
//! are CSS classes (`line-1` ...), so that the style sheet sets them for light and dark.

use super::axes::{Axes, STYLES};
use super::number::number;
use super::scale::{Scale, extent, is_drawable};
use super::section::{Section, unless_blank};
use super::{Chart, Series};
use crate::report::escape::escape;

/// Height of a chart, and the part of it below the horizontal axis, in SVG units.
const HEIGHT: f64 = 252.0;
const BELOW: f64 = 42.0;

/// Section with the training curves.
pub(super) fn training_section(charts: &[Chart]) -> Option<Section> {
    let body = chart_grid(charts);
    (!charts.is_empty()).then_some(Section { id: "curves", heading: "Training", body })
}

/// Renders charts side by side.
pub(super) fn chart_grid(charts: &[Chart]) -> String {
    format!("<div class=\"charts\">\n{}</div>\n", charts.iter().map(figure).collect::<String>())
}

/// Renders a chart with its title and legend.
fn figure(chart: &Chart) -> String {
    let drawing = drawing(chart).unwrap_or_else(|| {
        String::from("<p class=\"quiet\">There is nothing to draw: no value is finite.</p>\n")
    });
    let entries: String = (1..).zip(&chart.series).map(|it| legend_entry(chart, it)).collect();
    format!(
        "<figure class=\"card\">\n<figcaption><h3>{}</h3></figcaption>\n{drawing}{}</figure>\n",
        escape(&chart.title),
        unless_blank(&entries, |entries| format!("<ul class=\"legend\">{entries}</ul>\n")),
    )
}

/// Returns the points that can be drawn.
fn points(series: &Series) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    series.points.iter().copied().filter(is_drawable_point)
}

fn is_drawable_point(&(x, y): &(f64, f64)) -> bool {
    is_drawable(x) && is_drawable(y)
}

fn legend_entry(chart: &Chart, (number, series): (usize, &Series)) -> String {
    let style = style(number);
    let key = match series.dots {
        true => format!("<path class=\"dots dots-{style}\" d=\"M14 4h0\"/>"),
        false => format!("<path class=\"line line-{style}\" d=\"M0 4H28\"/>"),
    };
    let last = match chart.shows_last {
        true => format!(" <span class=\"quiet\">{}</span>", escape(&last_value(chart, series))),
        false => String::new(),
    };
    format!(
        "<li><svg class=\"key\" viewBox=\"0 0 28 8\" width=\"28\" height=\"8\" aria-hidden=\"true\">\
         {key}</svg> {}{last}</li>",
        escape(&series.name)
    )
}

/// Returns the number of the style of a series, counted from 1 like `number`.
fn style(number: usize) -> usize {
    (number - 1) % STYLES + 1
}

/// Describes the last value of a series: `3.5 at epoch 20`.
fn last_value(chart: &Chart, series: &Series) -> String {
    points(series).next_back().map_or_else(
        || String::from("no value"),
        |(x, y)| format!("{} at {} {}", number(y), chart.x_label, number(x)),
    )
}

/// Draws the axes and the series; `None` without a drawable point.
fn drawing(chart: &Chart) -> Option<String> {
    let all = || chart.series.iter().flat_map(points);
    let xs = all().map(|(x, _)| x);
    let x_scale = match chart.series.iter().any(|series| series.dots) {
        true => Scale::over(xs, 6)?,
        false => Scale::counting(xs, 6)?,
    };
    let axes = Axes::new(x_scale, Scale::over(all().map(|(_, y)| y), 4)?, HEIGHT, BELOW);
    let series = (1..).zip(&chart.series);
    let series: String =
        series.map(|(number, series)| marks(&axes, style(number), series)).collect();
    Some(axes.draw(&series, [&chart.y_label, &chart.x_label], &alt_text(chart)))
}

/// Draws a series: one dot per point, or a line that has a gap where a value is not finite.
fn marks(axes: &Axes, style: usize, series: &Series) -> String {
    let place = |&(x, y): &(f64, f64)| format!("{:.1} {:.1}", axes.x(x), axes.y(y));
    if series.dots {
        let dots: String = points(series).map(|point| format!("M{}h0", place(&point))).collect();
        return format!("<path class=\"dots dots-{style}\" d=\"{dots}\"/>\n");
    }
    let runs = series.points.split(|point| !is_drawable_point(point)).map(|run| match run {
        [] => String::new(),
        &[(x, y)] => {
            format!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>", axes.x(x), axes.y(y))
        }
        run => {
            let places: Vec<String> = run.iter().map(place).collect();
            format!("<path d=\"M{}\"/>", places.join("L"))
        }
    });
    format!("<g class=\"line line-{style}\">{}</g>\n", runs.collect::<String>())
}

/// Describes the chart in words, for screen readers.
fn alt_text(chart: &Chart) -> String {
    let series = chart.series.iter().map(|series| {
        let name = &series.name;
        let Some((low, high)) = extent(points(series).map(|(_, y)| y)) else {
            return format!(" {name}: no value.");
        };
        let last = match chart.shows_last {
            true => format!(", {}", last_value(chart, series)),
            false => String::new(),
        };
        let count = points(series).count();
        format!(" {name}: {count} points, {} to {}{last}.", number(low), number(high))
    });
    let Chart { title, x_label, y_label, .. } = chart;
    format!("{title}: {y_label} by {x_label}.{}", series.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_index(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(at, &value)| (at as f64, value)).collect()
    }

    fn curve(values: &[f64]) -> Chart {
        Chart::over_epochs("Loss", "nats", vec![Series::line("train", by_index(values))])
    }

    fn plot(dots: bool, values: &[f64]) -> Chart {
        let series = vec![Series { name: "codes".into(), dots, points: by_index(values) }];
        let (x_label, y_label) = ("unit".into(), "nats".into());
        Chart { title: "Units".into(), x_label, y_label, shows_last: false, series }
    }

    #[test]
    fn single_point_is_a_dot() {
        let html = figure(&curve(&[3.5]));
        assert_eq!((html.matches("<circle").count(), html.matches("<path d=").count()), (1, 0));
        assert!(html.contains("3.5 at epoch 0"), "{html}");
    }

    #[test]
    fn value_that_is_not_finite_leaves_a_gap() {
        let html = figure(&curve(&[3.0, 2.0, f64::NAN, 1.0, 0.5, f64::INFINITY, 0.25]));
        assert_eq!((html.matches("<circle").count(), html.matches("<path d=").count()), (1, 2));
        assert!(!html.contains("NaN") && !html.contains("inf\"") && !html.contains("inf "));
    }

    #[test]
    fn constant_is_a_level_line() {
        let html = figure(&curve(&[2.0, 2.0, 2.0]));
        let line = html.split("<path d=\"M").nth(1).unwrap().split('"').next().unwrap();
        let heights: Vec<&str> = line.split('L').map(|at| at.split(' ').nth(1).unwrap()).collect();
        assert_eq!(heights.len(), 3);
        assert!(heights.iter().all(|height| *height == heights[0]), "{line}");
    }

    #[test]
    fn chart_without_a_finite_value_says_so() {
        for chart in [curve(&[f64::NAN]), curve(&[])] {
            let html = figure(&chart);
            assert!(html.contains("nothing to draw") && html.contains("no value"));
            assert!(!html.contains("class=\"chart\""));
        }
    }

    #[test]
    fn cloud_has_one_dot_per_point_and_a_line_passes_through_all() {
        let dots = figure(&plot(true, &[1.0, 3.0, 2.0]));
        assert_eq!(dots.matches("h0").count(), 4, "three and the legend's: {dots}");
        let line = figure(&plot(false, &[1.0, 3.0, 2.0]));
        let path = line.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((path.matches('L').count(), path.starts_with('M')), (2, true));
        assert!(line.contains("Units: nats by unit. codes: 3 points, 1 to 3."), "{line}");
    }

    #[test]
    fn dots_that_are_not_finite_are_left_out_and_an_empty_plot_says_so() {
        let html = figure(&plot(true, &[1.0, f64::NAN, f64::INFINITY]));
        assert!(
            html.contains("codes: 1 points") && !html.contains("NaN") && !html.contains("inf ")
        );
        assert!(figure(&plot(false, &[])).contains("nothing to draw"));
    }
}
