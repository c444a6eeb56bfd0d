//! Before training: what should be known about the open data, each with what to do about it;
//! the tokens of texts; samples that stand in the data more than once, and those that could
//! not be read. It shows a report that a worker made and looks at no sample itself.

mod duplicates;
mod histogram;

use crate::app::{Action, DataView};
use crate::config::Value;
use crate::language::{later, tr};
use crate::preprocess::{DataReport, Finding, TokenReport};
use crate::ui::findings::sentence;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, caution, foldable, number};
use duplicates::Which;
use eframe::egui;
use eframe::egui::RichText;

/// Height of a row of samples that were set aside.
const ASIDE_ROW: f32 = 20.0;
/// Such rows in view.
const ASIDE_IN_VIEW: f32 = 7.0;

/// What this part remembers.
#[derive(Default)]
pub struct Check {
    duplicates: duplicates::List,
    nearly: duplicates::List,
}

impl Check {
    /// Paints it.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, data: &DataView) {
        foldable(ui, tr!("Before training"), true, |ui| self.body(ui, cx, data));
    }

    fn body(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, data: &DataView) {
        let palette = Palette::of(ui.visuals());
        let checking = &cx.state.checking;
        if let Some((_, (stage, done, total))) = &checking.job {
            let (stage, done, total) = (stage.clone(), *done, *total);
            let stage = if stage.is_empty() { later!("Checking the data").to_owned() } else { stage };
            if widgets::progress(ui, &stage, done, total, tr!("Stop checking the data.")) {
                cx.act(Action::CancelCheck);
            }
            return;
        }
        if let Some(error) = &checking.error {
            ui.add(egui::Label::new(RichText::new(error).color(palette.bad)).wrap());
        }
        let Some(report) = checking.report.clone() else {
            let help = tr!(
                "Looks for duplicates, samples shared between splits, rare classes and, in texts, for what the tokenizer does to them."
            );
            if ui.button(tr!("Check the data")).on_hover_text(help).clicked() {
                cx.act(Action::CheckData);
            }
            return;
        };
        if cx.state.check_is_old() {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(tr!("Settings have changed since.")).color(palette.weak));
                if ui.button(tr!("Check again")).clicked() {
                    cx.act(Action::CheckData);
                }
            });
        }
        findings(ui, cx, &report, data);
        if let Some(tokens) = &report.tokens {
            token_lines(ui, tokens);
        }
        if report.duplicates.num_groups > 0 {
            let title = tr!("Duplicates ({groups})", groups = number::count(report.duplicates.num_groups));
            foldable(ui, &title, false, |ui| self.duplicates.ui(ui, cx, &report, Which::Same, data));
        }
        if report.nearly.num_groups > 0 {
            let title = tr!("Nearly equal ({groups})", groups = number::count(report.nearly.num_groups));
            foldable(ui, &title, false, |ui| self.nearly.ui(ui, cx, &report, Which::Nearly, data));
        }
        set_aside(ui, data);
    }
}

/// Each finding with a mark and, where one click mends it, a button.
fn findings(ui: &mut egui::Ui, cx: &mut Cx<'_>, report: &DataReport, data: &DataView) {
    let palette = Palette::of(ui.visuals());
    let found = report.findings(&cx.state.config);
    if found.is_empty() {
        ui.label(RichText::new(tr!("Nothing to warn of.")).color(palette.good));
    }
    for (finding, serious) in found {
        let color = if serious { palette.warning } else { palette.weak };
        egui::Frame::new().fill(palette.raised).corner_radius(4).inner_margin(6).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                mark(ui, serious, color);
                ui.vertical(|ui| {
                    let text = sentence(&finding, &data.dataset.classes);
                    ui.add(egui::Label::new(RichText::new(text).color(palette.text)).wrap());
                    if let Some((label, key, value)) = remedy(&finding)
                        && ui.button(label).clicked()
                    {
                        cx.act(Action::Set(key, value));
                    }
                });
            });
        });
    }
}

/// A triangle for what is serious, a disc for what is good to know.
fn mark(ui: &mut egui::Ui, serious: bool, color: egui::Color32) {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(14.0, 16.0), egui::Sense::hover());
    let word = if serious { tr!("Warning") } else { tr!("Note") };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, word));
    caution(ui.painter(), rect.center(), serious, color, Palette::of(ui.visuals()).raised);
}

/// The setting that mends it, where there is one.
fn remedy(finding: &Finding) -> Option<(String, &'static str, Value)> {
    match finding {
        Finding::Uneven { .. } => {
            Some((tr!("Balance classes").to_owned(), "train.class_weights", Value::Bool(true)))
        }
        Finding::Cut { enough, length, .. } if enough > length => {
            let most = crate::config::setting("text.length").ok()?;
            let value = Value::Int(i64::try_from(*enough).ok()?);
            most.check(&value).ok()?;
            Some((tr!("Set length to {tokens}", tokens = enough), "text.length", value))
        }
        _ => None,
    }
}

/// Lengths, share of texts cut, share of unknown tokens.
fn token_lines(ui: &mut egui::Ui, tokens: &TokenReport) {
    let palette = Palette::of(ui.visuals());
    ui.add_space(4.0);
    ui.label(RichText::new(tr!("Tokens of a text")).small().strong().color(palette.strong));
    histogram::ui(ui, tokens);
    let [shortest, median, _, p95, _, longest] = tokens.quantiles;
    let lines = [
        tr!(
            "{shortest} to {longest} tokens, median {median}; 95 % have at most {p}.",
            shortest = number::count(shortest),
            longest = number::count(longest),
            median = number::count(median),
            p = number::count(p95)
        ),
        tr!(
            "{share} of the texts are cut at {length} tokens ({texts} texts).",
            share = number::percent(tokens.cut_share()),
            length = number::count(tokens.length),
            texts = number::count(tokens.cut)
        ),
        tr!(
            "{share} of the tokens are unknown; the vocabulary has {size}.",
            share = number::percent(tokens.unknown_share()),
            size = number::count(tokens.vocabulary)
        ),
    ];
    for line in lines {
        ui.add(egui::Label::new(RichText::new(line).small().color(palette.text)).wrap());
    }
}

/// Samples that could not be read, each with its reason.
fn set_aside(ui: &mut egui::Ui, data: &DataView) {
    let aside = &data.dataset.set_aside;
    if aside.is_empty() {
        return;
    }
    let palette = Palette::of(ui.visuals());
    let title = tr!("Set aside ({count})", count = number::count(aside.len() as u64));
    foldable(ui, &title, false, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = egui::ScrollArea::vertical().id_salt("set aside").max_height(ASIDE_IN_VIEW * ASIDE_ROW);
        area.auto_shrink([false, true]).show_rows(ui, ASIDE_ROW, aside.len(), |ui, visible| {
            for one in aside.get(visible).unwrap_or_default() {
                let text = format!("{}: {}", one.item, one.reason);
                let label = egui::Label::new(RichText::new(&text).small().color(palette.text)).truncate();
                ui.add_sized([ui.available_width(), ASIDE_ROW], label).on_hover_text(text);
            }
        });
    });
}
