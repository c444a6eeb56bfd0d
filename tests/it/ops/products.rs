//! Products of bfloat16: rounding against another implementation, every kernel against sums
//! in f64 of rounded operands, and the block's f32 results beside them.

use super::{block_shapes, difference, objective, random};
use attentive::ops::{Bf16Kernel, BlockRun, Matrix, Products, Real, Spans, Target, block};
use attentive::random::{Key, Purpose};
use candle_core::{DType, Result, Tensor, Var};
use rand::Rng;

#[test]
fn numbers_are_rounded_to_the_nearest_bfloat16() {
    // Every upper half, with lower halves at and around the ties.
    for upper in 0..=u16::MAX {
        for lower in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
            let v = f32::from_bits((u32::from(upper) << 16) | lower);
            let (ours, theirs) = (v.to_bf16(), half::bf16::from_f32(v).to_f32());
            if v.is_nan() {
                assert!(ours.is_nan(), "{v:?} {:x}", v.to_bits());
            } else {
                assert_eq!(ours.to_bits(), theirs.to_bits(), "{v:?} {:x}", v.to_bits());
            }
            assert_eq!(ours.to_bits() & 0xffff, 0);
        }
    }
    assert_eq!(1.003_906_25f64.to_bf16(), 1.0, "a tie goes to the even one");
}

fn numbers(key: u64, count: usize) -> Vec<f32> {
    let mut rng = Key::new(key, Purpose::Test).rng();
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// An operand `[rows, columns]` in memory, and its view: plain, in longer rows, or transposed.
struct Operand {
    numbers: Vec<f32>,
    rows: usize,
    columns: usize,
    how: usize,
}

impl Operand {
    fn new(key: u64, rows: usize, columns: usize, how: usize) -> Self {
        Self { numbers: numbers(key, rows * (columns + 3)), rows, columns, how }
    }
    fn view(&self) -> Matrix<'_, f32> {
        match self.how {
            0 => Matrix::new(&self.numbers, self.rows, self.columns),
            1 => Matrix::strided(&self.numbers, self.rows, self.columns, self.columns + 3),
            _ => Matrix::new(&self.numbers, self.columns, self.rows).t(),
        }
    }
    fn at(&self, row: usize, column: usize) -> f64 {
        let at = match self.how {
            0 => row * self.columns + column,
            1 => row * (self.columns + 3) + column,
            _ => column * self.rows + row,
        };
        f64::from(half::bf16::from_f32(self.numbers[at]).to_f32())
    }
}

#[test]
fn every_kernel_sums_rounded_operands() {
    // Edges of tiles (12 x 32), pairs and blocks (512); the sizes of a training step.
    let sizes = [
        (1, 1, 1),
        (12, 2, 32),
        (13, 7, 33),
        (11, 5, 31),
        (25, 64, 65),
        (3, 513, 40),
        (515, 20, 17),
        (9, 12, 530),
        (400, 128, 512),
        (128, 400, 512),
    ];
    for (m, k, n) in sizes {
        for (left, right) in [(0, 0), (0, 2), (2, 0), (1, 1), (2, 2), (1, 2)] {
            let (a, b) = (Operand::new(1, m, k, left), Operand::new(2, k, n, right));
            let stride = n + 2;
            let before = numbers(3, m * stride);
            for kernel in Bf16Kernel::ALL.iter().filter(|kernel| kernel.runs_here()) {
                let name = format!("{kernel:?}, {m} x {k} x {n}, views {left} and {right}");
                let products = Products::Bf16(*kernel);
                let (mut added, mut set) = (before.clone(), before.clone());
                products.matmul(Target::add(&mut added, stride), a.view(), b.view());
                products.matmul(Target::set(&mut set, stride), a.view(), b.view());
                // Every seventh row and column of large ones, and the last.
                let some = |len: usize| (0..len).filter(move |i| len < 70 || i % 7 == 0 || *i + 2 > len);
                for row in some(m) {
                    for column in some(n) {
                        let terms = (0..k).map(|i| a.at(row, i) * b.at(i, column));
                        let (sum, size) = terms.fold((0.0, 0.0), |(s, t), v| (s + v, t + v.abs()));
                        let (at, was) = (row * stride + column, f64::from(before[row * stride + column]));
                        // Products are exact; each addition is off by half a unit at most.
                        let bound = (k + 2) as f64 * 2f64.powi(-24) * (size + was.abs());
                        assert!((f64::from(set[at]) - sum).abs() <= bound, "{name}: {row}, {column}");
                        assert!((f64::from(added[at]) - was - sum).abs() <= bound, "{name}: {row}, {column}");
                    }
                }
                // Between the rows of the target nothing is touched.
                for row in 0..m {
                    let gap = row * stride + n..(row + 1) * stride;
                    assert_eq!(before[gap.clone()], set[gap], "{name}: beside row {row}");
                }
            }
        }
    }
}

