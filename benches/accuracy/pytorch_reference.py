#!/usr/bin/env python3
"""Trains with PyTorch what Attentive trains: same recipe, split, preprocessing and token ids.

    attentive train configs/fashion.toml --run run
    cargo run --release --example export_prepared -- run prepared
    python pytorch_reference.py prepared --seed 0 --threads 2

`prepared` is a folder written by the example `export_prepared`: raw examples (pixels or
token ids), targets, splits, and meta.json with every setting. So both programs read the
same numbers; what differs is the code that learns. Linear layers start from PyTorch's own
defaults, embeddings from a normal distribution cut at two deviations of 0.02; the random
numbers are PyTorch's.

Prints one JSON line: accuracy and loss on the validation examples, of the last weights.
"""
import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """A pre- or post-norm encoder block with dropout on both residual branches; `mask` is
    True where attention may look."""

    def __init__(self, width, heads, mlp, dropout, norm, epsilon):
        super().__init__()
        self.heads, self.dropout, self.pre = heads, dropout, norm == "pre"
        self.norm1, self.norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, mlp), nn.Linear(mlp, width)

    def attention(self, x, mask):
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.drop(self.out(x.transpose(1, 2).reshape(b, t, d)))

    def mlp(self, x):
        return self.drop(self.down(F.gelu(self.up(x))))

    def drop(self, x):
        return F.dropout(x, self.dropout, self.training)

    def forward(self, x, mask):
        if self.pre:
            x = x + self.attention(self.norm1(x), mask)
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.mlp(x))


def small(*shape):
    """First values of embeddings, positions and class token, as in ViT and BERT."""
    return nn.init.trunc_normal_(torch.empty(*shape), std=0.02, a=-0.04, b=0.04)


class Network(nn.Module):
    def __init__(self, spec):
        super().__init__()
        width, source = spec["width"], spec["input"]
        self.image = source["kind"] == "image"
        self.class_token = spec["pooling"] == "class"
        self.pre, self.dropout = spec["norm"] == "pre", spec["dropout"]
        if self.image:
            patch = source["patch"]
            tokens = (source["height"] // patch) * (source["width"] // patch)
            self.embed = nn.Conv2d(source["channels"], width, patch, patch)
        else:
            tokens = source["length"]
            self.embed = nn.Embedding(source["vocabulary"], width)
            self.embed.weight.data = small(source["vocabulary"], width)
        # A text's own first token serves as class token; a picture gets a learned one.
        extra = self.image and self.class_token
        if extra:
            self.cls = nn.Parameter(small(1, 1, width))
        self.position = nn.Parameter(small(1, tokens + extra, width))
        self.blocks = nn.ModuleList(
            Block(width, spec["heads"], spec["mlp"], spec["dropout"], spec["norm"], spec["epsilon"])
            for _ in range(spec["depth"])
        )
        self.norm = nn.LayerNorm(width, spec["epsilon"])
        self.pooler = nn.Linear(width, width) if spec["pooler"] else None
        self.head = nn.Linear(width, spec["classes"])

    def forward(self, x, lengths=None):
        x = self.embed(x)
        if self.image:
            x = x.flatten(2).transpose(1, 2)
            if self.class_token:
                x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1)
        x = x + self.position[:, : x.shape[1]]
        x = x if self.pre else self.norm(x)
        x = F.dropout(x, self.dropout, self.training)
        real = mask = None
        if lengths is not None:
            real = torch.arange(x.shape[1])[None] < lengths[:, None]
            mask = real[:, None, None, :]
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x) if self.pre else x
        if self.class_token:
            x = x[:, 0]
        elif real is None:
            x = x.mean(1)
        else:
            x = (x * real[..., None]).sum(1) / lengths[:, None]
        return self.head(x if self.pooler is None else torch.tanh(self.pooler(x)))


