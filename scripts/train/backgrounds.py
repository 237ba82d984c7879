"""Text-free pictures for training and testing: drawn scenes of many kinds, text-free real frames when given, graphics on top."""
import math

import cv2
import numpy as np

import graphics
import scenes_other
import scenes_rays
import scenes_small
import scenes_test
import scenes_ultrasound
from texture import grey

TRAIN = {"ultrasound": (scenes_ultrasound.ultrasound, 5), "xray": (scenes_rays.xray, 4.5), "angiogram": (scenes_rays.angiogram, 1), "slice": (scenes_rays.slices, 3.5),
         "page": (scenes_other.page, 1.5), "pattern": (scenes_other.pattern, 1.5), "flat": (scenes_other.flat, 1.5), "fundus": (scenes_other.fundus, .5), "cells": (scenes_other.cells, .5), "small": (scenes_small.small, 1)}
TEST = {"mammo": (scenes_test.mammo, 2), "photo": (scenes_test.photo, 2), "dental": (scenes_test.dental, 2), "monitor": (scenes_test.monitor, 2),
        "ultrasound": (scenes_ultrasound.ultrasound, 2), "xray": (scenes_rays.xray, 1), "slice": (scenes_rays.slices, 1)}


def bent(g, f):
    """A picture bent smoothly, by up to a fifteenth of its side: the few real frames there are become others of their kind."""
    h, w = f.shape[:2]
    n = int(g.integers(3, 7))
    d = [cv2.resize(g.normal(0, 1, (n, n)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC) for _ in range(2)]
    k = g.uniform(.01, .04) * min(h, w)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    return cv2.remap(f, x + k * d[0], y + k * d[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def mixed(g, f, real):
    """A picture with a part of another one laid over it, as seen through it."""
    o = real[int(g.integers(len(real)))]
    o = cv2.resize(o, (f.shape[1], f.shape[0]), interpolation=cv2.INTER_AREA if o.shape[0] > f.shape[0] else cv2.INTER_LINEAR)
    return cv2.addWeighted(f, g.uniform(.5, .85), o, g.uniform(.15, .5), 0)


def another(g, f, real):
    """A real frame, often bent, at times mixed with another one."""
    f = np.ascontiguousarray(f[:, ::-1]) if g.random() < .3 else f
    f = bent(g, f) if g.random() < .6 else f
    return mixed(g, f, real) if g.random() < .2 else f


def from_real(g, h, w, real):
    """A window of a text-free real frame, or of one made of it, at a scale between a quarter and nearly double."""
    f = another(g, real[int(g.integers(len(real)))], real)
    s = math.exp(g.uniform(math.log(.25), math.log(1.8)))
    s = max(s, 100 / min(f.shape[:2]))
    f = cv2.resize(f, None, fx=s, fy=s, interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_LINEAR)
    f = np.rot90(f, int(g.choice([0, 0, 0, 1, 2, 3])))
    dy, dx = max(0, h - f.shape[0]), max(0, w - f.shape[1])
    if dy or dx:  # a small frame: on black, or tiled as in a multi-picture page
        a, b = int(g.integers(0, dy + 1)), int(g.integers(0, dx + 1))
        f = np.pad(f, [(a, dy - a), (b, dx - b), (0, 0)], mode="constant" if g.random() < .6 else "wrap")
    y, x = int(g.integers(0, f.shape[0] - h + 1)), int(g.integers(0, f.shape[1] - w + 1))
    f = np.ascontiguousarray(f[y:y + h, x:x + w], dtype=np.float32) / 255.
    if g.random() < .2:
        f = f ** g.uniform(.5, 1.8)
    return 1 - f if g.random() < .12 else f


def drawn(g, h, w, kinds):
    names = list(kinds)
    weights = np.array([kinds[n][1] for n in names])
    kind = names[int(g.choice(len(names), p=weights / weights.sum()))]
    n = 1
    if g.random() < .15 and kind not in ("flat", "page", "small"):  # drawn larger, then reduced: what a reduced scale sees
        n = int(g.choice([2, 2, 3]))
    if g.random() < .08:  # split screen
        other = names[int(g.integers(len(names)))]
        cut = int(w * g.uniform(.3, .7))
        img = np.concatenate([grey(kinds[kind][0](g, h, w))[:, :cut], grey(kinds[other][0](g, h, w))[:, cut:]], 1)
    else:
        img = grey(kinds[kind][0](g, n * h, n * w).astype(np.float32))
        if n > 1:
            img = cv2.resize(img, (w, h), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(np.clip(img, 0, 1), dtype=np.float32), kind


def background(g, h, w, split="train", real=None):
    """One text-free RGB picture, float 0..1 (h, w, 3), and its kind. `real`: list of text-free real frames."""
    if real and g.random() < .35:
        img, kind = from_real(g, h, w, real), "real"
        return (np.clip(graphics.clutter(g, img), 0, 1) if g.random() < .3 else img), kind
    img, kind = drawn(g, h, w, TRAIN if split == "train" else TEST)
    return np.clip(graphics.clutter(g, img), 0, 1), kind
