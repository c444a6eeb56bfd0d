//! The name of a new run folder.

use super::RunRow;

/// Date, time and data set, and a number if that name is taken by a listed run.
pub fn run_name(now: u64, data: &str, runs: &[RunRow]) -> String {
    let plain: String =
        data.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let time =
        i64::try_from(now).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0)).unwrap_or_default();
    let name = format!("{}-{}", time.format("%Y%m%d-%H%M%S"), plain.trim_matches('-'));
    let taken = |name: &str| runs.iter().any(|r| r.name == name);
    if !taken(&name) {
        return name;
    }
    (2u32..).map(|n| format!("{name}-{n}")).find(|n| !taken(n)).unwrap_or(name)
}
