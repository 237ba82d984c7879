"""Drawn pictures of kinds that training never sees; the synthetic test set uses them as backgrounds."""
import cv2
import numpy as np

from texture import clouds


def mammo(g, h, w):
    """Breast outline at one edge with fibrous strands and small bright specks."""
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    side = xx if g.random() < .5 else w - xx
    d = np.clip(1 - np.hypot(side / (w * g.uniform(.5, .9)), (yy - h * g.uniform(.4, .6)) / (h * .55)), 0, 1)
    img = d ** .4 * g.uniform(.3, .7)
    for _ in range(g.integers(30, 120)):
        p = (int(g.integers(0, w)), int(g.integers(0, h)))
        cv2.ellipse(img, p, (int(g.integers(8, 90)), int(g.integers(1, 4))), float(g.integers(0, 180)), 0, int(g.integers(40, 180)), float(img[p[1], p[0]] + .12), 1, cv2.LINE_AA)
    for _ in range(g.integers(0, 40)):
        cv2.circle(img, (int(g.integers(0, w)), int(g.integers(0, h))), 1, 1., -1)
    return cv2.GaussianBlur(img, (0, 0), .6) * (d > 0) + g.normal(0, .01, (h, w)).astype(np.float32)


def photo(g, h, w):
    """Endoscope-like colour picture in a round or octagonal mask with highlights."""
    base = np.stack([clouds(g, h, w, c, 4) for c in (90, 60, 60)], -1) * np.float32([1, .6, .5]) * g.uniform(.6, 1.2)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    m = np.hypot(xx - w / 2, yy - h / 2) < min(h, w) * g.uniform(.4, .6)
    for _ in range(g.integers(3, 30)):
        cv2.ellipse(base, (int(g.integers(0, w)), int(g.integers(0, h))), (int(g.integers(1, 14)), int(g.integers(1, 5))), float(g.integers(0, 180)), 0, 360, (1., 1., 1.), -1)
    for _ in range(g.integers(2, 14)):
        p = np.cumsum(g.normal(0, 16, (18, 2)), 0) + g.uniform(0, w, 2)
        cv2.polylines(base, [p.astype(np.int32)], False, (.5, .05, .05), int(g.integers(1, 4)), cv2.LINE_AA)
    return cv2.GaussianBlur(base, (0, 0), .7) * m[..., None]


def dental(g, h, w):
    """Rows of rounded bright shapes with dark gaps and metal fillings."""
    img = clouds(g, h, w, 90, 3) * .4 + .1
    for row in (.35, .62):
        x = 0
        while x < w:
            tw, th = int(g.integers(24, 60)), int(g.integers(50, 130))
            y = int(h * row + 40 * np.sin(x / w * 3.1))
            cv2.ellipse(img, (x + tw // 2, y), (tw // 2 - 2, th // 2), float(g.normal(0, 8)), 0, 360, float(g.uniform(.45, .8)), -1, cv2.LINE_AA)
            cv2.ellipse(img, (x + tw // 2, y), (max(1, tw // 9), th // 3), float(g.normal(0, 8)), 0, 360, float(g.uniform(.2, .4)), -1, cv2.LINE_AA)
            if g.random() < .2:
                cv2.rectangle(img, (x + 5, y - 12), (x + tw - 6, y + 10), 1., -1)
            x += tw
    return cv2.GaussianBlur(img, (0, 0), 1.3) + g.normal(0, .02, (h, w)).astype(np.float32)


def monitor(g, h, w):
    """Dark control panel: buttons, sliders, curves, histograms."""
    img = np.full((h, w, 3), g.uniform(.05, .25), np.float32)
    for _ in range(g.integers(4, 14)):
        x, y, bw, bh = (int(v) for v in (g.integers(0, w), g.integers(0, h), g.integers(30, 150), g.integers(14, 60)))
        v = float(g.uniform(.15, .6))
        cv2.rectangle(img, (x, y), (x + bw, y + bh), (v, v, min(1, v * 1.2)), -1)
        cv2.line(img, (x, y), (x + bw, y), (v + .2,) * 3, 1)
        cv2.line(img, (x, y), (x, y + bh), (v + .2,) * 3, 1)
    for _ in range(g.integers(1, 4)):
        x, y, n = int(g.integers(0, w // 2)), int(g.integers(60, h)), int(g.integers(60, 300))
        hist = (clouds(g, 1, n, 12)[0] * 60).astype(int)
        for i in range(n):
            cv2.line(img, (x + i, y), (x + i, y - int(hist[i])), (.3, .8, .3), 1)
    return img
