//! What a prediction rests on: a number for each piece of a text or each region of a picture.
//! A method is one file and one line in METHODS. It changes no weights and draws nothing; what a
//! number means is said by its method, and no method says why the model is as it is.

mod occlusion;

use super::PredictRequest;
use super::engine::Engine;
use crate::data::Picture;
use crate::model::InputSpec;
use crate::preprocess::{Input, Preprocess, RawInput};
use std::ops::Range;

/// A way to find out.
pub struct Method {
    /// For settings and the command line.
    pub name: &'static str,
    /// What its numbers mean, and where it comes from.
    pub help: &'static str,
    /// The number from which a colour is full even if no other is as large; 0 where numbers
    /// have no scale of their own.
    pub least: f32,
    /// A number for each region; `None` when it was told to stop.
    score: Score,
}

/// Scores each region of an example.
type Score = fn(&Engine, &Subject, &mut GoOn<'_>) -> Result<Option<Vec<f32>>, String>;

/// All methods; the first is the usual one.
pub static METHODS: &[Method] = &[occlusion::ROW];

/// Told how much is done of how much; says whether to go on.
type GoOn<'a> = dyn FnMut(u64, u64) -> bool + 'a;

/// What a prediction rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Saliency {
    /// Step of the weights.
    pub step: u64,
    /// Name of the method.
    pub method: &'static str,
    /// The predicted class, which the numbers are about.
    pub class: u32,
    /// One probability per class.
    pub probabilities: Vec<f32>,
    /// The parts of the example with their numbers: above 0 speaks for the class.
    pub parts: SaliencyParts,
}

/// Parts of an example.
#[derive(Clone, Debug, PartialEq)]
pub enum SaliencyParts {
    /// Of a text.
    Text {
        /// The text.
        text: String,
        /// In the order of the text.
        pieces: Vec<TextPart>,
    },
    /// Of a picture.
    Picture {
        /// As the model is given it.
        picture: Picture,
        /// Side of a region in pixels; those at the right and below may be smaller.
        side: usize,
        /// Regions across.
        columns: usize,
        /// `[row, column]`.
        values: Vec<f32>,
    },
}

/// A piece of a text: a token, or tokens that share a character.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPart {
    /// Bytes of the text; begins and ends between characters.
    pub bytes: Range<usize>,
    /// Its number; `None` where the model is not given it because the text is too long.
    pub value: Option<f32>,
}

impl Saliency {
    /// All numbers.
    pub fn values(&self) -> Vec<f32> {
        match &self.parts {
            SaliencyParts::Text { pieces, .. } => pieces.iter().filter_map(|piece| piece.value).collect(),
            SaliencyParts::Picture { values, .. } => values.clone(),
        }
    }

    /// The number of which the colour is full: the largest, but not less than the method's.
    pub fn full(&self) -> f32 {
        let least = METHODS.iter().find(|m| m.name == self.method).map_or(0.0, |m| m.least);
        self.values().iter().fold(least, |most, value| most.max(value.abs()))
    }

    /// Probability of the predicted class.
    pub fn probability(&self) -> f32 {
        self.probabilities.get(self.class as usize).copied().unwrap_or(0.0)
    }
}

/// What a method works on.
struct Subject {
    /// One example.
    input: Input,
    class: u32,
    regions: Vec<Region>,
}

/// A part of the model's input.
#[derive(Clone, Debug)]
enum Region {
    /// Places of tokens.
    Tokens(Range<usize>),
    /// Pixels.
    Pixels { rows: Range<usize>, columns: Range<usize> },
}

/// Regions of a picture at most: a finer grid is made coarser, since each region may cost a pass.
const MOST_REGIONS: usize = 1024;

