//! The dialog that prepares a fork: from which checkpoint, with which settings changed, under
//! which name; what would be refused stands beside it before anything is written. It holds
//! nothing itself: all that is filled in is in State.

use super::panels::Cx;
use super::theme::Palette;
use super::widgets::number;
use crate::app::{Action, ForkWish, Forking};
use crate::config::{Choice, Kind, Setting, Value, setting};
use crate::language::{tr, tr_dynamic};
use crate::train::Forkable;
use eframe::egui;
use eframe::egui::{Button, ComboBox, DragValue, Response, RichText, Role, TextEdit, WidgetInfo, vec2};

/// Width of the dialog, in points.
const WIDTH: f32 = 500.0;
/// Room for names of settings and fields.
const LABELS: f32 = 150.0;
/// Width of a field.
const FIELD: f32 = 150.0;

/// Paints it while a fork is being prepared; Escape and a click outside close it.
pub fn ui(ui: &egui::Ui, cx: &mut Cx<'_>) {
    let Some(forking) = &cx.state.forking else { return };
    let palette = Palette::of(ui.visuals());
    let name = cx.state.title_of(&forking.run);
    let modal = egui::Modal::new(egui::Id::unique("fork")).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        let title = tr!("Fork {run}", run = name);
        ui.add(egui::Label::new(RichText::new(title).size(15.0).strong().color(palette.strong)).truncate());
        let about = tr!(
            "A new run that goes on from a checkpoint of this one, on the same data. This one stays as it is."
        );
        ui.add(egui::Label::new(RichText::new(about).color(palette.weak)).wrap());
        ui.add_space(6.0);
        ui.add_enabled_ui(forking.job.is_none() && !forking.points.is_empty(), |ui| {
            fields(ui, cx, forking);
            ui.add_space(4.0);
            changes(ui, cx, forking, &name);
        });
        ui.add_space(6.0);
        end(ui, cx, forking);
    });
    if modal.should_close() {
        cx.act(Action::Fork(ForkWish::Close));
    }
}

/// A name and what belongs to it, in line with the others.
fn row<R>(ui: &mut egui::Ui, name: &str, body: impl FnOnce(&mut egui::Ui, egui::Id) -> R) -> R {
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y;
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let label = ui.allocate_ui_with_layout(vec2(LABELS, height), layout, |ui| {
            ui.set_min_width(LABELS);
            ui.add(egui::Label::new(RichText::new(name).color(palette.text)).truncate()).id
        });
        body(ui, label.inner)
    })
    .inner
}

fn fields(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking) {
    row(ui, tr!("Checkpoint"), |ui, _| {
        let current = match forking.point() {
            Some(point) => said(point),
            None => tr!("being read").to_owned(),
        };
        let combo = ComboBox::from_id_salt("checkpoint").selected_text(&current).width(240.0);
        let shown = combo.show_ui(ui, |ui| {
            for point in &forking.points {
                if ui.selectable_label(point.step == forking.step, said(point)).clicked() {
                    cx.act(Action::Fork(ForkWish::Point(point.step)));
                }
            }
        });
        shown.response.widget_info(|| WidgetInfo {
            label: Some(tr!("Checkpoint").to_owned()),
            current_text_value: Some(current.clone()),
            ..WidgetInfo::new(Role::ComboBox)
        });
        shown.response.on_hover_text(tr!("Where the fork begins; the run keeps these checkpoints"));
    });
    row(ui, tr!("Name"), |ui, label| {
        let mut name = forking.name.clone();
        let usual = forking.usual_name();
        let field = TextEdit::singleline(&mut name)
            .hint_text(&usual)
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(ui.available_width() - 8.0);
        let help = tr!("What the fork is called in the list of runs");
        if ui.add(field).labelled_by(label).on_hover_text(help).changed() {
            cx.act(Action::Fork(ForkWish::Name(name)));
        }
    });
}

/// A checkpoint in words.
fn said(point: &Forkable) -> String {
    let step = number::count(point.step);
    match (point.newest, point.best) {
        (true, true) => tr!("Step {step} (newest and best)", step = step),
        (true, false) => tr!("Step {step} (newest)", step = step),
        (false, true) => tr!("Step {step} (best)", step = step),
        (false, false) => tr!("Step {step}", step = step),
    }
}

