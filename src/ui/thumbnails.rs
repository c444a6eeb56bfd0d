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
#[derive(Default)]
pub struct Thumbnails {
    entries: HashMap<(usize, u32), Entry>,
    bytes: usize,
    uploaded: usize,
    frame: u64,
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
        if self.bytes > KEEP_BUDGET {
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
        if self.uploaded > 0 && self.uploaded + bytes > UPLOAD_BUDGET {
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
            if self.bytes <= KEEP_BUDGET / 2 || used + 1 >= self.frame {
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
