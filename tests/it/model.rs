//! Models against PyTorch and Hugging Face, threads against each other, and that they learn.

mod bf16;
mod ready;

use attentive::config::{
    HeadKind, ModelKind, NormPlacement, OptimizerKind, Pooling, PositionKind, Precision, RunConfig,
};
use attentive::model::{Batch, Extent, HEADS, InputSpec, Model, ModelError, ModelSpec, Noise, Part, Pass};
use attentive::ops::{Instructions, Mix, cross_entropy};
use attentive::preprocess::Input;
use attentive::random::{Key, Purpose};
use attentive::train::{Compute, ComputeError, Optimizer, StepOptions, StepOutcome, StepSize, unmoved};
use candle_core::{Device, Tensor};
use rand::Rng;
use safetensors::SafeTensors;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn spec(input: InputSpec, classes: usize, sizes: [usize; 4], pooling: Pooling) -> ModelSpec {
    let [width, depth, heads, mlp] = sizes;
    ModelSpec {
        input,
        classes,
        width,
        depth,
        heads,
        mlp,
        kind: ModelKind::Encoder,
        pooling,
        positions: PositionKind::Learned,
        norm: NormPlacement::Pre,
        head: HeadKind::Linear,
        epsilon: 1e-5,
        precision: Precision::F32,
    }
}

fn image(channels: usize, height: usize, width: usize, patch: usize) -> InputSpec {
    InputSpec::Image { channels, height, width, patch }
}

fn text(vocabulary: usize, length: usize) -> InputSpec {
    InputSpec::Text { vocabulary, length }
}

/// A file made by `tests/fixtures/model/make.py`.
struct Fixture(SafeTensors<'static>);

impl Fixture {
    fn open(name: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let path = format!("{}/tests/fixtures/model/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Ok(Self(SafeTensors::deserialize(std::fs::read(path)?.leak())?))
    }
    fn floats(&self, name: &str) -> Vec<f32> {
        let data = self.0.tensor(name).expect(name).data();
        data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }
    fn numbers(&self, name: &str) -> Vec<u32> {
        let data = self.0.tensor(name).expect(name).data();
        data.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect()
    }
    /// The tensors under a prefix as a file of their own.
    fn part(&self, prefix: &str) -> Vec<u8> {
        let tensors = self.0.iter().filter_map(|(name, t)| Some((name.strip_prefix(prefix)?.to_owned(), t)));
        safetensors::serialize(tensors.collect::<Vec<_>>(), None).expect("a file")
    }
    fn model(&self, spec: &ModelSpec) -> Result<Model, ModelError> {
        Model::from_bytes(spec, &self.part("weights."), &Device::Cpu)
    }
    fn input(&self, spec: &ModelSpec) -> Input {
        match spec.input {
            InputSpec::Image { channels, height, width, .. } => {
                Input::Images { pixels: self.floats("pixels"), channels, height, width }
            }
            InputSpec::Text { .. } => Input::Tokens {
                ids: self.numbers("ids"),
                offsets: self.numbers("offsets").iter().map(|o| *o as usize).collect(),
            },
        }
    }
}

fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, number {i}: {a} instead of {b}");
    }
}

/// Samples of a made batch, by number.
fn pick(all: &Input, which: &[u32]) -> Input {
    let which = which.iter().map(|i| *i as usize);
    match all {
        Input::Images { pixels, channels, height, width } => {
            let size = channels * height * width;
            let pixels = which.flat_map(|i| &pixels[i * size..(i + 1) * size]).copied().collect();
            Input::Images { pixels, channels: *channels, height: *height, width: *width }
        }
        Input::Tokens { ids, offsets } => {
            let mut picked = (Vec::new(), vec![0]);
            for i in which {
                picked.0.extend_from_slice(&ids[offsets[i]..offsets[i + 1]]);
                picked.1.push(picked.0.len());
            }
            Input::Tokens { ids: picked.0, offsets: picked.1 }
        }
    }
}

fn view(input: &Input) -> Batch<'_> {
    match input {
        Input::Images { pixels, channels, height, width } => {
            Batch::Images { pixels, channels: *channels, height: *height, width: *width }
        }
        Input::Tokens { ids, offsets } => Batch::Tokens { ids, offsets },
    }
}

