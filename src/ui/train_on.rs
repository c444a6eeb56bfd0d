//! The button that goes on with the run shown: how many epochs it is to have in all, and go.

use super::panels::Cx;
use super::widgets::number;
use crate::app::Action;
use crate::language::tr;
use eframe::egui;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{Button, DragValue, Id, PopupCloseBehavior, RichText, vec2};
use std::path::PathBuf;

/// What a person wished, for the run that was shown then.
type Wished = (PathBuf, u64);

/// Paints the button where a run could go on; nothing otherwise.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let (None, Some(usual)) = (cx.state.why_not_train_on(), cx.state.usual_train_on()) else { return };
    let Some(run) = &cx.state.run else { return };
    let (folder, step) = (run.folder.clone(), run.step);
    let id = Id::unique("train on");
    let wished = ui.data(|data| data.get_temp::<Wished>(id));
    let mut epochs = wished.filter(|(of, _)| *of == folder).map_or(usual, |(_, epochs)| epochs);
    let button = Button::new(tr!("Train on…")).min_size(vec2(0.0, 28.0));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        ui.set_min_width(220.0);
        ui.label(tr!("The run is at step {step}.", step = number::count(step)));
        ui.horizontal(|ui| {
            let label = ui.label(tr!("Epochs in all"));
            ui.add(DragValue::new(&mut epochs).range(1..=100_000).speed(0.1)).labelled_by(label.id);
        });
        let go = Button::new(RichText::new(tr!("Go on")).strong());
        let help = tr!(
            "Go on from the last checkpoint, in the same run; the schedule stretches to the new number of epochs."
        );
        if ui.add(go).on_hover_text(help).clicked() {
            cx.act(Action::TrainOn(epochs));
            ui.close();
        }
    });
    ui.data_mut(|data| data.insert_temp::<Wished>(id, (folder, epochs)));
    response.on_hover_text(tr!("Train the run shown for more epochs, from where it ended."));
}
