//! The settings whose value is one of a few named choices.

use super::value::{Choice, Kind, SettingValue, Value};
use serde::{Deserialize, Serialize};

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal, $label:literal, $help:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $key)] $variant,)+ }

        impl $name {
            /// The rows shown to a person, in order.
            pub const CHOICES: &'static [Choice] =
                &[$(Choice { key: $key, label: $label, help: $help },)+];

            /// The name used in TOML and on the command line.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }
        }

        impl SettingValue for $name {
            fn to_value(&self) -> Value { Value::Text(self.key().to_owned()) }
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $(Value::Text(text) if text == $key => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl $name {
            /// The kind for the settings table.
            pub const KIND: Kind = Kind::Choice(Self::CHOICES);
        }
    };
}

choice! {
    /// What each position may look at.
    ModelKind {
        /// All positions see each other (BERT, ViT).
        Encoder = "encoder", "Encoder", "Every patch or token sees all others, as in ViT and BERT.";
        /// A position sees itself and what is before it (GPT).
        Decoder = "decoder", "Decoder (causal)", "Every patch or token sees only itself and those before it, as in GPT. The class token then stands at the end.";
    }
}

choice! {
    /// How the rows of the last block become one vector per sample.
    Pooling {
        /// A learned token in front of the sequence, or behind it in a decoder.
        ClassToken = "class", "Class token", "A learned token collects what the head needs. It stands in front of the sequence, in a decoder at its end.";
        /// The mean over all positions.
        Mean = "mean", "Mean", "The average over all patches or tokens.";
        /// A weighted mean whose weights are learned.
        Attention = "attention", "Attention", "A weighted average over all patches or tokens: a learned query decides how much each counts.";
        /// The last position.
        Last = "last", "Last token", "The last token of a text, as GPT-2 classifies, or the last patch of an image.";
    }
}

choice! {
    /// How one vector per sample becomes one number per class.
    HeadKind {
        /// One linear layer (ViT, GPT-2).
        Linear = "linear", "Linear", "One linear layer, as ViT's and GPT-2's.";
        /// A layer with tanh before it (BERT).
        Tanh = "tanh", "Tanh layer", "A linear layer with tanh before the last one, as BERT's pooler.";
    }
}

choice! {
    /// How the network knows places in a sequence.
    PositionKind {
        /// A learned vector for each place.
        Learned = "learned", "Learned", "A learned vector is added for each place, as in ViT, BERT and GPT-2.";
        /// Fixed sines and cosines.
        Sinusoidal = "sinusoidal", "Sinusoidal", "Fixed sines and cosines of the place are added (Vaswani et al. 2017). No parameters.";
        /// Queries and keys are turned by their places.
        Rotary = "rotary", "Rotary", "Queries and keys are turned by an angle that grows with the place, so that attention sees distances (Su et al. 2021). No parameters; heads must have an even size.";
    }
}

choice! {
    /// Where layer normalisation stands in an encoder block.
    NormPlacement {
        /// Before attention and MLP (ViT, GPT-2).
        Pre = "pre", "Before (pre-norm)", "Normalise before attention and MLP, as ViT and GPT-2 do. Trains more steadily.";
        /// After the residual sum (BERT, the original transformer).
        Post = "post", "After (post-norm)", "Normalise after each residual sum, as BERT does. Wants a longer warm-up.";
    }
}

choice! {
    /// How text is cut into tokens.
    TokenizerKind {
        /// WordPiece, as BERT's.
        WordPiece = "wordpiece", "WordPiece", "Frequent words whole, rare words in pieces, as BERT does. Chinese characters stand alone.";
        /// Byte-pair encoding.
        Bpe = "bpe", "BPE", "Byte-pair encoding: frequent pairs of bytes are merged, as GPT does. No unknown tokens.";
        /// One token per character.
        Character = "character", "Character", "Each character is a token. Small vocabulary, long sequences.";
    }
}

choice! {
    /// How the learning rate goes on after the warm-up.
    Schedule {
        /// Half a cosine down to 0.
        Cosine = "cosine", "Cosine", "Falls along half a cosine to 0: slowly at first, then faster, slowly at the end.";
        /// A straight line down to 0.
        Linear = "linear", "Linear", "Falls along a straight line to 0.";
        /// Stays at the peak.
        Constant = "constant", "Constant", "Stays at its largest value until the last step.";
        /// Up and down along cosines (Smith and Topin).
        OneCycle = "one-cycle", "One cycle", "Rises in the warm-up from 1/25 of the largest value along a cosine, then falls along one to almost 0. Wants a warm-up of about 0.3.";
        /// A tenth after each third.
        Step = "step", "Step decay", "Falls to a tenth after each third of the steps that follow the warm-up.";
    }
}

choice! {
    /// Which training examples make up an epoch.
    Sampling {
        /// Each once.
        Shuffled = "shuffled", "Each once", "Every training example once, in another order each epoch.";
        /// Each class equally often.
        Balanced = "balanced", "Balanced", "Every class equally often, at random places. An epoch stays as long as it is: examples of rare classes come several times, those of frequent classes take several epochs to come round.";
    }
}

choice! {
    /// How a gradient becomes an update of the weights.
    OptimizerKind {
        /// Adam with decoupled weight decay.
        AdamW = "adamw", "AdamW", "Adapts the step to each weight; the usual choice for transformers. Learning rates around 0.001.";
        /// Stochastic gradient descent with momentum.
        Sgd = "sgd", "SGD", "Gradient descent with a momentum of 0.9; keeps half the state of AdamW. Wants learning rates around 0.1.";
        /// The sign of a momentum.
        Lion = "lion", "Lion", "Every weight moves by the same amount, in the direction of a momentum; keeps half the state of AdamW. Wants a learning rate 3 to 10 times smaller and as much more weight decay.";
    }
}

choice! {
    /// In which numbers the linear layers multiply.
    Precision {
        /// Operands as they are.
        F32 = "f32", "Off (f32)", "Everything is computed in f32, with about 7 significant digits.";
        /// Operands rounded to bfloat16, sums in f32.
        Bf16 = "bf16", "bf16", "What the linear layers multiply is rounded to bfloat16, with 2 to 3 significant digits, and summed in f32. Faster where the processor computes bfloat16 faster than f32, as AMD's do since Zen 4; about a fifth slower elsewhere.";
    }
}

choice! {
    /// What becomes of a picture whose proportions are not the model's.
    Resize {
        /// Its proportions change.
        Stretch = "stretch", "Stretch", "The whole picture is stretched; its proportions are not kept.";
        /// Its middle.
        Crop = "crop", "Crop", "The shorter side is brought to the size and the middle is kept; what lies beyond it is cut off.";
        /// All of it, with bars.
        Pad = "pad", "Pad", "The longer side is brought to the size; the rest is filled with black.";
    }
}

choice! {
    /// Which colours images have.
    Colour {
        /// As the data has them.
        AsData = "data", "As the data", "Grey if all pictures are grey, else colour.";
        /// Without colours.
        Grey = "grey", "Grey", "Colours are turned into shades of grey: a third of the numbers.";
        /// Red, green, blue.
        Colour = "colour", "Colour", "Red, green and blue; a grey picture gets three equal channels.";
    }
}
