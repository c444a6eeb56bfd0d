//! Findings in sentences that say what to do. It decides nothing about what is serious.

use crate::language::{tr, tr_dynamic};
use crate::preprocess::Finding;
use crate::ui::widgets::number;

/// Class names that are listed.
const NAMES: usize = 6;

/// One finding in a sentence.
pub fn sentence(finding: &Finding, classes: &[String]) -> String {
    let class = |index: u32| classes.get(index as usize).map_or("?", String::as_str);
    match finding {
        Finding::Uneven { largest, smallest, counts: [most, fewest] } => tr!(
            "The classes are uneven: {most} training samples of {large}, {fewest} of {small}. Balance classes, so that all weigh the same.",
            most = number::count(*most),
            large = class(*largest),
            fewest = number::count(*fewest),
            small = class(*smallest)
        ),
        Finding::Scarce { classes, limit } => {
            let mut names: Vec<&str> = classes.iter().take(NAMES).map(|index| class(*index)).collect();
            if classes.len() > NAMES {
                names.push("…");
            }
            tr!(
                "Fewer than {limit} training samples: {names}. Add samples, join classes, or balance classes.",
                limit = limit,
                names = names.join(", ")
            )
        }
        Finding::Leak { split, samples, of } => tr!(
            "{samples} of {all} {split} samples are among the training samples too, so that they measure memory. Remove them from one of the two.",
            samples = number::count(*samples),
            all = number::count(*of),
            split = tr_dynamic(split.name())
        ),
        Finding::NearLeak { split, samples, of } => tr!(
            "{samples} of {all} {split} samples are nearly equal to training samples, so that they measure memory in part. Look at them below, and remove those that are the same.",
            samples = number::count(*samples),
            all = number::count(*of),
            split = tr_dynamic(split.name())
        ),
        Finding::Conflicting { samples } => tr!(
            "Samples that are the same as one with another label: {samples}. No model can be right on all; correct the labels.",
            samples = number::count(*samples)
        ),
        Finding::Repeated { samples } => tr!(
            "Training samples that repeat an earlier one: {samples}. Each counts as often as it occurs.",
            samples = number::count(*samples)
        ),
        Finding::Unreadable { samples } => tr!(
            "Samples that could not be read and were set aside: {samples}. They are listed below.",
            samples = number::count(*samples)
        ),
        Finding::Cut { share, length, enough } => tr!(
            "{share} of the texts are longer than {length} tokens and lose their end; with {enough} tokens, 95 % of them stay whole.",
            share = number::percent(*share),
            length = number::count(*length),
            enough = number::count(*enough)
        ),
        Finding::Unknown { share } => tr!(
            "{share} of the tokens are unknown to the tokenizer. Raise the vocabulary or choose another tokenizer.",
            share = number::percent(*share)
        ),
        Finding::Empty { texts } => tr!("Texts that are empty: {texts}.", texts = number::count(*texts)),
        Finding::NoTokens { reason } => tr!("Texts cannot be cut into tokens: {reason}", reason = reason),
    }
}
