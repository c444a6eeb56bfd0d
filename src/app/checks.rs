//! Which settings do not fit each other or the open data, each with the key and a way out.
//! It changes nothing.

use super::State;
use crate::config::{ConfigError, nearest_divisor};
use crate::data::Examples;
use crate::language::tr;

/// All problems of the settings shown, as (key, message): values that were refused,
/// settings that contradict each other, settings that do not fit the data.
pub fn problems(state: &State) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        state.rejected.iter().map(|(key, message)| ((*key).to_owned(), message.clone())).collect();
    if let Err(error) = state.config.validate() {
        let key = match &error {
            ConfigError::Conflict { key, .. } => (*key).to_owned(),
            _ => String::new(),
        };
        found.push((key, error.to_string()));
    }
    if let Some(message) = patch_problem(state) {
        found.push(("model.patch".to_owned(), message));
    }
    found
}

/// Where the patch does not divide both sides of the open data's images: width, height and
/// the nearest patch that does.
pub(super) fn unfit_patch(state: &State) -> Option<[u64; 3]> {
    let Examples::Images(images) = &state.data.as_ref()?.dataset.examples else { return None };
    let patch = state.config.model.patch;
    let (width, height) = (images.width as u64, images.height as u64);
    if patch > 0 && width.is_multiple_of(patch) && height.is_multiple_of(patch) {
        return None;
    }
    Some([width, height, nearest_divisor(greatest_common_divisor(width, height), patch)])
}

fn patch_problem(state: &State) -> Option<String> {
    let [width, height, fitting] = unfit_patch(state)?;
    let patch = state.config.model.patch;
    Some(tr!(
        "model.patch: a patch of {patch} pixels does not divide the images, which are {width} x {height}; choose one that does, for example {fitting}",
        patch = patch,
        width = width,
        height = height,
        fitting = fitting
    ))
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { greatest_common_divisor(b, a % b) }
}
