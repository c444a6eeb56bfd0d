//! One setting: its label, the widget that fits its kind, its unit, a way back, and what is
//! wrong with it.

use crate::app::{Action, usual_value};
use crate::config::{Choice, Kind, Setting, Value};
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{Id, Response, RichText, Role, Sense, WidgetInfo, vec2};
use std::collections::HashMap;

/// Share of the width for labels.
const LABELS: f32 = 0.33;
/// Width of a number.
const NUMBER: f32 = 58.0;

/// Texts that are being typed, by key.
#[derive(Default)]
pub struct Rows {
    typing: HashMap<&'static str, String>,
}

impl Rows {
    /// Paints one setting. `fixed` while a run is going and the setting may not change; `reveal`
    /// brings it into view and gives it the focus.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        setting: &'static Setting,
        fixed: bool,
        reveal: bool,
    ) {
        let palette = Palette::of(ui.visuals());
        let value = (setting.get)(&cx.state.config);
        let usual = usual_value(cx.state, setting);
        let help = tooltip(setting, &usual);
        ui.horizontal(|ui| {
            let width = ui.available_width();
            let height = ui.spacing().interact_size.y;
            let label = ui
                .allocate_ui_with_layout(
                    vec2(width * LABELS, height),
                    egui::Layout::left_to_right(egui::Align::Center),
                    |ui| {
                        ui.set_min_width(width * LABELS);
                        ui.add(
                            egui::Label::new(RichText::new(tr_dynamic(setting.label)).color(palette.text))
                                .truncate(),
                        )
                        .on_hover_text(&help)
                    },
                )
                .inner;
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                back(ui, cx, setting, value != usual && !fixed, &usual);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add_enabled_ui(!fixed, |ui| {
                        let response = self.widget(ui, cx, setting, &value, label.id);
                        if reveal {
                            response.request_focus();
                            label.scroll_to_me(Some(egui::Align::Center));
                        }
                        let why =
                            tr!("Fixed while a run is going; stop the run to change it for the next one.");
                        response.on_hover_text(&help).on_disabled_hover_text(why);
                    });
                    if !setting.unit.is_empty() {
                        let unit = RichText::new(tr_dynamic(setting.unit)).small().color(palette.weak);
                        ui.add(egui::Label::new(unit).truncate());
                    }
                });
            });
        });
        for (_, message) in cx.state.problems.iter().filter(|(key, _)| key == setting.key) {
            ui.add(egui::Label::new(RichText::new(message).small().color(palette.bad)).wrap());
        }
    }

    fn widget(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        setting: &'static Setting,
        value: &Value,
        label: Id,
    ) -> Response {
        match (setting.kind, value) {
            (Kind::Switch, Value::Bool(on)) => {
                let mut on = *on;
                let response = ui.checkbox(&mut on, "").labelled_by(label);
                if response.changed() {
                    cx.act(Action::Set(setting.key, Value::Bool(on)));
                }
                response
            }
            (Kind::Integer { min, max }, Value::Int(whole)) => {
                whole_number(ui, cx, setting, *whole, (min, max)).labelled_by(label)
            }
            (Kind::Real { min, max, logarithmic }, Value::Float(real)) => {
                real_number(ui, cx, setting, *real, (min, max), logarithmic, label)
            }
            (Kind::Choice(choices), Value::Text(key)) => choice(ui, cx, setting, key, choices),
            (_, other) => self.text(ui, cx, setting, &other.to_string()).labelled_by(label),
        }
    }

    fn text(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        setting: &'static Setting,
        value: &str,
    ) -> Response {
        let mut text = self.typing.get(setting.key).cloned().unwrap_or_else(|| value.to_owned());
        let field = egui::TextEdit::singleline(&mut text)
            .desired_width(ui.available_width())
            .hint_text(tr!("guessed"));
        let response = ui.add(field);
        if response.has_focus() || response.changed() {
            self.typing.insert(setting.key, text.clone());
        }
        if response.lost_focus() {
            self.typing.remove(setting.key);
            if text != value {
                cx.act(Action::Set(setting.key, Value::Text(text)));
            }
        }
        response
    }
}

/// Help, range and usual value.
fn tooltip(setting: &Setting, usual: &Value) -> String {
    let live = if setting.live { tr!("\nMay change while a run is going.") } else { "" };
    let range = match setting.kind {
        Kind::Switch | Kind::Text | Kind::Choice(_) => String::new(),
        Kind::Integer { min, max } => tr!("\nRange: {low} to {high}.", low = min, high = max),
        Kind::Real { min, max, .. } => {
            tr!("\nRange: {low} to {high}.", low = number::plain(min), high = number::plain(max))
        }
    };
    let end = tr!("Usual value: {value}. Key: {key}", value = shown(usual), key = setting.key);
    format!("{}{range}{live}\n{end}", tr_dynamic(setting.help))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Float(v) => number::plain(*v),
        Value::Text(text) if text.is_empty() => tr!("empty").to_owned(),
        other => other.to_string(),
    }
}

