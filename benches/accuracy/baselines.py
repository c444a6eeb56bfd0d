#!/usr/bin/env python3
"""What a model without attention reaches on the same split: softmax regression on pixels,
naive Bayes on words. Reads the folder that `export_prepared` wrote and, for text, the
texts beside it. Prints one JSON line with the accuracy on the validation examples.

    python baselines.py prepared
"""
import json
import os
import sys

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB


def main():
    folder = sys.argv[1]
    meta = json.load(open(os.path.join(folder, "meta.json")))
    targets = np.fromfile(os.path.join(folder, "targets.i64"), "<i8")
    splits = np.fromfile(os.path.join(folder, "splits.u8"), np.uint8)
    train, validation = splits == 0, splits == 1
    if meta["spec"]["input"]["kind"] == "image":
        name = "softmax regression on pixels"
        pixels = np.fromfile(os.path.join(folder, "pixels.u8"), np.uint8).reshape(len(targets), -1)
        x = pixels.astype(np.float32) / 255
        # A mild penalty: without one the regression overfits 10 000 pictures.
        model = LogisticRegression(C=0.1, max_iter=500)
    else:
        name = "naive Bayes on words"
        texts = json.load(open(os.path.join(folder, "texts.json")))
        # Words, and each Chinese character and pair of characters, which no spaces divide.
        words = CountVectorizer(tokenizer=tokens, token_pattern=None, lowercase=True)
        words.fit([t for t, kept in zip(texts, train) if kept])
        x, model = words.transform(texts), MultinomialNB()
    model.fit(x[train], targets[train])
    accuracy = float((model.predict(x[validation]) == targets[validation]).mean())
    print(json.dumps(dict(program=name, samples=int(validation.sum()), accuracy=accuracy)))


def tokens(text):
    """Words, single Chinese characters, and pairs of them."""
    found, word = [], ""
    for c in text + " ":
        chinese = "\u3400" <= c <= "\u9fff"
        if c.isalnum() and not chinese:
            word += c
            continue
        if word:
            found.append(word)
            word = ""
        if chinese:
            found.append(c)
    pairs = [a + b for a, b in zip(text, text[1:]) if all("\u3400" <= c <= "\u9fff" for c in (a, b))]
    return found + pairs


if __name__ == "__main__":
    main()
