//! Comparing the shown predictions with another evaluation: the menu that chooses it, and the
//! line that says what became of the samples. Which run may be compared is decided by the
//! fingerprint of its data; counting is `inspect`'s.

use super::Scene;
use crate::app::{Action, Against, PredictionFilter, RunRow, State};
use crate::inspect::{Change, ChangeFilter, Counts};
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;

/// The button with the evaluations to choose from.
pub fn menu(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>) {
    let help = tr!(
        "Show which samples another evaluation predicted otherwise: an earlier one, or that of another run on the same data"
    );
    let button = ui.menu_button(tr!("Compare"), |ui| {
        ui.set_min_width(260.0);
        let state = cx.state;
        if state.compared.is_some() && ui.button(tr!("Stop comparing")).clicked() {
            cx.act(Action::CompareWith(None));
            ui.close();
        }
        let step = number::count(scene.table.step);
        let keep = ui.button(tr!("Later evaluations with this one, step {step}", step = step));
        if keep
            .on_hover_text(tr!("Keeps these predictions, to see what the next evaluations change"))
            .clicked()
        {
            cx.act(Action::CompareWithShown);
            ui.close();
        }
        earlier(ui, cx, scene);
        ui.separator();
        others(ui, cx, scene, state);
    });
    button.response.on_hover_text(help);
}

/// The best evaluation of this run, where it is not the one shown: a run keeps its file.
fn earlier(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>) {
    let best = scene.run.evaluations.iter().rev().find(|e| e.best && e.predictions.is_some());
    let Some(best) = best.filter(|best| best.step != scene.table.step) else { return };
    let step = number::count(best.step);
    let against = Against {
        folder: scene.run.folder.clone(),
        file: best.predictions.clone(),
        name: cx.state.title_of(&scene.run.folder),
    };
    if ui.button(tr!("With the best evaluation of this run, step {step}", step = step)).clicked() {
        cx.act(Action::CompareWith(Some(against)));
        ui.close();
    }
}

/// Runs on the same data, newest first.
fn others(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, state: &State) {
    let palette = Palette::of(ui.visuals());
    let data = scene.run.accepted.as_ref().map(|a| a.data.fingerprint.as_str()).unwrap_or_default();
    let others = || state.runs.iter().filter(|row| row.folder != scene.run.folder);
    let fitting: Vec<&RunRow> = others().filter(|row| row.fingerprint == data).collect();
    if fitting.is_empty() {
        ui.label(RichText::new(tr!("No other run on the same data")).color(palette.weak));
    } else {
        ui.label(RichText::new(tr!("With the last evaluation of")).color(palette.weak));
    }
    egui::ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        for row in &fitting {
            let accuracy = row.accuracy.map_or_else(|| "–".to_owned(), number::percent);
            let text = format!("{}  {accuracy}", row.title());
            let help = tr!(
                "{status}, {steps} steps",
                status = crate::language::tr_dynamic(&row.status),
                steps = number::count(row.step)
            );
            if ui.button(text).on_hover_text(help).clicked() {
                let against =
                    Against { folder: row.folder.clone(), file: None, name: row.title().to_owned() };
                cx.act(Action::CompareWith(Some(against)));
                ui.close();
            }
        }
    });
    let rest = others().count() - fitting.len();
    if rest > 0 {
        let text = if rest == 1 {
            tr!("1 run on other data cannot be compared sample by sample").to_owned()
        } else {
            tr!(
                "{count} runs on other data cannot be compared sample by sample",
                count = number::count(rest as u64)
            )
        };
        ui.label(RichText::new(text).small().color(palette.weak));
    }
}

/// What became of the samples; a click shows only those.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>) {
    let palette = Palette::of(ui.visuals());
    if let Some(against) = &cx.state.comparing {
        ui.label(
            RichText::new(tr!("Reading the predictions of {run}…", run = against.name)).color(palette.weak),
        );
        return;
    }
    let Some((compared, comparison)) = scene.compared else {
        if cx.state.compared.is_some() {
            let text = tr!("The evaluation to compare with is of other data or other samples than these.");
            ui.label(RichText::new(text).color(palette.weak));
        }
        return;
    };
    let counts = &comparison.counts;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 7.0;
        let step = number::count(compared.table.step);
        let with = if compared.folder == scene.run.folder {
            tr!("Since step {step}", step = step)
        } else {
            tr!("Against {run}, step {step}", run = compared.name, step = step)
        };
        ui.label(RichText::new(with).color(palette.weak));
        for (filter, count, text, help) in [
            (
                ChangeFilter::Is(Change::Fixed),
                counts.fixed,
                tr!("{count} fixed", count = number::count(counts.fixed)),
                tr!("Wrong there, right here"),
            ),
            (
                ChangeFilter::Is(Change::Broken),
                counts.broken,
                tr!("{count} broken", count = number::count(counts.broken)),
                tr!("Right there, wrong here"),
            ),
            (
                ChangeFilter::Is(Change::BothWrong),
                counts.both_wrong,
                tr!("{count} both wrong", count = number::count(counts.both_wrong)),
                tr!("Wrong in both"),
            ),
            (
                ChangeFilter::Is(Change::BothRight),
                counts.both_right,
                tr!("{count} both right", count = number::count(counts.both_right)),
                tr!("Right in both"),
            ),
            (
                ChangeFilter::Changed,
                counts.moved,
                tr!("{count} changed", count = number::count(counts.moved)),
                tr!("Predicted as another class"),
            ),
        ] {
            let chosen = scene.filter.change == Some(filter);
            let color = match filter {
                ChangeFilter::Is(Change::Fixed) if count > 0 => palette.good,
                ChangeFilter::Is(Change::Broken) if count > 0 => palette.bad,
                _ => palette.text,
            };
            let help = tr!("{what}. Click to show only these, again to show all.", what = help);
            if ui.selectable_label(chosen, RichText::new(text).color(color)).on_hover_text(help).clicked() {
                let change = (!chosen).then_some(filter);
                cx.act(Action::Filter(PredictionFilter { change, ..scene.filter.clone() }));
            }
        }
        if let Some((text, help)) = verdict(counts) {
            ui.label(RichText::new(text).color(palette.text)).on_hover_text(help);
        }
        if ui.button(tr!("Stop comparing")).clicked() {
            cx.act(Action::CompareWith(None));
        }
    });
}

/// The difference in accuracy and how likely chance alone gives as much.
fn verdict(counts: &Counts) -> Option<(String, String)> {
    let points = counts.difference()? * 100.0;
    let sign = if points > 0.0 { "+" } else { "" };
    let p = counts.p_value();
    let p = if p < 0.0001 { "< 0.0001".to_owned() } else { format!("= {p:.4}") };
    let text = tr!("Accuracy {points} points, p {p}", points = format!("{sign}{points:.2}"), p = p);
    let help = tr!(
        "On the {count} labelled samples that both evaluated. p is the probability of a difference at least as large if both were equally good (McNemar's exact test).",
        count = number::count(counts.labelled())
    );
    Some((text, help))
}
