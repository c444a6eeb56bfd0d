//! The first-run tour: a few cards that point at the real places. It can be left at any time and
//! does not come by itself again; the Help menu starts it.

use super::panels::Cx;
use super::places;
use super::theme::Palette;
use crate::app::Action;
use crate::language::{later, tr, tr_dynamic};
use eframe::egui;
use eframe::egui::{Id, Key, Modifiers, Order, Pos2, Rect, RichText, Stroke, StrokeKind, pos2, vec2};

/// One card.
struct Step {
    /// Named with `places::mark`.
    place: &'static str,
    title: &'static str,
    text: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        place: "data",
        title: later!("Your data"),
        text: later!(
            "A small set of pictures is open to begin with. Open your own here, or drop a file or folder on the window."
        ),
    },
    Step {
        place: "settings",
        title: later!("Settings"),
        text: later!(
            "What the next run uses. The values shown suit the open data; point at a name to read what it does."
        ),
    },
    Step {
        place: "train",
        title: later!("Train"),
        text: later!("Press this (F5) and watch. Pause, change the learning rate, go on: nothing is lost."),
    },
    Step {
        place: "predictions",
        title: later!("See what is wrong"),
        text: later!(
            "After each evaluation the worst mistakes stand here. Confusion shows which class is taken for which; a click shows those samples."
        ),
    },
    Step {
        place: "help",
        title: later!("Find anything"),
        text: later!(
            "Ctrl+K finds every command, setting and file by a few letters, F1 shows all shortcuts. This tour starts again from here."
        ),
    },
];

/// Width of a card, in points.
const WIDTH: f32 = 300.0;

/// Paints the step that State says.
pub fn ui(ui: &egui::Ui, cx: &mut Cx<'_>) {
    let Some(index) = cx.state.tour else { return };
    let Some(step) = STEPS.get(index) else {
        cx.act(Action::EndTour);
        return;
    };
    let palette = Palette::of(ui.visuals());
    let screen = ui.ctx().content_rect();
    let place = places::find(ui.ctx(), step.place);
    if let Some(rect) = place {
        let layer = egui::LayerId::new(Order::Foreground, Id::unique("tour mark"));
        ui.ctx().layer_painter(layer).rect_stroke(
            rect.expand(3.0),
            5.0,
            Stroke::new(2.0, palette.accent),
            StrokeKind::Outside,
        );
    }
    let area = egui::Area::new(Id::unique("tour"))
        .order(Order::Foreground)
        .fixed_pos(beside(place, screen))
        .constrain_to(screen.shrink(8.0));
    area.show(ui.ctx(), |ui| {
        let frame = egui::Frame::popup(ui.style()).inner_margin(12).stroke(Stroke::new(1.0, palette.accent));
        frame.show(ui, |ui| {
            ui.set_width(WIDTH);
            ui.label(RichText::new(tr_dynamic(step.title)).size(15.0).strong().color(palette.strong));
            ui.add(egui::Label::new(RichText::new(tr_dynamic(step.text)).color(palette.text)).wrap());
            ui.add_space(4.0);
            buttons(ui, cx, index);
        });
    });
    let escape = !ui.ctx().text_edit_focused()
        && ui.memory(|m| m.focused().is_none())
        && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    if escape {
        cx.act(Action::EndTour);
    }
}

fn buttons(ui: &mut egui::Ui, cx: &mut Cx<'_>, index: usize) {
    let palette = Palette::of(ui.visuals());
    let last = index + 1 == STEPS.len();
    ui.horizontal(|ui| {
        let place = tr!("{step} of {steps}", step = index + 1, steps = STEPS.len());
        ui.label(RichText::new(place).small().color(palette.weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let forward = if last { tr!("Done") } else { tr!("Next step") };
            let text = RichText::new(forward).color(palette.on_accent);
            let button = egui::Button::new(text).fill(palette.accent).stroke(Stroke::NONE);
            if ui.add(button).clicked() {
                cx.act(if last { Action::EndTour } else { Action::TourStep(index + 1) });
            }
            if index > 0 && ui.button(tr!("Back")).clicked() {
                cx.act(Action::TourStep(index - 1));
            }
            if !last && ui.button(tr!("Skip the tour")).clicked() {
                cx.act(Action::EndTour);
            }
        });
    });
}

/// Below the place; in the middle where the place is not to be seen.
fn beside(place: Option<Rect>, screen: Rect) -> Pos2 {
    match place {
        Some(rect) => rect.left_bottom() + vec2(0.0, 12.0),
        None => pos2(screen.center().x - WIDTH / 2.0, screen.center().y - 80.0),
    }
}
