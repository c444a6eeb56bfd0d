//! Above the predictions: which are shown, in which order, and how many. Each change is one
//! `Action::Filter` with the whole filter.

use super::gallery::Gallery;
use super::{ORDERS, Scene, Tools, compare, words};
use crate::app::{Action, Export, OutcomeFilter, PredictionFilter};
use crate::data::{Modality, Split};
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo};

/// Paints it.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, gallery: &mut Gallery, tools: &mut Tools) {
    let mut filter = scene.filter.clone();
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.horizontal_wrapped(|ui| {
        outcomes(ui, &mut filter);
        search(ui, &mut filter);
        classes(ui, scene, true, &mut filter.true_class);
        classes(ui, scene, false, &mut filter.predicted_class);
        splits(ui, &mut filter);
        probability(ui, &mut filter);
        orders(ui, &mut filter);
    });
    ui.horizontal_wrapped(|ui| outcome(ui, cx, scene, &mut filter, gallery, tools));
    if filter != *scene.filter {
        cx.act(Action::Filter(filter));
    }
}

/// Right, wrong or both.
fn outcomes(ui: &mut egui::Ui, filter: &mut PredictionFilter) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        ui.spacing_mut().button_padding.x = 7.0;
        for (outcome, name, help) in [
            (OutcomeFilter::All, tr!("All"), tr!("Right and wrong predictions")),
            (
                OutcomeFilter::Mistakes,
                tr!("Mistakes"),
                tr!("Only samples whose prediction differs from their label"),
            ),
            (OutcomeFilter::Correct, tr!("Correct"), tr!("Only samples whose prediction is their label")),
        ] {
            ui.selectable_value(&mut filter.outcome, outcome, name).on_hover_text(help);
        }
    });
}

/// A text to look for.
fn search(ui: &mut egui::Ui, filter: &mut PredictionFilter) {
    let field = egui::TextEdit::singleline(&mut filter.text)
        .hint_text(tr!("Search"))
        .align(egui::Align2::LEFT_CENTER)
        .desired_width(110.0);
    let field = ui.add(field).on_hover_text(tr!(
        "Only samples whose text, label or prediction contains this, in any case, or whose number it is"
    ));
    let (valid, typed) = (true, filter.text.clone());
    field.widget_info(|| WidgetInfo {
        label: Some(tr!("Search samples").to_owned()),
        ..WidgetInfo::text_edit(valid, &typed, &typed, "")
    });
}

/// The probability of the predicted class, from and to.
fn probability(ui: &mut egui::Ui, filter: &mut PredictionFilter) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        ui.spacing_mut().interact_size.x = 30.0;
        let range = filter.probability;
        let value = |ui: &mut egui::Ui, value: &mut f32, range: [f32; 2], name: &str| {
            // In percent, so that what is shown is what is typed.
            let mut percent = f64::from(*value) * 100.0;
            let [least, most] = range.map(|end| f64::from(end) * 100.0);
            let drag = egui::DragValue::new(&mut percent)
                .range(least..=most)
                .speed(0.5)
                .max_decimals(2)
                .suffix("\u{a0}%");
            let response = ui.add(drag).on_hover_text(tr!(
                "Only samples whose predicted class is as probable as this, in percent; drag or type"
            ));
            let changed = response.changed();
            response.widget_info(|| WidgetInfo {
                label: Some(name.to_owned()),
                ..WidgetInfo::drag_value(true, percent)
            });
            if changed {
                *value = (percent / 100.0) as f32;
            }
        };
        value(ui, &mut filter.probability.least, [0.0, range.most], tr!("Lowest probability"));
        ui.label("–");
        value(ui, &mut filter.probability.most, [range.least, 1.0], tr!("Highest probability"));
    });
}

/// How many there are, the way back to all, comparing, exporting, and the size of the pictures.
fn outcome(
    ui: &mut egui::Ui,
    cx: &mut Cx<'_>,
    scene: &Scene<'_>,
    filter: &mut PredictionFilter,
    gallery: &mut Gallery,
    tools: &mut Tools,
) {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(count(scene)).color(palette.weak));
    let all = filter.cleared();
    if *filter != all && ui.button(tr!("Clear")).on_hover_text(tr!("Take all filters away")).clicked() {
        *filter = all;
    }
    tools.elsewhere.menu(ui, cx);
    if !scene.elsewhere {
        compare::menu(ui, cx, scene);
        let help = tr!("Write the samples shown to a CSV file, with label, prediction and all probabilities");
        tools.export.ui(ui, cx, help, |ui| {
            let shown = number::count(scene.rows.len() as u64);
            ui.label(tr!("{shown} samples as CSV, in the order shown", shown = shown));
            Export::Predictions
        });
    }
    if scene.dataset.is_some_and(|d| d.modality() == Modality::Image) {
        // A slider takes the room that is left, instead of the next line, so it must be sent there.
        if ui.available_size_before_wrap().x < 112.0 {
            ui.end_row();
        }
        let label = ui.label(RichText::new(tr!("Size")).color(palette.weak));
        ui.spacing_mut().slider_width = 64.0;
        ui.add(egui::Slider::new(&mut gallery.side, 28.0..=224.0).show_value(false))
            .labelled_by(label.id)
            .on_hover_text(tr!("Side of a picture, 28 to 224 points"));
    }
}

/// How many are shown, of how many, after which step.
fn count(scene: &Scene<'_>) -> String {
    let shown = number::count(scene.rows.len() as u64);
    let total = number::count(scene.table.len() as u64);
    let step = number::count(scene.table.step);
    if scene.filter.outcome == OutcomeFilter::Mistakes {
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
