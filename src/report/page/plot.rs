//! Lines and clouds of points as inline SVG, with both axes named.

use super::axes::{Axes, STYLES};
use super::escape::escape;
use super::number::number;
use super::scale::{Scale, drawable};
use super::{Plot, PlotSeries};

/// Height, and what of it is below the axis, in SVG units.
const HEIGHT: f64 = 262.0;
const BELOW: f64 = 44.0;

/// A figure with its legend.
pub(super) fn plot(plot: &Plot) -> String {
    let legend: String =
        plot.series.iter().enumerate().map(|(at, series)| legend(at, series)).collect();
    let drawing = drawing(plot).unwrap_or_else(|| {
        String::from("<p class=\"quiet\">There is nothing to draw: no value is finite.</p>\n")
    });
    format!(
        "<figure class=\"card\">\n<figcaption><h3>{}</h3></figcaption>\n{drawing}\
         <ul class=\"legend\">{legend}</ul>\n</figure>\n",
        escape(&plot.title)
    )
}

fn points(series: &PlotSeries) -> impl Iterator<Item = (f64, f64)> {
    series.points.iter().copied().filter(|&(x, y)| drawable(x) && drawable(y))
}

fn legend(at: usize, series: &PlotSeries) -> String {
    let style = at % STYLES + 1;
    let key = match series.dots {
        true => format!("<path class=\"dots dots-{style}\" d=\"M14 4h0\"/>"),
        false => format!("<path class=\"line line-{style}\" d=\"M0 4H28\"/>"),
    };
    format!(
        "<li><svg class=\"key\" viewBox=\"0 0 28 8\" width=\"28\" height=\"8\" aria-hidden=\"true\">\
         {key}</svg> {}</li>",
        escape(&series.name)
    )
}

fn drawing(plot: &Plot) -> Option<String> {
    let all = || plot.series.iter().flat_map(points);
    let counting = plot.series.iter().all(|series| !series.dots);
    let x_label = match counting {
        true => Scale::counting(all().map(|(x, _)| x), 6)?,
        false => Scale::over(all().map(|(x, _)| x), 6)?,
    };
    let up = Scale::over(all().map(|(_, y)| y), 4)?;
    let axes = Axes::new(x_label, up, HEIGHT, BELOW);
    let series = plot.series.iter().enumerate().map(|(at, series)| {
        let style = at % STYLES + 1;
        let places = points(series).map(|(x_label, up)| (axes.x(x_label), axes.y(up)));
        match series.dots {
            true => {
                let dots: String = places.map(|(x, y)| format!("M{x:.1} {y:.1}h0")).collect();
                format!("<path class=\"dots dots-{style}\" d=\"{dots}\"/>\n")
            }
            false => {
                let steps = places.enumerate().map(|(at, (x, y))| {
                    format!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' })
                });
                format!("<path class=\"line line-{style}\" d=\"{}\"/>\n", steps.collect::<String>())
            }
        }
    });
    let names = [plot.y_label.as_str(), plot.x_label.as_str()];
    Some(axes.draw(&series.collect::<String>(), names, &description(plot)))
}

/// The plot in words, for who does not see it.
fn description(plot: &Plot) -> String {
    let mut words = format!("{}: {} by {}.", plot.title, plot.y_label, plot.x_label);
    for series in &plot.series {
        let extent = |values: &mut dyn Iterator<Item = f64>| {
            let (low, high) = values
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
            (low <= high).then(|| format!("{} to {}", number(low), number(high)))
        };
        let up = extent(&mut points(series).map(|(_, y)| y));
        words += &match up {
            Some(up) => format!(" {}: {} points, {up}.", series.name, points(series).count()),
            None => format!(" {}: no value.", series.name),
        };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dots: bool, values: &[f64]) -> Plot {
        let points = values.iter().enumerate().map(|(at, &value)| (at as f64, value)).collect();
        let series = vec![PlotSeries { name: "codes".into(), dots, points }];
        let text = |text: &str| text.to_owned();
        Plot { title: text("Units"), x_label: text("unit"), y_label: text("nats"), series }
    }

    #[test]
    fn a_cloud_has_a_dot_a_point_and_a_line_goes_through_all() {
        let dots = plot(&of(true, &[1.0, 3.0, 2.0]));
        assert_eq!(dots.matches("h0").count(), 4, "three and the legend's: {dots}");
        let line = plot(&of(false, &[1.0, 3.0, 2.0]));
        let path = line.split("line-1\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((path.matches('L').count(), path.starts_with('M')), (2, true));
        assert!(line.contains("Units: nats by unit. codes: 3 points, 1 to 3."), "{line}");
    }

    #[test]
    fn what_is_not_finite_is_left_out_and_nothing_is_said_so() {
        let html = plot(&of(true, &[1.0, f64::NAN, f64::INFINITY]));
        assert!(
            html.contains("codes: 1 points") && !html.contains("NaN") && !html.contains("inf ")
        );
        assert!(plot(&of(false, &[])).contains("nothing to draw"));
    }
}
