//! Above the predictions: which are shown, in which order, and how many. Each change is one
//! `Action::Filter` with the whole filter.

use super::gallery::Gallery;
use super::{ORDERS, Scene, words};
use crate::app::{Action, PredictionFilter};
use crate::data::{Modality, Split};
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo};

/// Narrowest panel in which everything stands on one line, in points.
const ONE_LINE: f32 = 900.0;

/// Paints it.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, gallery: &mut Gallery) {
    let mut filter = scene.filter.clone();
    ui.spacing_mut().item_spacing.x = 6.0;
    if ui.available_width() >= ONE_LINE {
        ui.horizontal(|ui| {
            choices(ui, scene, &mut filter);
            outcome(ui, scene, &mut filter, gallery);
        });
    } else {
        ui.horizontal_wrapped(|ui| choices(ui, scene, &mut filter));
        ui.horizontal(|ui| outcome(ui, scene, &mut filter, gallery));
    }
    if filter != *scene.filter {
        cx.act(Action::Filter(filter));
    }
}

/// Which samples, in which order.
fn choices(ui: &mut egui::Ui, scene: &Scene<'_>, filter: &mut PredictionFilter) {
    ui.checkbox(&mut filter.mistakes_only, tr!("Mistakes only"))
        .on_hover_text(tr!("Only samples whose prediction differs from their label"));
    classes(ui, scene, true, &mut filter.true_class);
    classes(ui, scene, false, &mut filter.predicted_class);
    splits(ui, filter);
    orders(ui, filter);
}

/// How many there are, the way back to all, and the size of the pictures.
fn outcome(ui: &mut egui::Ui, scene: &Scene<'_>, filter: &mut PredictionFilter, gallery: &mut Gallery) {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(count(scene)).color(palette.weak));
    let all = PredictionFilter { sort: filter.sort, ..Default::default() };
    if *filter != all && ui.button(tr!("Clear")).on_hover_text(tr!("Take all filters away")).clicked() {
        *filter = all;
    }
    if scene.dataset.is_some_and(|d| d.modality() == Modality::Image) {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().slider_width = 64.0;
            let slider = ui
                .add(egui::Slider::new(&mut gallery.side, 28.0..=224.0).show_value(false))
                .on_hover_text(tr!("Side of a picture, 28 to 224 points"));
            let label = ui.label(RichText::new(tr!("Size")).color(palette.weak));
            slider.labelled_by(label.id);
        });
    }
}

/// How many are shown, of how many, after which step.
fn count(scene: &Scene<'_>) -> String {
    let shown = number::count(scene.rows.len() as u64);
    let total = number::count(scene.table.len() as u64);
    let step = number::count(scene.table.step);
    if scene.filter.mistakes_only {
        if scene.rows.len() == 1 {
            tr!("1 mistake of {total}, step {step}", total = total, step = step)
        } else {
            tr!("{shown} mistakes of {total}, step {step}", shown = shown, total = total, step = step)
        }
    } else if scene.rows.len() == scene.table.len() {
        tr!("{total} samples, step {step}", total = total, step = step)
    } else {
        tr!("{shown} of {total} samples, step {step}", shown = shown, total = total, step = step)
    }
}

/// A list to choose from. What is chosen says itself what it is about; `name` is what
/// assistive technology calls it.
fn choice(ui: &mut egui::Ui, name: &str, help: &str, chosen: &str, add: impl FnOnce(&mut egui::Ui)) {
    let inner = egui::ComboBox::from_id_salt(name).selected_text(chosen).width(40.0).height(320.0).show_ui(
        ui,
        |ui| {
            ui.set_min_width(130.0);
            add(ui);
        },
    );
    let info = || WidgetInfo {
        label: Some(name.to_owned()),
        current_text_value: Some(chosen.to_owned()),
        ..WidgetInfo::new(Role::ComboBox)
    };
    inner.response.widget_info(info);
    inner.response.on_hover_text(help);
}

fn classes(ui: &mut egui::Ui, scene: &Scene<'_>, label: bool, value: &mut Option<u32>) {
    let (name, any, help, labelled) = if label {
        (tr!("True class"), tr!("Any label"), tr!("Only samples labelled with this class"), true)
    } else {
        (tr!("Predicted class"), tr!("Any prediction"), tr!("Only samples predicted as this class"), false)
    };
    let chosen = value.map_or(any.to_owned(), |class| {
        let class = words::brief(&scene.class(class));
        if labelled { tr!("Label {class}", class = class) } else { tr!("Predicted {class}", class = class) }
    });
    choice(ui, name, help, &chosen, |ui| {
        ui.selectable_value(value, None, any);
        for class in 0..u32::try_from(scene.table.classes).unwrap_or(0) {
            ui.selectable_value(value, Some(class), scene.class(class).as_ref());
        }
    });
}

fn splits(ui: &mut egui::Ui, filter: &mut PredictionFilter) {
    let all = [
        (None, tr!("All splits")),
        (Some(Split::Train), tr!("Train")),
        (Some(Split::Validation), tr!("Validation")),
        (Some(Split::Test), tr!("Test")),
    ];
    let chosen = all.iter().find(|(split, _)| *split == filter.split).map_or("", |(_, name)| name);
    choice(ui, tr!("Split"), tr!("Only samples of this part of the data"), chosen, |ui| {
        for (split, name) in all {
            ui.selectable_value(&mut filter.split, split, name);
        }
    });
}

fn orders(ui: &mut egui::Ui, filter: &mut PredictionFilter) {
    let chosen = ORDERS.iter().find(|(order, _, _)| *order == filter.sort);
    let chosen = chosen.map_or("", |(_, name, _)| tr_dynamic(name));
    choice(ui, tr!("Sort by"), tr!("Order of the samples"), chosen, |ui| {
        for (order, name, help) in ORDERS {
            ui.selectable_value(&mut filter.sort, *order, tr_dynamic(name)).on_hover_text(tr_dynamic(help));
        }
    });
}
