//! Textures of sample pictures: at most so many, the least recently shown leave first, and
//! at most so many bytes go to the graphics card in one frame. It decodes nothing.

use crate::data::{Dataset, Examples, Images};
use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use std::borrow::Cow;
use std::collections::HashMap;

/// Bytes uploaded in one frame at most: 340 pictures of 28 x 28, or 10 of 224 x 224.
const UPLOAD_BUDGET: usize = 2 << 20;
/// Bytes of textures kept.
const KEEP_BUDGET: usize = 96 << 20;

/// The cache.
pub struct Thumbnails {
    upload_budget: usize,
    keep_budget: usize,
    entries: HashMap<Name, Entry>,
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

/// Address of the pictures, sample, how many times smaller.
type Name = (usize, u32, usize);

struct Entry {
    texture: TextureHandle,
    /// Keeps the pixels alive, so that their address names no other data set.
    _images: Images,
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

    /// The texture of one picture, to be shown `side` points wide and high; `None` for text,
    /// past the end, when it cannot be read, or when this frame's upload budget is spent (then
    /// another frame is asked for). A picture much larger than its place is averaged first: a
    /// texture that is shrunk as it is drawn would skip pixels.
    pub fn get(&mut self, ctx: &Context, data: &Dataset, sample: u32, side: f32) -> Option<TextureHandle> {
        let Examples::Images(images) = &data.examples else { return None };
        let times = times_smaller(images.width.max(images.height), side * ctx.pixels_per_point());
        let key = (images.address(), sample, times);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used = self.frame;
            return Some(entry.texture.clone());
        }
        if sample as usize >= images.len() {
            return None;
        }
        let (width, height) = (images.width / times, images.height / times);
        let bytes = width * height * 4;
        if self.uploaded > 0 && self.uploaded + bytes > self.upload_budget {
            ctx.request_repaint();
            return None;
        }
        let pixels = images.get(sample as usize).ok()?;
        let pixels = averaged(&pixels, images.width, images.channels, times);
        let most = ctx.input(|i| i.max_texture_side);
        let image = color_image(width, height, images.channels, &pixels, most)?;
        let texture = ctx.load_texture(format!("sample {sample}"), image, sampling(images.width));
        self.uploaded += bytes;
        self.bytes += bytes;
        let entry = Entry { texture: texture.clone(), _images: images.clone(), bytes, used: self.frame };
        self.entries.insert(key, entry);
        Some(texture)
    }

    fn shrink(&mut self) {
        let mut by_age: Vec<(Name, u64)> = self.entries.iter().map(|(k, e)| (*k, e.used)).collect();
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
pub fn sampling(width: usize) -> TextureOptions {
    if width <= 64 { TextureOptions::NEAREST } else { TextureOptions::LINEAR }
}

/// By what power of two a side may be divided and still have as many pixels as its place.
/// Small pictures stay as they are.
fn times_smaller(side: usize, place: f32) -> usize {
    let mut times = 1;
    while side > 64 && (side / (2 * times)) as f32 >= place.max(1.0) {
        times *= 2;
    }
    times
}

/// `[row, column, channel]` bytes of a picture that is `times` smaller in both directions,
/// each pixel the mean of a square; what is left over at the right and below is left out.
fn averaged(pixels: &[u8], width: usize, channels: usize, times: usize) -> Cow<'_, [u8]> {
    if times <= 1 || channels == 0 || width == 0 {
        return pixels.into();
    }
    let (to_width, to_height) = (width / times, pixels.len() / (width * channels) / times);
    let mut small = Vec::with_capacity(to_width * to_height * channels);
    for (row, column) in (0..to_height).flat_map(|row| (0..to_width).map(move |column| (row, column))) {
        for channel in 0..channels {
            let at = |y: usize, x: usize| {
                pixels[((row * times + y) * width + column * times + x) * channels + channel]
            };
            let sum: usize = (0..times).flat_map(|y| (0..times).map(move |x| usize::from(at(y, x)))).sum();
            small.push(((sum + times * times / 2) / (times * times)) as u8);
        }
    }
    small.into()
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
    use crate::data::{Split, Target};

    fn pictures(count: usize) -> Dataset {
        let pixels: Vec<u8> = (0..count * 4).map(|i| i as u8).collect();
        Dataset::new(
            "made up".to_owned(),
            String::new(),
            "made up",
            Examples::Images(Images::new(2, 2, 1, pixels)),
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
            let shown = (0..10).filter(|sample| cache.get(&ctx, &data, *sample, 46.0).is_some()).count();
            assert_eq!(shown, expected);
        }
        assert!(cache.get(&ctx, &data, 10, 46.0).is_none(), "past the end");
    }

    #[test]
    fn what_was_not_shown_for_longest_leaves_first() {
        let (ctx, data) = (Context::default(), pictures(10));
        let mut cache = Thumbnails { keep_budget: 4 * 16, ..Thumbnails::default() };
        for sample in 0..10 {
            cache.begin_frame();
            assert!(cache.get(&ctx, &data, sample, 46.0).is_some());
            assert!(cache.bytes <= 6 * 16, "{} bytes", cache.bytes);
        }
        let kept: Vec<u32> = (0..10).filter(|s| cache.entries.keys().any(|(_, k, _)| k == s)).collect();
        assert!(kept.contains(&9) && !kept.contains(&0), "{kept:?}");
        let bytes: usize = cache.entries.values().map(|e| e.bytes).sum();
        assert_eq!(bytes, cache.bytes);
    }

    #[test]
    fn a_picture_much_larger_than_its_place_is_averaged() {
        assert_eq!([46.0, 92.0, 112.0, 113.0, 500.0].map(|place| times_smaller(224, place)), [4, 2, 2, 1, 1]);
        assert_eq!([times_smaller(64, 10.0), times_smaller(28, 200.0)], [1, 1], "small ones stay sharp");
        let rows = [[10, 30, 99], [50, 70, 99], [1, 2, 3]].concat();
        assert_eq!(averaged(&rows, 3, 1, 2)[..], [40], "the mean of four; the rest is left out");
        let colours = [[0, 10, 20], [100, 110, 120], [0, 10, 20], [100, 110, 120]].concat();
        assert_eq!(averaged(&colours, 2, 3, 2)[..], [50, 60, 70]);
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
