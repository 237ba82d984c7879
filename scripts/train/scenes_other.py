"""Drawn report pages, test patterns, plain grounds and colour pictures without text."""
import math

import cv2
import numpy as np

from texture import clouds, grain, grey, point, tree


def page(g, h, w):
    """Report page or capture window: panels, tables, buttons, curves, histograms."""
    base = g.choice([1., .95, .8, .1, 0.])
    img = np.full((h, w, 3), base, np.float32)
    for _ in range(g.integers(0, 9)):
        x, y = g.integers(0, w, 2), g.integers(0, h, 2)
        col = g.random(3) if g.random() < .5 else np.repeat(g.random(), 3)
        cv2.rectangle(img, (int(x.min()), int(y.min())), (int(x.max()), int(y.max())), [float(c) for c in col], -1 if g.random() < .6 else int(g.integers(1, 4)))
    if g.random() < .5:
        step, col = int(g.integers(8, 60)), float(np.clip(base + g.choice([-1, 1]) * g.uniform(.1, .6), 0, 1))
        for p in range(0, max(h, w), step):
            if g.random() < .9:
                cv2.line(img, (0, p), (w, p), (col,) * 3, 1)
            if g.random() < .5:
                cv2.line(img, (p, 0), (p, h), (col,) * 3, 1)
    for _ in range(g.integers(0, 3)):  # bar and line charts
        (x, y), n, col = point(g, h, w), int(g.integers(5, 60)), [float(c) for c in g.random(3)]
        v = (clouds(g, 1, n, 6)[0] * g.uniform(20, 120)).astype(int)
        p = int(g.integers(1, 9))
        if g.random() < .5:
            for i in range(n):
                cv2.rectangle(img, (x + i * p, y - int(v[i])), (x + i * p + max(0, p - 2), y), col, -1)
        else:
            cv2.polylines(img, [np.stack([x + p * np.arange(n), y - v], 1).astype(np.int32)], False, col, int(g.integers(1, 3)), cv2.LINE_AA)
    return img


def line_pairs(g, img):
    """Groups of bars of decreasing pitch, upright or flat."""
    h, w = img.shape[:2]
    x, y = point(g, h, w)
    p, v, flat, ln = g.uniform(1, 8), float(g.choice([0, 1, g.random()])), g.random() < .5, int(g.integers(8, 60))
    for _ in range(int(g.integers(1, 7))):
        n, q = int(g.integers(2, 7)), max(1, int(p))
        for i in range(n):
            a, b = (x, y + 2 * q * i) if flat else (x + 2 * q * i, y)
            cv2.rectangle(img, (a, b), (a + (ln if flat else q - 1), b + (q - 1 if flat else ln)), v, -1)
        x, y = (x, y + 2 * q * n + 8) if g.random() < .5 else (x + (ln if flat else 2 * q * n) + 8, y)
        p *= g.choice([.8, 1, 1.2])


