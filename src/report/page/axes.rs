//! The axes of a chart: ticks, labels, and the positions of values.

use super::scale::Scale;
use crate::report::escape::escape;

/// Width of a chart, and its top and right margins, in SVG units.
const WIDTH: f64 = 440.0;
const TOP: f64 = 30.0;
const RIGHT: f64 = 16.0;

/// Number of series styles in the style sheet; further series start again at the first.
pub(super) const STYLES: usize = 6;

/// A horizontal and a vertical scale on a canvas.
pub(super) struct Axes {
    x_scale: Scale,
    y_scale: Scale,
    height: f64,
    left: f64,
    bottom: f64,
}

impl Axes {
    /// Lays out axes on a canvas of `height`, with `below` under the horizontal axis and room for the widest
    /// number at the left.
    pub(super) fn new(x_scale: Scale, y_scale: Scale, height: f64, below: f64) -> Self {
        let widths = y_scale.ticks().map(|(_, label)| label.chars().count());
        let left = 14.0 + 8.2 * widths.max().unwrap_or(1) as f64;
        Self { x_scale, y_scale, height, left, bottom: height - below }
    }

    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.x_scale.place(value) * (WIDTH - RIGHT - self.left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.y_scale.place(value) * (self.bottom - TOP)
    }

    /// Draws the axes with `inside` between them.
    pub(super) fn draw(&self, inside: &str, [y_label, x_label]: [&str; 2], alt: &str) -> String {
        let (left, right, bottom, height) = (self.left, WIDTH - RIGHT, self.bottom, self.height);
        let rows = self.y_scale.ticks().map(|(value, label)| {
            let (y, end) = (self.y(value), left - 8.0);
            format!(
                "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\
                 <text x=\"{end:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\n",
                y + 4.5,
            )
        });
        let columns = self.x_scale.ticks().map(|(value, label)| {
            let x = self.x(value);
            format!(
                "<path class=\"axis\" d=\"M{x:.1} {bottom:.1}v4\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>\n",
                bottom + 18.0,
            )
        });
        format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n{}{}\
             <path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/>\n{inside}\
             <text class=\"name\" x=\"2\" y=\"14\">{}</text>\
             <text class=\"name\" x=\"{right:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n</svg>\n",
            escape(alt),
            rows.collect::<String>(),
            columns.collect::<String>(),
            escape(y_label),
            height - 6.0,
            escape(x_label),
        )
    }
}
