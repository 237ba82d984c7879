"""Drawn x-ray, CT, MR and angiography frames without text: bones, skulls, spines, ribs, vessels, metal, film edges."""
import math

import cv2
import numpy as np

from texture import blob, clouds, grain, point, tree, warp


def bone(g, img, p, q, th):
    """A long bone from p to q: soft shaft, bright cortex, wider ends."""
    m = np.zeros(img.shape, np.float32)
    n = 6
    t = np.linspace(0, 1, n)[:, None]
    pts = (np.float32(p) * (1 - t) + np.float32(q) * t + g.normal(0, th / 12, (n, 2))).astype(np.int32)
    cv2.polylines(m, [pts], False, 1., max(1, th), cv2.LINE_AA)
    for e in (pts[0], pts[-1]):
        if g.random() < .7:
            cv2.ellipse(m, tuple(int(v) for v in e), (int(th * g.uniform(.5, .8)), int(th * g.uniform(.4, .7))), float(g.integers(0, 180)), 0, 360, 1., -1)
    e = cv2.GaussianBlur(m, (0, 0), g.uniform(.6, 3))
    cortex = np.abs(e - cv2.GaussianBlur(m, (0, 0), 2 + th / 8))
    img += e * g.uniform(.05, .3) + cortex * g.uniform(0, .6)


def column(g, img, x, pitch, wd, angle=0.):
    """Vertebrae or phalanges: rounded blocks with bright rims and dark gaps, pedicles, spinous processes."""
    h = img.shape[0]
    m = np.zeros(img.shape, np.float32)
    rim = np.zeros_like(m)
    y, bend = -pitch, g.uniform(-.3, .3)
    while y < h + pitch:
        cx = x + bend * 60 * math.sin(y / h * 3)
        box = ((cx, y), (wd * g.uniform(.9, 1.1), pitch * g.uniform(.7, .9)), angle + g.normal(0, 4))
        pts = cv2.boxPoints(box).astype(np.int32)
        cv2.fillPoly(m, [pts], g.uniform(.6, 1))
        cv2.polylines(rim, [pts], True, g.uniform(.3, 1), int(g.integers(1, 4)), cv2.LINE_AA)
        if g.random() < .5:
            for s in (-1, 1):
                cv2.ellipse(rim, (int(cx + s * wd * .28), int(y)), (max(1, int(wd * .08)), max(1, int(pitch * .16))), 0, 0, 360, 1., int(g.choice([1, 2, -1])), cv2.LINE_AA)
        if g.random() < .4:
            cv2.ellipse(rim, (int(cx), int(y + pitch * .2)), (max(1, int(wd * .07)), max(1, int(pitch * .25))), 0, 0, 360, .8, -1)
        y += pitch
    s = g.uniform(.6, 2.5)
    img += cv2.GaussianBlur(m, (0, 0), s) * g.uniform(.08, .45) + cv2.GaussianBlur(rim, (0, 0), s * .6) * g.uniform(.05, .45)


def skull(g, img):
    """Outer and inner table, orbits, teeth, sutures."""
    h, w = img.shape
    c, ax = (int(w * g.uniform(.3, .7)), int(h * g.uniform(.3, .7))), (int(w * g.uniform(.18, .45)), int(h * g.uniform(.2, .48)))
    a = float(g.integers(0, 90))
    t = np.zeros_like(img)
    for k in range(int(g.integers(1, 4))):
        cv2.ellipse(t, c, (max(2, ax[0] - 7 * k), max(2, ax[1] - 7 * k)), a, 0, float(g.choice([360, 360, 270, 200])), g.uniform(.4, 1.), int(g.integers(1, 12)), cv2.LINE_AA)
    for _ in range(int(g.integers(0, 5))):
        cv2.ellipse(t, (c[0] + int(g.normal(0, ax[0] / 2)), c[1] + int(g.normal(0, ax[1] / 2))), (int(g.integers(5, 40)), int(g.integers(5, 40))), float(g.integers(0, 180)), 0, float(g.integers(120, 360)), g.uniform(.3, 1), int(g.integers(1, 5)), cv2.LINE_AA)
    for _ in range(int(g.integers(0, 4))):  # sutures and vascular grooves
        pts = np.cumsum(g.normal(0, 5, (30, 2)) + g.normal(0, 3, 2), 0).astype(np.int32) + np.array(c)
        cv2.polylines(t, [pts], False, g.uniform(-.4, .5), 1, cv2.LINE_AA)
    img += cv2.GaussianBlur(t, (0, 0), g.uniform(.5, 2)) * g.uniform(.2, .8)