#[test]
fn what_is_not_a_number_stays_so() {
    for kernel in Bf16Kernel::ALL.iter().filter(|kernel| kernel.runs_here()) {
        let (mut a, b) = (vec![1.0; 20 * 6], vec![0.5; 6 * 40]);
        // The largest pattern: rounding by a sum of bits would turn it into a number.
        a[3 * 6 + 5] = f32::from_bits(0x7fff_ffff);
        a[4 * 6 + 2] = f32::INFINITY;
        let mut out = vec![0.0; 20 * 40];
        let product = Products::Bf16(*kernel);
        product.matmul(Target::set(&mut out, 40), Matrix::new(&a, 20, 6), Matrix::new(&b, 6, 40));
        assert!(out[3 * 40..4 * 40].iter().all(|v| v.is_nan()), "{kernel:?}");
        assert!(out[4 * 40..5 * 40].iter().all(|v| *v == f32::INFINITY), "{kernel:?}");
        assert!(out[5 * 40..].iter().all(|v| *v == 3.0), "{kernel:?}");
    }
}

#[test]
fn nothing_along_the_inner_size_gives_zeros() {
    for kernel in Bf16Kernel::ALL {
        let products = Products::Bf16(*kernel);
        let mut out = vec![7.0f32; 6];
        products.matmul(Target::add(&mut out, 3), Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3));
        assert_eq!(out, [7.0; 6]);
        products.matmul(Target::set(&mut out, 3), Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3));
        assert_eq!(out, [0.0; 6]);
    }
}

#[test]
fn kernels_agree_on_a_block_and_differ_from_f32_by_the_rounding() -> Result<()> {
    let spans = Spans::new(&[0, 17, 18, 40])?;
    for shape in block_shapes() {
        let (x, p) = (random(Key::new(8, Purpose::Test), &[40, 48])?, shape.parameters());
        let p = (random(Key::new(9, Purpose::Test), &[p])? * 0.2)?;
        // Output and both gradients.
        let results = |products| -> Result<Vec<Tensor>> {
            let (x, p) =
                (Var::from_tensor(&x.to_dtype(DType::F32)?)?, Var::from_tensor(&p.to_dtype(DType::F32)?)?);
            let run = BlockRun { train: true, products, ..BlockRun::default() };
            let out = block(&x, &p, &spans, shape, run)?;
            let grads = objective(&out.to_dtype(DType::F64)?)?.backward()?;
            Ok(vec![
                out,
                grads.get(&x).expect("a gradient").clone(),
                grads.get(&p).expect("a gradient").clone(),
            ])
        };
        let exact = results(Products::F32)?;
        let plain = results(Products::Bf16(Bf16Kernel::Rounded))?;
        for (a, b) in exact.iter().zip(&plain) {
            let size = difference(a, &a.zeros_like()?)?;
            let off = difference(a, b)? / size;
            assert!((1e-4..3e-2).contains(&off), "{shape:?}: rounding changed results by {off} of {size}");
        }
        let other = results(Products::Bf16(Bf16Kernel::Dot))?;
        for ((a, b), exact) in plain.iter().zip(&other).zip(&exact) {
            // A sum in another order may tip an operand of the next product to its neighbour,
            // rarely: far less than the rounding itself changes.
            let (between, rounding) = (rms(a, b)?, rms(a, exact)?);
            assert!(between < 0.1 * rounding, "{shape:?}: {between} between kernels, {rounding} of rounding");
        }
    }
    Ok(())
}

fn rms(a: &Tensor, b: &Tensor) -> Result<f64> {
    (a - b)?.to_dtype(DType::F64)?.sqr()?.mean_all()?.to_scalar::<f64>().map(f64::sqrt)
}

#[test]
fn a_kernel_that_does_not_run_here_is_replaced() {
    assert!(Bf16Kernel::Rounded.runs_here() && Bf16Kernel::best().runs_here());
    // f64 has the plain kernel only; asking for another is no fault.
    let (a, b) = ([1.0, 2.0, 3.0, 4.001f64], [1.0, 0.0, 0.0, 1.0]);
    for kernel in Bf16Kernel::ALL {
        let mut out = [0.0; 4];
        let products = Products::Bf16(*kernel);
        products.matmul(Target::set(&mut out, 2), Matrix::new(&a, 2, 2), Matrix::new(&b, 2, 2));
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0]);
    }
}
