"""Drawn pictures of few pixels, without text: nuclear medicine and PET slices, thumbnails, small matrices on a large black page."""
import cv2
import numpy as np

from texture import blob, clouds

HOT = np.float32([[0, 0, 0], [.5, 0, .1], [1, .3, 0], [1, .9, .2], [1, 1, 1]])


def uptake(g, n):
    """Smooth organs that take up a tracer, with counting noise, 0..1."""
    img = np.zeros((n, n), np.float32)
    if g.random() < .7:  # the body's outline
        blob(img, g, g.uniform(.1, .4), n // 4, n // 2, n / 20)
    for _ in range(int(g.integers(1, 7))):
        blob(img, g, g.uniform(.3, 1.3), max(2, n // 24), max(4, n // 4), g.uniform(.4, n / 24))
        if g.random() < .3:  # a cavity makes a ring or a horseshoe of it
            blob(img, g, 0, max(2, n // 30), max(3, n // 8), g.uniform(.4, n / 40))
    if g.random() < .5:
        img *= clouds(g, n, n, n / g.uniform(2, 12), 2) * .8 + .4
    counts = g.uniform(8, 400)
    return np.clip(g.poisson(np.clip(img, 0, 2) * counts) / counts, 0, 1).astype(np.float32)


def small(g, h, w):
    """One or several small matrices, enlarged or not, on black or side by side."""
    page = np.full((h, w, 3), float(g.choice([0, 0, 0, 1, g.random()])), np.float32)
    n = int(g.choice([32, 48, 64, 64, 96, 128, 128, 160]))
    side = int(n * g.choice([1, 1, 1, 1.5, 2, 3]))
    x, y = int(g.integers(0, max(1, w - side))), int(g.integers(0, max(1, h - side)))
    rows, columns = (int(g.integers(1, 4)), int(g.integers(1, 4))) if g.random() < .6 else (h // side + 1, w // side + 1)
    invert, hot, way = g.random() < .2, g.random() < .2, int(g.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    for row in range(rows):
        for column in range(columns):
            one = uptake(g, n)
            if side != n:
                one = np.clip(cv2.resize(one, (side, side), interpolation=way), 0, 1)
            one = 1 - one if invert else one
            v = np.stack([np.interp(one, np.linspace(0, 1, len(HOT)), HOT[:, c]) for c in range(3)], -1) if hot else np.repeat(one[..., None], 3, 2)
            view = page[y + row * side:y + (row + 1) * side, x + column * side:x + (column + 1) * side]
            view[:] = v[:view.shape[0], :view.shape[1]]
    return page