fn fixtures() -> Vec<(&'static str, ModelSpec, bool)> {
    let small = [12, 2, 3, 20];
    let bert = ModelSpec {
        norm: NormPlacement::Post,
        head: HeadKind::Tanh,
        epsilon: 1e-12,
        ..spec(text(40, 10), 3, [16, 2, 4, 24], Pooling::ClassToken)
    };
    let vit = ModelSpec { epsilon: 1e-12, ..spec(image(3, 8, 8, 4), 3, [16, 2, 2, 24], Pooling::ClassToken) };
    let last = |input, classes, sizes| ModelSpec {
        kind: ModelKind::Decoder,
        ..spec(input, classes, sizes, Pooling::Last)
    };
    let gpt2 = last(text(40, 10), 3, [16, 2, 4, 24]);
    let neox = ModelSpec { positions: PositionKind::Rotary, ..last(text(40, 10), 3, [16, 2, 2, 24]) };
    let (picture, words) = (image(3, 8, 12, 4), text(30, 9));
    let of_image = |pooling| spec(picture.clone(), 5, small, pooling);
    let of_text = |pooling| spec(words.clone(), 4, small, pooling);
    let (rotary, sinusoidal) = (PositionKind::Rotary, PositionKind::Sinusoidal);
    let decoder = ModelKind::Decoder;
    vec![
        ("image_class", of_image(Pooling::ClassToken), true),
        ("image_mean", of_image(Pooling::Mean), true),
        ("text_mean", of_text(Pooling::Mean), true),
        ("text_class", of_text(Pooling::ClassToken), true),
        ("hf_bert", bert, false),
        ("hf_vit", vit, false),
        ("text_decoder", last(words.clone(), 4, small), true),
        ("image_decoder", ModelSpec { kind: decoder, ..of_image(Pooling::ClassToken) }, true),
        ("text_rotary", ModelSpec { positions: rotary, ..of_text(Pooling::Mean) }, true),
        ("image_rotary", ModelSpec { positions: rotary, ..of_image(Pooling::ClassToken) }, true),
        ("text_sinusoidal", ModelSpec { positions: sinusoidal, ..of_text(Pooling::Attention) }, true),
        (
            "image_sinusoidal",
            ModelSpec { positions: sinusoidal, kind: decoder, ..of_image(Pooling::Attention) },
            true,
        ),
        ("hf_gpt2", gpt2, false),
        ("hf_neox", neox, false),
    ]
}

#[test]
fn logits_equal_pytorchs_and_hugging_faces() -> Outcome {
    for (name, spec, _) in fixtures() {
        let fixture = Fixture::open(name)?;
        let (model, input) = (fixture.model(&spec)?, fixture.input(&spec));
        let logits = fixture.floats("logits");
        let samples: Vec<u32> = (0..input.len() as u32).collect();
        let ours = Compute::new(1).infer(&model, &|s| pick(&input, s), &samples, &mut |_| false)?;
        assert_close(name, &ours.expect("not interrupted"), &logits, 1e-5);
        // The training pass computes the same.
        let pass = Pass::Train { noise: Noise::none(), first: 0, record: None };
        let ours = model.forward(view(&input), pass)?.flatten_all()?.to_vec1::<f32>()?;
        assert_close(name, &ours, &logits, 1e-5);
    }
    Ok(())
}