def ribs(g, img):
    h, w = img.shape
    t = np.zeros_like(img)
    n, lift = int(g.integers(5, 12)), g.uniform(.08, .3)
    for side in (-1, 1):
        for i in range(n):
            c = (int(w / 2 + side * w * g.uniform(.16, .24)), int(h * (.08 + .9 * i / n)))
            cv2.ellipse(t, c, (int(w * .25), int(h * lift)), side * float(g.uniform(10, 35)), 180 if g.random() < .5 else 0, 360 if g.random() < .5 else 180, g.uniform(.5, 1), int(g.integers(3, 16)), cv2.LINE_AA)
    e = cv2.GaussianBlur(t, (0, 0), g.uniform(.8, 2.5))
    img += e * g.uniform(.04, .2) + np.abs(e - cv2.GaussianBlur(t, (0, 0), 5)) * g.uniform(0, .4)


def metal(g, img):
    """Screws, clips, wires, staples, electrodes, zips: bright and sharp, the strokes a letter has."""
    h, w = img.shape
    v = g.uniform(.9, 1.3)
    for _ in range(g.integers(1, 7)):
        (x, y), k = point(g, h, w), g.integers(0, 6)
        if k == 0:
            cv2.circle(img, (x, y), int(g.integers(2, 14)), v, int(g.choice([-1, 1, 2, 3])), cv2.LINE_AA)
        elif k == 1:
            cv2.polylines(img, [np.cumsum(g.normal(0, 14, (14, 2)), 0).astype(np.int32) + [x, y]], False, v, int(g.integers(1, 4)), cv2.LINE_AA)
        elif k == 2:  # threaded screw
            a = g.uniform(0, 3.14)
            dx, dy, r = math.cos(a), math.sin(a), g.uniform(2, 6)
            for s in range(0, int(g.integers(20, 90)), int(g.integers(3, 7))):
                cv2.line(img, (int(x + s * dx - r * dy), int(y + s * dy + r * dx)), (int(x + s * dx + r * dy), int(y + s * dy - r * dx)), v, int(g.integers(1, 3)), cv2.LINE_AA)
        elif k == 3:  # clips in a row
            a = g.uniform(0, 3.14)
            for i in range(int(g.integers(2, 9))):
                p = np.array([x + 16 * i * math.cos(a), y + 16 * i * math.sin(a)]) + g.normal(0, 2, 2)
                d = g.normal(0, 5, 2)
                cv2.line(img, tuple(int(c) for c in p), tuple(int(c) for c in p + d), v, 2, cv2.LINE_AA)
        elif k == 4:
            cv2.rectangle(img, (x, y), (x + int(g.integers(6, 60)), y + int(g.integers(4, 30))), v, int(g.choice([-1, 1, 2])))
        else:  # zip
            for i in range(int(g.integers(6, 40))):
                cv2.rectangle(img, (x, y + 6 * i), (x + 4, y + 6 * i + 2), v, -1)