def pattern(g, h, w):
    """Bars, line pairs, checkers, wedges, grids, boxes in boxes, circles, Siemens stars, contrast-detail dots."""
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    k = g.integers(0, 9)
    if k == 0:
        a = g.choice([0, math.pi / 2, g.uniform(0, 3.14)])
        img = (np.sin((xx * math.cos(a) + yy * math.sin(a)) / g.uniform(.7, 20)) > g.uniform(-.8, .8)) * g.uniform(.3, 1)
    elif k == 1:
        s, t = g.integers(1, 40, 2) if g.random() < .5 else (int(g.integers(1, 40)),) * 2
        img = ((xx // s + yy // t) % 2) * g.uniform(.2, 1)
    elif k == 2:
        n = g.integers(2, 32)
        img = np.floor((xx / w if g.random() < .5 else yy / h) * n) / n
    elif k == 3:
        img = np.full((h, w), g.uniform(0, 1), np.float32)
        for _ in range(g.integers(3, 16)):
            line_pairs(g, img)
    elif k == 4:
        img = np.full((h, w), g.uniform(0, .8), np.float32)
        sx, sy = g.integers(10, 60, 2)
        for y in range(sy, h, sy):
            for x in range(sx, w, sx):
                cv2.circle(img, (int(x), int(y)), int(g.integers(1, 7)), float(g.uniform(0, 1)), -1)
    elif k == 5:  # squares holding squares, as in display test images
        img = np.full((h, w), g.uniform(.1, .8), np.float32)
        s = int(g.integers(14, 80))
        for y in range(0, h, s + int(g.integers(0, 12))):
            for x in range(0, w, s + int(g.integers(0, 12))):
                v = g.uniform(0, 1)
                cv2.rectangle(img, (x, y), (x + s, y + s), float(v), -1)
                q = int(s * g.uniform(.1, .4))
                cv2.rectangle(img, (x + q, y + q), (x + s - q, y + s - q), float(np.clip(v + g.choice([-1, 1]) * g.uniform(.03, .6), 0, 1)), -1)
    elif k == 6:  # star and rings
        a = np.arctan2(yy - h * g.uniform(.2, .8), xx - w * g.uniform(.2, .8))
        img = (np.sin(a * g.integers(8, 72)) > 0).astype(np.float32)
        if g.random() < .5:
            img = (np.sin(np.hypot(xx - w / 2, yy - h / 2) ** g.uniform(.8, 2) / g.uniform(2, 200)) > 0).astype(np.float32)
    elif k == 7:  # television card: grid, circle, colour bars, multi-burst
        img = np.full((h, w, 3), g.uniform(.2, .6), np.float32)
        s = int(g.integers(20, 60))
        for p in range(0, max(h, w), s):
            cv2.line(img, (0, p), (w, p), (1., 1., 1.), int(g.integers(1, 3)))
            cv2.line(img, (p, 0), (p, h), (1., 1., 1.), int(g.integers(1, 3)))
        y = int(h * .1)
        for _ in range(g.integers(3, 9)):
            bh, n = int(g.integers(14, 70)), int(g.choice([2, 4, 6, 8, 12, 40]))
            cols = g.random((n, 3)) if g.random() < .5 else np.repeat(g.random((n, 1)), 3, 1)
            for i in range(n):
                x0 = int(w * (.12 + .76 * i / n))
                cv2.rectangle(img, (x0, y), (int(w * (.12 + .76 * (i + 1) / n)) - 1, y + bh), [float(c) for c in cols[i]], -1)
                if g.random() < .25:
                    q = int(g.integers(1, 8))
                    img[y:y + bh, x0:x0 + w // n][:, ::2 * q] = g.random()
            y += bh
        cv2.circle(img, (w // 2, h // 2), int(h * .45), (1., 1., 1.), int(g.integers(1, 4)), cv2.LINE_AA)
        return img
    else:  # wedge, corner boxes, cross-hatch of a monitor test
        img = np.full((h, w), g.uniform(0, .7), np.float32)
        for _ in range(g.integers(2, 12)):
            (x, y), s = point(g, h, w), int(g.integers(6, 90))
            for i in range(int(g.integers(1, 6))):
                cv2.rectangle(img, (x + i * 3, y + i * 3), (x + s - i * 3, y + s - i * 3), float(g.uniform(0, 1)), int(g.choice([1, 1, 2, -1])))
        for _ in range(g.integers(0, 5)):
            line_pairs(g, img)
    return img.astype(np.float32) + grain(g, h, w, .03)


def flat(g, h, w):
    img = np.full((h, w), float(g.choice([0, 0, 0, g.uniform(0, 1), 1])), np.float32)
    if g.random() < .5:
        img += grain(g, h, w, .08)
    if g.random() < .3:
        img += clouds(g, h, w, g.uniform(3, 200), 2) * g.uniform(0, .6)
    return img


def fundus(g, h, w):
    """Reddish disc with vessels, a bright spot, laser scars; or plain skin with hairs and moles."""
    tone = np.float32([.8, .35, .15]) if g.random() < .6 else np.float32([.85, .65, .55])
    img = grey(clouds(g, h, w, g.uniform(60, 200), 4) * .4 + .5) * tone * g.uniform(.6, 1.3)
    for _ in range(g.integers(1, 5)):
        m = cv2.GaussianBlur(tree(g, h, w, width=g.uniform(2, 7), depth=6), (0, 0), g.uniform(.4, 1.2))[..., None]
        img *= 1 - m * g.uniform(.2, .6)
    for _ in range(g.integers(0, 25)):
        cv2.circle(img, point(g, h, w), int(g.integers(1, 14)), [float(c) for c in tone * g.uniform(.3, 1.6)], -1, cv2.LINE_AA)
    if g.random() < .6:
        m = np.zeros((h, w), np.float32)
        cv2.circle(m, (w // 2 + int(g.normal(0, 40)), h // 2 + int(g.normal(0, 40))), int(min(h, w) * g.uniform(.4, .65)), 1., -1, cv2.LINE_AA)
        img *= m[..., None]
    return cv2.GaussianBlur(img, (0, 0), g.uniform(.4, 1.2)).astype(np.float32)


def cells(g, h, w):
    """Stained tissue: many dark nuclei on a pink ground, fibres."""
    img = grey(clouds(g, h, w, g.uniform(30, 120), 4)) * np.float32([.3, .5, .25]) + np.float32([.65, .4, .6])
    for _ in range(int(g.integers(50, 700))):
        cv2.ellipse(img, point(g, h, w), (int(g.integers(2, 7)), int(g.integers(1, 5))), float(g.integers(0, 180)), 0, 360, [float(c) for c in np.float32([.35, .2, .5]) * g.uniform(.5, 1.3)], -1, cv2.LINE_AA)
    for _ in range(g.integers(0, 20)):
        pts = np.cumsum(g.normal(0, 9, (12, 2)) + g.normal(0, 5, 2), 0).astype(np.int32) + np.array(point(g, h, w))
        cv2.polylines(img, [pts], False, (.9, .7, .85), int(g.integers(1, 5)), cv2.LINE_AA)
    return cv2.GaussianBlur(img, (0, 0), g.uniform(.3, 1)).astype(np.float32)
