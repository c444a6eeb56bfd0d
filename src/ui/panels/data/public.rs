//! Public data sets: what they are, under which licence, how large; fetching one, and opening
//! one that is there. It goes to the network only at a click on Get.

use crate::app::{Action, Fetching};
use crate::data::catalogue::{PUBLIC_SETS, PublicSet};
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{Align, Layout, RichText};

/// Paints one card for each set.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    let folder = tr!("Kept in {folder}", folder = cx.state.public.folder.display());
    ui.add(
        egui::Label::new(
            RichText::new(tr!("Fetched from the internet at a click on Get, and only then."))
                .small()
                .color(palette.weak),
        )
        .wrap(),
    )
    .on_hover_text(folder);
    for set in PUBLIC_SETS {
        egui::Frame::new().fill(palette.raised).corner_radius(5).inner_margin(8).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            card(ui, cx, set);
        });
    }
}

fn card(ui: &mut egui::Ui, cx: &mut Cx<'_>, set: &'static PublicSet) {
    let palette = Palette::of(ui.visuals());
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            button(ui, cx, set);
            ui.label(RichText::new(size(set)).small().color(palette.weak));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = RichText::new(tr_dynamic(set.title)).strong().color(palette.strong);
                ui.add(egui::Label::new(title).truncate()).on_hover_text(about(set));
            });
        });
    });
    ui.add(egui::Label::new(RichText::new(tr_dynamic(set.about)).small().color(palette.weak)).wrap());
    let licence = tr!("Licence: {licence}", licence = tr_dynamic(set.licence));
    ui.add(egui::Label::new(RichText::new(licence).small().color(palette.weak)).wrap());
    if let Some(fetching) = cx.state.public.fetching.as_ref().filter(|f| f.set.name == set.name) {
        progress(ui, fetching);
    }
    if let Some((name, reason)) = &cx.state.public.error
        && *name == set.name
    {
        ui.add(egui::Label::new(RichText::new(reason).small().color(palette.bad)).wrap());
    }
}

/// Page and citation, for the tooltip.
fn about(set: &PublicSet) -> String {
    tr!("{page}\nCite: {citation}", page = set.page, citation = set.citation)
}

fn size(set: &PublicSet) -> String {
    match set.bytes() {
        Some(bytes) => number::bytes(bytes),
        None => tr!("size not stated").to_owned(),
    }
}

fn button(ui: &mut egui::Ui, cx: &mut Cx<'_>, set: &'static PublicSet) {
    let public = &cx.state.public;
    // The name on the button is short; assistive technology hears of which set it is.
    let named = |response: egui::Response, name: String| {
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, response.enabled(), &name));
        response
    };
    let title = tr_dynamic(set.title);
    match &public.fetching {
        Some(fetching) if fetching.set.name == set.name => {
            let cancel = ui.add_enabled(!fetching.cancelled, egui::Button::new(tr!("Cancel")));
            let cancel =
                cancel.on_hover_text(tr!("Stop fetching; what came so far is kept for the next time."));
            if named(cancel, tr!("Cancel fetching {set}", set = title)).clicked() {
                cx.act(Action::CancelFetch);
            }
        }
        _ if public.fetched.contains(&set.name) => {
            let open = ui.button(tr!("Open")).on_hover_text(tr!("Open this set."));
            if named(open, tr!("Open {set}", set = title)).clicked() {
                cx.act(Action::OpenData(set.source()));
            }
        }
        other => {
            let get = ui.add_enabled(other.is_none(), egui::Button::new(tr!("Get")));
            let get = get
                .on_hover_text(tr!("Fetch this set from the internet."))
                .on_disabled_hover_text(tr!("Another set is being fetched."));
            if named(get, tr!("Get {set}", set = title)).clicked() {
                cx.act(Action::FetchPublic(set));
            }
        }
    }
}

fn progress(ui: &mut egui::Ui, fetching: &Fetching) {
    let palette = Palette::of(ui.visuals());
    let (stage, done, total) = &fetching.progress;
    let stage = if fetching.cancelled { tr!("Stopping") } else { tr_dynamic(stage) };
    let text = match (*done, *total) {
        (0, 0) => stage.to_owned(),
        (done, 0) => tr!("{stage} {done}", stage = stage, done = number::count(done)),
        (done, total) => tr!(
            "{stage} {done} of {total}",
            stage = stage,
            done = number::bytes(done),
            total = number::bytes(total)
        ),
    };
    let share = if *total == 0 { 0.0 } else { (*done as f64 / *total as f64) as f32 };
    let bar = egui::ProgressBar::new(share)
        .desired_width(ui.available_width())
        .desired_height(18.0)
        .fill(palette.accent.gamma_multiply(0.5))
        .text(RichText::new(text).size(11.5).color(palette.strong));
    ui.add(bar);
}
