//! How large everything in the window is: one of a few steps, in percent.

/// The steps, in percent of the usual size.
const STEPS: [u32; 9] = [80, 90, 100, 110, 125, 140, 160, 180, 200];

/// A size, in percent of the usual one: 80 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Zoom(u32);

impl Default for Zoom {
    fn default() -> Self {
        Self(100)
    }
}

impl Zoom {
    /// The step nearest to `percent`.
    pub fn nearest(percent: u32) -> Self {
        Self(STEPS.into_iter().min_by_key(|step| step.abs_diff(percent)).unwrap_or(100))
    }

    /// In percent.
    pub fn percent(self) -> u32 {
        self.0
    }

    /// The next larger step, if there is one.
    pub fn larger(self) -> Option<Self> {
        STEPS.into_iter().find(|step| *step > self.0).map(Self)
    }

    /// The next smaller step, if there is one.
    pub fn smaller(self) -> Option<Self> {
        STEPS.into_iter().rev().find(|step| *step < self.0).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_from_80_to_200_percent_and_back() {
        let up: Vec<u32> =
            std::iter::successors(Some(Zoom::nearest(0)), |z| z.larger()).map(Zoom::percent).collect();
        assert_eq!(up, STEPS);
        let mut down: Vec<u32> =
            std::iter::successors(Some(Zoom::nearest(900)), |z| z.smaller()).map(Zoom::percent).collect();
        down.reverse();
        assert_eq!(down, STEPS);
        assert_eq!(Zoom::default().percent(), 100);
    }
}
