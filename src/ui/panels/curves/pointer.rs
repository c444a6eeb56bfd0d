//! What pointer and keys ask of a chart: drag, wheel with Ctrl, a range dragged out with the
//! other button, double click, arrow keys. It changes nothing and draws only that range.

use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Key, PointerButton, Rangef, pos2};

/// What the person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// The step under the pointer.
    pub pointed: Option<f64>,
    /// Other steps in the picture.
    pub zoom: Option<Zoom>,
}

/// A change of the steps in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zoom {
    /// All steps.
    Reset,
    /// These.
    To([f64; 2]),
}

/// What pointer and keys ask for.
pub fn asked(
    ui: &egui::Ui,
    response: &egui::Response,
    range: [f64; 2],
    step_at: impl Fn(egui::Pos2) -> f64,
) -> Asked {
    let [low, high] = range;
    let mut asked = Asked { pointed: response.hover_pos().map(&step_at), zoom: None };
    let around = |centre: f64, factor: f64| {
        Some(Zoom::To([centre - (centre - low) * factor, centre + (high - centre) * factor]))
    };
    if response.double_clicked() {
        asked.zoom = Some(Zoom::Reset);
    } else if response.dragged_by(PointerButton::Primary) {
        let moved = response.drag_delta().x;
        if moved != 0.0 {
            let steps = step_at(pos2(moved, 0.0)) - step_at(pos2(0.0, 0.0));
            asked.zoom = Some(Zoom::To([low - steps, high - steps]));
        }
    } else if let Some(pointer) = asked.pointed.filter(|_| response.contains_pointer()) {
        let factor = f64::from(ui.input(|i| i.zoom_delta()));
        if factor != 1.0 && factor > 0.0 {
            asked.zoom = around(pointer, 1.0 / factor);
        }
    }
    if response.dragged_by(PointerButton::Secondary) || response.drag_stopped_by(PointerButton::Secondary) {
        asked.zoom = boxed(ui, response, range, step_at).or(asked.zoom);
    }
    if response.has_focus() {
        let pressed = |key| ui.input(|i| i.key_pressed(key));
        let span = high - low;
        let keys = [
            (Key::ArrowLeft, Some(Zoom::To([low - span * 0.2, high - span * 0.2]))),
            (Key::ArrowRight, Some(Zoom::To([low + span * 0.2, high + span * 0.2]))),
            (Key::Plus, around((low + high) / 2.0, 0.5)),
            (Key::Equals, around((low + high) / 2.0, 0.5)),
            (Key::Minus, around((low + high) / 2.0, 2.0)),
            (Key::Home, Some(Zoom::Reset)),
        ];
        for (key, zoom) in keys {
            if pressed(key) {
                asked.zoom = zoom;
            }
        }
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
            memory.set_focus_lock_filter(response.id, filter);
        });
    }
    asked
}

/// Drags out a range with the other mouse button.
fn boxed(
    ui: &egui::Ui,
    response: &egui::Response,
    range: [f64; 2],
    step_at: impl Fn(egui::Pos2) -> f64,
) -> Option<Zoom> {
    let (start, now) = ui.input(|i| (i.pointer.press_origin(), i.pointer.latest_pos()));
    let start = start.or_else(|| ui.data(|d| d.get_temp(response.id)))?;
    let now = now?;
    ui.data_mut(|d| d.insert_temp(response.id, start));
    if response.drag_stopped() {
        let (a, b) = (step_at(start), step_at(now));
        return ((a - b).abs() > (range[1] - range[0]) * 0.01).then(|| Zoom::To([a.min(b), a.max(b)]));
    }
    let palette = Palette::of(ui.visuals());
    let frame = egui::Rect::from_x_y_ranges(
        Rangef::new(start.x.min(now.x), start.x.max(now.x)),
        response.rect.y_range(),
    );
    ui.painter().rect_filled(frame, 0.0, palette.accent.gamma_multiply(0.2));
    None
}
