"""Random fields and shapes that the drawn pictures are made of: clouds, speckle, soft blobs, branching vessels."""
import math

import cv2
import numpy as np


def clouds(g, h, w, cell, octaves=3):
    """Sum of upsampled random grids, 0..1; `cell` is the size of the largest structure."""
    out, amp, total = np.zeros((h, w), np.float32), 1.0, 0.0
    for _ in range(octaves):
        gh, gw = max(2, int(h / cell) + 2), max(2, int(w / cell) + 2)
        out += amp * cv2.resize(g.random((gh, gw), dtype=np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
        total += amp
        amp, cell = amp * .5, max(2, cell / 2)
    return np.clip(out / total, 0, 1)


def speckle(g, h, w, sx, sy):
    """Rayleigh speckle with the given blur, mean about .5."""
    a = [cv2.GaussianBlur(c, (0, 0), sigmaX=sx, sigmaY=sy) for c in g.standard_normal((2, h, w), dtype=np.float32)]
    s = np.sqrt(a[0] ** 2 + a[1] ** 2)
    return s / (s.mean() * 2 + 1e-6)


def grain(g, h, w, top):
    return g.standard_normal((h, w), dtype=np.float32) * np.float32(g.uniform(0, top))


def point(g, h, w):
    return int(g.integers(0, w)), int(g.integers(0, h))


def blob(img, g, value, lo, hi, blur=0.):
    """Blend a soft ellipse of random place and shape into a grey picture."""
    m = np.zeros(img.shape[:2], np.float32)
    h, w = m.shape
    cv2.ellipse(m, point(g, h, w), (int(g.integers(lo, hi)), int(g.integers(lo, hi))), float(g.integers(0, 180)), 0, 360, 1.0, -1)
    if blur:
        m = cv2.GaussianBlur(m, (0, 0), blur)
    img += (value - img) * m * np.float32(g.uniform(.3, 1))


def tree(g, h, w, start=None, width=None, depth=None, step=None):
    """Branching vessels as a mask 0..1: random walks that fork and get thinner."""
    m = np.zeros((h, w), np.float32)
    x, y = start or point(g, h, w)
    width = width or g.uniform(2, 9)
    step = step or g.uniform(4, 14)
    stack = [(float(x), float(y), g.uniform(0, 2 * math.pi), width, depth or int(g.integers(3, 7)))]
    while stack:
        x, y, a, t, d = stack.pop()
        for _ in range(int(g.integers(4, 16))):
            a += g.normal(0, .3)
            nx, ny = x + step * math.cos(a), y + step * math.sin(a)
            cv2.line(m, (int(x), int(y)), (int(nx), int(ny)), 1., max(1, int(round(t))), cv2.LINE_AA)
            x, y = nx, ny
            t *= .985
            if not (-40 < x < w + 40 and -40 < y < h + 40):
                break
        else:
            if d > 0 and t > .6:
                for _ in range(int(g.integers(1, 4))):
                    stack.append((x, y, a + g.normal(0, .7), t * g.uniform(.55, .9), d - 1))
    return m


def warp(g, m, cell, amount):
    """Bend a picture by a smooth random field of the given size in pixels."""
    h, w = m.shape[:2]
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    return cv2.remap(m, xx + (clouds(g, h, w, cell, 1) - .5) * amount, yy + (clouds(g, h, w, cell, 1) - .5) * amount, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def grey(img):
    """(h, w, 3) of a grey picture; colour pictures pass."""
    return np.repeat(img[..., None], 3, 2) if img.ndim == 2 else img
