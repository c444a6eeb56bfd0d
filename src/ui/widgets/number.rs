//! Numbers as a person reads them: grouped thousands, few digits, percent.
//! It never rounds what is stored, only what is shown.

use crate::language::tr;

/// A count with groups of three, kept on one line: `12 345`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that fits, powers of 1000: `34 MB`.
pub fn bytes(value: u64) -> String {
    let mut size = value as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 999.5 {
            let digits = if size < 9.95 && unit != "B" { 1 } else { 0 };
            return format!("{size:.digits$}\u{a0}{unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1}\u{a0}TB")
}

/// A share from 0 to 1 in percent, one decimal: `87.3 %`.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}\u{a0}%", share * 100.0) } else { tr!("not a number").to_owned() }
}

/// A measured value with about four digits: `0.0123`, `1.234`, `1 234`, `1.2e-5`.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        tr!("not a number").to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { tr!("infinite") } else { tr!("minus infinite") }.to_owned()
    } else if size >= 1e7 || (size > 0.0 && size < 5e-4) {
        let text = format!("{value:.2e}");
        text.replace(".00e", "e").replace("0e", "e")
    } else if size >= 1000.0 {
        let whole = count(size.round() as u64);
        if value < 0.0 { format!("-{whole}") } else { whole }
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.4}")
    }
}

/// As [`short`], without zeros at the end: for axes and settings.
pub fn plain(value: f64) -> String {
    let text = short(value);
    if !text.contains('.') || text.contains('e') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Marks for an axis from `low` to `high` (low < high), about `wanted` of them, at 1, 2 or 5
/// times a power of ten. Returns the marks and their distance.
pub fn marks(low: f64, high: f64, wanted: usize) -> (Vec<f64>, f64) {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return (Vec::new(), 1.0);
    }
    let rough = span / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    ((first..=last).map(|n| n as f64 * step).collect(), step)
}

/// Marks for a logarithmic axis; `low` and `high` are decimal logarithms, the marks are
/// values: powers of ten over many decades, 1-2-5 over a few, even steps within one.
pub fn log_marks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let decades = high - low;
    if !decades.is_finite() || decades <= 0.0 || decades > 600.0 {
        return Vec::new();
    }
    if decades < 0.7 {
        return marks(10f64.powf(low), 10f64.powf(high), wanted).0;
    }
    let within: &[f64] = if decades < wanted as f64 / 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = (decades / wanted.max(1) as f64).ceil().max(1.0) as i32;
    (low.floor() as i32..=high.ceil() as i32)
        .filter(|power| power.rem_euclid(every) == 0)
        .flat_map(|power| within.iter().map(move |m| m * 10f64.powi(power)))
        .filter(|value| (low..=high).contains(&value.log10()))
        .collect()
}
