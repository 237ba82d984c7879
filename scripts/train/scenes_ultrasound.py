"""Drawn ultrasound frames without text: fans and linear fields, Doppler colour and vessels, spectral and M-mode strips."""
import cv2
import numpy as np

from texture import blob, clouds, speckle, tree


def tissue(g, h, w):
    """Echo texture in beam space (rows depth, columns beams), 0..1: interfaces, vessels, cysts, shadows, enhancement."""
    t = clouds(g, h, w, g.uniform(30, 160)) * .7 + .15
    for _ in range(g.integers(0, 6)):
        blob(t, g, g.choice([0., 0., .1, .9]), 5, 90, g.uniform(.6, 4))
    for _ in range(g.integers(0, 8)):  # bright interfaces, parallel ones at times (muscle, reverberation)
        y, n = g.integers(0, h), int(g.choice([1, 1, 2, 4]))
        shape, gap = np.cumsum(g.normal(0, 6, 12)), g.uniform(4, 14)
        for k in range(n):
            pts = np.stack([np.linspace(0, w, 12), y + k * gap + shape], 1).astype(np.int32)
            x0 = int(g.integers(0, 8)) if g.random() < .5 else 0
            cv2.polylines(t, [pts[x0:x0 + int(g.integers(3, 12))]], False, float(g.uniform(.6, 1.3)), int(g.integers(1, 6)))
    t = t * speckle(g, h, w, g.uniform(.6, 2.8), g.uniform(.4, 1.6)) * 1.6
    for _ in range(g.integers(0, 4)):  # shadow or enhancement below something
        x, y, wd = int(g.integers(0, w)), int(g.integers(0, h)), int(g.integers(4, 40))
        t[y:, x:x + wd] *= g.uniform(.1, 1.7)
    gain = np.linspace(g.uniform(.7, 1.3), g.uniform(.1, 1.), h, dtype=np.float32)[:, None]
    return np.clip(t * gain, 0, 1) ** g.uniform(.7, 1.9)


def field(g, h, w):
    """Beam coordinates (u across, v down, both 0..1 inside) of a sector, a curved or a linear field."""
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    if g.random() < .62:
        cx, cy = w * g.uniform(.3, .7), h * g.uniform(-.3, .2)
        r0, r1, half = h * g.uniform(0, .3), h * g.uniform(.5, 1.15), g.uniform(.35, 1.15)
        u, v = (np.arctan2(xx - cx, yy - cy) + half) / (2 * half), (np.hypot(xx - cx, yy - cy) - r0) / (r1 - r0)
    else:
        x0, y0, lean = w * g.uniform(0, .3), h * g.uniform(0, .25), g.choice([0, 0, g.uniform(-.3, .3)])
        v = (yy - y0) / (h * g.uniform(.4, 1))
        u = (xx - x0 - lean * (yy - y0)) / (w * g.uniform(.4, 1))
    u, v = u.astype(np.float32), v.astype(np.float32)
    return u, v, ((u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)).astype(np.float32)


PALETTES = np.float32([[[.5, 0, 0], [1, .9, 0], [0, 0, .5], [0, .9, 1]], [[.4, 0, .1], [1, .4, .3], [.1, 0, .4], [.4, .5, 1]], [[.4, .15, 0], [1, .8, .3], [.4, .15, 0], [1, .8, .3]],
                       [[.3, 0, .3], [1, .5, 1], [.3, 0, .3], [1, .5, 1]], [[.6, .1, 0], [1, 1, .6], [0, .2, .6], [.6, 1, 1]]])