/// The way back to the usual value; keeps its place while there is nothing to reset.
fn back(ui: &mut egui::Ui, cx: &mut Cx<'_>, setting: &'static Setting, changed: bool, usual: &Value) {
    let size = vec2(18.0, ui.spacing().interact_size.y);
    if !changed {
        ui.allocate_space(size);
        return;
    }
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = tr!("Reset {setting}", setting = tr_dynamic(setting.label).to_lowercase());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let lit = response.hovered() || response.has_focus();
    back_arrow(ui, rect.center(), if lit { palette.accent } else { palette.weak });
    let help = tr!("Back to the usual value, {value}", value = shown(usual));
    if response.on_hover_text(help).clicked() {
        cx.act(Action::Reset(setting.key));
    }
}

/// An arrow that turns back to the left.
fn back_arrow(ui: &egui::Ui, center: egui::Pos2, color: egui::Color32) {
    let stroke = egui::Stroke::new(1.4, color);
    let tip = center + vec2(-5.5, -2.0);
    let radius = 3.0;
    let turn = center + vec2(2.0, -2.0 + radius);
    let mut path = vec![tip, center + vec2(2.0, -2.0)];
    let half_turn = (1..=8).map(|i| std::f32::consts::PI * (i as f32 / 8.0 - 0.5));
    path.extend(half_turn.map(|angle| turn + radius * egui::Vec2::angled(angle)));
    path.push(center + vec2(-2.5, -2.0 + 2.0 * radius));
    ui.painter().add(egui::Shape::line(path, stroke));
    ui.painter().line_segment([tip, tip + vec2(3.0, -3.0)], stroke);
    ui.painter().line_segment([tip, tip + vec2(3.0, 3.0)], stroke);
}

/// Typed values may leave the range, so that the message can say why they do not fit;
/// dragged ones stop at its ends.
fn whole_number(
    ui: &mut egui::Ui,
    cx: &mut Cx<'_>,
    setting: &'static Setting,
    value: i64,
    (min, max): (i64, i64),
) -> Response {
    let mut edited = value;
    let speed = (value.unsigned_abs() as f64 * 0.01).max(0.08);
    let drag = egui::DragValue::new(&mut edited).speed(speed).update_while_editing(false);
    let response = ui.add_sized(vec2(NUMBER, ui.spacing().interact_size.y), drag);
    if edited != value {
        let edited = if response.dragged() { edited.clamp(min, max) } else { edited };
        cx.act(Action::Set(setting.key, Value::Int(edited)));
    }
    response
}

fn real_number(
    ui: &mut egui::Ui,
    cx: &mut Cx<'_>,
    setting: &'static Setting,
    value: f64,
    (min, max): (f64, f64),
    logarithmic: bool,
    label: Id,
) -> Response {
    let mut edited = value;
    let height = ui.spacing().interact_size.y;
    let slides = max <= 1.0;
    let room = ui.available_width() - NUMBER - ui.spacing().item_spacing.x;
    let unit = if setting.unit.is_empty() { 0.0 } else { 76.0 };
    let drag = egui::DragValue::new(&mut edited)
        .speed(if logarithmic { value.abs().max(1e-7) * 0.01 } else { (max - min).min(10.0) * 0.002 })
        .max_decimals(9)
        .custom_formatter(|number, _| number::plain(number))
        .update_while_editing(false);
    let mut response = ui.add_sized(vec2(NUMBER, height), drag).labelled_by(label);
    let mut dragged = response.dragged();
    if slides && room - unit > 60.0 {
        ui.spacing_mut().slider_width = room - unit;
        // The handle is as large as this, which would be clumsy at the height of a button.
        ui.spacing_mut().interact_size.y = 15.0;
        let mut slid = edited;
        let slider = egui::Slider::new(&mut slid, min..=max)
            .logarithmic(logarithmic)
            .smallest_positive(min.max(1e-9))
            .show_value(false)
            .trailing_fill(true);
        let slider = ui.add(slider).labelled_by(label);
        if slider.changed() {
            edited = rounded(slid, max - min, logarithmic);
            dragged = true;
        }
        response |= slider;
    }
    if edited != value {
        let edited = if dragged { edited.clamp(min, max) } else { edited };
        cx.act(Action::Set(setting.key, Value::Float(edited)));
    }
    response
}

/// A slid value has two digits where the scale is logarithmic, and steps of a hundredth
/// of the range otherwise.
fn rounded(value: f64, range: f64, logarithmic: bool) -> f64 {
    if logarithmic {
        format!("{value:.1e}").parse().unwrap_or(value)
    } else {
        let step = 10f64.powf((range * 0.01).log10().floor());
        let rounded = (value / step).round() * step;
        format!("{rounded:.6}").parse().unwrap_or(rounded)
    }
}

fn choice(
    ui: &mut egui::Ui,
    cx: &mut Cx<'_>,
    setting: &'static Setting,
    value: &str,
    choices: &'static [Choice],
) -> Response {
    let current = choices.iter().find(|c| c.key == value).map_or(value, |c| tr_dynamic(c.label));
    let combo = egui::ComboBox::from_id_salt(setting.key)
        .selected_text(current)
        .width((ui.available_width() - 4.0).min(150.0));
    let shown = combo.show_ui(ui, |ui| {
        for choice in choices {
            let entry = ui
                .selectable_label(choice.key == value, tr_dynamic(choice.label))
                .on_hover_text(tr_dynamic(choice.help));
            if entry.clicked() && choice.key != value {
                cx.act(Action::Set(setting.key, Value::Text(choice.key.to_owned())));
            }
        }
    });
    shown.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, tr_dynamic(setting.label));
        info.current_text_value = Some(current.to_owned());
        info
    });
    shown.response
}
