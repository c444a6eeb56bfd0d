//! Numbers as they are shown, and the marks of axes.

use attentive::ui::widgets::number::{count, log_marks, marks, percent, plain, short};

#[test]
fn numbers_read_as_a_person_writes_them() {
    let spaced = |text: &str| text.replace('\u{a0}', " ");
    assert_eq!([0, 999, 1000, 1_234_567].map(|n| spaced(&count(n))), ["0", "999", "1 000", "1 234 567"]);
    assert_eq!([0.0, 0.8731, 1.0].map(|s| spaced(&percent(s))), ["0.0 %", "87.3 %", "100.0 %"]);
    let shown = [0.0, 0.4908, 1.5, 588.12, 1234.4, -2000.0, 1.2e-5, 3e9, f64::NAN].map(|v| spaced(&short(v)));
    assert_eq!(
        shown,
        ["0.0000", "0.4908", "1.500", "588.1", "1 234", "-2 000", "1.2e-5", "3e9", "not a number"]
    );
    assert_eq!([0.5, 2.0, 0.001, 20.0, 1e-5].map(plain), ["0.5", "2", "0.001", "20", "1e-5"]);
}

#[test]
fn marks_are_round_inside_and_about_as_many_as_wanted() {
    for (low, high) in
        [(0.0, 1.0), (0.31, 2.44), (-3.0, 8.0), (570.0, 612.0), (0.0, 1_000_000.0), (1e-5, 1e-3)]
    {
        for wanted in 2..9 {
            let (found, step) = marks(low, high, wanted);
            assert!(!found.is_empty() && found.len() <= wanted + 1, "{low} {high} {wanted}: {found:?}");
            assert!(found.iter().all(|v| (low - step * 1e-9..=high + step * 1e-9).contains(v)));
            let lead = step / 10f64.powf(step.log10().floor());
            assert!([1.0, 2.0, 5.0, 10.0].iter().any(|m| (lead - m).abs() < 1e-6), "step {step}");
        }
    }
    assert!(marks(1.0, 1.0, 5).0.is_empty());
    assert!(marks(f64::NAN, 1.0, 5).0.is_empty());
}

#[test]
fn logarithmic_marks_follow_the_span() {
    let near = |found: Vec<f64>, wanted: &[f64]| {
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        assert!(found.iter().zip(wanted).all(|(a, b)| (a / b - 1.0).abs() < 1e-9), "{found:?}");
    };
    near(log_marks(-5.0, -1.0, 5), &[1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
    near(log_marks(0.0, 1.5, 5), &[1.0, 2.0, 5.0, 10.0, 20.0]);
    near(log_marks(0.0, 0.301_05, 5), &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0]);
    assert!(log_marks(0.0, 300.0, 5).len() <= 7);
    assert!(log_marks(2.0, 1.0, 5).is_empty());
}
