//! The charts as a picture: heading, key and all charts, without controls. Where it is drawn
//! to is the caller's affair.

use super::{Curves, Extra, last_step, legend};
use crate::app::{CurveLook, NamedRun};
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::RichText;

/// Draws the first run in full and the others beside it. No runs: nothing.
pub fn draw(ui: &mut egui::Ui, runs: &[NamedRun], look: CurveLook) {
    let Some((shown, others)) = runs.split_first() else { return };
    let palette = Palette::of(ui.visuals());
    let extras: Vec<Extra<'_>> = others
        .iter()
        .enumerate()
        .map(|(index, other)| Extra {
            folder: &other.run.folder,
            name: other.name.clone(),
            color: palette.overlay(index, other.color),
            run: Some(&other.run),
            begins: 0.0,
        })
        .collect();
    let extras = super::forked::begin(&shown.run, extras);
    let origin = shown.run.parent.as_ref().map(|parent| {
        let is = |extra: &&Extra<'_>| super::forked::is(extra.folder, parent);
        let name = extras.iter().find(is).map_or_else(|| parent.run.clone(), |extra| extra.name.clone());
        (parent.step, name)
    });
    let last = last_step(&shown.run, &extras);
    let mut curves = Curves { look, whole: true, ..Curves::default() };
    egui::Frame::new().inner_margin(16).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&shown.name).size(15.0).strong().color(palette.strong));
            if let Some(accepted) = &shown.run.accepted {
                ui.label(RichText::new(&accepted.data.name).color(palette.weak));
            }
            for extra in &extras {
                ui.add_space(8.0);
                legend::key(ui, extra.color);
                ui.label(&extra.name);
            }
        });
        ui.add_space(6.0);
        curves.charts(ui, &shown.run, &extras, last, origin.as_ref());
    });
}