fn changes(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking, run: &str) {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(tr!("Changed settings")).size(12.0).strong().color(palette.strong));
    if forking.changes.is_empty() {
        ui.label(
            RichText::new(tr!("None so far: it would train as {run} did.", run = run)).color(palette.weak),
        );
    }
    let height = (ui.ctx().content_rect().height() - 380.0).max(90.0);
    // The dialog grows with the list; it would keep the height of an empty one otherwise.
    let area = egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for (key, value) in &forking.changes {
            if let Ok(setting) = setting(key) {
                change(ui, cx, forking, setting, value);
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        add(ui, cx, forking);
        let help =
            tr!("Take every value that is different in the Settings panel; the data stays the run's own");
        if ui.button(tr!("Take from Settings")).on_hover_text(help).clicked() {
            cx.act(Action::Fork(ForkWish::TakeSettings));
        }
        if !forking.refused.is_empty() {
            let help = tr!("Leave out the changes that a fork cannot have");
            if ui.button(tr!("Leave out what does not fit")).on_hover_text(help).clicked() {
                cx.act(Action::Fork(ForkWish::KeepWhatMust));
            }
        }
    });
    let rule = tr!(
        "What the data means, the shape of the model, the seed and the batch size stay as they are; everything else may change."
    );
    ui.add(egui::Label::new(RichText::new(rule).small().color(palette.weak)).wrap());
}

