//! Every op of the table: forward against the composed version, gradient against central
//! differences in f64; the kernels' elementary functions against the mathematical library.

mod products;
mod tiles;

use attentive::ops::{
    BlockRun, BlockShape, Dropout, GradientCase, Keep, OPS, Positions, Real, Spans, block, cross_entropy,
    embed_tokens, weighted_cross_entropy,
};
use attentive::random::{Key, Purpose};
use candle_core::{DType, Device, Result, Tensor, Var};
use rand::Rng;

fn random(key: Key, shape: &[usize]) -> Result<Tensor> {
    let mut rng = key.rng();
    let count = shape.iter().product();
    let values: Vec<f64> = (0..count).map(|_| rng.random_range(-1.0..1.0)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
}

fn inputs(case: &GradientCase) -> Result<Vec<Tensor>> {
    let key = Key::new(1, Purpose::Test);
    case.inputs.iter().enumerate().map(|(i, shape)| random(key.with(i as u64), shape)).collect()
}

/// Kinds of a small block: pre- and post-norm, causal, with a single row of each sequence.
fn block_shapes() -> [BlockShape; 4] {
    let base = BlockShape {
        width: 48,
        mlp: 100,
        heads: 3,
        epsilon: 1e-5,
        post_norm: false,
        causal: false,
        keep: Keep::All,
    };
    [
        base,
        BlockShape { post_norm: true, causal: true, ..base },
        BlockShape { keep: Keep::First, ..base },
        BlockShape { keep: Keep::Last, causal: true, post_norm: true, ..base },
    ]
}

/// The largest absolute difference.
fn difference(a: &Tensor, b: &Tensor) -> Result<f64> {
    assert_eq!(a.dims(), b.dims(), "shapes");
    let (a, b) = (a.to_dtype(DType::F64)?.flatten_all()?, b.to_dtype(DType::F64)?.flatten_all()?);
    let (a, b) = (a.to_vec1::<f64>()?, b.to_vec1::<f64>()?);
    assert!(a.iter().chain(&b).all(|v| v.is_finite()), "not finite");
    Ok(a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
}

/// A scalar that weighs every output differently.
fn objective(out: &Tensor) -> Result<Tensor> {
    (out * random(Key::new(2, Purpose::Test), out.dims())?)?.sum_all()
}

fn gradients(f: &dyn Fn(&[Tensor]) -> Result<Tensor>, at: &[Tensor]) -> Result<Vec<Tensor>> {
    let vars: Vec<Var> = at.iter().map(Var::from_tensor).collect::<Result<_>>()?;
    let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let grads = objective(&f(&tensors)?)?.backward()?;
    Ok(vars.iter().map(|v| grads.get(v).expect("every input gets a gradient").clone()).collect())
}

fn for_each_case(check: impl Fn(&str, &GradientCase) -> Result<()>) {
    let mut count = 0;
    for op in OPS {
        let cases = (op.cases)().expect(op.name);
        assert!(!cases.is_empty(), "{} has no case", op.name);
        for case in cases {
            let name = format!("{}: {}", op.name, case.name);
            check(&name, &case).unwrap_or_else(|e| panic!("{name}: {e}"));
            count += 1;
        }
    }
    assert!(count >= OPS.len());
}

#[test]
fn forward_equals_the_composed_version() {
    for_each_case(|name, case| {
        let at = inputs(case)?;
        let (out, plain) = ((case.op)(&at)?, (case.plain)(&at)?);
        let d = difference(&out, &plain)?;
        assert!(d < 1e-11, "{name}: f64 differs by {d}");
        let at: Vec<Tensor> = at.iter().map(|t| t.to_dtype(DType::F32)).collect::<Result<_>>()?;
        let d = difference(&(case.op)(&at)?, &plain)?;
        assert!(d < 2e-5, "{name}: f32 differs by {d}");
        Ok(())
    });
}

#[test]
fn gradients_equal_the_composed_versions() {
    for_each_case(|name, case| {
        let at = inputs(case)?;
        for (i, (a, b)) in gradients(&case.op, &at)?.iter().zip(gradients(&case.plain, &at)?).enumerate() {
            let d = difference(a, &b)?;
            assert!(d < 1e-10, "{name}: gradient of input {i} differs by {d}");
        }
        Ok(())
    });
}

#[test]
fn gradients_equal_central_differences() {
    const EPSILON: f64 = 1e-6;
    for_each_case(|name, case| {
        let at = inputs(case)?;
        let grads = gradients(&case.op, &at)?;
        for (i, grad) in grads.iter().enumerate() {
            let values = at[i].flatten_all()?.to_vec1::<f64>()?;
            let grad = grad.flatten_all()?.to_vec1::<f64>()?;
            // Every element of small inputs, every seventh of large ones.
            for j in (0..values.len()).step_by(if values.len() > 500 { 7 } else { 1 }) {
                let shifted = |by: f64| {
                    let mut values = values.clone();
                    values[j] += by;
                    let mut at = at.clone();
                    at[i] = Tensor::from_vec(values, at[i].shape(), &Device::Cpu)?;
                    objective(&(case.op)(&at)?)?.to_scalar::<f64>()
                };
                let numeric = (shifted(EPSILON)? - shifted(-EPSILON)?) / (2.0 * EPSILON);
                let off = (grad[j] - numeric).abs();
                assert!(
                    off <= 1e-5 + 1e-3 * numeric.abs(),
                    "{name}: input {i}, element {j}: {} instead of {numeric}",
                    grad[j]
                );
            }
        }
        Ok(())
    });
}

#[test]
fn long_sequences_that_compute_probabilities_again_have_the_same_gradient() -> Result<()> {
    let shape = BlockShape {
        width: 4,
        mlp: 3,
        heads: 2,
        epsilon: 1e-5,
        post_norm: false,
        causal: true,
        keep: Keep::All,
    };
    // Longer than what is kept and than one chunk of queries, beside a short one.
    let spans = Spans::new(&[0, 300, 302])?;
    let drop = Some(Dropout { share: 0.2, key: Key::new(3, Purpose::Test), first: 0 });
    for causal in [false, true] {
        let shape = BlockShape { causal, ..shape };
        let at = [
            random(Key::new(4, Purpose::Test), &[302, 4])?,
            random(Key::new(5, Purpose::Test), &[shape.parameters()])?,
        ];
        let op = |t: &[Tensor]| {
            block(&t[0], &t[1], &spans, shape, BlockRun { train: true, dropout: drop, ..BlockRun::default() })
        };
        let grads = gradients(&op, &at)?;
        // The gradient along a direction, against a difference of the objective.
        for (i, grad) in grads.iter().enumerate() {
            let direction = random(Key::new(6, Purpose::Test), at[i].dims())?;
            let along = (grad * &direction)?.sum_all()?.to_scalar::<f64>()?;
            let shifted = |by: f64| {
                let mut at = at.clone();
                at[i] = (&at[i] + (&direction * by)?)?;
                objective(&op(&at)?)?.to_scalar::<f64>()
            };
            let numeric = (shifted(1e-6)? - shifted(-1e-6)?) / 2e-6;
            assert!((along - numeric).abs() <= 1e-5 + 1e-5 * numeric.abs(), "{along} {numeric}");
        }
    }
    Ok(())
}

#[test]
fn a_sequence_does_not_see_its_neighbours() -> Result<()> {
    let shape = BlockShape {
        width: 8,
        mlp: 8,
        heads: 2,
        epsilon: 1e-5,
        post_norm: false,
        causal: false,
        keep: Keep::All,
    };
    let p = random(Key::new(8, Purpose::Test), &[shape.parameters()])?;
    let x = random(Key::new(9, Purpose::Test), &[9, 8])?;
    let run = BlockRun::default;
    let together = block(&x, &p, &Spans::new(&[0, 3, 9])?, shape, run())?;
    let alone = block(&x.narrow(0, 3, 6)?, &p, &Spans::equal(1, 6), shape, run())?;
    assert_eq!(difference(&together.narrow(0, 3, 6)?, &alone)?, 0.0);
    Ok(())
}

#[test]
fn exponential_and_gelu_are_close_to_the_library() {
    let (mut worst_exp, mut worst_gelu, mut worst_slope) = (0f64, 0f64, 0f64);
    for i in 0..=400_000 {
        let x = -87.0 * i as f32 / 400_000.0;
        let exact = f64::from(x).exp();
        worst_exp = worst_exp.max((f64::from(x.exp_nonpositive()) - exact).abs() / exact);
        let x = (i - 200_000) as f32 / 200_000.0 * 9.0;
        let ((value, slope), (exact, exact_slope)) = (x.gelu(), f64::from(x).gelu());
        if x.abs() <= 5.0 && x != 0.0 {
            worst_gelu = worst_gelu.max((f64::from(value) - exact).abs() / exact.abs());
        }
        assert!(
            (f64::from(value) - exact).abs() <= 1.8e-7 * f64::from(x).abs(),
            "{x}: {value} instead of {exact}"
        );
        worst_slope = worst_slope.max((f64::from(slope) - exact_slope).abs());
    }
    // Above: two units in the last place of Φ (1.2e-7) and the product's rounding (6e-8).
    // One unit in the last place is 1.2e-7 relative at most; in GELU's tail the rounding of
    // x² / 2 (up to 12.5) alone costs 7.5e-7.
    assert!(worst_exp < 1.6e-7, "exp is off by {worst_exp}");
    assert!(worst_gelu < 1.2e-6, "gelu is off by {worst_gelu}");
    assert!(worst_slope < 2.5e-7, "its derivative is off by {worst_slope}");
    assert_eq!(f32::NEG_INFINITY.exp_nonpositive(), 0.0);
    assert_eq!((-100f32).exp_nonpositive(), 0.0);
    assert_eq!(0f32.exp_nonpositive(), 1.0);
    assert!(f32::NAN.exp_nonpositive().is_nan() && f32::NAN.gelu().0.is_nan());
}

#[test]
fn dropout_drops_its_share_and_depends_on_key_and_sample_only() {
    let drop = Dropout { share: 0.25, key: Key::new(1, Purpose::Dropout), first: 0 };
    let masked = |drop: Dropout, samples: usize| {
        let mut x = vec![1f32; samples * 10_000];
        drop.apply(&mut x, std::iter::repeat_n(10_000, samples));
        x
    };
    let both = masked(drop, 2);
    assert_eq!(both[10_000..], masked(Dropout { first: 1, ..drop }, 1)[..]);
    assert_ne!(both[..10_000], both[10_000..]);
    assert_ne!(both, masked(drop.at(1), 2));
    let dropped = both.iter().filter(|v| **v == 0.0).count();
    // Five standard deviations of 20 000 draws: 5 * sqrt(20 000 * 0.25 * 0.75) = 306.
    assert!(dropped.abs_diff(5000) < 306, "{dropped} of 20000 dropped");
    assert!(both.iter().all(|v| *v == 0.0 || (*v - 4.0 / 3.0).abs() < 1e-6));
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() -> Result<()> {
    let message = |r: Result<Tensor>| r.expect_err("refused").to_string();
    let logits = Tensor::zeros((2, 3), DType::F32, &Device::Cpu)?;
    assert!(
        message(cross_entropy(&logits, &[0, 3], 0.0, 2, None)).contains("target 3 is not one of 3 classes")
    );
    assert!(message(cross_entropy(&logits, &[0], 0.0, 2, None)).contains("1 targets for 2 samples"));
    let table = Tensor::zeros((5, 2), DType::F32, &Device::Cpu)?;
    let spans = Spans::equal(1, 2);
    assert!(
        message(embed_tokens(&[0, 5], &spans, &table, Positions::Learned(&table), None))
            .contains("token id 5")
    );
    let spans = Spans::equal(1, 6);
    assert!(
        message(embed_tokens(&[0; 6], &spans, &table, Positions::Learned(&table), None))
            .contains("6 tokens is longer than the 5")
    );
    assert!(Spans::new(&[0, 2, 2]).is_err() && Spans::new(&[1, 2]).is_err() && Spans::new(&[]).is_err());
    let nan = Tensor::new(&[[f32::NAN, 0.0]], &Device::Cpu)?;
    assert!(cross_entropy(&nan, &[0], 0.0, 1, None)?.to_scalar::<f32>()?.is_nan());
    Ok(())
}

#[test]
fn weighted_cross_entropy_is_pytorchs() -> Result<()> {
    // torch.nn.functional.cross_entropy(z, t, weight=w, label_smoothing=s), f64, and its gradient.
    let logits: [[f64; 3]; 4] = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [-0.5, 0.0, 1.0], [2.0, 1.0, -1.0]];
    let (targets, weights) = ([2, 0, 1, 0], [4.0 / 6.0, 4.0 / 3.0, 4.0 / 3.0]);
    let total = weights[2] + weights[0] + weights[1] + weights[0];
    let expected: [(f64, f64, [[f64; 3]; 4]); 2] = [
        (
            0.0,
            0.681_840_831_284_269_1,
            [
                [0.058_430_130_713_345_56, 0.013_037_524_423_562_482, -0.071_467_655_136_908_03],
                [-0.046_926_609_808_155_84, 0.034_306_100_666_275_256, 0.012_620_509_141_880_586],
                [0.046_748_127_722_029_49, -0.256_258_700_792_617, 0.209_510_573_070_587_46],
                [-0.049_102_581_216_959_8, 0.043_249_410_057_069_85, 0.005_853_171_159_889_954_5],
            ],
        ),
        (
            0.1,
            0.796_583_551_126_412,
            [
                [0.051_900_739_645_900_92, 0.001_709_121_238_725_328_4, -0.053_609_860_884_626_24],
                [-0.027_832_828_239_810_658, 0.025_482_062_932_915_835, 0.002_350_765_306_894_847_5],
                [0.040_413_436_704_440_11, -0.235_321_055_779_406_7, 0.194_907_619_074_966_56],
                [-0.030_153_864_409_201_543, 0.035_021_592_949_763_41, -0.004_867_728_540_561_827],
            ],
        ),
    ];
    for (smoothing, loss, gradient) in expected {
        let z = Var::from_tensor(&Tensor::new(&logits, &Device::Cpu)?)?;
        let got = weighted_cross_entropy(z.as_tensor(), &targets, &weights, smoothing, total, None)?;
        assert!((got.to_scalar::<f64>()? - loss).abs() < 1e-12, "{smoothing}: {got}");
        let gradients = got.backward()?;
        let found = gradients.get(&z).expect("a gradient");
        assert!(difference(found, &Tensor::new(&gradient, &Device::Cpu)?)? < 1e-12, "{smoothing}: {found}");
        // With equal weights it is the plain one, to the last bit.
        let ones = weighted_cross_entropy(z.as_tensor(), &targets, &[1.0; 3], smoothing, 4.0, None)?;
        let plain = cross_entropy(z.as_tensor(), &targets, smoothing, 4, None)?;
        assert_eq!(ones.to_scalar::<f64>()?, plain.to_scalar::<f64>()?);
    }
    let z = Tensor::new(&logits, &Device::Cpu)?;
    let refused = weighted_cross_entropy(&z, &targets, &[1.0; 2], 0.0, 4.0, None);
    assert!(refused.expect_err("too few").to_string().contains("2 weights for 3 classes"));
    Ok(())
}
