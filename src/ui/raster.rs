//! Draws with egui into a picture in memory, without window or graphics card: the same
//! widgets, fonts and colours as on screen. It blends in gamma space as egui's own painters
//! do. It knows triangles and textures, no paint callbacks.

use super::theme;
use eframe::egui;
use eframe::egui::epaint::{ClippedPrimitive, Mesh, Primitive, Vertex};
use eframe::egui::{Color32, ColorImage, ImageData, Rect, TextureId, pos2, vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Passes before the picture is taken: sizes that depend on the pass before have settled.
const PASSES: usize = 3;

/// Draws `width` x `height` pixels at `scale` pixels per point, on the ground of a theme.
pub fn render(size: [u32; 2], scale: f32, dark: bool, mut draw: impl FnMut(&mut egui::Ui)) -> ColorImage {
    let ctx = egui::Context::default();
    ctx.add_font_provider(Arc::new(egui_system_font_provider::SystemFontProvider::new()));
    theme::install(&ctx);
    ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
    let [width, height] = size.map(|pixels| pixels as usize);
    let points = vec2(width as f32, height as f32) / scale;
    let mut textures: HashMap<TextureId, ColorImage> = HashMap::new();
    let mut canvas = Canvas::new(width, height);
    for pass in 0..PASSES {
        let mut input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), points)),
            time: Some(pass as f64),
            max_texture_side: Some(1 << 14),
            ..egui::RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&egui::ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(scale);
        }
        let output = ctx.run_ui(input, |ui| {
            let ground = theme::Palette::of(ui.visuals()).panel;
            ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, ground);
            draw(ui);
        });
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                let ImageData::Color(image) = &delta.image;
                put(&mut textures, *id, delta.pos, image);
            }
        }
        if pass + 1 == PASSES {
            let scale = output.pixels_per_point;
            for primitive in ctx.tessellate(output.shapes, scale) {
                canvas.paint(&primitive, scale, &textures);
            }
        }
    }
    canvas.finish()
}

/// Takes over a new texture or a part of one.
fn put(
    textures: &mut HashMap<TextureId, ColorImage>,
    id: TextureId,
    at: Option<[usize; 2]>,
    part: &ColorImage,
) {
    let (Some([x, y]), Some(whole)) = (at, textures.get_mut(&id)) else {
        textures.insert(id, part.clone());
        return;
    };
    let [width, height] = part.size;
    for row in 0..height {
        let to = (y + row) * whole.size[0] + x;
        let from = row * width;
        if let (Some(to), Some(from)) =
            (whole.pixels.get_mut(to..to + width), part.pixels.get(from..from + width))
        {
            to.copy_from_slice(from);
        }
    }
}

/// The picture: red, green and blue from 0 to 1, in gamma space.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
}

/// A colour with its opacity, premultiplied, 0 to 1.
type Ink = [f32; 4];

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0.0; 3]; width * height] }
    }

    fn finish(self) -> ColorImage {
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        let pixels = self.pixels.iter().map(|[r, g, b]| Color32::from_rgb(byte(*r), byte(*g), byte(*b)));
        ColorImage::new([self.width, self.height], pixels.collect())
    }

    fn paint(&mut self, clipped: &ClippedPrimitive, scale: f32, textures: &HashMap<TextureId, ColorImage>) {
        let Primitive::Mesh(mesh) = &clipped.primitive else { return };
        let Some(texture) = textures.get(&mesh.texture_id) else { return };
        let clip = clipped.clip_rect * scale;
        let edge = |value: f32, most: usize| value.round().clamp(0.0, most as f32) as usize;
        let clip = [
            edge(clip.left(), self.width),
            edge(clip.top(), self.height),
            edge(clip.right(), self.width),
            edge(clip.bottom(), self.height),
        ];
        for corners in mesh.indices.chunks_exact(3) {
            if let Some(corners) = vertices(mesh, corners) {
                self.triangle(corners, scale, clip, texture);
            }
        }
    }

    fn triangle(&mut self, mut corners: [Vertex; 3], scale: f32, clip: [usize; 4], texture: &ColorImage) {
        let at = |v: &Vertex| [f64::from(v.pos.x * scale), f64::from(v.pos.y * scale)];
        let [a, b, c] = [at(&corners[0]), at(&corners[1]), at(&corners[2])];
        let area = cross(a, b, c);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            corners.swap(1, 2);
        }
        let points = [at(&corners[0]), at(&corners[1]), at(&corners[2])];
        let area = area.abs();
        let inks = corners.map(|v| ink(v.color));
        let plain = corners.iter().all(|v| v.uv == egui::epaint::WHITE_UV);
        let span = |axis: usize, low: usize, high: usize| {
            let (least, most) = points
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), p| (l.min(p[axis]), m.max(p[axis])));
            let first = (least - 0.5).ceil().max(low as f64) as usize;
            first..(((most + 0.5).floor()).min(high as f64).max(first as f64) as usize)
        };
        let edges = [(points[1], points[2]), (points[2], points[0]), (points[0], points[1])];
        // A pixel on a shared edge belongs to one of its two triangles only.
        let owns = edges.map(|(from, to)| (from[1] == to[1] && to[0] > from[0]) || to[1] < from[1]);
        for y in span(1, clip[1], clip[3]) {
            for x in span(0, clip[0], clip[2]) {
                let centre = [x as f64 + 0.5, y as f64 + 0.5];
                let weights = edges.map(|(from, to)| cross(from, to, centre));
                if weights.iter().zip(owns).any(|(w, owns)| *w < 0.0 || (*w == 0.0 && !owns)) {
                    continue;
                }
                let shares = weights.map(|w| (w / area) as f32);
                let mix = |value: fn(&Vertex) -> f32| -> f32 {
                    corners.iter().zip(shares).map(|(v, share)| value(v) * share).sum()
                };
                let mut color: Ink = std::array::from_fn(|channel| {
                    inks.iter().zip(shares).map(|(ink, share)| ink[channel] * share).sum()
                });
                if !plain {
                    let texel = sample(texture, mix(|v| v.uv.x), mix(|v| v.uv.y));
                    color = std::array::from_fn(|channel| color[channel] * texel[channel]);
                }
                if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
                    let [r, g, b, opacity] = color;
                    for (below, above) in pixel.iter_mut().zip([r, g, b]) {
                        *below = above + *below * (1.0 - opacity);
                    }
                }
            }
        }
    }
}