/// Logits of texts given one by one.
fn answers(model: &Model, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, Box<dyn std::error::Error>> {
    let mut rows = Vec::new();
    for ids in texts {
        let batch = Batch::Tokens { ids, offsets: &[0, ids.len()] };
        rows.push(model.forward(batch, Pass::Infer)?.flatten_all()?.to_vec1()?);
    }
    Ok(rows)
}

#[test]
fn a_texts_neighbours_and_their_lengths_change_nothing() -> Outcome {
    for (name, spec) in kinds().into_iter().filter(|(_, spec)| matches!(spec.input, InputSpec::Text { .. })) {
        let model = Model::new(&spec, 4, &Device::Cpu)?;
        let texts: [&[u32]; 4] = [&[3, 1, 4, 1, 5, 9, 2, 6], &[7], &[2, 7, 1], &[8, 2, 8, 1, 8]];
        let alone = answers(&model, &texts)?;
        let (mut ids, mut offsets) = (Vec::new(), vec![0]);
        for text in texts {
            ids.extend_from_slice(text);
            offsets.push(ids.len());
        }
        let together = model.forward(Batch::Tokens { ids: &ids, offsets: &offsets }, Pass::Infer)?;
        // Not to the bit: products of one row and of many add in another order.
        for (together, alone) in together.to_vec2::<f32>()?.iter().zip(&alone) {
            assert_close(name, together, alone, 2e-6);
        }
    }
    Ok(())
}

#[test]
fn only_a_decoder_is_blind_to_what_comes_later() -> Outcome {
    // The prediction by the last of n tokens does not know that the text goes on; an encoder's
    // by its first token does.
    for (name, spec) in kinds().into_iter().filter(|(_, spec)| matches!(spec.input, InputSpec::Text { .. })) {
        let text = [3, 1, 4, 1, 5, 9, 2, 6];
        let mut other = text;
        other[5..].copy_from_slice(&[30, 31, 32]);
        // The first five rows of both texts, out of the block that computes all rows.
        let whole = ModelSpec { pooling: Pooling::Mean, head: HeadKind::Linear, ..spec.clone() };
        let model = Model::new(&whole, 4, &Device::Cpu)?;
        let rows = |ids: &[u32]| model.rows(Batch::Tokens { ids, offsets: &[0, ids.len()] });
        let (one, two) = (rows(&text)?, rows(&other)?);
        let same = |from: usize, count: usize| -> Result<bool, candle_core::Error> {
            let part = |x: &Tensor| x.narrow(0, from, count)?.flatten_all()?.to_vec1::<f32>();
            Ok(part(&one)?.iter().zip(part(&two)?).all(|(a, b)| a.to_bits() == b.to_bits()))
        };
        assert_eq!(same(0, 5)?, spec.kind == ModelKind::Decoder, "{name}: rows before the change");
        assert!(!same(5, 1)?, "{name}: the changed row itself");
    }
    Ok(())
}

#[test]
fn order_matters_with_every_kind_of_position() -> Outcome {
    for positions in [PositionKind::Learned, PositionKind::Sinusoidal, PositionKind::Rotary] {
        // Mean pooling of an encoder: without positions the order would not count.
        let spec = ModelSpec { positions, ..spec(text(50, 8), 4, [16, 2, 4, 32], Pooling::Mean) };
        let model = Model::new(&spec, 4, &Device::Cpu)?;
        let found = answers(&model, &[&[3, 1, 4, 2], &[2, 4, 1, 3]])?;
        let apart = found[0].iter().zip(&found[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart > 1e-4, "{positions:?}: {found:?}");
        let learned = model.parameters().fields().iter().any(|f| f.name == "embedding.positions");
        assert_eq!(learned, positions == PositionKind::Learned);
    }
    Ok(())
}

#[test]
fn stochastic_depth_rises_with_depth_and_leaves_the_expectation() -> Outcome {
    // Two texts alone, many times: with the branch left out of all blocks the rows pass through.
    let spec = spec(text(50, 8), 4, [16, 4, 4, 32], Pooling::Last);
    let model = Model::new(&spec, 4, &Device::Cpu)?;
    let ids = [3, 1, 4, 1];
    let batch = Batch::Tokens { ids: &ids, offsets: &[0, 4] };
    let key = |draw| Key::new(0, Purpose::Dropout).with(draw);
    let logits = |stochastic_depth, draw| -> Result<Vec<u32>, Box<dyn std::error::Error>> {
        let noise = Noise { key: key(draw), stochastic_depth, ..Noise::none() };
        let out = model.forward(batch, Pass::Train { noise, first: 0, record: None })?;
        Ok(out.flatten_all()?.to_vec1::<f32>()?.iter().map(|v| v.to_bits()).collect())
    };
    let plain = answers(&model, &[&ids])?.remove(0);
    let off = logits(0.0, 1)?;
    assert_eq!(off, plain.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), "0 changes no bit");
    let mut different = std::collections::BTreeSet::new();
    for draw in 0..40 {
        assert_eq!(logits(0.5, draw)?, logits(0.5, draw)?, "a draw is a function of its key");
        different.insert(logits(0.5, draw)?);
    }
    assert!(different.len() > 10, "{} of 40 draws differ", different.len());
    Ok(())
}

#[test]
fn three_steps_of_training_equal_pytorchs() -> Outcome {
    for (name, spec, _) in fixtures().into_iter().filter(|f| f.2) {
        let fixture = Fixture::open(name)?;
        let (model, input) = (fixture.model(&spec)?, fixture.input(&spec));
        let targets = fixture.numbers("targets");
        let samples: Vec<u32> = (0..targets.len() as u32).collect();
        let (mut compute, mut optimizer) = (Compute::new(2), Optimizer::new(OptimizerKind::AdamW, &model));
        let options =
            StepOptions { label_smoothing: 0.1, class_weights: None, mix: None, noise: Noise::none() };
        let size = StepSize { learning_rate: 0.01, weight_decay: 0.1, clip_norm: 0.5 };
        let (mut losses, mut norms) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let outcome =
                compute.step(&model, &|s| pick(&input, s), &samples, &targets, options, &mut || false)?;
            let StepOutcome::Done { loss, .. } = outcome else { panic!("interrupted") };
            losses.push(loss as f32);
            norms.push(optimizer.step(&model, &compute, size)? as f32);
        }
        assert_close(&format!("{name}: losses"), &losses, &fixture.floats("losses"), 2e-5);
        assert_close(&format!("{name}: gradient norms"), &norms, &fixture.floats("norms"), 1e-4);
        let flat = model.parameters().to_flat()?;
        for field in model.parameters().fields() {
            let mut ours = flat[field.range.clone()].to_vec();
            let mut theirs = fixture.floats(&format!("trained.{}", field.name));
            if field.name.ends_with("qkv.bias") {
                // Softmax ignores what is added to all keys, so the gradient of the keys' bias is 0
                // but for rounding, which Adam magnifies: PyTorch's own value is noise.
                ours.drain(spec.width..2 * spec.width);
                theirs.drain(spec.width..2 * spec.width);
            }
            assert_close(&format!("{name}: {}", field.name), &ours, &theirs, 5e-5);
        }
    }
    Ok(())
}

