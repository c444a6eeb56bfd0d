//! Products with a right operand in panels: every kernel of this machine against the sum
//! written out, bit for bit, and a block with its weights made ready beside one without.

use super::{block_shapes, difference, random};
use attentive::ops::{
    BlockRun, Instructions, Matrix, Panels, ReadyBlock, Spans, Start, Target, Tiles, block, product,
};
use attentive::random::{Key, Purpose};
use candle_core::{DType, Result};
use rand::Rng;

fn numbers(key: u64, count: usize) -> Vec<f32> {
    let mut rng = Key::new(key, Purpose::Test).rng();
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// The kernels of this machine.
fn kernels() -> Vec<(&'static str, Tiles)> {
    Instructions::here().filter_map(|set| Some((set.name(), Tiles::of(set)?))).collect()
}

#[test]
fn every_kernel_sums_along_the_inner_size_beginning_with_the_start() {
    if kernels().is_empty() {
        eprintln!("SKIPPED: this machine has no kernel for panels");
        return;
    }
    // Edges of tiles (12 x 32 and 6 x 16) and of depth (256); nothing; the sizes of a step.
    let sizes = [
        (1, 1, 1),
        (12, 2, 32),
        (13, 7, 33),
        (5, 256, 15),
        (6, 257, 16),
        (23, 600, 47),
        (7, 3, 1),
        (3, 0, 5),
        (0, 3, 5),
        (64, 128, 384),
    ];
    for (m, k, n) in sizes {
        let stride = n + 3;
        let (a, b, row) = (numbers(1, (m + 2) * (k + 2)), numbers(2, (k + 2) * (n + 2)), numbers(3, n));
        let before = numbers(4, m * stride);
        // Plain, in longer rows, transposed, transposed in longer rows.
        let lefts = [
            Matrix::new(&a, m, k),
            Matrix::strided(&a, m, k, k + 2),
            Matrix::new(&a, k, m).t(),
            Matrix::strided(&a, k, m, m + 2).t(),
        ];
        let rights = [
            Matrix::new(&b, k, n),
            Matrix::strided(&b, k, n, n + 2),
            Matrix::new(&b, n, k).t(),
            Matrix::strided(&b, n, k, k + 2).t(),
        ];
        let left_at = [(k, 1), (k + 2, 1), (1, m), (1, m + 2)];
        let right_at = [(n, 1), (n + 2, 1), (1, k), (1, k + 2)];
        for (i, j) in (0..4).flat_map(|i| (0..4).map(move |j| (i, j))) {
            for (name, start) in [("zero", Start::Zero), ("row", Start::Row(&row)), ("itself", Start::Itself)]
            {
                let mut expected = before.clone();
                for (y, x) in (0..m).flat_map(|y| (0..n).map(move |x| (y, x))) {
                    let begun = match start {
                        Start::Zero => 0.0,
                        Start::Row(row) => row[x],
                        Start::Itself => before[y * stride + x],
                    };
                    let terms = (0..k).map(|t| {
                        (a[y * left_at[i].0 + t * left_at[i].1], b[t * right_at[j].0 + x * right_at[j].1])
                    });
                    expected[y * stride + x] = terms.fold(begun, |sum, (a, b)| a.mul_add(b, sum));
                }
                for (set, tiles) in kernels() {
                    let mut out = before.clone();
                    let panels = Panels::new(rights[j], tiles);
                    product(&mut Target::set(&mut out, stride), start, lefts[i], &panels);
                    // What lies between the rows too.
                    assert_eq!(out, expected, "{set}, {m} x {k} x {n}, views {i} and {j}, from {name}");
                }
            }
        }
    }
}

#[test]
fn a_block_with_its_weights_made_ready_gives_what_one_without_gives() -> Result<()> {
    let spans = Spans::new(&[0, 17, 18, 40])?;
    for shape in block_shapes() {
        let x = random(Key::new(8, Purpose::Test), &[40, 48])?.to_dtype(DType::F32)?;
        let p = (random(Key::new(9, Purpose::Test), &[shape.parameters()])? * 0.2)?.to_dtype(DType::F32)?;
        let ready = ReadyBlock::new(&shape, &p.to_vec1::<f32>()?).map(std::sync::Arc::new);
        assert_eq!(ready.is_some(), Tiles::best().is_some());
        let without = block(&x, &p, &spans, shape, BlockRun::default())?;
        let with = block(&x, &p, &spans, shape, BlockRun { ready: ready.clone(), ..BlockRun::default() })?;
        let off = difference(&with, &without)?;
        assert!(off < 5e-6, "{shape:?}: {off}");
        // f64, which checks gradients, does not look at it.
        let (x, p) = (x.to_dtype(DType::F64)?, p.to_dtype(DType::F64)?);
        let without = block(&x, &p, &spans, shape, BlockRun::default())?;
        let with = block(&x, &p, &spans, shape, BlockRun { ready, ..BlockRun::default() })?;
        assert_eq!(difference(&with, &without)?, 0.0);
    }
    Ok(())
}
