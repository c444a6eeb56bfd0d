//! Times and time spans as a person reads them.

use crate::language::tr;

/// A time span in its two largest units: `45 s`, `2 min 05 s`, `3 h 12 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return tr!("unknown").to_owned();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => tr!("{seconds}\u{a0}s", seconds = whole),
        60..3600 => tr!(
            "{minutes}\u{a0}min\u{a0}{seconds}\u{a0}s",
            minutes = whole / 60,
            seconds = format!("{:02}", whole % 60)
        ),
        _ => tr!(
            "{hours}\u{a0}h\u{a0}{minutes}\u{a0}min",
            hours = whole / 3600,
            minutes = format!("{:02}", whole % 3600 / 60)
        ),
    }
}

/// The local time of day of a moment in seconds since 1970-01-01 UTC: `14:05:09`.
pub fn clock(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    moment.map_or_else(String::new, |m| m.with_timezone(&chrono::Local).format("%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_shows_its_two_largest_units() {
        assert_eq!(duration(44.6), "45\u{a0}s");
        assert_eq!(duration(125.0), "2\u{a0}min\u{a0}05\u{a0}s");
        assert_eq!(duration(11_520.0), "3\u{a0}h\u{a0}12\u{a0}min");
        assert_eq!(duration(f64::NAN), "unknown");
        assert_eq!(duration(-1.0), "unknown");
    }
}