#[test]
fn a_blended_batch_has_pytorchs_loss_and_gradient() -> Outcome {
    let (_, spec, _) = fixtures().remove(0);
    let (fixture, plain) = (Fixture::open("mixup")?, Fixture::open("image_class")?);
    let doubles = |name: &str| -> Vec<f64> {
        let data = fixture.0.tensor(name).expect(name).data();
        data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
    };
    let (model, blended) = (plain.model(&spec)?, fixture.input(&spec));
    let (targets, partners) = (fixture.numbers("targets"), fixture.numbers("partners"));
    let (share, class_weights) = (doubles("share")[0], doubles("class_weights"));
    let others: Vec<u32> = partners.iter().map(|place| targets[*place as usize]).collect();
    let samples: Vec<u32> = (0..targets.len() as u32).collect();
    for (case, smoothing, class_weights) in
        [("plain", 0.0, None), ("weighted", 0.1, Some(&class_weights[..]))]
    {
        let mut compute = Compute::new(2);
        let options = StepOptions {
            label_smoothing: smoothing,
            class_weights,
            mix: Some(Mix { partners: &others, share }),
            noise: Noise::none(),
        };
        let outcome =
            compute.step(&model, &|s| pick(&blended, s), &samples, &targets, options, &mut || false)?;
        let StepOutcome::Done { loss, .. } = outcome else { panic!("interrupted") };
        assert_close(case, &[loss as f32], &fixture.floats(&format!("{case}.loss")), 2e-6);
        for field in model.parameters().fields() {
            let theirs = fixture.floats(&format!("{case}.gradients.{}", field.name));
            let ours = &compute.gradients()[field.range.clone()];
            assert_close(&format!("{case}: {}", field.name), ours, &theirs, 2e-6);
        }
    }
    let options = StepOptions { mix: Some(Mix { partners: &others[1..], share }), ..options(0) };
    let short =
        Compute::new(1).step(&model, &|s| pick(&blended, s), &samples, &targets, options, &mut || false);
    assert!(matches!(short, Err(ComputeError::Targets { samples: 4, targets: 3 })), "{short:?}");
    Ok(())
}

/// Eight different images or texts.
fn eight(input: &InputSpec) -> Input {
    let mut rng = Key::new(3, Purpose::Test).rng();
    match *input {
        InputSpec::Image { channels, height, width, .. } => {
            let pixels = (0..8 * channels * height * width).map(|_| rng.random_range(-1.0..1.0)).collect();
            Input::Images { pixels, channels, height, width }
        }
        InputSpec::Text { vocabulary, length } => {
            let mut offsets = vec![0];
            (0..8).for_each(|i| offsets.push(offsets[i] + 1 + i % length));
            let ids = (0..offsets[8]).map(|_| rng.random_range(0..vocabulary as u32)).collect();
            Input::Tokens { ids, offsets }
        }
    }
}

/// Small models of every kind.
fn kinds() -> Vec<(&'static str, ModelSpec)> {
    let sizes = [16, 2, 4, 32];
    let images = spec(image(1, 8, 8, 4), 4, sizes, Pooling::ClassToken);
    let texts = spec(text(50, 8), 4, sizes, Pooling::Mean);
    let post = |s: &ModelSpec| ModelSpec { norm: NormPlacement::Post, head: HeadKind::Tanh, ..s.clone() };
    let attention = |s: &ModelSpec| ModelSpec { pooling: Pooling::Attention, ..s.clone() };
    let decoder = |s: &ModelSpec, pooling| ModelSpec { kind: ModelKind::Decoder, pooling, ..s.clone() };
    let rotary = |s: &ModelSpec| ModelSpec { positions: PositionKind::Rotary, ..s.clone() };
    let sinusoidal = |s: &ModelSpec| ModelSpec { positions: PositionKind::Sinusoidal, ..s.clone() };
    vec![
        ("image, class token", images.clone()),
        ("image, mean", ModelSpec { pooling: Pooling::Mean, ..images.clone() }),
        ("image, post-norm", post(&images)),
        ("text, mean", texts.clone()),
        ("text, first row", ModelSpec { pooling: Pooling::ClassToken, ..texts.clone() }),
        ("text, post-norm", post(&texts)),
        ("text, decoder", decoder(&texts, Pooling::Last)),
        ("text, decoder, mean, rotary", rotary(&decoder(&texts, Pooling::Mean))),
        ("image, decoder, class token", decoder(&images, Pooling::ClassToken)),
        ("image, last, rotary", rotary(&ModelSpec { pooling: Pooling::Last, ..images.clone() })),
        ("image, attention, sinusoidal", sinusoidal(&attention(&images))),
        ("text, attention", attention(&texts)),
        ("text, post-norm, decoder, sinusoidal", sinusoidal(&post(&decoder(&texts, Pooling::Last)))),
    ]
}

