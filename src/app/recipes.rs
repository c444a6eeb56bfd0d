//! The settings that suit each built-in set: the configurations that are shipped.

use crate::config::{RunConfig, parse_toml};
use std::path::Path;
use std::sync::LazyLock;

/// (name of the built-in set, its TOML).
const RECIPES: &[(&str, &str)] = &[
    ("fashion", include_str!("../../configs/fashion.toml")),
    ("helpdesk", include_str!("../../configs/helpdesk.toml")),
];

/// The same, read: a window asks for them many times in each frame.
static READ: LazyLock<Vec<RunConfig>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| {
        let mut config = parse_toml(text, Path::new("")).ok()?;
        config.data.source = format!("{BUILTIN}{name}");
        Some(config)
    };
    RECIPES.iter().filter_map(read).collect()
});

/// What stands before the name of a built-in set.
const BUILTIN: &str = "builtin:";

/// The recipe of `builtin:NAME`, if there is one for this source.
pub fn recipe(source: &str) -> Option<&'static RunConfig> {
    READ.iter().find(|config| config.data.source == source)
}

/// Whether the settings are those of a recipe or the defaults, apart from the source and the
/// patch, which follows the size of the images: then nothing that a person chose is lost when
/// another recipe takes their place.
pub fn is_untouched(config: &RunConfig) -> bool {
    let blank = |config: &RunConfig| {
        let mut config = config.clone();
        config.data.source.clear();
        config.data.text_column.clear();
        config.data.label_column.clear();
        config.model.patch = 0;
        config
    };
    let shown = blank(config);
    shown == blank(&RunConfig::default()) || READ.iter().any(|recipe| blank(recipe) == shown)
}
