//! The table of ops, each with the inputs at which its gradient is checked: odd sizes,
//! dimensions of 1, ragged spans, masks, dropout. A new op is one file and one line here.

use super::{BlockRun, BlockShape, ClassRow, Dropout, Keep, Mix, PatchShape, Pool, Positions, Products};
use super::{
    Rotary, Spans, StochasticDepth, attention_pool, block, cross_entropy, dropout, layer_norm, linear,
    patches,
};
use super::{pool, sinusoidal, tanh, tokens};
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
    OpEntry { name: "attention_pool", cases: attention_pool_cases },
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

fn noisy(dropout: Option<Dropout>, depth: Option<StochasticDepth>, rotary: Option<&Rotary>) -> BlockRun<'_> {
    BlockRun { train: true, dropout, depth, rotary, ..BlockRun::default() }
}

fn block_cases() -> Result<Vec<GradientCase>> {
    let base = BlockShape {
        width: 6,
        mlp: 7,
        heads: 2,
        epsilon: 1e-5,
        post_norm: false,
        causal: false,
        keep: Keep::All,
    };
    let drop = Some(Dropout { share: 0.3, key: key(), first: 5 });
    // Of these keys' samples some go with and some without a branch.
    let depth = Some(StochasticDepth { share: 0.5, key: key(), first: 5 });
    let first = BlockShape { keep: Keep::First, ..base };
    let last = BlockShape { keep: Keep::Last, ..base };
    let ragged = Spans::new(&[0, 3, 4, 9])?;
    // More rows than one vector register, so that remainders and whole registers both occur.
    let wide = BlockShape { width: 20, mlp: 33, heads: 5, ..base };
    let long = Spans::new(&[0, 1, 19])?;
    let single = Spans::equal(1, 1);
    let post = |shape: BlockShape| BlockShape { post_norm: true, ..shape };
    let causal = |shape: BlockShape| BlockShape { causal: true, ..shape };
    let two_wide_heads = BlockShape { width: 20, mlp: 3, heads: 2, ..base };
    // Name, shape, spans, dropout, stochastic depth, whether positions are rotary.
    let rows = [
        ("pre-norm", base, &ragged, None, None, false),
        ("post-norm", post(base), &ragged, None, None, false),
        ("causal", causal(base), &ragged, None, None, false),
        ("causal, post-norm", causal(post(base)), &ragged, None, None, false),
        ("dropout", base, &ragged, drop, None, false),
        ("dropout, post-norm", post(base), &ragged, drop, None, false),
        ("first row only", first, &ragged, None, None, false),
        ("first row only, post-norm", post(first), &ragged, drop, None, false),
        ("first row only, dropout", first, &ragged, drop, None, false),
        ("last row only", last, &ragged, None, None, false),
        ("last row only, causal", causal(last), &ragged, drop, None, false),
        ("last row only, causal, post-norm", causal(post(last)), &ragged, None, depth, false),
        ("stochastic depth", base, &ragged, None, depth, false),
        ("stochastic depth, post-norm", post(base), &ragged, None, depth, false),
        ("stochastic depth, dropout, causal", causal(base), &ragged, drop, depth, false),
        ("stochastic depth, first row only", first, &ragged, drop, depth, false),
        ("rotary", two_wide_heads, &ragged, None, None, true),
        ("rotary, causal", causal(two_wide_heads), &ragged, None, None, true),
        ("rotary, post-norm, dropout", post(two_wide_heads), &long, drop, None, true),
        (
            "rotary, first row only",
            BlockShape { keep: Keep::First, ..two_wide_heads },
            &ragged,
            None,
            None,
            true,
        ),
        (
            "rotary, last row only, causal",
            causal(BlockShape { keep: Keep::Last, ..two_wide_heads }),
            &ragged,
            None,
            None,
            true,
        ),
        ("wide", wide, &long, None, None, false),
        ("wide, causal", causal(wide), &long, None, None, false),
        ("sizes of 1", BlockShape { mlp: 1, heads: 1, width: 2, ..base }, &ragged, None, None, false),
        ("one row", base, &single, drop, None, false),
    ];
    rows.into_iter()
        .map(|(name, shape, spans, dropout, depth, rotary)| {
            let (op_spans, plain_spans) = (spans.clone(), spans.clone());
            let rotary =
                rotary.then(|| Rotary::new(spans.longest(), shape.width / shape.heads)).transpose()?;
            let again = rotary.clone();
            Ok(case(
                name,
                vec![vec![spans.rows(), shape.width], vec![shape.parameters()]],
                move |t| block::block(&t[0], &t[1], &op_spans, shape, noisy(dropout, depth, rotary.as_ref())),
                move |t| {
                    let run = noisy(dropout, depth, again.as_ref());
                    block::plain::block(&t[0], &t[1], &plain_spans, shape, &run)
                },
            ))
        })
        .collect()
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
                |t| linear::linear(&t[0], &t[1], Products::F32, None),
                |t| linear::plain(&t[0], &t[1]),
            )
        })
        .into())
}