const TARGETS: [u32; 8] = [0, 1, 2, 3, 3, 2, 1, 0];

fn options(step: u64) -> StepOptions<'static> {
    let noise = Noise { key: Key::new(0, Purpose::Dropout).with(step), ..Noise::none() };
    StepOptions { label_smoothing: 0.0, class_weights: None, mix: None, noise }
}

/// The same with dropout and stochastic depth.
fn noisy(step: u64) -> StepOptions<'static> {
    let quiet = options(step);
    StepOptions { noise: Noise { dropout: 0.1, stochastic_depth: 0.3, ..quiet.noise }, ..quiet }
}

#[test]
fn eight_samples_are_memorised_and_every_parameter_moves() -> Outcome {
    for (name, spec) in kinds() {
        let input = eight(&spec.input);
        let model = Model::new(&spec, 1, &Device::Cpu)?;
        let (mut compute, mut optimizer) = (Compute::new(1), Optimizer::new(OptimizerKind::AdamW, &model));
        let size = StepSize { learning_rate: 3e-3, weight_decay: 0.0, clip_norm: 1.0 };
        let samples: Vec<u32> = (0..8).collect();
        let mut last = None;
        for step in 0..150 {
            let before = model.parameters().to_flat()?;
            let outcome =
                compute
                    .step(&model, &|s| pick(&input, s), &samples, &TARGETS, options(step), &mut || false)?;
            optimizer.step(&model, &compute, size)?;
            if step == 0 {
                let stuck = unmoved(&model, compute.gradients(), &before, &model.parameters().to_flat()?);
                assert!(stuck.is_empty(), "{name}: no gradient reached {stuck:?}");
            }
            last = Some(outcome);
        }
        let Some(StepOutcome::Done { loss, correct, finite }) = last else { panic!("{name}: interrupted") };
        assert!(correct == 8 && loss < 0.05 && finite, "{name}: {correct} of 8, loss {loss}");
    }
    Ok(())
}

#[test]
fn a_cut_gradient_is_noticed() -> Outcome {
    let (_, spec) = kinds().remove(0);
    let model = Model::new(&spec, 1, &Device::Cpu)?;
    let before = model.parameters().to_flat()?;
    let mut gradients = vec![1.0; before.len()];
    let after: Vec<f32> = before.iter().map(|v| v + 1.0).collect();
    assert!(unmoved(&model, &gradients, &before, &after).is_empty());
    let field = model.parameters().fields()[5].clone();
    gradients[field.range.clone()].fill(0.0);
    assert_eq!(unmoved(&model, &gradients, &before, &after), std::slice::from_ref(&field.name));
    assert_eq!(
        unmoved(&model, &vec![1.0; before.len()], &before, &before).len(),
        model.parameters().fields().len()
    );
    Ok(())
}

/// Weights after a few steps on many samples with dropout and stochastic depth, and the losses.
fn trained(spec: &ModelSpec, threads: usize) -> Result<(Vec<u8>, Vec<u64>), Box<dyn std::error::Error>> {
    let few = eight(&spec.input);
    let samples: Vec<u32> = (0..333).map(|i| i % 8).collect();
    let targets: Vec<u32> = samples.iter().map(|i| TARGETS[*i as usize]).collect();
    let model = Model::new(spec, 1, &Device::Cpu)?;
    let (mut compute, mut optimizer) = (Compute::new(threads), Optimizer::new(OptimizerKind::AdamW, &model));
    let size = StepSize { learning_rate: 1e-3, weight_decay: 0.1, clip_norm: 1.0 };
    let mut losses = Vec::new();
    for step in 0..4 {
        let outcome =
            compute.step(&model, &|s| pick(&few, s), &samples, &targets, noisy(step), &mut || false)?;
        let StepOutcome::Done { loss, .. } = outcome else { panic!("interrupted") };
        losses.push(loss.to_bits());
        optimizer.step(&model, &compute, size)?;
    }
    let mut bytes = model.to_bytes()?;
    bytes.extend(optimizer.to_bytes(&model)?);
    Ok((bytes, losses))
}

