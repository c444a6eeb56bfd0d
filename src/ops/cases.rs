//! The table of ops, each with the inputs at which its gradient is checked: odd sizes,
//! dimensions of 1, ragged spans, masks, dropout. A new op is one file and one line here.

use super::{BlockRun, BlockShape, Dropout, Mix, PatchShape, Pool, Spans};
use super::{block, cross_entropy, dropout, layer_norm, linear, patches, pool, tanh, tokens};
use crate::random::{Key, Purpose};
use candle_core::{Result, Tensor};

/// A function of some tensors.
pub type Function = Box<dyn Fn(&[Tensor]) -> Result<Tensor>>;

/// One point at which an op is checked.
pub struct GradientCase {
    /// What is special about it.
    pub name: String,
    /// Shapes of the differentiable inputs.
    pub inputs: Vec<Vec<usize>>,
    /// The op.
    pub op: Function,
    /// The same function composed of candle's own operations.
    pub plain: Function,
}

/// A row of the table.
pub struct OpEntry {
    /// The op's name.
    pub name: &'static str,
    /// Its cases.
    pub cases: fn() -> Result<Vec<GradientCase>>,
}

/// Every op.
pub static OPS: &[OpEntry] = &[
    OpEntry { name: "block", cases: block_cases },
    OpEntry { name: "layer_norm", cases: layer_norm_cases },
    OpEntry { name: "linear", cases: linear_cases },
    OpEntry { name: "embed_patches", cases: patches_cases },
    OpEntry { name: "embed_tokens", cases: tokens_cases },
    OpEntry { name: "dropout", cases: dropout_cases },
    OpEntry { name: "pool", cases: pool_cases },
    OpEntry { name: "tanh", cases: tanh_cases },
    OpEntry { name: "cross_entropy", cases: cross_entropy_cases },
];

fn case(
    name: impl Into<String>,
    inputs: Vec<Vec<usize>>,
    op: impl Fn(&[Tensor]) -> Result<Tensor> + 'static,
    plain: impl Fn(&[Tensor]) -> Result<Tensor> + 'static,
) -> GradientCase {
    GradientCase { name: name.into(), inputs, op: Box::new(op), plain: Box::new(plain) }
}

fn key() -> Key {
    Key::new(7, Purpose::Test)
}

fn block_cases() -> Result<Vec<GradientCase>> {
    let base = BlockShape {
        width: 6,
        mlp: 7,
        heads: 2,
        epsilon: 1e-5,
        post_norm: false,
        causal: false,
        first_only: false,
    };
    let drop = Dropout { share: 0.3, key: key(), first: 5 };
    let ragged = Spans::new(&[0, 3, 4, 9])?;
    // More rows than one vector register, so that remainders and whole registers both occur.
    let wide = BlockShape { width: 20, mlp: 33, heads: 5, ..base };
    let long = Spans::new(&[0, 1, 19])?;
    let mut rows = vec![
        ("pre-norm", base, &ragged, None),
        ("post-norm", BlockShape { post_norm: true, ..base }, &ragged, None),
        ("causal", BlockShape { causal: true, ..base }, &ragged, None),
        ("causal, post-norm", BlockShape { causal: true, post_norm: true, ..base }, &ragged, None),
        ("dropout", base, &ragged, Some(drop)),
        ("dropout, post-norm", BlockShape { post_norm: true, ..base }, &ragged, Some(drop)),
        ("first row only", BlockShape { first_only: true, ..base }, &ragged, None),
        (
            "first row only, post-norm",
            BlockShape { first_only: true, post_norm: true, ..base },
            &ragged,
            Some(drop),
        ),
        ("first row only, dropout", BlockShape { first_only: true, ..base }, &ragged, Some(drop)),
        ("wide", wide, &long, None),
        ("wide, causal", BlockShape { causal: true, ..wide }, &long, None),
        ("sizes of 1", BlockShape { mlp: 1, heads: 1, width: 2, ..base }, &ragged, None),
    ];
    let single = Spans::equal(1, 1);
    rows.push(("one row", base, &single, Some(drop)));
    Ok(rows
        .into_iter()
        .map(|(name, shape, spans, drop)| {
            let (op_spans, plain_spans) = (spans.clone(), spans.clone());
            case(
                name,
                vec![vec![spans.rows(), shape.width], vec![shape.parameters()]],
                move |t| {
                    let run = BlockRun { train: true, dropout: drop, record: None };
                    block::block(&t[0], &t[1], &op_spans, shape, run)
                },
                move |t| block::plain::block(&t[0], &t[1], &plain_spans, shape, drop),
            )
        })
        .collect())
}

fn layer_norm_cases() -> Result<Vec<GradientCase>> {
    let sizes = [(3, 5), (1, 17), (4, 2), (5, 32)];
    Ok(sizes
        .map(|(rows, width)| {
            case(
                format!("{rows} x {width}"),
                vec![vec![rows, width], vec![2 * width]],
                |t| layer_norm::layer_norm(&t[0], &t[1], 1e-5, None),
                |t| layer_norm::plain(&t[0], &t[1], 1e-5),
            )
        })
        .into())
}

fn linear_cases() -> Result<Vec<GradientCase>> {
    let sizes = [(3, 5, 4), (1, 1, 1), (7, 1, 3), (2, 19, 1)];
    Ok(sizes
        .map(|(rows, inner, out)| {
            case(
                format!("{rows} x {inner} -> {out}"),
                vec![vec![rows, inner], vec![out * (inner + 1)]],
                |t| linear::linear(&t[0], &t[1], None),
                |t| linear::plain(&t[0], &t[1]),
            )
        })
        .into())
}