def doppler(g, img, inside, u, v):
    """Colour in a box of the field: flow blobs, branching vessels, flash and mosaic aliasing."""
    h, w = inside.shape
    u0, v0, du, dv = g.uniform(0, .6), g.uniform(0, .6), g.uniform(.2, .6), g.uniform(.2, .6)
    box = ((u > u0) & (u < u0 + du) & (v > v0) & (v < v0 + dv)) * inside
    if box.sum() < 200:
        return
    if g.random() < .6:  # vessels
        ys, xs = np.nonzero(box)
        m = np.zeros((h, w), np.float32)
        for _ in range(g.integers(1, 6)):
            i = int(g.integers(len(ys)))
            m = np.maximum(m, tree(g, h, w, (int(xs[i]), int(ys[i])), g.uniform(1.5, 12), step=g.uniform(3, 10)))
        m *= clouds(g, h, w, g.uniform(6, 30), 2) > g.uniform(.1, .45)
        s = cv2.GaussianBlur(m, (0, 0), g.uniform(.6, 2.2))
    else:
        s = np.clip((clouds(g, h, w, g.uniform(8, 60), 2) - g.uniform(.45, .6)) * 4, 0, 1)
    if g.random() < .5:
        k = int(g.integers(2, 5))  # the coarse cells of a colour map
        s = cv2.resize(cv2.resize(s, (w // k, h // k), interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_NEAREST if g.random() < .6 else cv2.INTER_LINEAR)
    on = (s > g.uniform(.1, .4)) & (box > 0)
    p = PALETTES[g.integers(len(PALETTES))]
    away = clouds(g, h, w, g.uniform(20, 120), 1) > g.uniform(.35, .7)
    if g.random() < .2:
        away ^= g.random((h, w)) < .3
    s = (s / (s.max() + 1e-6))[..., None]
    colour = np.where(away[..., None], p[2] + (p[3] - p[2]) * s, p[0] + (p[1] - p[0]) * s)
    img[on] = colour[on]
    if g.random() < .8:
        edge = cv2.morphologyEx((box > 0).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        img[edge] = [(1., 1., 1.), (.2, 1., .2), (1, 1, 0), (.5, .5, .5)][g.integers(4)]


def strip(g, h, w):
    """Spectral or M-mode strip, 0..1."""
    if g.random() < .55:
        x = np.arange(w)
        beat = np.abs(np.sin(x / g.uniform(12, 60))) ** g.uniform(.6, 5)
        env = (beat * g.uniform(.2, .8) + .05 + .03 * g.standard_normal(w)) * h
        base = h * g.uniform(.3, .95)
        yy = np.arange(h)[:, None]
        up = np.clip((base - yy) / (env[None] + 1e-3), -1, 2)
        s = ((up > 0) & (up < 1)) * (.3 + .7 * np.abs(up) ** g.uniform(.3, 3))
        if g.random() < .3:
            s += ((up < 0) & (up > -.3)) * .4
        s = s * speckle(g, h, w, g.uniform(.4, 1), g.uniform(.4, 1.2)) * 1.3
        if g.random() < .7:
            s[min(h - 1, int(base))] = g.uniform(.3, 1)
    else:
        s = cv2.resize(tissue(g, h, 24), (w, h), interpolation=cv2.INTER_LINEAR)
        s = np.stack([np.roll(s[:, i], int(6 * np.sin(i / 22.))) for i in range(w)], 1) if g.random() < .5 else s
        s = s * speckle(g, h, w, .5, .6) * 1.5
    return np.clip(s, 0, 1).astype(np.float32)


def ultrasound(g, h, w):
    img = np.full((h, w, 3), float(g.choice([0, 0, 0, g.uniform(0, .15), g.uniform(.15, .6)])), np.float32)
    for _ in range(2 if g.random() < .1 else 1):  # dual screens at times
        tex = tissue(g, 300, 300)
        u, v, inside = field(g, h, w)
        scan = cv2.remap(tex, (u * 299).clip(0, 299), (v * 299).clip(0, 299), cv2.INTER_LINEAR) * inside
        tint = np.float32([1, 1, 1] if g.random() < .72 else [1, .85, .6] if g.random() < .6 else [.8, .9, 1])
        img = np.where(inside[..., None] > 0, scan[..., None] * tint, img).astype(np.float32)
        if g.random() < .4:
            doppler(g, img, inside, u, v)
        if g.random() < .15:  # outline of the field, depth dots
            edge = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
            img[edge] = g.uniform(.3, 1)
    if g.random() < .28:
        y0 = int(h * g.uniform(.5, .75))
        img[y0:] = strip(g, h - y0, w)[..., None] * (np.float32([1, 1, 1]) if g.random() < .7 else g.random(3).astype(np.float32))
        cv2.line(img, (0, y0), (w, y0), (float(g.uniform(.2, 1)),) * 3, 1)
    if g.random() < .12:  # banner of another tone
        y = int(g.integers(10, 70))
        band = np.s_[:y] if g.random() < .7 else np.s_[-y:]
        img[band] = (g.random(3) * g.uniform(.1, 1)).astype(np.float32) if g.random() < .5 else g.uniform(.1, .9)
    return img
