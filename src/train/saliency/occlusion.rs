//! Occlusion: each region is left out in turn, and its number is by how much the probability of
//! the predicted class falls (Zeiler and Fergus 2014, section 2.1; for text, Li, Monroe and
//! Jurafsky 2016, "Understanding neural networks through representation erasure"). The tokens of
//! a piece are taken out of the sequence, so that later ones move up, and what was cut off stays
//! cut off; pixels become the mean colour of the training pictures. It needs one forward pass for
//! each region. Regions that say the same stand in for each other: then none has a large number.

use super::super::engine::Engine;
use super::super::evaluate::Row;
use super::{GoOn, Method, Region, Subject};
use crate::preprocess::{Input, Preprocess};

pub(super) const ROW: Method = Method {
    name: "occlusion",
    help: "Each piece is left out in turn: a word taken away, a region filled with the mean colour. The number is by how much the probability of the predicted class falls, in percentage points (Zeiler and Fergus 2014; Li et al. 2016).",
    least: 0.05,
    score,
};

fn score(engine: &Engine, subject: &Subject, go_on: &mut GoOn<'_>) -> Result<Option<Vec<f32>>, String> {
    let unknown = match &engine.preprocess {
        Preprocess::Text(transform) => transform.tokenizer.unknown(),
        Preprocess::Image(_) => 0,
    };
    // Number 0 is the example as it is, number i is it without region i - 1.
    let total = subject.regions.len() + 1;
    let numbers: Vec<u32> = (0..total as u32).collect();
    let make = |numbers: &[u32]| {
        let one =
            |number: &u32| match (*number as usize).checked_sub(1).and_then(|at| subject.regions.get(at)) {
                Some(region) => without(&subject.input, region, unknown),
                None => subject.input.clone(),
            };
        let inputs: Vec<Input> = numbers.iter().map(one).collect();
        super::super::engine::join(inputs.iter())
    };
    let mut interrupted = |done| !go_on(done, total as u64);
    let logits = engine.compute().infer(&engine.model, &make, &numbers, &mut interrupted);
    let Some(logits) = logits.map_err(|error| error.to_string())? else { return Ok(None) };
    let class = subject.class as usize;
    let probability = |row: &[f32]| Row::new(row, None).probabilities.get(class).copied().unwrap_or(f32::NAN);
    let mut rows = logits.chunks_exact(engine.model.spec().classes).map(probability);
    let whole = rows.next().unwrap_or(f32::NAN);
    Ok(Some(rows.map(|left| whole - left).collect()))
}

/// The example without a region. A text of which nothing is left is what an empty text is.
fn without(input: &Input, region: &Region, unknown: u32) -> Input {
    match (input, region) {
        (Input::Tokens { ids, .. }, Region::Tokens(places)) => {
            let kept = ids.iter().enumerate().filter(|(place, _)| !places.contains(place));
            let mut ids: Vec<u32> = kept.map(|(_, id)| *id).collect();
            if ids.is_empty() {
                ids.push(unknown);
            }
            let offsets = vec![0, ids.len()];
            Input::Tokens { ids, offsets }
        }
        (Input::Images { pixels, channels, height, width }, Region::Pixels { rows, columns }) => {
            let mut pixels = pixels.clone();
            for line in (0..*channels).flat_map(|channel| rows.clone().map(move |row| channel * height + row))
            {
                // Pixels are normalised: 0 is the mean of their channel over the training pictures.
                if let Some(stretch) =
                    pixels.get_mut(line * width + columns.start..line * width + columns.end)
                {
                    stretch.fill(0.0);
                }
            }
            Input::Images { pixels, channels: *channels, height: *height, width: *width }
        }
        _ => input.clone(),
    }
}