#[test]
fn the_number_of_threads_changes_no_byte() -> Outcome {
    for (name, spec) in kinds() {
        let one = trained(&spec, 1)?;
        assert!(one == trained(&spec, 2)?, "{name}: two threads differ from one");
        assert!(one == trained(&spec, 5)?, "{name}: five threads differ from one");
    }
    Ok(())
}

#[test]
fn every_instruction_set_of_this_machine_gives_the_same_bytes() -> Outcome {
    let widest = Instructions::chosen();
    let sets: Vec<Instructions> = Instructions::here().collect();
    assert_eq!((sets.first(), sets.last()), (Some(&widest), Some(&Instructions::Plain)));
    for (name, spec) in kinds() {
        let wide = trained(&spec, 1)?;
        for set in &sets {
            set.force();
            assert_eq!(Instructions::chosen(), *set);
            let same = trained(&spec, 1)? == wide;
            widest.force();
            assert!(same, "{name}: {} differs from {}", set.name(), widest.name());
        }
    }
    Ok(())
}

#[test]
fn the_gradient_is_the_whole_batchs_however_it_is_cut() -> Outcome {
    for (name, spec) in kinds() {
        let few = eight(&spec.input);
        let samples: Vec<u32> = (0..200).map(|i| i % 8).collect();
        let targets: Vec<u32> = samples.iter().map(|i| TARGETS[*i as usize]).collect();
        let model = Model::new(&spec, 1, &Device::Cpu)?;
        let mut compute = Compute::new(2);
        let step = noisy(7);
        compute.step(&model, &|s| pick(&few, s), &samples, &targets, step, &mut || false)?;
        // At once, through candle's own gradient store.
        let whole = pick(&few, &samples);
        let pass = Pass::Train { noise: step.noise, first: 0, record: None };
        let grads =
            cross_entropy(&model.forward(view(&whole), pass)?, &targets, 0.0, 200, None)?.backward()?;
        let mut flat = Vec::new();
        for var in model.parameters().vars() {
            flat.extend(grads.get(var).expect("a gradient").flatten_all()?.to_vec1::<f32>()?);
        }
        assert_close(name, compute.gradients(), &flat, 2e-6);
    }
    Ok(())
}

#[test]
fn an_interrupted_step_leaves_nothing_behind() -> Outcome {
    let (_, spec) = kinds().remove(0);
    let few = eight(&spec.input);
    let samples: Vec<u32> = (0..2000).map(|i| i % 8).collect();
    let targets: Vec<u32> = samples.iter().map(|i| TARGETS[*i as usize]).collect();
    let model = Model::new(&spec, 1, &Device::Cpu)?;
    let step = |compute: &mut Compute, stop_after: usize| {
        let mut asked = 0;
        compute.step(&model, &|s| pick(&few, s), &samples, &targets, options(0), &mut || {
            asked += 1;
            asked > stop_after
        })
    };
    let mut fresh = Compute::new(1);
    step(&mut fresh, usize::MAX)?;
    let mut compute = Compute::new(1);
    assert_eq!(step(&mut compute, 3)?, StepOutcome::Interrupted);
    step(&mut compute, usize::MAX)?;
    assert!(fresh.gradients() == compute.gradients());
    let mut done = Vec::new();
    let logits = compute.infer(&model, &|s| pick(&few, s), &samples, &mut |n| {
        done.push(n);
        n > 500
    })?;
    assert!(logits.is_none() && done.len() > 1 && done.is_sorted());
    Ok(())
}

