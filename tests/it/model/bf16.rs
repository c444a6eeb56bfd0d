//! Models whose linear layers multiply bfloat16, against PyTorch with the same roundings, and
//! on any number of threads.

use super::{Fixture, Outcome, fixtures, options, pick, trained};
use attentive::config::Precision;
use attentive::model::ModelSpec;
use attentive::ops::{Bf16Kernel, Products};
use attentive::train::{Compute, StepOutcome};

/// Root of the mean square of differences.
fn rms(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

#[test]
fn logits_and_gradients_equal_pytorchs_with_the_same_roundings() -> Outcome {
    let expected = Fixture::open("bf16")?;
    for (name, spec, _) in fixtures().into_iter().filter(|f| ["image_class", "text_mean"].contains(&f.0)) {
        let fixture = Fixture::open(name)?;
        let (input, targets) = (fixture.input(&spec), fixture.numbers("targets"));
        let samples: Vec<u32> = (0..targets.len() as u32).collect();
        let kernels = Bf16Kernel::ALL.iter().filter(|kernel| kernel.runs_here());
        let rounded = kernels.map(|kernel| (Products::Bf16(*kernel), "rounded", "exact"));
        for (products, like, unlike) in rounded.chain([(Products::F32, "exact", "rounded")]) {
            let model = fixture.model(&spec)?.with_products(products);
            let mut compute = Compute::new(1);
            let logits = compute.infer(&model, &|s| pick(&input, s), &samples, &mut |_| false)?;
            let logits = logits.expect("not interrupted");
            let outcome =
                compute.step(&model, &|s| pick(&input, s), &samples, &targets, options(0), &mut || false)?;
            assert!(matches!(outcome, StepOutcome::Done { finite: true, .. }), "{name}: {outcome:?}");
            let theirs = |how: &str, what: &str| expected.floats(&format!("{name}.{how}.{what}"));
            let mut compared = vec![("logits".to_owned(), logits)];
            for field in model.parameters().fields() {
                let mut ours = compute.gradients()[field.range.clone()].to_vec();
                if field.name.ends_with("qkv.bias") {
                    // The keys' part is 0 but for rounding.
                    ours[spec.width..2 * spec.width].fill(0.0);
                }
                compared.push((format!("gradients.{}", field.name), ours));
            }
            for (what, ours) in compared {
                let (mut same, mut other) = (theirs(like, &what), theirs(unlike, &what));
                if what.ends_with("qkv.bias") {
                    same[spec.width..2 * spec.width].fill(0.0);
                    other[spec.width..2 * spec.width].fill(0.0);
                }
                // What is left are sums in another order, and an operand that they tip to its
                // neighbour now and then; the roundings themselves change far more.
                let (off, rounding) = (rms(&ours, &same), rms(&same, &other));
                assert!(
                    off < 0.1 * rounding,
                    "{name}, {products:?}, {what}: {off}, and rounding makes {rounding}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_bf16_model() -> Outcome {
    for (name, spec) in super::kinds() {
        let bf16 = ModelSpec { precision: Precision::Bf16, ..spec.clone() };
        let one = trained(&bf16, 1)?;
        assert!(one == trained(&bf16, 2)?, "{name}: two threads differ from one");
        assert!(one != trained(&spec, 1)?, "{name}: bf16 changes something");
    }
    Ok(())
}
