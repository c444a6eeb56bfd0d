//! Balanced sampling: every class equally often.

use super::{bars, new_run, no_wishes, rare_bars, sentences, tiny, train, weights};
use attentive::runs::Outcome;

#[test]
fn balanced_sampling_finds_more_of_a_rare_class() {
    let data = rare_bars();
    let trained = |sampling: &str| {
        let config = tiny(&["train.epochs=3", "train.learning_rate=0.01", "model.patch=2", sampling]);
        let story = train(&config, &data, None, no_wishes);
        // The test examples are all of the rare class.
        (story.done.test.as_ref().expect("evaluated").metrics["accuracy"], story.done.step)
    };
    let (alike, steps) = trained("train.sampling=shuffled");
    let (balanced, steps_balanced) = trained("train.sampling=balanced");
    assert!(balanced > alike + 0.1, "{alike} to {balanced}");
    assert_eq!(steps, steps_balanced, "an epoch stays as long");
}

#[test]
fn threads_do_not_matter_and_both_ways_together_are_told_of() {
    for data in [bars(200, 0), sentences(120)] {
        let trained = |threads: &str| {
            let (_home, folder) = new_run();
            let config = tiny(&[
                "train.epochs=2",
                "train.sampling=balanced",
                "augment.shift=1",
                "augment.mixup=0.4",
                "train.batch_size=64",
                "text.vocabulary=200",
                threads,
            ]);
            let story = train(&config, &data, Some(&folder), no_wishes);
            assert_eq!(story.done.outcome, Outcome::Finished, "{}", story.done.reason);
            (weights(&folder), story.metric("loss"))
        };
        assert!(trained("train.threads=1") == trained("train.threads=2"), "{}", data.name);
    }
    let both = tiny(&["train.max_steps=1", "train.sampling=balanced", "train.class_weights=true"]);
    let story = train(&both, &bars(40, 0), None, no_wishes);
    assert!(story.notices()[0].contains("train.class_weights both make up"), "{:?}", story.notices());
}
