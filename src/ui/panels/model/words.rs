//! What the parts of a network are called, and how shapes are written. It draws nothing.

use crate::config::{Pooling, PositionKind};
use crate::language::tr;
use crate::train::{Extent, Part};
use crate::ui::widgets::number;

/// Name, detail and help of a part.
pub fn part(part: &Part) -> (&'static str, String, &'static str) {
    let none = String::new();
    match *part {
        Part::Images => {
            (tr!("Images"), none, tr!("Pixels, normalised by the mean and deviation of the training images."))
        }
        Part::Tokens => {
            (tr!("Tokens"), none, tr!("Token ids. Texts keep their own length; there is no padding."))
        }
        Part::Patches { patch } => (
            tr!("Patch embedding"),
            tr!("{size} x {size} pixels, linear", size = patch),
            tr!(
                "Each patch of pixels goes through the same linear layer. Patches follow each other row by row."
            ),
        ),
        Part::TokenTable { vocabulary } => (
            tr!("Token embedding"),
            tr!("{count} tokens", count = number::count(vocabulary as u64)),
            tr!("A learned row for each token of the vocabulary."),
        ),
        Part::ClassToken { behind } => (
            tr!("Class token"),
            if behind { tr!("put behind") } else { tr!("put in front") }.to_owned(),
            tr!("A learned row that collects what the head needs."),
        ),
        Part::Positions(PositionKind::Learned) => (
            tr!("Positions"),
            tr!("learned, added").to_owned(),
            tr!("A learned row for each place is added."),
        ),
        Part::Positions(_) => (
            tr!("Positions"),
            tr!("sines and cosines, added").to_owned(),
            tr!("Fixed sines and cosines of the place are added."),
        ),
        Part::EmbeddingNorm | Part::Norm | Part::FinalNorm => (
            tr!("Layer norm"),
            none,
            tr!("Each row is brought to mean 0 and deviation 1, then scaled and shifted as learned."),
        ),
        Part::Attention { heads, size, causal, rotary } => (
            if causal { tr!("Causal attention") } else { tr!("Attention") },
            if rotary {
                tr!("{heads} heads of {size}, rotary", heads = heads, size = size)
            } else {
                tr!("{heads} heads of {size}", heads = heads, size = size)
            },
            if causal {
                tr!("Each row takes from itself and the rows before it what it asks for.")
            } else {
                tr!("Each row takes from all rows what it asks for.")
            },
        ),
        Part::Mlp { hidden } => (
            tr!("MLP"),
            tr!("{hidden} hidden, GELU", hidden = number::count(hidden as u64)),
            tr!("Two linear layers with GELU between them, for each row alone."),
        ),
        Part::Pool { pooling, causal } => {
            let (about, help) = pool(pooling, causal);
            (tr!("Pooling"), about.to_owned(), help)
        }
        Part::Pooler => {
            (tr!("Pooler"), tr!("linear, tanh").to_owned(), tr!("A linear layer with tanh, as in BERT."))
        }
        Part::Head => (
            tr!("Classification head"),
            tr!("linear").to_owned(),
            tr!("One number for each class; softmax turns them into probabilities."),
        ),
    }
}

fn pool(pooling: Pooling, causal: bool) -> (&'static str, &'static str) {
    match pooling {
        Pooling::ClassToken if causal => (
            tr!("class token, last"),
            tr!("Only the class token's row goes on. The last block computes no other."),
        ),
        Pooling::ClassToken => (
            tr!("class token, first"),
            tr!("Only the class token's row goes on. The last block computes no other."),
        ),
        Pooling::Last => {
            (tr!("last row"), tr!("Only the last row goes on. The last block computes no other."))
        }
        Pooling::Mean => (tr!("mean of rows"), tr!("The mean over all rows goes on.")),
        Pooling::Attention => {
            (tr!("learned query"), tr!("A weighted mean over all rows goes on; a learned query weighs them."))
        }
    }
}

/// The heading of the block that is drawn once.
pub fn block(depth: usize) -> String {
    if depth == 1 {
        tr!("1 block").to_owned()
    } else {
        tr!("{depth} blocks like this, one after another", depth = depth)
    }
}

/// `[batch, 50, 64]`.
pub fn shape(output: &[Extent]) -> String {
    let extents = output.iter().map(|extent| match *extent {
        Extent::Batch => tr!("batch").to_owned(),
        Extent::UpTo(rows) => format!("≤{rows}"),
        Extent::Rows(count) | Extent::Of(count) => count.to_string(),
    });
    format!("[{}]", extents.collect::<Vec<_>>().join(", "))
}

/// How many trainable numbers; nothing for none.
pub fn parameters(count: usize) -> String {
    match count {
        0 => String::new(),
        count => tr!("{count} parameters", count = number::count(count as u64)),
    }
}
