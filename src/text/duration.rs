use super::count;

/// Formats a duration: `1.2 s` below a minute, then `1:05`, `1:02:03`.
pub fn duration(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round();
    if tenths < 600.0 { format!("{:.1} s", tenths / 10.0) } else { clock(seconds) }
}

/// Formats a duration in whole seconds: `0:03`, `1:02:03`.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// Formats a total in its largest unit: `45 seconds`, `12 minutes`, `1.4 hours`, `1,203 hours`.
pub fn rough_duration(seconds: f64) -> String {
    match seconds {
        ..60.0 => format!("{seconds:.0} seconds"),
        60.0..3_600.0 => format!("{:.0} minutes", seconds / 60.0),
        3_600.0..36_000.0 => format!("{:.1} hours", seconds / 3_600.0),
        _ => format!("{} hours", count((seconds / 3_600.0).round())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_has_tenths_below_a_minute_and_colons_above() {
        for (given, shown) in [
            (0.0, "0.0 s"),
            (1.24, "1.2 s"),
            (59.94, "59.9 s"),
            (59.96, "1:00"),
            (65.4, "1:05"),
            (3599.6, "1:00:00"),
            (3723.0, "1:02:03"),
            (-1.0, "0.0 s"),
            (f64::NAN, "0.0 s"),
        ] {
            assert_eq!(duration(given), shown, "{given}");
        }
        assert_eq!(clock(3.2), "0:03");
    }

    #[test]
    fn rough_duration_uses_the_largest_unit() {
        let shown = [0.0, 59.0, 600.0, 5_040.0, 4_330_000.0].map(rough_duration);
        assert_eq!(shown, ["0 seconds", "59 seconds", "10 minutes", "1.4 hours", "1,203 hours"]);
    }
}
