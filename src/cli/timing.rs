//! What a start of the window took, for `--timing`: from the start of the process, which the
//! system knows, to the first picture. On Linux alone; elsewhere it says so.

use super::output::Output;

/// Parts of a second in which Linux counts a process's times for others, on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// Prints how long the first picture took, on standard error.
pub fn first_frame() {
    let text = match (
        std::fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Times::read),
        std::fs::read_to_string("/proc/uptime")
            .ok()
            .and_then(|text| text.split(' ').next()?.parse::<f64>().ok()),
    ) {
        (Some(times), Some(now)) => format!(
            "first frame {:.2} s after the start, {:.2} s of processor time",
            now - times.started,
            times.worked
        ),
        _ => "first frame; how long it took is known on Linux alone".to_owned(),
    };
    Output::default().message(&text);
}

/// Seconds, of `/proc/self/stat`.
#[derive(Debug, PartialEq)]
struct Times {
    /// From the start of the system to that of the process.
    started: f64,
    /// In which all threads of the process ran.
    worked: f64,
}

impl Times {
    /// The fields 14 (in the program), 15 (in the system) and 22 (start). The name in the second
    /// may hold anything, so they are counted from behind it.
    fn read(status: &str) -> Option<Self> {
        let fields: Vec<&str> = status.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let seconds = |ticks: f64| ticks / TICKS_PER_SECOND;
        Some(Self { started: seconds(ticks(22)?), worked: seconds(ticks(14)? + ticks(15)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn times_are_counted_from_behind_the_name() {
        let status = "12 (a) b (c) S 1 1 1 0 -1 4194560 100 0 0 0 150 25 0 0 20 0 9 0 4200 1 1";
        assert_eq!(Times::read(status), Some(Times { started: 42.0, worked: 1.75 }));
        assert_eq!(Times::read("12 (a"), None);
        assert_eq!(Times::read("12 (a) S 1"), None);
    }
}