#[test]
fn a_panic_while_computing_is_an_error() -> Outcome {
    let (_, spec) = kinds().remove(0);
    let few = eight(&spec.input);
    let model = Model::new(&spec, 1, &Device::Cpu)?;
    for threads in [1, 3] {
        let mut compute = Compute::new(threads);
        let samples: Vec<u32> = (0..1000).collect();
        let make = |s: &[u32]| {
            assert!(!s.contains(&900), "sample 900 is spoilt");
            pick(&few, &s.iter().map(|i| i % 8).collect::<Vec<_>>())
        };
        let targets = vec![0; 1000];
        let error = compute.step(&model, &make, &samples, &targets, options(0), &mut || false);
        let error = error.expect_err("a panic");
        assert!(
            matches!(error, ComputeError::Panic(_)) && error.to_string().contains("sample 900 is spoilt")
        );
        // The next step works.
        let fine: Vec<u32> = (0..800).collect();
        compute.step(&model, &make, &fine, &targets[..800], options(0), &mut || false)?;
        assert!(compute.gradients().iter().any(|g| *g != 0.0));
    }
    Ok(())
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() -> Outcome {
    let (_, spec) = kinds().remove(0);
    let model = Model::new(&spec, 1, &Device::Cpu)?;
    let (mut compute, mut optimizer) = (Compute::new(1), Optimizer::new(OptimizerKind::AdamW, &model));
    let make =
        |s: &[u32]| Input::Images { pixels: vec![f32::NAN; 64 * s.len()], channels: 1, height: 8, width: 8 };
    let before = (model.to_bytes()?, optimizer.to_bytes(&model)?);
    let outcome = compute.step(&model, &make, &[0, 1], &[0, 1], options(0), &mut || false)?;
    assert!(matches!(outcome, StepOutcome::Done { finite: false, .. }), "{outcome:?}");
    let size = StepSize { learning_rate: 1e-3, weight_decay: 0.1, clip_norm: 1.0 };
    assert!(!optimizer.step(&model, &compute, size)?.is_finite());
    assert!(before == (model.to_bytes()?, optimizer.to_bytes(&model)?));
    Ok(())
}

/// All of them, as the settings name them.
const OPTIMIZERS: [OptimizerKind; 3] = [OptimizerKind::AdamW, OptimizerKind::Sgd, OptimizerKind::Lion];

#[test]
fn state_is_taken_up_exactly() -> Outcome {
    assert_eq!(OptimizerKind::CHOICES.len(), OPTIMIZERS.len());
    let (_, spec) = kinds().remove(3);
    let few = eight(&spec.input);
    let samples: Vec<u32> = (0..8).collect();
    let size = StepSize { learning_rate: 1e-3, weight_decay: 0.1, clip_norm: 1.0 };
    let advance =
        |model: &Model, optimizer: &mut Optimizer, threads: usize, steps: std::ops::Range<u64>| -> Outcome {
            let mut compute = Compute::new(threads);
            for step in steps {
                compute.step(model, &|s| pick(&few, s), &samples, &TARGETS, options(step), &mut || false)?;
                optimizer.step(model, &compute, size)?;
            }
            Ok(())
        };
    let mut ends = Vec::new();
    for (i, kind) in OPTIMIZERS.into_iter().enumerate() {
        let model = Model::new(&spec, 5, &Device::Cpu)?;
        let mut optimizer = Optimizer::new(kind, &model);
        advance(&model, &mut optimizer, 1, 0..3)?;
        let again = Model::from_bytes(&spec, &model.to_bytes()?, &Device::Cpu)?;
        let state = optimizer.to_bytes(&model)?;
        let mut optimizer_again = Optimizer::from_bytes(kind, &again, &state)?;
        assert_eq!(optimizer_again.steps(), 3);
        advance(&model, &mut optimizer, 1, 3..6)?;
        advance(&again, &mut optimizer_again, 2, 3..6)?;
        assert!(model.to_bytes()? == again.to_bytes()?, "{kind:?}");
        assert!(optimizer.to_bytes(&model)? == optimizer_again.to_bytes(&again)?, "{kind:?}");
        let other = Optimizer::from_bytes(OPTIMIZERS[(i + 1) % 3], &model, &state);
        assert!(other.is_err(), "{kind:?}: the state of another optimizer is refused");
        ends.push(model.to_bytes()?);
    }
    assert!(ends[0] != ends[1] && ends[1] != ends[2] && ends[0] != ends[2], "they differ");
    Ok(())
}

#[test]
fn sizes_and_files_that_do_not_fit_are_explained() -> Outcome {
    let mut config = RunConfig::default();
    config.model.patch = 5;
    let wrong = ModelSpec::from_config(&config, image(1, 28, 28, 5), 10).expect_err("5 does not divide 28");
    assert_eq!(
        wrong.to_string(),
        "a patch of 5 pixels does not divide an image of 28 x 28 pixels; set model.patch to one of 1, 2, 4, 7, 14, 28"
    );
    config.model.heads = 5;
    let wrong = ModelSpec::from_config(&config, image(1, 28, 28, 4), 10).expect_err("5 does not divide 64");
    assert_eq!(
        wrong.to_string(),
        "5 heads do not divide the width 64; set model.heads to one of 1, 2, 4, 8, 16, 32, 64"
    );
    config.model.heads = 4;
    let wrong = ModelSpec::from_config(&config, image(1, 28, 28, 4), 1).expect_err("one class");
    assert!(wrong.to_string().contains("the number of classes is 1"));
    let spec = ModelSpec::from_config(&config, image(1, 28, 28, 4), 10)?;
    assert_eq!((spec.width, spec.mlp, spec.rows()), (64, 128, 50));

    let model = Model::new(&spec, 0, &Device::Cpu)?;
    let bytes = model.to_bytes()?;
    let other = ModelSpec { classes: 11, ..spec.clone() };
    let wrong = |spec: &ModelSpec, bytes: &[u8]| {
        Model::from_bytes(spec, bytes, &Device::Cpu).err().expect("refused").to_string()
    };
    assert!(wrong(&other, &bytes).contains("tensor head.weight is F32 [10, 64] instead of F32 [11, 64]"));
    let deeper = ModelSpec { depth: 5, ..spec.clone() };
    assert!(wrong(&deeper, &bytes).contains("tensor blocks.4.norm1.weight is missing"));
    let shallower = ModelSpec { depth: 3, ..spec.clone() };
    assert!(
        wrong(&shallower, &bytes).contains("blocks.3.") && wrong(&shallower, &bytes).contains("is not known")
    );
    assert!(wrong(&spec, &bytes[..bytes.len() / 2]).contains("damaged"));

    let tokens = Batch::Tokens { ids: &[1], offsets: &[0, 1] };
    assert!(model.forward(tokens, Pass::Infer).expect_err("text").to_string().contains("model of images"));
    let small = Batch::Images { pixels: &[0.0; 16], channels: 1, height: 4, width: 4 };
    assert!(model.forward(small, Pass::Infer).expect_err("size").to_string().contains("1 x 4 x 4"));
    Ok(())
}

#[test]
fn parameters_and_operations_are_counted_as_pytorch_counts_them() -> Outcome {
    let class = Pooling::ClassToken;
    // `sum(p.numel() for p in model.parameters())` of PyTorch's modules of the same sizes.
    let rows = [
        (spec(image(1, 28, 28, 4), 10, [128, 6, 4, 512], class), 1_199_882),
        (spec(image(1, 28, 28, 4), 10, [64, 4, 4, 128], class), 139_018),
        (spec(image(3, 224, 224, 16), 10, [192, 12, 3, 768], class), 5_526_346),
        (spec(text(8192, 128), 4, [128, 4, 4, 512], Pooling::Mean), 1_858_820),
    ];
    for (spec, count) in rows {
        assert_eq!(Model::count(&spec), count, "{spec:?}");
    }
    // One block over 2 rows of width 1, MLP of 1, plus a head of 2 classes, by hand:
    // qkv and out 2 * 2 * (3 + 1), MLP 2 * 2 * 2, attention 4 * 2 * 2, head 2 * 2.
    let tiny = spec(text(3, 2), 2, [1, 1, 1, 1], Pooling::Mean);
    assert_eq!(tiny.forward_flops(2), 16 + 8 + 16 + 4);
    Ok(())
}

#[test]
fn the_outline_names_every_parameter_once() -> Outcome {
    let fixtures = fixtures().into_iter().map(|(name, spec, _)| (name, spec));
    for (name, spec) in fixtures.chain(kinds()) {
        let outline = spec.outline();
        assert_eq!(outline.parameters(), Model::count(&spec), "{name}: {outline:?}");
        assert_eq!(outline.depth, spec.depth);
        let last = outline.after.last().expect("a head");
        assert_eq!(
            (last.part, &last.output[..]),
            (Part::Head, &[Extent::Batch, Extent::Of(spec.classes)][..])
        );
    }
    let outline = spec(image(1, 28, 28, 4), 10, [64, 4, 4, 128], Pooling::ClassToken).outline();
    let shapes: Vec<&[Extent]> = outline.before.iter().map(|layer| &layer.output[..]).collect();
    let rows = |rows| [Extent::Batch, Extent::Rows(rows), Extent::Of(64)];
    let images = [Extent::Batch, Extent::Of(1), Extent::Of(28), Extent::Of(28)];
    assert_eq!(shapes, [&images[..], &rows(49), &rows(50), &rows(50)]);
    Ok(())
}

#[test]
fn a_seed_gives_the_same_weights_and_files_name_them() -> Outcome {
    let (_, spec) = kinds().remove(2);
    let bytes = |seed| Model::new(&spec, seed, &Device::Cpu).and_then(|m| m.to_bytes());
    assert!(bytes(1)? == bytes(1)? && bytes(1)? != bytes(2)?);
    let file = bytes(1)?;
    let tensors = SafeTensors::deserialize(&file)?;
    let shape = |name: &str| tensors.tensor(name).map(|t| t.shape().to_vec());
    assert_eq!(shape("blocks.0.attention.qkv.weight")?, [48, 16]);
    assert_eq!(shape("embedding.patches.weight")?, [16, 1, 4, 4]);
    assert_eq!(shape("embedding.positions")?, [5, 16]);
    assert_eq!(shape("embedding.norm.weight")?, [16]);
    assert_eq!(shape("pooler.weight")?, [16, 16]);
    assert_eq!(shape("head.bias")?, [4]);
    assert!(shape("norm.weight").is_err(), "post-norm has no final norm");
    Ok(())
}

#[test]
fn every_choice_of_a_head_has_its_row_and_every_row_its_choice() {
    let rows: Vec<&str> = HEADS.iter().map(|row| row.kind.key()).collect();
    let choices: Vec<&str> = HeadKind::CHOICES.iter().map(|choice| choice.key).collect();
    assert_eq!(rows, choices);
}