impl Engine {
    /// What the prediction of an example rests on, with the weights of `step`, as they are now;
    /// `None` when `go_on` said no.
    ///
    /// # Errors
    /// Why it cannot be found out.
    pub fn explain(
        &self,
        input: &RawInput,
        method: &str,
        step: u64,
        go_on: &mut GoOn<'_>,
    ) -> Result<Option<Saliency>, String> {
        let row = METHODS.iter().find(|row| row.name == method).ok_or_else(|| {
            let names: Vec<&str> = METHODS.iter().map(|row| row.name).collect();
            format!("there is no method '{}'; choose one of {}", method, names.join(", "))
        })?;
        let asked = PredictRequest { id: 0, inputs: vec![input.clone()], explain: false };
        let mut predicted = self.predict(&asked, step).probabilities;
        let probabilities = predicted.pop().unwrap_or_else(|| Err("there is no example".to_owned()))?;
        let first = probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let class = probabilities.iter().position(|p| *p == first).unwrap_or(0) as u32;
        let (subject, parts) = self.subject(input, class)?;
        let Some(mut values) = (row.score)(self, &subject, go_on)? else { return Ok(None) };
        if values.len() != subject.regions.len() || values.iter().any(|value| !value.is_finite()) {
            return Err("the model's answer is not a number; use an earlier checkpoint".to_owned());
        }
        let parts = match parts {
            SaliencyParts::Text { text, mut pieces } => {
                // Pieces that the model is given come first, in the order of the regions.
                pieces.iter_mut().zip(&values).for_each(|(piece, value)| piece.value = Some(*value));
                SaliencyParts::Text { text, pieces }
            }
            SaliencyParts::Picture { picture, side, columns, .. } => {
                SaliencyParts::Picture { picture, side, columns, values: std::mem::take(&mut values) }
            }
        };
        Ok(Some(Saliency { step, method: row.name, class, probabilities, parts }))
    }

    /// The model's input cut into regions, and the parts that they are, without numbers.
    fn subject(&self, raw: &RawInput, class: u32) -> Result<(Subject, SaliencyParts), String> {
        match (&self.preprocess, raw) {
            (Preprocess::Text(transform), RawInput::Text(text)) => {
                let (ids, pieces) = transform.pieces(text)?;
                let given = pieces.iter().take_while(|piece| !piece.places.is_empty());
                let regions = given.map(|piece| Region::Tokens(piece.places.clone())).collect();
                let offsets = vec![0, ids.len()];
                let parts = pieces.into_iter().map(|piece| TextPart { bytes: piece.bytes, value: None });
                let parts = SaliencyParts::Text { text: text.clone(), pieces: parts.collect() };
                Ok((Subject { input: Input::Tokens { ids, offsets }, class, regions }, parts))
            }
            (Preprocess::Image(transform), RawInput::Image { .. }) => {
                let InputSpec::Image { patch, height, width, channels } = self.model.spec().input else {
                    return Err("this model was trained on texts; give a text, not a picture".to_owned());
                };
                let pixels = transform.raw(raw)?;
                let side = side(patch, height, width);
                let (rows, columns) = (height.div_ceil(side), width.div_ceil(side));
                let stretch = |at: usize, end: usize| at * side..((at + 1) * side).min(end);
                let place = |at: usize| (stretch(at / columns, height), stretch(at % columns, width));
                let region = |at: usize| {
                    let (rows, columns) = place(at);
                    Region::Pixels { rows, columns }
                };
                let regions = (0..rows * columns).map(region).collect();
                let bytes = transform.denormalised(&pixels);
                let picture = Picture { width, height, channels, pixels: bytes };
                let parts = SaliencyParts::Picture { picture, side, columns, values: Vec::new() };
                Ok((
                    Subject { input: Input::Images { pixels, channels, height, width }, class, regions },
                    parts,
                ))
            }
            (preprocess, raw) => {
                let refused = preprocess.raw(std::slice::from_ref(raw)).into_iter().find_map(Result::err);
                Err(refused.unwrap_or_else(|| "the model cannot be given this example".to_owned()))
            }
        }
    }
}

/// Side of a region: as many whole patches as keep the number of regions within its limit.
fn side(patch: usize, height: usize, width: usize) -> usize {
    let patch = patch.max(1);
    let fits = |times: &usize| {
        let side = patch * times;
        height.div_ceil(side) * width.div_ceil(side) <= MOST_REGIONS
    };
    patch * (1..=height.max(width)).find(fits).unwrap_or(1)
}