/// The list of settings that may be other ones.
fn add(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking) {
    let name = tr!("Change a setting…");
    let combo = ComboBox::from_id_salt("add").selected_text(name).width(FIELD).height(320.0);
    let shown = combo.show_ui(ui, |ui| {
        for setting in forking.choices() {
            let entry =
                ui.selectable_label(false, tr_dynamic(setting.label)).on_hover_text(tr_dynamic(setting.help));
            if entry.clicked()
                && let Some(point) = forking.point()
            {
                let value = (setting.get)(&point.settings);
                cx.act(Action::Fork(ForkWish::Change(setting.key, value)));
            }
        }
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
    shown.response.on_hover_text(tr!("Choose a setting to give it another value in the fork"));
}

/// One setting with its value in the fork and what it was.
fn change(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking, setting: &'static Setting, value: &Value) {
    let palette = Palette::of(ui.visuals());
    let refused = forking.refused.iter().find(|(key, _)| *key == setting.key);
    row(ui, tr_dynamic(setting.label), |ui, label| {
        if let Some(wanted) = edit(ui, setting, value, label) {
            cx.act(Action::Fork(ForkWish::Change(setting.key, wanted)));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = tr!("Keep {setting}", setting = tr_dynamic(setting.label).to_lowercase());
            let button = ui.add(Button::new(tr!("Keep")).small());
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if button.on_hover_text(tr!("Leave this setting as it is in the run")).clicked() {
                cx.act(Action::Fork(ForkWish::Keep(setting.key)));
            }
            if let Some(point) = forking.point() {
                let was = tr!("was {value}", value = shown(setting, &(setting.get)(&point.settings)));
                ui.add(egui::Label::new(RichText::new(was).small().color(palette.weak)).truncate());
            }
        });
    });
    if let Some((_, why)) = refused {
        ui.add(egui::Label::new(RichText::new(why).small().color(palette.bad)).wrap());
    }
}

fn shown(setting: &Setting, value: &Value) -> String {
    match (setting.kind, value) {
        (Kind::Choice(choices), Value::Text(key)) => label_of(choices, key).to_owned(),
        (_, Value::Float(real)) => number::plain(*real),
        (_, Value::Text(text)) if text.is_empty() => tr!("empty").to_owned(),
        (_, Value::Bool(on)) => if *on { tr!("on") } else { tr!("off") }.to_owned(),
        (_, other) => other.to_string(),
    }
}

fn label_of<'a>(choices: &'static [Choice], key: &'a str) -> &'a str {
    choices.iter().find(|choice| choice.key == key).map_or(key, |choice| tr_dynamic(choice.label))
}

/// The widget that fits a setting; the value that is wished with it.
fn edit(ui: &mut egui::Ui, setting: &'static Setting, value: &Value, label: egui::Id) -> Option<Value> {
    let size = vec2(FIELD, ui.spacing().interact_size.y);
    let help = tr_dynamic(setting.help);
    let told = |response: Response| response.labelled_by(label).on_hover_text(help);
    let wanted = match (setting.kind, value) {
        (Kind::Switch, Value::Bool(on)) => {
            let mut on = *on;
            told(ui.checkbox(&mut on, ""));
            Value::Bool(on)
        }
        (Kind::Integer { .. }, Value::Int(whole)) => {
            let mut whole = *whole;
            let speed = (whole.unsigned_abs() as f64 * 0.01).max(0.08);
            told(ui.add_sized(size, DragValue::new(&mut whole).speed(speed).update_while_editing(false)));
            Value::Int(whole)
        }
        (Kind::Real { min, max, logarithmic }, Value::Float(real)) => {
            let mut real = *real;
            let speed = if logarithmic { real.abs().max(1e-7) * 0.01 } else { (max - min).min(10.0) * 0.002 };
            let drag = DragValue::new(&mut real)
                .speed(speed)
                .max_decimals(9)
                .custom_formatter(|number, _| number::plain(number))
                .update_while_editing(false);
            told(ui.add_sized(size, drag));
            Value::Float(real)
        }
        (Kind::Choice(choices), Value::Text(key)) => {
            let mut wanted = key.clone();
            let combo =
                ComboBox::from_id_salt(setting.key).selected_text(label_of(choices, key)).width(FIELD);
            let combo = combo.show_ui(ui, |ui| {
                for choice in choices {
                    let entry = ui.selectable_label(choice.key == key, tr_dynamic(choice.label));
                    if entry.on_hover_text(tr_dynamic(choice.help)).clicked() {
                        choice.key.clone_into(&mut wanted);
                    }
                }
            });
            combo.response.widget_info(|| WidgetInfo {
                label: Some(tr_dynamic(setting.label).to_owned()),
                current_text_value: Some(label_of(choices, key).to_owned()),
                ..WidgetInfo::new(Role::ComboBox)
            });
            combo.response.on_hover_text(help);
            Value::Text(wanted)
        }
        (_, other) => {
            let mut text = other.to_string();
            told(ui.add_sized(size, TextEdit::singleline(&mut text)));
            Value::Text(text)
        }
    };
    (wanted != *value).then_some(wanted)
}

/// What stands in the way, and the buttons.
fn end(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking) {
    let palette = Palette::of(ui.visuals());
    let why = cx.state.why_not_fork().filter(|_| forking.job.is_none());
    // Refused changes have it beside them.
    if let Some(why) = why.as_ref().filter(|_| forking.refused.is_empty()) {
        let color = if forking.problem.is_some() { palette.bad } else { palette.weak };
        ui.add(egui::Label::new(RichText::new(why).color(color)).wrap());
        ui.add_space(4.0);
    }
    // In a row of its own, or it would take the height that the dialog had before.
    ui.horizontal(|ui| buttons(ui, cx, forking, why));
}

fn buttons(ui: &mut egui::Ui, cx: &mut Cx<'_>, forking: &Forking, why: Option<String>) {
    let palette = Palette::of(ui.visuals());
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let possible = why.is_none() && forking.job.is_none();
        let text = if forking.job.is_some() { tr!("Creating it…") } else { tr!("Fork and train") };
        let text = RichText::new(text).strong();
        let button = if possible {
            Button::new(text.color(palette.on_accent)).fill(palette.accent).stroke(egui::Stroke::NONE)
        } else {
            Button::new(text)
        };
        let help = tr!("Create the new run and train it from the checkpoint on");
        let response = ui.add_enabled(possible, button.min_size(vec2(0.0, 28.0))).on_hover_text(help);
        let response = match &why {
            Some(why) => response.on_disabled_hover_text(why),
            None => response,
        };
        if response.clicked() {
            cx.act(Action::Fork(ForkWish::Start));
        }
        if ui.add(Button::new(tr!("Close")).min_size(vec2(0.0, 28.0))).clicked() {
            cx.act(Action::Fork(ForkWish::Close));
        }
    });
}
