"""Graphics that are not text, drawn over a picture: rulers, calipers, bars, arrows, traces, body marks, frames, guides."""
import math

import cv2
import numpy as np

from texture import point


def ruler(g, img, x, y, col, th):
    n, step, major, upright = int(g.integers(4, 40)), int(g.integers(3, 30)), int(g.choice([2, 5, 10])), g.random() < .7
    sign, ln, dots = int(g.choice([-1, 1])), int(g.integers(2, 8)), g.random() < .25
    for i in range(n):
        tick = ln * (2 if i % major == 0 else 1)
        p = (x, y + i * step) if upright else (x + i * step, y)
        if dots:
            cv2.circle(img, p, int(th + (i % major == 0)), col, -1)
        else:
            cv2.line(img, p, (p[0] + sign * tick, p[1]) if upright else (p[0], p[1] + sign * tick), col, th)
    if g.random() < .5:
        cv2.line(img, (x, y), (x, y + n * step) if upright else (x + n * step, y), col, th)


def calipers(g, img, x, y, col, th):
    q = (x + int(g.normal(0, 80)), y + int(g.normal(0, 80)))
    s, mark = int(g.integers(2, 10)), int(g.integers(0, 4))
    for p in ((x, y), q):
        cv2.drawMarker(img, p, col, [cv2.MARKER_CROSS, cv2.MARKER_TILTED_CROSS, cv2.MARKER_STAR, cv2.MARKER_DIAMOND][mark], 2 * s, th)
    n = int(np.hypot(q[0] - x, q[1] - y) / g.integers(3, 8)) + 1
    if g.random() < .7:
        for i in range(n):
            cv2.circle(img, (x + (q[0] - x) * i // n, y + (q[1] - y) * i // n), int(th > 1), col, -1)
    if g.random() < .3:
        c, ax = ((x + q[0]) // 2, (y + q[1]) // 2), (max(2, int(np.hypot(q[0] - x, q[1] - y) / 2)), int(g.integers(6, 60)))
        a = math.degrees(math.atan2(q[1] - y, q[0] - x))
        for b in range(0, 360, int(g.integers(4, 14))):
            cv2.ellipse(img, c, ax, a, b, b + 2, col, 1)


def bar(g, img, x, y, col, th):
    bw, bh = int(g.integers(5, 26)), int(g.integers(50, 260))
    ramp = np.linspace(1, 0, bh, dtype=np.float32)[:, None, None]
    tone = np.float32([1, 1, 1]) if g.random() < .5 else g.random(3).astype(np.float32)
    b = np.broadcast_to(ramp * tone, (bh, bw, 3))
    if g.random() < .3:
        b = np.abs(b * 2 - 1) * g.random(3).astype(np.float32)
    if g.random() < .2:
        b = np.floor(b * 12) / 12
    if g.random() < .25:
        b = np.rot90(b)
    view = img[y:y + b.shape[0], x:x + b.shape[1]]
    view[:] = b[:view.shape[0], :view.shape[1]]
    if g.random() < .4:
        cv2.rectangle(img, (x - 1, y - 1), (x + b.shape[1], y + b.shape[0]), col, 1)


def arrow(g, img, x, y, col, th):
    if g.random() < .5:
        cv2.arrowedLine(img, (x, y), (x + int(g.normal(0, 40)), y + int(g.normal(0, 40))), col, th, tipLength=.3)
    else:
        s = g.uniform(6, 22)
        pts = np.float32([[0, -1], [.8, .1], [.3, .1], [.3, 1], [-.3, 1], [-.3, .1], [-.8, .1]]) * s
        a = g.uniform(0, 6.28)
        pts = pts @ np.float32([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]) + (x, y)
        (cv2.fillPoly if g.random() < .6 else lambda i, p, c: cv2.polylines(i, p, True, c, 1))(img, [pts.astype(np.int32)], col)


def trace(g, img, x, y, col, th):
    n = int(g.integers(60, 450))
    t = np.arange(n)
    v = y - np.abs(np.sin(t / g.uniform(8, 40))) ** g.integers(1, 30) * g.uniform(8, 50) + g.normal(0, .6, n)
    cv2.polylines(img, [np.stack([x + t, v], 1).astype(np.int32)], False, col, th)


def box(g, img, x, y, col, th):
    cv2.rectangle(img, (x, y), (x + int(g.integers(4, 200)), y + int(g.integers(4, 200))), col, th if g.random() < .7 else -1)


def ring(g, img, x, y, col, th):
    end = float(g.choice([360, 360, 180, 270]))
    cv2.ellipse(img, (x, y), (int(g.integers(2, 60)), int(g.integers(2, 60))), float(g.integers(0, 180)), 0, end, col, th if g.random() < .7 else -1, cv2.LINE_AA)


def wedge(g, img, x, y, col, th):
    """Focus and probe marks: triangles and small filled shapes at an edge."""
    s = int(g.integers(3, 14))
    p = np.array([[x, y], [x + s, y + s // 2], [x, y + s]] if g.random() < .5 else [[x, y], [x + s, y], [x + s // 2, y + s]], np.int32)
    if g.random() < .7:
        cv2.fillPoly(img, [p], col)
    else:
        cv2.polylines(img, [p], True, col, 1)


def dashes(g, img, x, y, col, th):
    dx, dy = g.normal(0, 1, 2)
    n = math.hypot(dx, dy) + 1e-6
    on, per = int(g.integers(1, 9)), int(g.integers(4, 16))
    for s in range(0, int(g.integers(40, 400)), per):
        cv2.line(img, (int(x + s * dx / n), int(y + s * dy / n)), (int(x + (s + on) * dx / n), int(y + (s + on) * dy / n)), col, th)


def icon(g, img, x, y, col, th):
    """Body marks and buttons: a few curved strokes, a torso, a probe."""
    if g.random() < .4:
        s = int(g.integers(10, 45))
        cv2.ellipse(img, (x, y), (s // 2, s // 3), 0, 0, 360, col, th, cv2.LINE_AA)
        for k in (-1, 1):
            cv2.ellipse(img, (x + k * s // 2, y + s), (s // 4, s), k * 8., 60, 300, col, th, cv2.LINE_AA)
        cv2.line(img, (x, y + s), (x + int(g.normal(0, 9)), y + s + int(g.normal(0, 9))), col, th + 1)
        return
    for _ in range(int(g.integers(2, 5))):
        s = int(g.integers(6, 40))
        cv2.ellipse(img, (x + int(g.normal(0, 6)), y + int(g.normal(0, 6))), (s // 2 + 1, s), 0, float(g.integers(0, 180)), float(g.integers(180, 360)), col, th, cv2.LINE_AA)


def through(g, img, x, y, col, th):
    h, w = img.shape[:2]
    cv2.line(img, (0, y), (w, y) if g.random() < .5 else (x, h), col, th)


def cross_hair(g, img, x, y, col, th):
    s, gap = int(g.integers(8, 120)), int(g.integers(0, 8))
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        cv2.line(img, (x + dx * gap, y + dy * gap), (x + dx * s, y + dy * s), col, th)


def curve(g, img, x, y, col, th):
    """Gain curves, region outlines, guide lines."""
    n = int(g.integers(5, 30))
    pts = np.cumsum(g.normal(0, g.uniform(3, 12), (n, 2)) + g.normal(0, 5, 2), 0).astype(np.int32) + np.array([x, y])
    cv2.polylines(img, [pts], g.random() < .3, col, th, cv2.LINE_AA)


def dots(g, img, x, y, col, th):
    """A grid or row of dots (biopsy guides, templates)."""
    nx, ny, p, s = int(g.integers(1, 12)), int(g.integers(2, 14)), int(g.integers(4, 22)), int(g.integers(0, 3))
    for i in range(nx):
        for j in range(ny):
            cv2.circle(img, (x + i * p, y + j * p), s, col, -1)


KINDS = ((ruler, 4), (calipers, 3), (bar, 2), (arrow, 2), (trace, 1), (box, 2), (ring, 2), (wedge, 2), (dashes, 1), (icon, 2), (through, 1), (cross_hair, 1), (curve, 1), (dots, 1))
WEIGHTS = np.array([k[1] for k in KINDS]) / sum(k[1] for k in KINDS)


def clutter(g, img):
    """Draw some of them into a colour picture (in place)."""
    h, w = img.shape[:2]
    for _ in range(int(g.choice([0, 1, 2, 3, 5, 8]))):
        v = float(g.choice([1., 1., .8, .6, .4, 0.]))
        col = (v, v, v) if g.random() < .6 else tuple(float(c) for c in g.random(3))
        kind = KINDS[int(g.choice(len(KINDS), p=WEIGHTS))][0]
        kind(g, img, *point(g, h, w), col, int(g.choice([1, 1, 1, 2, 3])))
    if g.random() < .1:
        b = int(g.integers(2, 30))
        img[:b] = img[-b:] = float(g.random() < .5)
    return img