fn vertices(mesh: &Mesh, corners: &[u32]) -> Option<[Vertex; 3]> {
    let corner = |index: usize| mesh.vertices.get(*corners.get(index)? as usize).copied();
    Some([corner(0)?, corner(1)?, corner(2)?])
}

/// Twice the area of a triangle; positive when it turns clockwise on a screen.
fn cross(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn ink(color: Color32) -> Ink {
    color.to_array().map(|v| f32::from(v) / 255.0)
}

/// The texture between its four nearest texels; `u` and `v` run from 0 to 1.
fn sample(texture: &ColorImage, u: f32, v: f32) -> Ink {
    let [width, height] = texture.size;
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let texel = |x: f32, y: f32| {
        let column = x.clamp(0.0, width.saturating_sub(1) as f32) as usize;
        let row = y.clamp(0.0, height.saturating_sub(1) as f32) as usize;
        texture.pixels.get(row * width + column).map_or([0.0; 4], |color| ink(*color))
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, below) = (x - left, y - top);
    let corners = [
        (texel(left, top), (1.0 - right) * (1.0 - below)),
        (texel(left + 1.0, top), right * (1.0 - below)),
        (texel(left, top + 1.0), (1.0 - right) * below),
        (texel(left + 1.0, top + 1.0), right * below),
    ];
    std::array::from_fn(|channel| corners.iter().map(|(ink, share)| ink[channel] * share).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_cover_their_pixels_once_and_nothing_else() {
        let half = Color32::from_rgba_unmultiplied(255, 0, 0, 128);
        let image = render([40, 30], 1.0, true, |ui| {
            // Two triangles: a pixel on their shared edge that both painted would be darker.
            let rect = Rect::from_min_max(pos2(10.0, 10.0), pos2(30.0, 20.0));
            ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, Color32::BLACK);
            let mut mesh = Mesh::default();
            mesh.add_colored_rect(rect, half);
            ui.painter().add(mesh);
        });
        let reds: Vec<u8> = image.pixels.iter().map(|p| p.r()).collect();
        for y in 0..30 {
            for x in 0..40 {
                let inside = (10..30).contains(&x) && (10..20).contains(&y);
                assert_eq!(reds[y * 40 + x], if inside { 128 } else { 0 }, "{x}, {y}");
            }
        }
    }

    #[test]
    fn text_is_there_and_scales() {
        let dark = |image: &ColorImage| image.pixels.iter().filter(|p| p.r() < 128).count();
        let draw = |ui: &mut egui::Ui| {
            ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, Color32::WHITE);
            let font = egui::FontId::proportional(14.0);
            ui.painter().text(pos2(4.0, 4.0), egui::Align2::LEFT_TOP, "Loss", font, Color32::BLACK);
        };
        let (small, large) =
            (dark(&render([60, 30], 1.0, false, draw)), dark(&render([120, 60], 2.0, false, draw)));
        assert!(small > 30, "{small} dark pixels");
        assert!((3.0..5.0).contains(&(large as f64 / small as f64)), "{small} and {large} dark pixels");
    }
}
