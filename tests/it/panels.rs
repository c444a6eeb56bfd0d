//! Tests of the panels: what they show, and what they ask for when they are used.

mod checks;
mod classes;
mod confusion;
mod curves;
mod data;
mod fixture;
mod model;
mod numbers;
mod predictions;
mod pyramid;
mod runs;
mod try_it;

use attentive::app::{Action, State};
use attentive::ui::panels::{Cx, View, panel};
use attentive::ui::{Thumbnails, theme};
use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

/// A panel alone on the screen, with the state it reads and the wishes it made.
struct Alone {
    state: State,
    view: Box<dyn View>,
    thumbnails: Thumbnails,
    wishes: Vec<Action>,
    themed: bool,
}

/// Shows one panel in a window of a size.
fn show(id: &str, state: State, size: [f32; 2]) -> Harness<'static, Alone> {
    let view = (panel(id).expect("a panel of the table").view)();
    let alone = Alone { state, view, thumbnails: Thumbnails::default(), wishes: Vec::new(), themed: false };
    let mut harness = Harness::builder()
        .with_size(egui::vec2(size[0], size[1]))
        .with_theme(egui::Theme::Dark)
        // Tests run without system fonts, and some names here are Chinese.
        .allow_missing_glyphs()
        .build_ui_state(
            |ui, alone: &mut Alone| {
                if !std::mem::replace(&mut alone.themed, true) {
                    theme::install(ui.ctx());
                }
                alone.thumbnails.begin_frame();
                let Alone { state, view, thumbnails, wishes, .. } = alone;
                view.ui(ui, &mut Cx { state, actions: wishes, thumbnails });
            },
            alone,
        );
    harness.run_steps(3);
    harness
}

/// Takes the wishes made since the last time.
fn wishes(harness: &mut Harness<'static, Alone>) -> Vec<Action> {
    harness.run_steps(2);
    std::mem::take(&mut harness.state_mut().wishes)
}

/// The one wish made, if it is a filter.
fn filtered(harness: &mut Harness<'static, Alone>) -> attentive::app::PredictionFilter {
    let made = wishes(harness);
    match made.as_slice() {
        [Action::Filter(filter) | Action::ShowSamples(filter)] => filter.clone(),
        other => panic!("one filter was expected, not {other:?}"),
    }
}

#[test]
fn every_control_has_a_name() {
    let data = fixture::images(60, &fixture::FASHION);
    let text = fixture::texts(60, &["退款", "refund"]);
    let mut detail = fixture::state(text.clone(), 200, 60);
    detail.selected_prediction = Some(3);
    for (id, state) in [
        ("curves", fixture::state(data.clone(), 200, 60)),
        ("predictions", fixture::state(data.clone(), 200, 60)),
        ("predictions", fixture::state(text, 200, 60)),
        ("predictions", detail),
        ("confusion", fixture::state(data.clone(), 200, 60)),
        ("runs", fixture::state(data, 200, 60)),
    ] {
        let harness = show(id, state, [900.0, 600.0]);
        assert_eq!(harness.unnamed_widgets(), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn empty_states_say_what_will_appear_and_how() {
    for (id, title, hint) in [
        ("curves", "No run to show yet", "Press Train"),
        ("predictions", "No predictions yet", "Press Train"),
        ("confusion", "No evaluation yet", "Press Train"),
        ("runs", "No runs yet", "Press Train"),
        ("model", "No model yet", "Open data"),
    ] {
        let harness = show(id, State::default(), [600.0, 400.0]);
        harness.get_by_label(title);
        harness.get_by_label_contains(hint);
    }
}