fn patches_cases() -> Result<Vec<GradientCase>> {
    let base = PatchShape { channels: 3, height: 4, width: 6, patch: 2, embedding: 5, class_token: true };
    let shapes = [
        ("class token", base),
        ("no class token", PatchShape { class_token: false, ..base }),
        ("one patch", PatchShape { channels: 1, height: 3, width: 3, patch: 3, ..base }),
        ("patches of one pixel", PatchShape { channels: 1, height: 2, width: 3, patch: 1, ..base }),
    ];
    Ok(shapes
        .map(|(name, shape)| {
            let count = 2 * shape.channels * shape.height * shape.width;
            let pixels: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
            let again = pixels.clone();
            case(
                name,
                vec![vec![shape.parameters()]],
                move |t| patches::embed_patches(pixels.clone(), &t[0], shape, None),
                move |t| patches::plain(&again, &t[0], shape),
            )
        })
        .into())
}

fn tokens_cases() -> Result<Vec<GradientCase>> {
    let rows = [
        ("ragged, repeated ids", vec![4, 0, 4, 2, 2, 1], Spans::new(&[0, 1, 4, 6])?),
        ("one token", vec![3], Spans::equal(1, 1)),
    ];
    Ok(rows
        .map(|(name, ids, spans): (_, Vec<u32>, _)| {
            let (again, again_spans) = (ids.clone(), spans.clone());
            case(
                name,
                vec![vec![5, 3], vec![4, 3]],
                move |t| tokens::embed_tokens(&ids, &spans, &t[0], &t[1], None),
                move |t| tokens::plain(&again, &again_spans, &t[0], &t[1]),
            )
        })
        .into())
}

fn dropout_cases() -> Result<Vec<GradientCase>> {
    let spans = Spans::new(&[0, 2, 3])?;
    let again = spans.clone();
    let drop = Dropout { share: 0.4, key: key(), first: 2 };
    Ok(vec![case(
        "ragged",
        vec![vec![3, 5]],
        move |t| dropout::dropout(&t[0], &spans, drop, None),
        move |t| dropout::plain(&t[0], &again, drop),
    )])
}

fn pool_cases() -> Result<Vec<GradientCase>> {
    let rows = [("first", Pool::First), ("mean", Pool::Mean)];
    let spans = Spans::new(&[0, 1, 4, 6])?;
    Ok(rows
        .map(|(name, how)| {
            let (spans, again) = (spans.clone(), spans.clone());
            case(
                name,
                vec![vec![6, 3]],
                move |t| pool::pool(&t[0], &spans, how, None),
                move |t| pool::plain(&t[0], &again, how),
            )
        })
        .into())
}

fn tanh_cases() -> Result<Vec<GradientCase>> {
    Ok(vec![case("3 x 5", vec![vec![3, 5]], |t| tanh::tanh(&t[0], None), |t| tanh::plain(&t[0]))])
}

fn cross_entropy_cases() -> Result<Vec<GradientCase>> {
    let rows = [
        ("plain", 0.0, 3, vec![2, 0, 1]),
        ("smoothed", 0.1, 4, vec![0, 3, 3]),
        ("two classes", 0.2, 2, vec![1]),
    ];
    let mut cases: Vec<GradientCase> = rows
        .map(|(name, smoothing, classes, targets): (_, _, _, Vec<u32>)| {
            let again = targets.clone();
            case(
                name,
                vec![vec![targets.len(), classes]],
                move |t| cross_entropy::cross_entropy(&t[0], &targets, smoothing, 5, None),
                move |t| cross_entropy::plain(&t[0], &again, smoothing, 5),
            )
        })
        .into();
    let weights = [0.5, 2.0, 1.25, 0.0];
    for (name, smoothing) in [("weighted", 0.0), ("weighted and smoothed", 0.1)] {
        let targets = [0, 3, 1];
        cases.push(case(
            name,
            vec![vec![3, 4]],
            move |t| cross_entropy::weighted_cross_entropy(&t[0], &targets, &weights, smoothing, 2.5, None),
            move |t| cross_entropy::plain_weighted(&t[0], &targets, &weights, smoothing, 2.5),
        ));
    }
    for (name, smoothing, weighted) in
        [("blended", 0.0, false), ("blended and smoothed", 0.1, false), ("blended and weighted", 0.1, true)]
    {
        let (targets, partners) = ([0, 3, 1], [3, 3, 2]);
        let weights = weighted.then_some(weights);
        cases.push(case(
            name,
            vec![vec![3, 4]],
            move |t| {
                let mix = Mix { partners: &partners, share: 0.3 };
                cross_entropy::mixed_cross_entropy(
                    &t[0],
                    &targets,
                    mix,
                    weights.as_ref().map(|w| &w[..]),
                    smoothing,
                    2.5,
                    None,
                )
            },
            move |t| {
                let mix = Mix { partners: &partners, share: 0.3 };
                cross_entropy::plain_mixed(
                    &t[0],
                    &targets,
                    mix,
                    weights.as_ref().map(|w| &w[..]),
                    smoothing,
                    2.5,
                )
            },
        ));
    }
    Ok(cases)
}
