//! The settings table: one row per setting, and the struct made from it.

use super::Setting;
use super::choices::{
    Colour, HeadKind, ModelKind, NormPlacement, OptimizerKind, Pooling, PositionKind, Precision, Resize,
    Sampling, Schedule, TokenizerKind,
};
use super::value::{Kind, Scope, SettingValue};
use serde::{Deserialize, Serialize};

macro_rules! settings {
    ($( $(#[$sdoc:meta])* $section:ident: $Section:ident {
        $( $name:ident: $ty:ty = $default:expr, $label:literal, $unit:literal, $kind:expr, $scope:ident $(, $live:ident)?; $help:literal )*
    } )*) => {
        $(
            $(#[$sdoc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $Section { $( #[doc = $help] pub $name: $ty, )* }
            impl Default for $Section {
                fn default() -> Self { Self { $( $name: $default.into(), )* } }
            }
        )*

        /// All settings of a run.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct RunConfig { $( $(#[$sdoc])* pub $section: $Section, )* }

        /// Every setting, in the order in which they are shown.
        pub static SETTINGS: &[Setting] = &[ $($(
            Setting {
                key: concat!(stringify!($section), ".", stringify!($name)),
                label: $label,
                help: $help,
                unit: $unit,
                kind: $kind,
                live: settings!(@live $($live)?),
                scope: Scope::$scope,
                get: |config| config.$section.$name.to_value(),
                set_unchecked: |config, value| match SettingValue::from_value(value) {
                    Some(v) => { config.$section.$name = v; true }
                    None => false,
                },
            },
        )*)* ];
    };
    (@live) => { false };
    (@live live) => { true };
}

const fn whole(min: i64, max: i64) -> Kind {
    Kind::Integer { min, max }
}
const fn real(min: f64, max: f64) -> Kind {
    Kind::Real { min, max, logarithmic: false }
}
const fn log(min: f64, max: f64) -> Kind {
    Kind::Real { min, max, logarithmic: true }
}

settings! {
    /// Where the examples come from.
    data: Data {
        source: String = "builtin:fashion", "Source", "", Kind::Text, All;
            "A file or folder, or a built-in set such as builtin:fashion. A relative path in a TOML file starts at that file."
        validation_fraction: f64 = 0.1, "Validation share", "of the training examples", real(0.0, 0.9), All;
            "Share of the non-test examples held out to measure progress; seeded and stratified by class. 0 holds out none. A set that comes with its own validation examples keeps them."
        text_column: String = "", "Text column", "", Kind::Text, Text;
            "The column of a table, or the field of JSON Lines, with the text (in Parquet also the pictures). Empty: guessed from the names and the contents."
        label_column: String = "", "Label column", "", Kind::Text, Text;
            "The column of a table, or the field of JSON Lines, with the label. Empty: guessed from the names and the contents."
        split_column: String = "", "Split column", "", Kind::Text, Text;
            "The column of a table, or the field of JSON Lines, that says train, validation or test. Empty: guessed from its name. none: no column does."
        encoding: String = "", "Encoding", "", Kind::Text, Text;
            "The encoding of a text file, such as UTF-8, GB18030, Big5, Shift_JIS or Windows-1252. Empty: detected from the contents."
        class_names: String = "", "Class names", "", Kind::Text, All;
            "Other names for classes, such as 0 = cat, 1 = dog. The data itself stays as it is; the names go into the run, its predictions and its exports."
    }
    /// How pictures become images of one size.
    image: Image {
        size: u64 = 0u64, "Size", "pixels (0 = as the data)", whole(0, 1024), Image;
            "Width and height to which all images are brought. 0 keeps the size of data whose images have one; pictures in folders then get the median size of the training pictures, at most 64. Time and memory grow with its square."
        resize: Resize = Resize::Stretch, "Resize", "", Resize::KIND, Image;
            "What becomes of a picture whose proportions are not the model's."
        colour: Colour = Colour::AsData, "Colour", "", Colour::KIND, Image;
            "Whether the model sees colours."
    }
    /// How text becomes tokens.
    text: Text {
        tokenizer: TokenizerKind = TokenizerKind::WordPiece, "Tokenizer", "", TokenizerKind::KIND, Text;
            "How text is cut into tokens; trained on the training examples before the first step."
        tokenizer_file: String = "", "Tokenizer file", "", Kind::Text, Text;
            "A tokenizer.json made elsewhere, for example one from Hugging Face: used as it is, with its own vocabulary and lower-casing, and copied into the run. Empty: one is trained. A relative path in a TOML file starts at that file."
        vocabulary: u64 = 8192u64, "Vocabulary", "tokens at most", whole(16, 200_000), Text;
            "Largest number of distinct tokens. A larger vocabulary makes shorter sequences and a larger model."
        length: u64 = 128u64, "Length", "tokens", whole(4, 4096), Text;
            "Longer texts are cut to this many tokens. Time and memory grow with it."
        lowercase: bool = true, "Lower-case", "", Kind::Switch, Text;
            "Turn text to lower case before it is cut into tokens."
    }
    /// The network.
    model: Model {
        kind: ModelKind = ModelKind::Encoder, "Kind", "", ModelKind::KIND, All;
            "Whether patches or tokens see all others or only those before them."
        patch: u64 = 4u64, "Patch", "pixels", whole(1, 256), Image;
            "Side of the square patches that an image is cut into; must divide its width and height. Smaller patches see finer detail and cost more."
        width: u64 = 64u64, "Width", "", whole(4, 4096), All;
            "Numbers that describe one patch or token inside the network (the embedding size). Must be divisible by the heads."
        depth: u64 = 4u64, "Depth", "blocks", whole(1, 64), All;
            "Number of transformer blocks, one after another."
        heads: u64 = 4u64, "Heads", "", whole(1, 64), All;
            "Attention heads in each block; must divide the width."
        mlp_ratio: f64 = 2.0, "MLP ratio", "x width", real(0.25, 16.0), All;
            "Hidden size of each block's MLP as a multiple of the width."
        pooling: Pooling = Pooling::ClassToken, "Pooling", "", Pooling::KIND, All;
            "How the output of the last block becomes one vector for the classification head."
        head: HeadKind = HeadKind::Linear, "Head", "", HeadKind::KIND, All;
            "How the pooled vector becomes one number for each class."
        positions: PositionKind = PositionKind::Learned, "Positions", "", PositionKind::KIND, All;
            "How the network knows where a patch or token stands. Patches of an image are counted row by row."
        norm: NormPlacement = NormPlacement::Pre, "Layer norm", "", NormPlacement::KIND, All;
            "Where layer normalisation stands in a block."
        dropout: f64 = 0.0, "Dropout", "", real(0.0, 0.9), All, live;
            "Share of activations set to zero during training, against overfitting."
        stochastic_depth: f64 = 0.0, "Stochastic depth", "", real(0.0, 0.9), All, live;
            "Share of training examples for which the last block's attention and MLP are left out, drawn at random; it rises in a straight line from the first block to the last. Against overfitting of deep networks."
    }
    /// How it learns.
    train: Train {
        epochs: u64 = 10u64, "Epochs", "", whole(1, 100_000), All, live;
            "How often the training examples are gone through. May change while a run is going: the schedule stretches."
        batch_size: u64 = 64u64, "Batch size", "examples", whole(1, 65_536), All;
            "Examples per update of the weights."
        optimizer: OptimizerKind = OptimizerKind::AdamW, "Optimizer", "", OptimizerKind::KIND, All;
            "How a gradient becomes an update of the weights."
        learning_rate: f64 = 0.001, "Learning rate", "", log(1e-7, 1.0), All, live;
            "Largest step size of the optimizer, reached after the warm-up. May change while a run is going."
        warmup_fraction: f64 = 0.1, "Warm-up", "of all steps", real(0.0, 1.0), All;
            "Share of the run in which the learning rate rises to its largest value; then it follows the schedule."
        schedule: Schedule = Schedule::Cosine, "Schedule", "", Schedule::KIND, All;
            "How the learning rate goes on after the warm-up."
        weight_decay: f64 = 0.05, "Weight decay", "", real(0.0, 1.0), All, live;
            "Pull of the optimizer on weight matrices and embeddings toward zero; biases and layer norms are left alone."
        clip_norm: f64 = 1.0, "Gradient clip", "norm", real(0.0, 1000.0), All;
            "Gradients with a larger norm are scaled down to it. 0 turns clipping off."
        label_smoothing: f64 = 0.1, "Label smoothing", "", real(0.0, 0.9), All, live;
            "Probability spread evenly over all classes in the training target, against overconfidence."
        class_weights: bool = false, "Balance classes", "", Kind::Switch, All, live;
            "Each training example counts in inverse proportion to how frequent its class is, so that all classes weigh the same. For data with rare classes."
        sampling: Sampling = Sampling::Shuffled, "Sampling", "", Sampling::KIND, All;
            "Which training examples make up an epoch. For data with rare classes, balanced sampling shows each class equally often; use it or balanced classes, not both."
        ema: f64 = 0.0, "Weight average", "(0 = off)", real(0.0, 0.99999), All;
            "Keeps an exponential moving average of the weights, which is what is evaluated, saved and predicts. With 0.99 it looks back about a hundred steps; choose far fewer than the run has. 0 uses the weights as trained."
        max_steps: u64 = 0u64, "Step limit", "steps (0 = none)", whole(0, 1_000_000_000), All;
            "Ends the run after this many updates even if epochs are left. 0 sets no limit."
        deadline: f64 = 0.0, "Deadline", "minutes (0 = none)", real(0.0, 100_000.0), All, live;
            "Ends the run by this many minutes of training, pauses left out; the learning rate comes down with the time, so that it has been through its schedule by then. How many steps that makes depends on the machine: such a run cannot be repeated bit by bit."
        evaluate_every: u64 = 0u64, "Evaluate every", "steps (0 = each epoch)", whole(0, 1_000_000), All;
            "How often the validation examples are evaluated and predictions refreshed."
        patience: u64 = 0u64, "Patience", "evaluations (0 = off)", whole(0, 1_000_000), All;
            "Ends the run after this many evaluations in a row without a better validation result. 0 goes through all epochs."
        baseline: bool = true, "Baseline", "", Kind::Switch, All;
            "Also learns a cheap classifier from the same training examples, naive Bayes on words or softmax regression on pixels, and draws its result in the charts: a model that does not beat it is not worth its time. Takes a few seconds at most; the model's result does not depend on it."
        save_every: u64 = 0u64, "Save every", "steps (0 = by time)", whole(0, 1_000_000_000), All;
            "How often a checkpoint is saved, besides after each best result and at the end. 0 goes by time only. A run that is cut off loses at most what came after its last checkpoint, and computes that again when it is resumed."
        save_minutes: f64 = 2.0, "Save after", "minutes (0 = off)", real(0.0, 1440.0), All;
            "A checkpoint is saved when this much time has gone by since the last one, also in the midst of an epoch. 0 goes by steps only."
        keep_checkpoints: u64 = 2u64, "Checkpoints kept", "newest ones", whole(1, 1000), All;
            "How many of the newest checkpoints stay on disk, so that there is one to fall back on if the last is damaged. The one with the best validation result is kept besides; older ones go when a newer one is on disk. Of the files of predictions, those of the best and of the last evaluation stay."
        seed: u64 = 0u64, "Seed", "", whole(0, i64::MAX), All;
            "Fixes every random choice: split, first weights, order, augmentation, dropout. Same seed, same result."
        precision: Precision = Precision::F32, "Mixed precision", "", Precision::KIND, All;
            "In which numbers the linear layers multiply, in training and prediction. Weights, optimizer, layer norms, attention scores and losses stay in f32. A run names its kernel where it names the processor."
        threads: u64 = 0u64, "Threads", "(0 = all)", whole(0, 1024), All;
            "Processor cores that compute. The result does not depend on it."
    }
    /// Random changes to training images.
    augment: Augment {
        shift: u64 = 0u64, "Shift", "pixels at most", whole(0, 64), Image, live;
            "Each training image is moved by up to this many pixels in each direction; the border is filled with black."
        flip: bool = false, "Mirror", "", Kind::Switch, Image, live;
            "Mirrors half of the training images left to right. Not for digits or text in pictures."
        mixup: f64 = 0.0, "Mixup", "alpha (0 = off)", real(0.0, 10.0), Image, live;
            "Blends each training image and its label with another of the batch (Zhang et al. 2018). The share is drawn for each batch from Beta(alpha, alpha): 0.2 mixes little, 1 any share alike. Not for text, whose tokens cannot be averaged."
        crop: f64 = 1.0, "Crop", "of the area at least", real(0.05, 1.0), Image, live;
            "Each training image is cut out of the picture at random, with at least this share of its area, and enlarged to the whole size. 1 takes the whole picture."
        rotation: f64 = 0.0, "Rotation", "degrees at most", real(0.0, 180.0), Image, live;
            "Each training image is turned by up to this angle to either side; what lies outside the picture is black."
        erase: f64 = 0.0, "Erase", "of the images", real(0.0, 1.0), Image, live;
            "Share of the training images in which a random rectangle is filled with the mean colour, so that no single part decides."
        colour: f64 = 0.0, "Colour change", "strength", real(0.0, 1.0), Image, live;
            "Brightness, contrast and, in colour, saturation of each training image change at random by up to this share."
    }
}