def collimate(g, img):
    h, w = img.shape
    m = np.zeros((h, w), np.float32)
    q = np.float32([[g.uniform(-.3, .3) * w, g.uniform(-.3, .3) * h], [g.uniform(.7, 1.3) * w, g.uniform(-.3, .3) * h],
                    [g.uniform(.7, 1.3) * w, g.uniform(.7, 1.3) * h], [g.uniform(-.3, .3) * w, g.uniform(.7, 1.3) * h]])
    if g.random() < .2:
        cv2.circle(m, (w // 2, h // 2), int(min(h, w) * g.uniform(.4, .6)), 1., -1, cv2.LINE_AA)
    else:
        cv2.fillPoly(m, [q.astype(np.int32)], 1.)
    m = cv2.GaussianBlur(m, (0, 0), g.uniform(.5, 3))
    return img * m + (1 - m) * g.choice([0, 0, g.uniform(0, .1), g.uniform(.6, 1)])


def film(g, img):
    """A digitised film: bright or dark surround, notches, punch holes, scratches, dust, a stuck label without words."""
    h, w = img.shape
    b, v = int(g.integers(3, 40)), g.choice([0., 1., g.uniform(.7, 1)])
    for side in np.nonzero(g.random(4) < .5)[0]:
        view = np.rot90(img, side)
        edge = b + (g.normal(0, .4, view.shape[1]).cumsum()).astype(int) % 5
        for x in range(view.shape[1]):
            view[:max(1, edge[x]), x] = v
    for _ in range(g.integers(0, 5)):
        p = point(g, h, w)
        cv2.line(img, p, (p[0] + int(g.normal(0, 60)), p[1] + int(g.normal(0, 60))), float(g.uniform(0, 1)), 1, cv2.LINE_AA)
    for _ in range(g.integers(0, 30)):
        cv2.circle(img, point(g, h, w), int(g.integers(0, 3)), float(g.uniform(.5, 1)), -1)
    if g.random() < .4:
        cv2.circle(img, (int(g.integers(0, w)), b + 8), int(g.integers(3, 12)), float(1 - v), -1)
    if g.random() < .3:
        x, y = point(g, h, w)
        cv2.rectangle(img, (x, y), (x + int(g.integers(20, 140)), y + int(g.integers(10, 60))), float(g.uniform(.5, 1)), -1)


def xray(g, h, w):
    img = clouds(g, h, w, g.uniform(80, 300), 2) * g.uniform(.2, .8) + g.uniform(0, .35)
    for _ in range(g.integers(0, 6)):
        p, d = g.uniform(-.1, 1.1, 2) * (w, h), g.normal(0, 1, 2)
        bone(g, img, p, p + d / (np.hypot(*d) + 1e-6) * g.uniform(.2, 1.2) * max(h, w), int(g.integers(4, 70)))
    if g.random() < .3:
        column(g, img, w * g.uniform(.2, .8), g.uniform(14, 80), g.uniform(16, 110))
    if g.random() < .15:  # a hand or foot
        x0, p = g.uniform(.1, .5) * w, g.uniform(40, 90)
        for k in range(int(g.integers(3, 6))):
            column(g, img, x0 + k * g.uniform(.7, 1) * p, p, p * g.uniform(.25, .4), g.normal(0, 4))
    if g.random() < .25:
        ribs(g, img)
    if g.random() < .2:
        skull(g, img)
    if g.random() < .35:  # trabeculae
        img += (clouds(g, h, w, g.uniform(3, 12), 2) - .5) * g.uniform(.05, .35) * (clouds(g, h, w, 120, 1) > g.uniform(.2, .6))
    if g.random() < .15:  # bowel gas
        for _ in range(g.integers(3, 20)):
            blob(img, g, g.uniform(0, .5), 5, 40, g.uniform(.8, 3))
    if g.random() < .12:
        img -= cv2.GaussianBlur(tree(g, h, w, width=g.uniform(3, 14), depth=6), (0, 0), g.uniform(.6, 1.5)) * g.uniform(.1, .5)
    if g.random() < .3:
        metal(g, img)
    img += grain(g, h, w, .05)
    if g.random() < .45:
        img = collimate(g, img)
    if g.random() < .4:
        img = img.max() - img
    if g.random() < .12:
        film(g, img)
    return img


def angiogram(g, h, w):
    """Contrast vessels, a catheter, subtraction noise; a round or square shutter."""
    img = clouds(g, h, w, g.uniform(60, 250), 3) * .3 + g.uniform(.3, .6)
    for _ in range(g.integers(1, 4)):
        img -= cv2.GaussianBlur(tree(g, h, w, width=g.uniform(3, 12), depth=int(g.integers(4, 8))), (0, 0), g.uniform(.5, 1.4)) * g.uniform(.1, .45)
    if g.random() < .5:
        pts = np.cumsum(g.normal(0, 5, (40, 2)) + g.normal(0, 9, 2), 0).astype(np.int32) + np.array(point(g, h, w))
        cv2.polylines(img, [pts], False, float(img.mean() - .35), int(g.integers(1, 5)), cv2.LINE_AA)
    if g.random() < .4:
        column(g, img, w * g.uniform(.3, .7), g.uniform(30, 80), g.uniform(40, 100))
    img += grain(g, h, w, .06)
    return collimate(g, img) if g.random() < .7 else img


def slices(g, h, w):
    """CT or MR slice: skin, fat, bone rings, organs, folds, vertebra with processes, table, streaks."""
    img = np.zeros((h, w), np.float32)
    c, ax = (int(w * g.uniform(.3, .7)), int(h * g.uniform(.3, .7))), (int(w * g.uniform(.22, .6)), int(h * g.uniform(.22, .55)))
    cv2.ellipse(img, c, ax, float(g.integers(0, 90)), 0, 360, 1., -1)
    img = warp(g, img, 120, g.uniform(0, 60))
    body = cv2.GaussianBlur(img, (0, 0), 1.2)
    inner = cv2.erode(img, np.ones((5, 5), np.uint8), iterations=int(g.integers(1, 7)))
    shell = cv2.GaussianBlur(img - inner, (0, 0), .8)
    t = clouds(g, h, w, g.uniform(16, 90), 4) * .8
    for _ in range(g.integers(3, 16)):
        blob(t, g, g.uniform(0, 1), 3, 70, g.uniform(.5, 2.5))
    if g.random() < .5:  # gyri
        f = clouds(g, h, w, g.uniform(10, 30), 1)
        t = np.where(np.abs(f - .5) < g.uniform(.02, .1), t * g.uniform(0, .5), t)
    out = body * t * g.uniform(.5, 1) + shell * g.uniform(0, 1.4)
    if g.random() < .35:  # vertebra
        x, y, s = c[0], int(c[1] + ax[1] * .5), int(g.integers(8, 40))
        v = np.zeros_like(img)
        cv2.ellipse(v, (x, y), (s, int(s * .8)), 0, 0, 360, 1., -1)
        cv2.circle(v, (x, y + s + 2), max(2, s // 3), 1., max(1, s // 6))
        for k in (-1, 0, 1):
            cv2.line(v, (x, y + s), (x + k * int(s * 1.4), y + s + int(s * (1.5 if k == 0 else .6))), 1., max(1, s // 4), cv2.LINE_AA)
        out += cv2.GaussianBlur(v, (0, 0), g.uniform(.5, 1.5)) * g.uniform(.3, 1)
    if g.random() < .2:
        column(g, out, c[0], g.uniform(16, 60), g.uniform(20, 80))
        out *= body
    if g.random() < .25:
        skull(g, out)
    if g.random() < .2:  # CT table
        cv2.ellipse(out, (c[0], int(c[1] - h * .3)), (int(w * .7), int(h * g.uniform(.7, .8))), 0, 40, 140, g.uniform(.2, 1), int(g.integers(1, 4)), cv2.LINE_AA)
    if g.random() < .12:  # metal streaks
        p = point(g, h, w)
        for a in g.uniform(0, 6.28, int(g.integers(10, 50))):
            cv2.line(out, p, (int(p[0] + 600 * math.cos(a)), int(p[1] + 600 * math.sin(a))), float(g.uniform(0, 1)), 1, cv2.LINE_AA)
        cv2.circle(out, p, int(g.integers(3, 14)), 1.3, -1)
    if g.random() < .1:  # ringing and ghosts
        out += np.sin(np.hypot(*np.mgrid[-h / 2:h / 2, -w / 2:w / 2].astype(np.float32)) / g.uniform(1, 5)) * g.uniform(0, .15)
    if g.random() < .12:  # coarse matrix
        k = int(g.integers(2, 9))
        out = cv2.resize(cv2.resize(out, (w // k, h // k), interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_NEAREST if g.random() < .4 else cv2.INTER_CUBIC)
    out = out + np.abs(grain(g, h, w, .07))
    if g.random() < .12:  # nuclear: inverted, coarse counts
        out = 1 - np.clip(out, 0, 1) if g.random() < .7 else g.poisson(np.clip(out, 0, 1) * 12).astype(np.float32) / 12
    if g.random() < .1:
        t = float(g.uniform(.2, .6))
        out = (out > t).astype(np.float32) if g.random() < .3 else np.where(out > t, 1., out * .5).astype(np.float32)
    return out
