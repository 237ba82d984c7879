"""Rendered lines for the recogniser: what the detector hands over, with jittered margins, neighbours, noise and slight skew."""
import random

import cv2
import numpy as np
import torch

import fonts
import words
from recogniser import ALPHABET, HEIGHT, INDEX
from style import Style, ascii_of

WIDEST = 440


def text(r, st, easy):
    """A string that the style's font can draw, in the alphabet; empty when nothing is left."""
    s = "".join(r.choice(ALPHABET) for _ in range(r.randint(1, 12))) if r.random() < (0 if easy else .15) else words.line(r)[0]
    if st.mode == "hershey":
        s = ascii_of(s)
    else:
        s = "".join(c for c in s if ord(c) in fonts.glyphs(st.path))
    return " ".join("".join(c for c in s if c in INDEX).split())


def neighbours(r, st, alpha, top):
    """Feet or heads of the lines above and below."""
    o = st.line(words.line(r)[0])
    if o is None:
        return
    n, k = min(alpha.shape[1], o.shape[1]), r.randint(1, max(1, top // 2 + 1))
    if r.random() < .5:
        part = o[-k:, :n]
        alpha[:len(part), :n] = np.maximum(alpha[:len(part), :n], part)
    else:
        part = o[:k, :n]
        alpha[-len(part):, :n] = np.maximum(alpha[-len(part):, :n], part)


def ground(r, shape, pool):
    if pool and r.random() < .5:
        im = pool[r.randrange(len(pool))]
        bh, bw = min(shape[0], im.shape[0]), min(shape[1], im.shape[1])
        y, x = r.randint(0, im.shape[0] - bh), r.randint(0, im.shape[1] - bw)
        return cv2.resize(im[y:y + bh, x:x + bw], shape[::-1]).astype(np.float32) / 255
    return np.full(shape, r.choice([0, 0, 1, r.random()]), np.float32)


def line(r, g, split, pool, easy=False):
    """One line at HEIGHT as float32 (HEIGHT, w) in 0..1 and its text. `easy`: clear contrast, plain ground, no random strings."""
    while True:
        st = Style(r, split, None)
        if st.mode == "vector" and "dseg" in st.path:
            continue
        s = text(r, st, easy)
        a = st.line(s) if s else None
        if a is None or a.shape[0] < (7 if easy else 5):
            continue
        h, w = a.shape
        t, b, l, q = (int(r.uniform(0, .3) * h + r.randint(0, 2)) for _ in range(4))
        full = h + t + b, w + l + q
        w2 = int(np.clip(HEIGHT * full[1] / full[0], 10, WIDEST))
        if w2 < 4 * len(s) * 1.1 or w2 >= WIDEST:  # too narrow for CTC, or too long for a batch
            continue
        alpha = np.zeros(full, np.float32)
        alpha[t:t + h, l:l + w] = a
        if not easy and r.random() < .25:
            neighbours(r, st, alpha, t)
        if not easy and r.random() < .3:
            m = cv2.getRotationMatrix2D((full[1] / 2, full[0] / 2), r.gauss(0, .7 + 60 / full[1] / 4), 1)
            alpha = cv2.warpAffine(alpha, m, full[::-1])
        bg = ground(r, full, None if easy else pool)
        here = float(bg.mean())
        c = r.uniform(.4, 1) if easy or r.random() < .75 else r.uniform(.12, .4)
        fg = min(1, here + c) if here < .5 else max(0, here - c)
        if r.random() < .3:
            alpha = cv2.GaussianBlur(alpha, (0, 0), r.uniform(.3, .8))
        if r.random() < .12:
            halo = cv2.dilate(alpha, np.ones((3, 3), np.uint8))
            bg = bg * (1 - halo) + (0. if fg > .5 else 1.) * halo
        img = bg * (1 - alpha) + fg * alpha
        if r.random() < .3:
            img = img + g.standard_normal(img.shape, dtype=np.float32) * r.uniform(0, .02 if easy else .07)
        if r.random() < .12:
            img = 1 - img
        img = np.clip(img, 0, 1)
        if r.random() < .2:
            img = cv2.imdecode(cv2.imencode(".jpg", (img * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, r.randint(40, 95)])[1], 0).astype(np.float32) / 255
        return cv2.resize(img.astype(np.float32), (w2, HEIGHT), interpolation=cv2.INTER_LINEAR), s


def collate(items, extra=0):
    """x (n, 1, HEIGHT, w), all labels in a row, their lengths, the steps of each line, the texts."""
    wide = max(i.shape[1] for i, _ in items) + extra
    x = np.full((len(items), 1, HEIGHT, wide), -.5, np.float32)
    for k, (i, _) in enumerate(items):
        x[k, 0, :, :i.shape[1]] = i - .5
    y = [torch.tensor([INDEX[c] for c in s]) for _, s in items]
    return torch.from_numpy(x), torch.cat(y), torch.tensor([len(v) for v in y]), torch.tensor([max(i.shape[1] // 4, 1) for i, _ in items]), [s for _, s in items]


def batch(seed, n, split, pool, easy=False):
    r, g = random.Random(seed), np.random.default_rng(seed)
    return collate([line(r, g, split, pool, easy) for _ in range(n)], r.randint(0, 40))


class Groups(torch.utils.data.Dataset):
    """Item i: eight batches of lines sorted by width (short lines do not pay for long ones); a function of (seed, i)."""

    def __init__(self, seed, count, size, pool):
        self.seed, self.count, self.size, self.pool = seed, count, size, pool

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        r, g = random.Random(f"{self.seed}:{i}"), np.random.default_rng([self.seed, i])
        items = sorted((line(r, g, "train", self.pool) for _ in range(8 * self.size)), key=lambda v: v[0].shape[1])
        out = [collate(items[k:k + self.size], r.randint(0, 12)) for k in range(0, len(items), self.size)]
        r.shuffle(out)
        return out