fn patches_cases() -> Result<Vec<GradientCase>> {
    let base = PatchShape {
        channels: 3,
        height: 4,
        width: 6,
        patch: 2,
        embedding: 5,
        class: ClassRow::First,
        learned_positions: true,
    };
    let unlearned = PatchShape { learned_positions: false, ..base };
    let shapes = [
        ("class token", base, false),
        ("no class token", PatchShape { class: ClassRow::None, ..base }, false),
        ("class token behind", PatchShape { class: ClassRow::Last, ..base }, false),
        ("fixed positions", unlearned, true),
        ("no positions, class token behind", PatchShape { class: ClassRow::Last, ..unlearned }, false),
        ("one patch", PatchShape { channels: 1, height: 3, width: 3, patch: 3, ..base }, false),
        ("patches of one pixel", PatchShape { channels: 1, height: 2, width: 3, patch: 1, ..base }, false),
    ];
    Ok(shapes
        .map(|(name, shape, fixed)| {
            let fixed = fixed.then(|| sinusoidal(shape.rows(), shape.embedding));
            let same = fixed.clone();
            let count = 2 * shape.channels * shape.height * shape.width;
            let pixels: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
            let again = pixels.clone();
            case(
                name,
                vec![vec![shape.parameters()]],
                move |t| {
                    let (pixels, fixed) = (pixels.clone(), fixed.as_ref());
                    patches::embed_patches(pixels, &t[0], shape, fixed, Products::F32, None)
                },
                move |t| patches::plain(&again, &t[0], shape, same.as_ref()),
            )
        })
        .into())
}

fn tokens_cases() -> Result<Vec<GradientCase>> {
    let rows = [
        ("ragged, repeated ids", vec![4, 0, 4, 2, 2, 1], Spans::new(&[0, 1, 4, 6])?),
        ("one token", vec![3], Spans::equal(1, 1)),
    ];
    let mut cases: Vec<GradientCase> = rows
        .map(|(name, ids, spans): (_, Vec<u32>, _)| {
            let (again, again_spans) = (ids.clone(), spans.clone());
            case(
                name,
                vec![vec![5, 3], vec![4, 3]],
                move |t| tokens::embed_tokens(&ids, &spans, &t[0], Positions::Learned(&t[1]), None),
                move |t| tokens::plain(&again, &again_spans, &t[0], Positions::Learned(&t[1])),
            )
        })
        .into();
    for (name, fixed) in [("fixed positions", Some(sinusoidal(4, 3))), ("no positions", None)] {
        let (ids, spans) = ([4, 0, 4, 2], Spans::new(&[0, 1, 4])?);
        let (again, same) = (spans.clone(), fixed.clone());
        cases.push(case(
            name,
            vec![vec![5, 3]],
            move |t| {
                tokens::embed_tokens(
                    &ids,
                    &spans,
                    &t[0],
                    fixed.as_ref().map_or(Positions::None, Positions::Fixed),
                    None,
                )
            },
            move |t| {
                tokens::plain(&ids, &again, &t[0], same.as_ref().map_or(Positions::None, Positions::Fixed))
            },
        ));
    }
    Ok(cases)
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
    let rows = [("first", Pool::First), ("last", Pool::Last), ("mean", Pool::Mean)];
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

fn attention_pool_cases() -> Result<Vec<GradientCase>> {
    let rows = [("ragged", Spans::new(&[0, 1, 4, 6])?, 3), ("wide", Spans::new(&[0, 17, 20])?, 18)];
    Ok(rows
        .map(|(name, spans, width)| {
            let again = spans.clone();
            case(
                name,
                vec![vec![spans.rows(), width], vec![width]],
                move |t| attention_pool::attention_pool(&t[0], &t[1], &spans, None),
                move |t| attention_pool::plain(&t[0], &t[1], &again),
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
