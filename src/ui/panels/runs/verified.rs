//! Verifying in the Runs panel: how far it is, the tick behind a run that came out the same, and
//! what is said of either. It starts nothing.

use super::table;
use crate::app::{Action, RunRow, State};
use crate::language::tr;
use crate::runs::Verified;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets;
use eframe::egui;
use eframe::egui::{RichText, Role, Sense, WidgetInfo, vec2};

/// Width of the tick, in points.
pub const WIDTH: f32 = 16.0;

/// The line about a run that is being verified; nothing otherwise.
pub fn progress(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(verifying) = cx.state.verifies() else { return };
    let palette = Palette::of(ui.visuals());
    let name = cx.state.title_of(&verifying.run);
    let (stage, done, total) = &verifying.progress;
    let text = tr!("Verifying {run}", run = name);
    ui.add(egui::Label::new(RichText::new(text).color(palette.text)).truncate());
    let about = tr!("Stop verifying; the run stays as it is");
    if widgets::progress(ui, stage, *done, *total, about) {
        cx.act(Action::CancelVerify);
    }
}

/// The tick of a run that came out the same; nothing otherwise.
pub fn tick(ui: &mut egui::Ui, run: &RunRow) {
    let Some(verified) = &run.verified else { return };
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, WIDTH), Sense::hover());
    widgets::verdict(ui.painter(), rect.center(), 6.5, true, &palette);
    let name = tr!("{run} is verified", run = run.title());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(said(verified));
}

/// What was verified, where and when.
pub fn said(verified: &Verified) -> String {
    tr!(
        "Verified: steps {from} to {to} came out the same, to the last bit of weights and optimizer.\n{processor}, {instructions}, threads: {threads}\nAttentive {version}, {date}",
        from = verified.from_step + 1,
        to = verified.to_step,
        processor = verified.processor,
        instructions = verified.instructions,
        threads = verified.threads,
        version = verified.version,
        date = table::started(verified.at)
    )
}

/// The same in a few words, or where the run differs; `None` when neither is known.
pub fn short(state: &State, run: &RunRow) -> Option<(String, bool)> {
    let found = state.verifying.as_ref().filter(|verifying| verifying.run == run.folder);
    if let Some((step, what)) = found.and_then(|verifying| verifying.differs.as_ref()) {
        return Some((
            tr!("Does not come out the same from step {step}: {what}", step = step, what = what),
            false,
        ));
    }
    let verified = run.verified.as_ref()?;
    let text = tr!(
        "Verified: steps {from} to {to}, {processor}, Attentive {version}",
        from = verified.from_step + 1,
        to = verified.to_step,
        processor = verified.processor,
        version = verified.version
    );
    Some((text, true))
}
