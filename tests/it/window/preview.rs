//! What the model sees, in the window: shown on request, made again when a setting changes.

use super::*;
use attentive::preprocess::{ModelView, Seen};

fn shown(state: &State) -> Option<Arc<ModelView>> {
    state.model_view.shown.clone().and_then(Result::ok).filter(|_| !state.model_view_is_due())
}

/// The first sample: as evaluated, and as in the epochs shown.
fn first(preview: &ModelView) -> (Vec<u8>, Vec<Vec<u8>>) {
    let Seen::Pictures { plain, augmented } = &preview.samples[0].seen else { panic!("not pictures") };
    (plain.pixels.clone(), augmented.iter().map(|picture| picture.pixels.clone()).collect())
}

#[test]
fn the_data_panel_shows_what_the_model_sees_with_the_settings_shown() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("data open", |s| s.data.is_some() && s.opening.is_none());
    assert!(window.state().model_view.shown.is_none(), "nothing is made that nobody looks at");
    for key in ["augment.shift", "augment.flip"] {
        let off = if key == "augment.flip" { Value::Bool(false) } else { Value::Int(0) };
        window.act(Action::Set(key, off));
    }
    window.click("What the model sees");
    window.until("a preview", |s| shown(s).is_some());
    window.harness.run_steps(2);
    let before = shown(window.state()).expect("shown");
    let (plain, augmented) = first(&before);
    assert!(augmented.iter().all(|picture| *picture == plain), "no augmentation is on");
    assert!(window.shows("No augmentation is on: each epoch sees a sample as it is."));
    let sample = before.samples[0].sample;
    let data = window.state().data.clone().expect("open").dataset;
    let label = &data.classes[data.targets[sample as usize].class().expect("labelled") as usize];
    window.harness.get_by_label(&format!("Sample {sample}, {label}, as it is evaluated"));
    window.harness.get_by_label(&format!("Sample {sample}, {label}, as in epoch 4"));

    window.act(Action::Set("augment.rotation", Value::Float(30.0)));
    window.until("another preview", |s| shown(s).is_some_and(|now| now != before));
    let (still, turned) = first(&shown(window.state()).expect("shown"));
    assert_eq!(still, plain);
    assert!(turned.iter().all(|picture| *picture != plain) && turned[0] != turned[1]);

    window.click("Later epochs");
    window.until("later epochs", |s| s.model_view.page == 1 && shown(s).is_some());
    window.harness.run_steps(2);
    window.harness.get_by_label(&format!("Sample {sample}, {label}, as in epoch 5"));

    // Another size: the data is read again, and then the preview is made of it.
    window.act(Action::Set("image.size", Value::Int(16)));
    window.until("smaller pictures", |s| {
        shown(s).is_some_and(|now| first(&now).0.len() == 16 * 16) && s.opening.is_none()
    });
}