class Prepared:
    """The examples as exported."""

    def __init__(self, folder):
        def raw(name, dtype):
            return np.fromfile(os.path.join(folder, name), dtype)

        self.meta = json.load(open(os.path.join(folder, "meta.json")))
        self.spec, self.config = self.meta["spec"], self.meta["config"]
        self.targets = torch.from_numpy(raw("targets.i64", "<i8").astype(np.int64))
        splits = raw("splits.u8", np.uint8)
        self.train, self.validation = (np.flatnonzero(splits == s) for s in (0, 1))
        source = self.spec["input"]
        self.image = source["kind"] == "image"
        if self.image:
            shape = (-1, source["channels"], source["height"], source["width"])
            self.pixels = torch.from_numpy(raw("pixels.u8", np.uint8).reshape(shape))
            self.mean = torch.tensor(self.meta["mean"]).view(1, -1, 1, 1)
            self.std = torch.tensor(self.meta["std"]).view(1, -1, 1, 1)
        else:
            ids, offsets = raw("ids.u32", "<u4"), raw("offsets.u64", "<u8").astype(np.int64)
            self.sequences = [ids[a:b].astype(np.int64) for a, b in zip(offsets[:-1], offsets[1:])]

    def batch(self, pick, augment=None):
        """Model inputs for some examples; `augment` is (shift, flip, generator)."""
        if self.image:
            x = self.pixels[torch.as_tensor(pick)].float() / 255
            if augment is not None:
                x = shifted_and_flipped(x, *augment)
            return ((x - self.mean) / self.std,)
        texts = [self.sequences[i] for i in pick]
        lengths = torch.tensor([len(t) for t in texts])
        ids = torch.zeros(len(texts), int(lengths.max()), dtype=torch.long)
        for row, text in zip(ids, texts):
            row[: len(text)] = torch.from_numpy(text)
        return ids, lengths


def shifted_and_flipped(x, shift, flip, generator):
    """Each picture moved by up to `shift` pixels each way (black comes in), half of them mirrored."""
    b, _, h, w = x.shape
    if shift > 0:
        x = F.pad(x, (shift,) * 4)
        by = torch.randint(0, 2 * shift + 1, (2, b), generator=generator)
        rows = (torch.arange(h)[None] + by[0][:, None])[:, None, :, None]
        columns = (torch.arange(w)[None] + by[1][:, None])[:, None, None, :]
        x = x[torch.arange(b)[:, None, None, None], torch.arange(x.shape[1])[None, :, None, None], rows, columns]
    if flip:
        mirror = torch.rand(b, generator=generator) < 0.5
        x = torch.where(mirror[:, None, None, None], x.flip(3), x)
    return x


def schedule(step, total, warm):
    """The factor on the learning rate for update `step`, counted from 0."""
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("prepared")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=0, help="0 = as many as there are")
    p.add_argument("--verbose", action="store_true", help="print each epoch")
    a = p.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    generator = torch.Generator().manual_seed(a.seed)

    data = Prepared(a.prepared)
    train, augment = data.config["train"], data.config["augment"]
    changes = (augment["shift"], augment["flip"], generator)
    changes = changes if data.image and (augment["shift"] or augment["flip"]) else None
    model = Network(data.spec)
    decayed = [q for q in model.parameters() if q.dim() >= 2]
    rest = [q for q in model.parameters() if q.dim() < 2]
    groups = [dict(params=decayed, weight_decay=train["weight_decay"]), dict(params=rest, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=train["learning_rate"], fused=True)

    def evaluate():
        model.eval()
        hits, loss = 0, 0.0
        with torch.no_grad():
            for i in range(0, len(data.validation), 500):
                pick = data.validation[i : i + 500]
                logits, y = model(*data.batch(pick)), data.targets[pick]
                hits += (logits.argmax(1) == y).sum().item()
                loss += F.cross_entropy(logits, y, reduction="sum").item()
        return hits / len(data.validation), loss / len(data.validation)

    size = train["batch_size"]
    per_epoch = math.ceil(len(data.train) / size)
    total = train["epochs"] * per_epoch
    total = min(total, train["max_steps"]) if train["max_steps"] else total
    warm = max(1, int(total * train["warmup_fraction"])) if train["warmup_fraction"] > 0 else 0
    step, start = 0, time.time()
    while step < total:
        model.train()
        order = torch.randperm(len(data.train), generator=generator).numpy()
        for i in range(0, len(order), size):
            if step == total:
                break
            pick = data.train[order[i : i + size]]
            for group in optimizer.param_groups:
                group["lr"] = train["learning_rate"] * schedule(step, total, warm)
            logits = model(*data.batch(pick, changes))
            loss = F.cross_entropy(logits, data.targets[pick], label_smoothing=train["label_smoothing"])
            optimizer.zero_grad()
            loss.backward()
            if train["clip_norm"] > 0:
                nn.utils.clip_grad_norm_(model.parameters(), train["clip_norm"])
            optimizer.step()
            step += 1
        if a.verbose:
            print(f"step {step} accuracy {evaluate()[0]:.4f}", flush=True)
    seconds = time.time() - start
    accuracy, loss = evaluate()
    print(json.dumps(dict(program="pytorch", torch=torch.__version__, seed=a.seed, steps=step,
                          parameters=sum(q.numel() for q in model.parameters()), samples=len(data.validation),
                          accuracy=accuracy, loss=loss, seconds=seconds)))


if __name__ == "__main__":
    main()
