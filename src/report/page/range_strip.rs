//! Two ranges of values on one scale, as a small inline SVG.

use super::number::fixed;
use crate::metrics::Quartiles;

/// Draws two ranges above each other on a common scale: generated songs above, real songs below.
pub(super) fn range_strip(
    generated: Option<&Quartiles>,
    real: Option<&Quartiles>,
    places: usize,
) -> String {
    let ends = generated.into_iter().chain(real).flat_map(|q| [q.min, q.max]);
    let ends = ends.filter(|end| end.is_finite());
    let Some((low, high)) = ends.clone().reduce(f64::min).zip(ends.reduce(f64::max)) else {
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
    let extent = |name: &str, quartiles: Option<&Quartiles>| {
        quartiles
            .map(|q| format!("{name} from {} to {}.", fixed(q.min, places), fixed(q.max, places)))
    };
    let extents = [extent("Generated", generated), extent("Real", real)];
    let alt_text = extents.into_iter().flatten().collect::<Vec<_>>().join(" ");
    format!(
        "<svg class=\"strip\" viewBox=\"0 0 200 30\" width=\"200\" height=\"30\" role=\"img\" \
         aria-label=\"{alt_text}\"><title>{alt_text}</title>{}{}</svg>",
        range("generated", 8, generated),
        range("real", 22, real),
    )
}
