//! The frame that charts share: both axes with their ticks and names, and where a value lies in it.

use super::escape::escape;
use super::scale::Scale;

/// Width and upper and right margin in SVG units.
pub(super) const WIDTH: f64 = 440.0;
const TOP: f64 = 30.0;
const RIGHT: f64 = 16.0;

/// Styles of series that the style sheet has; further ones start over.
pub(super) const STYLES: usize = 6;

/// Two scales on a canvas of some height, `below` of it under the lower axis.
pub(super) struct Axes {
    across: Scale,
    up: Scale,
    height: f64,
    left: f64,
    bottom: f64,
}

impl Axes {
    /// Leaves room at the left for the widest number.
    pub(super) fn new(across: Scale, up: Scale, height: f64, below: f64) -> Self {
        let widest = up.ticks().map(|(_, label)| label.chars().count()).max().unwrap_or(1);
        Self { across, up, height, left: 14.0 + 8.2 * widest as f64, bottom: height - below }
    }

    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.across.place(value) * (WIDTH - RIGHT - self.left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.up.place(value) * (self.bottom - TOP)
    }

    /// The whole drawing. `inside` is what is drawn between the axes, whose names are `up` and `across`;
    /// `description` says it in words.
    pub(super) fn draw(&self, inside: &str, [up, across]: [&str; 2], description: &str) -> String {
        let (left, right, bottom, height) = (self.left, WIDTH - RIGHT, self.bottom, self.height);
        let rows = self.up.ticks().map(|(value, label)| {
            let (y, end) = (self.y(value), left - 8.0);
            format!(
                "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\
                 <text x=\"{end:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\n",
                y + 4.5,
            )
        });
        let columns = self.across.ticks().map(|(value, label)| {
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
            escape(description),
            rows.collect::<String>(),
            columns.collect::<String>(),
            escape(up),
            height - 6.0,
            escape(across),
        )
    }
}
