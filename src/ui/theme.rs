//! Colours, sizes and spacing: one place for the look of the window, light and dark.
//!
//! One accent colour; everything else is neutral. Series colours begin with those of Okabe and
//! Ito (2008); all seven are told apart by people with any common colour vision, which a test
//! works out, and keep contrast against the ground. Nothing here draws.

use crate::app::Theme;
use eframe::egui;
use eframe::egui::{
    Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Visuals, style::WidgetVisuals, vec2,
};

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind panels: top bar, gaps.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Rows under the pointer, cards.
    pub raised: Color32,
    /// Text fields, plots, pictures' ground.
    pub well: Color32,
    /// Empty part of a bar.
    pub track: Color32,
    /// Thin lines.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Headings, chosen things.
    pub strong: Color32,
    /// Units, captions, hints.
    pub weak: Color32,
    /// The one accent: the primary button, selection, links.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Right.
    pub good: Color32,
    /// Needs attention.
    pub warning: Color32,
    /// Wrong.
    pub bad: Color32,
    /// Series in order of use; the first is for training, the second for validation.
    pub series: [Color32; 7],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// On a dark ground.
pub const DARK: Palette = Palette {
    ground: rgb(0x14161a),
    panel: rgb(0x1b1e23),
    raised: rgb(0x262a31),
    well: rgb(0x121417),
    track: rgb(0x2a2e35),
    line: rgb(0x333840),
    text: rgb(0xcfd3d9),
    strong: rgb(0xf2f4f6),
    weak: rgb(0x959ca6),
    accent: rgb(0x56b4e9),
    on_accent: rgb(0x081620),
    good: rgb(0x2fc494),
    warning: rgb(0xe69f00),
    bad: rgb(0xf07f45),
    series: [
        rgb(0x56b4e9),
        rgb(0xe69f00),
        rgb(0x009250),
        rgb(0xb683a1),
        rgb(0xebfa76),
        rgb(0xc36313),
        rgb(0x2162c8),
    ],
};

/// On a light ground.
pub const LIGHT: Palette = Palette {
    ground: rgb(0xe9ebee),
    panel: rgb(0xfbfbfc),
    raised: rgb(0xeef0f3),
    well: rgb(0xffffff),
    track: rgb(0xe3e6ea),
    line: rgb(0xd3d7dc),
    text: rgb(0x2b3037),
    strong: rgb(0x0d1116),
    weak: rgb(0x626973),
    accent: rgb(0x006aa8),
    on_accent: rgb(0xffffff),
    good: rgb(0x007d5c),
    warning: rgb(0x9a6200),
    bad: rgb(0xb84500),
    series: [
        rgb(0x0072b2),
        rgb(0xd55e00),
        rgb(0x129e64),
        rgb(0xbd588f),
        rgb(0x834d1e),
        rgb(0x031f3b),
        rgb(0x0092ff),
    ],
};

impl Palette {
    /// The palette in use.
    pub fn of(visuals: &Visuals) -> Self {
        if visuals.dark_mode { DARK } else { LIGHT }
    }

    /// Colour of the n-th earlier run in the charts: the chosen one, or one that the shown run
    /// does not use.
    pub fn overlay(&self, index: usize, chosen: Option<[u8; 3]>) -> Color32 {
        chosen.map_or_else(|| self.series(3 + index), |[r, g, b]| Color32::from_rgb(r, g, b))
    }

    /// Colour of the n-th series; repeats after the last.
    pub fn series(&self, index: usize) -> Color32 {
        self.series[index % self.series.len()]
    }
}

/// Sets sizes, spacing and both themes' colours; called once at the start.
pub fn install(ctx: &egui::Context) {
    for (theme, palette) in [(egui::Theme::Dark, DARK), (egui::Theme::Light, LIGHT)] {
        ctx.set_visuals_of(theme, visuals(theme, &palette));
    }
    // The size is a value of State, kept with the preferences.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.all_styles_mut(|style| {
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Small, font(11.0)),
            (TextStyle::Body, font(13.0)),
            (TextStyle::Button, font(13.0)),
            (TextStyle::Heading, font(15.0)),
            (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(8.0, 6.0);
        spacing.button_padding = vec2(10.0, 3.0);
        spacing.interact_size = vec2(36.0, 24.0);
        spacing.icon_width = 15.0;
        spacing.icon_width_inner = 9.0;
        spacing.icon_spacing = 6.0;
        spacing.combo_width = 80.0;
        spacing.tooltip_width = 340.0;
        spacing.slider_rail_height = 4.0;
        spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.tooltip_delay = 0.35;
        style.animation_time = 0.1;
    });
}

