//! What is derived from weights follows their changes.

use super::{Outcome, eight, kinds, view};
use attentive::model::{Model, Pass};
use candle_core::Device;

#[test]
fn logits_are_those_of_the_weights_as_they_are_now() -> Outcome {
    for (name, spec) in kinds() {
        let few = eight(&spec.input);
        let logits = |model: &Model| -> Result<Vec<f32>, Box<dyn std::error::Error>> {
            Ok(model.forward(view(&few), Pass::Infer)?.flatten_all()?.to_vec1()?)
        };
        let model = Model::new(&spec, 1, &Device::Cpu)?;
        let first = logits(&model)?;
        // All at once.
        let other = Model::new(&spec, 2, &Device::Cpu)?;
        model.parameters().set_flat(&other.parameters().to_flat()?)?;
        assert_eq!(logits(&model)?, logits(&other)?, "{name}: after other weights");
        assert_ne!(logits(&model)?, first, "{name}: other weights give other logits");
        // A block in place, as the optimizer does it.
        let last = model.parameters().segments() - 1;
        for segment in 0..=last {
            model.parameters().update(segment, |_, _, numbers| numbers.iter_mut().for_each(|v| *v *= 0.9))?;
            let fresh = Model::from_bytes(&spec, &model.to_bytes()?, &Device::Cpu)?;
            assert_eq!(logits(&model)?, logits(&fresh)?, "{name}: after a change of variable {segment}");
        }
    }
    Ok(())
}
