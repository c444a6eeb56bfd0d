//! By which names texts, labels and splits are known in tables and objects. It knows nothing
//! of their contents.

/// Names of a text, the surest first.
pub const TEXT_NAMES: &[&str] = &[
    "text",
    "sentence",
    "review",
    "message",
    "content",
    "comment",
    "tweet",
    "utterance",
    "question",
    "body",
    "document",
    "title",
    "description",
    "input",
    "sms",
    "文本",
    "内容",
    "正文",
    "句子",
    "评论",
    "消息",
    "短信",
    "标题",
    "问题",
];
/// Names of a label, the surest first.
pub const LABEL_NAMES: &[&str] = &[
    "label",
    "labels",
    "class",
    "category",
    "target",
    "sentiment",
    "intent",
    "topic",
    "polarity",
    "emotion",
    "rating",
    "stars",
    "y",
    "output",
    "标签",
    "类别",
    "分类",
    "情感",
    "意图",
    "类型",
];
/// Names of what says train, validation or test.
pub const SPLIT_NAMES: &[&str] = &["split", "subset", "partition", "划分"];

/// The rank of a name among the known ones; case and outer blanks do not matter.
pub fn named(name: &str, names: &[&str]) -> Option<usize> {
    let name = name.trim().to_lowercase();
    names.iter().position(|known| *known == name)
}

/// More classes than this are taken for a wrong column or field.
pub const MOST_CLASSES: usize = 1000;
