//! What one should know about data before training on it, with the settings shown: evenness
//! of classes, samples that stand in it more than once, and, for text, what becomes of it in
//! tokens. It changes nothing, and keeps a few numbers for each sample while it works.

use super::{PreprocessError, TextTransform};
use crate::config::RunConfig;
use crate::data::examine::{Balance, Duplicates, balance, duplicates, near_duplicates};
use crate::data::{DataError, Dataset, Examples, Progress, Split, Texts};
use serde::{Deserialize, Serialize};

/// Everything found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataReport {
    /// Samples of each split: `[train, validation, test]`.
    pub split_counts: [u64; 3],
    /// How even the classes are.
    pub balance: Balance,
    /// What stands in the data more than once.
    pub duplicates: Duplicates,
    /// What is nearly equal in the data but not the same.
    #[serde(default)]
    pub nearly: Duplicates,
    /// Samples that could not be read and are not in the data.
    pub unreadable: u64,
    /// What becomes of texts; `None` for images, or where [`DataReport::no_tokens`] says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenReport>,
    /// Why texts cannot be cut into tokens with these settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_tokens: Option<String>,
}

/// Texts of so many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenBin {
    /// Fewest tokens.
    pub from: u64,
    /// Most tokens.
    pub to: u64,
    /// Texts.
    pub texts: u64,
}

/// What becomes of the texts in tokens. A token that stands for the class is counted in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenReport {
    /// Number of tokens that the tokenizer knows.
    pub vocabulary: u64,
    /// Tokens that a text may have; the rest is cut off.
    pub length: u64,
    /// Tokens of the shortest text, of the median, of the 90th, 95th and 99th percentile (the
    /// nearest rank) and of the longest.
    pub quantiles: [u64; 6],
    /// Texts by their number of tokens; all widths are alike.
    pub bins: Vec<TokenBin>,
    /// Texts.
    pub texts: u64,
    /// Texts that lose their end.
    pub cut: u64,
    /// Tokens of all texts.
    pub tokens: u64,
    /// Tokens that are cut off.
    pub tokens_cut: u64,
    /// Texts in which there is nothing to be read.
    pub empty: u64,
    /// Unknown tokens of each split: `[train, validation, test]`.
    pub unknown: [u64; 3],
    /// Tokens of each split, without those for the class.
    pub split_tokens: [u64; 3],
}

impl TokenReport {
    /// Share of the texts that lose their end, 0 to 1.
    pub fn cut_share(&self) -> f64 {
        share(self.cut, self.texts)
    }
    /// Share of unknown tokens, 0 to 1.
    pub fn unknown_share(&self) -> f64 {
        share(self.unknown.iter().sum(), self.split_tokens.iter().sum())
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl DataReport {
    /// Looks through a data set as it is split, with these settings. The tokenizer is the one
    /// that a run would use; a run that follows need not train it again.
    ///
    /// # Errors
    /// [`PreprocessError::Cancelled`]. A tokenizer that cannot be made is told in the report.
    pub fn make(data: &Dataset, config: &RunConfig, progress: Progress<'_>) -> Result<Self, PreprocessError> {
        let told = |error: DataError| match error {
            DataError::Cancelled => PreprocessError::Cancelled,
            other => PreprocessError::Tokenizer {
                cause: other.to_string(),
                remedy: "open the data again".to_owned(),
            },
        };
        let duplicates = duplicates(data, progress).map_err(told)?;
        let nearly = near_duplicates(data, progress).map_err(told)?;
        let (mut tokens, mut no_tokens) = (None, None);
        if let Examples::Texts(texts) = &data.examples {
            match TokenReport::make(data, texts, config, progress) {
                Ok(report) => tokens = Some(report),
                Err(PreprocessError::Cancelled) => return Err(PreprocessError::Cancelled),
                Err(error) => no_tokens = Some(error.to_string()),
            }
        }
        let split_counts =
            [Split::Train, Split::Validation, Split::Test].map(|split| data.count(split) as u64);
        let unreadable = data.set_aside.len() as u64;
        let balance = balance(data);
        Ok(Self { split_counts, balance, duplicates, nearly, unreadable, tokens, no_tokens })
    }
}

/// Bars of the histogram, at most.
const BINS: u64 = 24;

impl TokenReport {
    fn make(
        data: &Dataset,
        texts: &Texts,
        config: &RunConfig,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        let transform = TextTransform::fit(texts, &data.indices(Split::Train), config, progress)?;
        let text = |sample: usize| texts.get(sample);
        let counts = transform.tokenizer.count_tokens(data.len(), text, progress)?;
        Ok(Self::of(data, &transform, &counts))
    }

    fn of(data: &Dataset, transform: &TextTransform, counts: &[(u32, u32)]) -> Self {
        let (length, class) = (transform.length as u64, u64::from(transform.class_token));
        let (mut unknown, mut split_tokens) = ([0u64; 3], [0u64; 3]);
        let (mut cut, mut tokens_cut, mut empty) = (0, 0, 0);
        let mut lengths: Vec<u64> = Vec::with_capacity(counts.len());
        for ((count, strange), split) in counts.iter().zip(&data.splits) {
            let slot = match split {
                Split::Train => 0,
                Split::Validation => 1,
                Split::Test => 2,
            };
            unknown[slot] += u64::from(*strange);
            split_tokens[slot] += u64::from(*count);
            empty += u64::from(*count == 0);
            // A text without tokens becomes one, so that there is something to read.
            let whole = u64::from(*count).max(1) + class;
            cut += u64::from(whole > length);
            tokens_cut += whole.saturating_sub(length);
            lengths.push(whole);
        }
        lengths.sort_unstable();
        Self {
            vocabulary: transform.tokenizer.vocabulary() as u64,
            length,
            quantiles: [0.0, 0.5, 0.9, 0.95, 0.99, 1.0].map(|share| quantile(&lengths, share)),
            bins: bins(&lengths),
            texts: lengths.len() as u64,
            cut,
            tokens: lengths.iter().sum(),
            tokens_cut,
            empty,
            unknown,
            split_tokens,
        }
    }
}

/// The nearest rank of sorted values; 0 of none.
fn quantile(sorted: &[u64], share: f64) -> u64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// Even widths of 1, 2 or 5 times a power of ten, at most [`BINS`], from the bar with the
/// 1st percentile to that with the 99th; the outermost hold what lies beyond.
fn bins(sorted: &[u64]) -> Vec<TokenBin> {
    let (low, high) = (quantile(sorted, 0.01), quantile(sorted, 0.99));
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let widths = (0..18u32).flat_map(|power| [1u64, 2, 5].map(|m| m * 10u64.pow(power)));
    let fits = |width: &u64| high / width - low / width < BINS;
    let width = widths.into_iter().find(fits).unwrap_or(u64::MAX);
    let (start, end) = (low / width, high / width);
    let mut bins: Vec<TokenBin> = (start..=end)
        .map(|bin| TokenBin { from: bin * width, to: (bin + 1).saturating_mul(width) - 1, texts: 0 })
        .collect();
    for length in sorted {
        let bin = (length / width).clamp(start, end) - start;
        bins[bin as usize].texts += 1;
    }
    if let Some(bin) = bins.first_mut() {
        bin.from = bin.from.min(*first);
    }
    if let Some(bin) = bins.last_mut() {
        bin.to = bin.to.max(*last);
    }
    bins
}