/// What egui calls the theme.
pub fn preference(theme: Theme) -> egui::ThemePreference {
    match theme {
        Theme::System => egui::ThemePreference::System,
        Theme::Light => egui::ThemePreference::Light,
        Theme::Dark => egui::ThemePreference::Dark,
    }
}

fn visuals(theme: egui::Theme, p: &Palette) -> Visuals {
    let mut v = theme.default_visuals();
    let dark = v.dark_mode;
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.faint_bg_color = if dark { rgb(0x202329) } else { rgb(0xf4f5f7) };
    v.extreme_bg_color = p.well;
    v.code_bg_color = p.raised;
    v.weak_text_color = Some(p.weak);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.bad;
    v.selection.bg_fill = p.accent.gamma_multiply(if dark { 0.35 } else { 0.22 });
    v.selection.stroke = Stroke::new(1.0, p.strong);
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Circle;
    v.indent_has_left_vline = false;
    // A blinking one would paint the whole window twice a second, for as long as it stands somewhere.
    v.text_cursor.blink = false;
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(5);
    let widget = |fill: Color32, line: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(4),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let w = &mut v.widgets;
    w.noninteractive = widget(p.panel, p.line, p.text);
    if dark {
        w.inactive = widget(rgb(0x292e35), rgb(0x3a4049), p.text);
        w.hovered = widget(rgb(0x323841), rgb(0x5b6470), p.strong);
        w.active = widget(rgb(0x22272d), p.accent, p.strong);
        w.open = widget(rgb(0x2c3139), rgb(0x4a515c), p.strong);
        // Rails of sliders, boxes of checkboxes.
        w.inactive.bg_fill = rgb(0x3a4049);
        w.hovered.bg_fill = rgb(0x464d57);
    } else {
        w.inactive = widget(rgb(0xf1f2f5), rgb(0xc6cbd2), p.text);
        w.hovered = widget(rgb(0xe6e9ed), rgb(0x8d959f), p.strong);
        w.active = widget(rgb(0xdbdfe5), p.accent, p.strong);
        w.open = widget(rgb(0xe9ecf0), rgb(0xa7aeb8), p.strong);
        w.inactive.bg_fill = rgb(0xdde1e6);
        w.hovered.bg_fill = rgb(0xd0d5dc);
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::contrast::contrast;

    /// What is seen without one kind of cone, on linear RGB: Machado, Oliveira and Fernandes (2009),
    /// severity 1. The first is the usual vision.
    const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
        ("usual", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ],
        ),
    ];

    /// CIELAB (D65) of a colour as seen with a vision.
    fn lab(color: Color32, vision: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = [color.r(), color.g(), color.b()].map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let dot = |row: &[f64; 3], v: &[f64; 3]| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>();
        let seen = [0, 1, 2].map(|i| dot(&vision[i], &linear).clamp(0.0, 1.0));
        let xyz = [
            dot(&[0.4124564, 0.3575761, 0.1804375], &seen) / 0.95047,
            dot(&[0.2126729, 0.7151522, 0.0721750], &seen),
            dot(&[0.0193339, 0.1191920, 0.9503041], &seen) / 1.08883,
        ];
        let [x, y, z] =
            xyz.map(|t| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn series_are_told_apart_with_any_common_colour_vision() {
        for palette in [DARK, LIGHT] {
            for (name, vision) in &VISIONS {
                let seen = palette.series.map(|color| lab(color, vision));
                for i in 0..seen.len() {
                    for j in 0..i {
                        let apart =
                            seen[i].iter().zip(seen[j]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        assert!(apart >= 15.0, "{name}: series {j} and {i} are {apart:.1} apart");
                    }
                }
            }
            for color in palette.series {
                assert!(contrast(color, palette.well) >= 3.0, "{color:?} is seen on the ground");
            }
        }
    }
}
