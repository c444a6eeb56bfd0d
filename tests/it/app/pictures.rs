//! The settings of pictures in the app: data is read again for them, and the preview is asked
//! for when it is out of date, one at a time.

use super::*;
use attentive::config::Resize;
use attentive::preprocess::ModelView;

#[test]
fn a_setting_of_pictures_reads_the_data_again() {
    let mut state = ready(&images("builtin:fashion"));
    let effects = update(&mut state, Action::Set("image.size", Value::Int(12)));
    let Some((job, Job::Describe { source, options, .. })) = started(&effects) else {
        panic!("{effects:?}");
    };
    assert_eq!((source.as_str(), options.pictures.size), ("builtin:fashion", Some((12, 12))));
    let effects = update(&mut state, Action::Set("image.resize", Value::Text("pad".to_owned())));
    let stopped = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Reader(Command::Control(old, Control::Stop)) if *old == job));
    let Some((_, Job::Describe { options, .. })) = started(&effects) else { panic!("{effects:?}") };
    assert!(stopped && options.pictures.resize == Resize::Pad, "the older reading is given up");
    let effects = update(&mut state, Action::Set("image.colour", Value::Text("colour".to_owned())));
    assert!(matches!(started(&effects), Some((_, Job::Describe { .. }))));
    // What is changed during training is not read.
    let effects = update(&mut state, Action::Set("augment.rotation", Value::Float(10.0)));
    assert!(started(&effects).is_none());
}

#[test]
fn the_preview_follows_data_and_settings_one_job_at_a_time() {
    let mut state = State::default();
    assert!(!state.model_view_is_due(), "without data there is nothing to show");
    let data = images("builtin:fashion");
    open(&mut state, &data);
    assert!(state.model_view_is_due());
    let effects = update(&mut state, Action::ModelView(0));
    let Some((job, Job::ModelView { request, .. })) = started(&effects) else { panic!("{effects:?}") };
    // Every fourth of the 8 samples is held out.
    assert_eq!((request.samples, request.epochs), (vec![1, 3, 5, 7], 0..4));
    assert!(!state.model_view_is_due(), "one is under way");
    update(&mut state, Action::Set("augment.erase", Value::Float(0.5)));
    assert!(!state.model_view_is_due(), "still under way");
    let preview = Arc::new(ModelView { samples: Vec::new() });
    report(&mut state, job, WorkerEventKind::ModelView(preview.clone()));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.model_view.shown, Some(Ok(preview)));
    assert!(state.model_view_is_due(), "the setting has changed meanwhile");

    let effects = update(&mut state, Action::ModelView(2));
    let Some((job, Job::ModelView { request, config, .. })) = started(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!((request.epochs, config.augment.erase), (8..12, 0.5));
    report(&mut state, job, WorkerEventKind::Ended(Err("it failed".to_owned())));
    assert_eq!(state.model_view.shown, Some(Err("it failed".to_owned())));
    assert!(!state.model_view_is_due(), "what failed is not tried again by itself");
    update(&mut state, Action::Set("train.epochs", Value::Int(3)));
    assert!(!state.model_view_is_due(), "nothing that it depends on");
    update(&mut state, Action::SelectSample(Some(6)));
    assert!(state.model_view_is_due());
    let effects = update(&mut state, Action::ModelView(0));
    let Some((_, Job::ModelView { request, .. })) = started(&effects) else { panic!("{effects:?}") };
    assert_eq!(request.samples, [6, 1, 3, 5], "what is looked at comes first");
}

#[test]
fn a_patch_for_other_images_gives_way_to_one_that_divides_these() {
    let mut state = State::default();
    update(&mut state, Action::Set("model.patch", Value::Int(7)));
    open(&mut state, &images("/data/pets"));
    assert_eq!((state.config.model.patch, &state.problems[..]), (6, &[][..]), "6 x 6 pixels");
    assert!(state.log.iter().any(|line| line.text.contains("The patch is 6 pixels now")), "it is told");
    // What a person sets on open data is left to the person.
    update(&mut state, Action::Set("model.patch", Value::Int(4)));
    assert_eq!((state.config.model.patch, state.problems.len()), (4, 1));
}
