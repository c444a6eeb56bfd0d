//! Textures of sample pictures: at most so many, the least recently shown leave first, and
//! at most so many bytes go to the graphics card in one frame. It decodes nothing.

use crate::data::{Dataset, Examples};
use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes uploaded in one frame at most: 340 pictures of 28 x 28, or 10 of 224 x 224.
const UPLOAD_BUDGET: usize = 2 << 20;
/// Bytes of textures kept.
const KEEP_BUDGET: usize = 96 << 20;

/// The cache.
pub struct Thumbnails {
    upload_budget: usize,
    keep_budget: usize,
    entries: HashMap<(usize, u32), Entry>,
    bytes: usize,
    uploaded: usize,
    frame: u64,
}

impl Default for Thumbnails {
    fn default() -> Self {
        Self {
            upload_budget: UPLOAD_BUDGET,
            keep_budget: KEEP_BUDGET,
            entries: HashMap::new(),
            bytes: 0,
            uploaded: 0,
            frame: 0,
        }
    }
}

struct Entry {
    texture: TextureHandle,
    /// Keeps the pixels alive, so that their address names no other data set.
    _pixels: Arc<Vec<u8>>,
    bytes: usize,
    used: u64,
}

impl Thumbnails {
    /// Call once at the start of each frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        self.uploaded = 0;
        if self.bytes > self.keep_budget {
            self.shrink();
        }
    }

    /// The texture of one picture; `None` for text, past the end, or when this frame's upload
    /// budget is spent (then another frame is asked for).
    pub fn get(&mut self, ctx: &Context, data: &Dataset, sample: u32) -> Option<TextureHandle> {
        let Examples::Images(images) = &data.examples else { return None };
        let key = (Arc::as_ptr(&images.pixels) as usize, sample);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used = self.frame;
            return Some(entry.texture.clone());
        }
        if sample as usize >= images.len() {
            return None;
        }
        let bytes = images.width * images.height * 4;
        if self.uploaded > 0 && self.uploaded + bytes > self.upload_budget {
            ctx.request_repaint();
            return None;
        }
        let image = color_image(
            images.width,
            images.height,
            images.channels,
            images.get(sample as usize),
            ctx.input(|i| i.max_texture_side),
        )?;
        let texture = ctx.load_texture(format!("sample {sample}"), image, options(images.width));
        self.uploaded += bytes;
        self.bytes += bytes;
        let entry =
            Entry { texture: texture.clone(), _pixels: images.pixels.clone(), bytes, used: self.frame };
        self.entries.insert(key, entry);
        Some(texture)
    }

    fn shrink(&mut self) {
        let mut by_age: Vec<((usize, u32), u64)> = self.entries.iter().map(|(k, e)| (*k, e.used)).collect();
        by_age.sort_unstable_by_key(|(_, used)| *used);
        for (key, used) in by_age {
            // What the last frame showed stays, even above the budget.
            if self.bytes <= self.keep_budget / 2 || used + 1 >= self.frame {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
            }
        }
    }
}

/// Small pictures are enlarged with sharp pixels, large ones smoothly.
fn options(width: usize) -> TextureOptions {
    if width <= 64 { TextureOptions::NEAREST } else { TextureOptions::LINEAR }
}

/// `[row, column, channel]` bytes as an egui picture; `None` if they do not fit the size or
/// are larger than a texture may be (`max_side`), in which case every n-th pixel is taken.
pub fn color_image(
    width: usize,
    height: usize,
    channels: usize,
    pixels: &[u8],
    max_side: usize,
) -> Option<ColorImage> {
    if width == 0 || height == 0 || pixels.len() != width * height * channels {
        return None;
    }
    let step = width.max(height).div_ceil(max_side.max(1));
    if step > 1 {
        let mut small = Vec::new();
        for row in (0..height).step_by(step) {
            for column in (0..width).step_by(step) {
                let at = (row * width + column) * channels;
                small.extend_from_slice(&pixels[at..at + channels]);
            }
        }
        return color_image(width.div_ceil(step), height.div_ceil(step), channels, &small, max_side);
    }
    match channels {
        1 => Some(ColorImage::from_gray([width, height], pixels)),
        3 => Some(ColorImage::from_rgb([width, height], pixels)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Images, Split, Target};

    fn pictures(count: usize) -> Dataset {
        let pixels = Arc::new((0..count * 4).map(|i| i as u8).collect());
        Dataset::new(
            "made up".to_owned(),
            String::new(),
            "made up",
            Examples::Images(Images { width: 2, height: 2, channels: 1, pixels }),
            vec!["one".to_owned()],
            vec![Target::Class(0); count],
            vec![Split::Train; count],
        )
    }

    #[test]
    fn a_frame_uploads_no_more_than_its_budget_and_the_next_goes_on() {
        let (ctx, data) = (Context::default(), pictures(10));
        // Each picture takes 2 x 2 x 4 bytes.
        let mut cache = Thumbnails { upload_budget: 3 * 16, ..Thumbnails::default() };
        for expected in [3, 6, 9, 10] {
            cache.begin_frame();
            let shown = (0..10).filter(|sample| cache.get(&ctx, &data, *sample).is_some()).count();
            assert_eq!(shown, expected);
        }
        assert!(cache.get(&ctx, &data, 10).is_none(), "past the end");
    }

    #[test]
    fn what_was_not_shown_for_longest_leaves_first() {
        let (ctx, data) = (Context::default(), pictures(10));
        let mut cache = Thumbnails { keep_budget: 4 * 16, ..Thumbnails::default() };
        for sample in 0..10 {
            cache.begin_frame();
            assert!(cache.get(&ctx, &data, sample).is_some());
            assert!(cache.bytes <= 6 * 16, "{} bytes", cache.bytes);
        }
        let kept: Vec<u32> = (0..10).filter(|s| cache.entries.keys().any(|(_, k)| k == s)).collect();
        assert!(kept.contains(&9) && !kept.contains(&0), "{kept:?}");
        let bytes: usize = cache.entries.values().map(|e| e.bytes).sum();
        assert_eq!(bytes, cache.bytes);
    }

    #[test]
    fn pictures_larger_than_a_texture_are_thinned_and_wrong_sizes_refused() {
        let grey = vec![9; 40 * 10];
        let thinned = color_image(40, 10, 1, &grey, 16).map(|image| image.size);
        assert_eq!(thinned, Some([14, 4]));
        assert!(color_image(40, 10, 3, &grey, 16).is_none());
        assert!(color_image(0, 0, 1, &[], 16).is_none());
    }
}
