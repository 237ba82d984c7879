"""How a line of text looks: a font and its drawing, colours, and the strokes round a marker."""
import os
import unicodedata

import cv2
import numpy as np
from PIL import Image, ImageDraw

import fonts

HERSHEY = {"train": [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX],
           "test": [cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_COMPLEX_SMALL]}


def ascii_of(s):
    return unicodedata.normalize("NFKD", s).encode("ascii", "ignore").decode() or "A"


def pick_size(r, kind):
    """Font size in pixels; small ones more often, markers up to 120."""
    if kind == "marker" and r.random() < .55:
        return int(round(9 * (13 ** r.random())))
    if r.random() < .06:
        return int(round(40 * (3 ** r.random())))
    return int(round(6 * (7 ** (r.random() ** 1.15))))


class Style:
    """A font and how it is drawn; one style for all the lines of a block."""

    def __init__(self, r, split, kind, script=None):
        self.r, self.script, self.size = r, script, pick_size(r, kind)
        self.space = r.uniform(.08, .5) if r.random() < .05 else 0
        self.aa = r.random() > .25
        u = r.random()
        if script:
            self.mode, self.path = "vector", os.path.join(fonts.ROOT, fonts.FOREIGN[script])
            self.size = max(self.size, 11)
        elif u < .62 or (kind == "marker" and self.size > 30 and u < .9):
            self.mode, self.path = "vector", r.choice(r.choice(fonts.vector(split)))
        elif u < .82:
            self.mode = "bitmap"
            self.path, self.size = r.choice(fonts.bitmap(split))
            self.mult = r.choices([1, 2, 3, 4], [70, 20, 6, 4])[0]
        else:
            self.mode, self.face = "hershey", r.choice(HERSHEY[split])
            self.thick = 1 if r.random() < .7 else max(1, self.size // 10)
            self.italic = 16 if r.random() < .05 else 0

    def pitch(self):
        return self.size * (self.mult if self.mode == "bitmap" else 1)

    def ink(self, s):
        """Coverage 0..1 of the string on a canvas larger than it."""
        if self.mode == "hershey":
            s = ascii_of(s)
            scale = self.size / 22
            (w, h), b = cv2.getTextSize(s, self.face, scale, self.thick)
            a = np.zeros((h + b + 8, w + 8), np.uint8)
            cv2.putText(a, s, (4, h + 4), self.face | self.italic, scale, 255, self.thick, cv2.LINE_AA if self.aa else cv2.LINE_8)
            return a.astype(np.float32) / 255
        if self.mode == "vector" and "dseg" in self.path:
            s = "".join(c for c in s if c in "0123456789:.- ").strip() or "12:34"
        f = fonts.load(self.path, self.size)
        step = int(self.space * self.size)
        parts = list(s) if step else [s]
        boxes = [f.getbbox(p) for p in parts]
        w = int(sum(max(f.getlength(p), b[2]) + step for p, b in zip(parts, boxes))) + 12
        h = int(max(b[3] for b in boxes)) + 12
        im = Image.new("L", (max(1, w), max(1, h)), 0)
        d = ImageDraw.Draw(im)
        d.fontmode = "L" if self.aa and self.mode == "vector" else "1"
        x = 6
        for p in parts:
            d.text((x, 4), p, fill=255, font=f)
            x += int(f.getlength(p)) + step
        a = np.asarray(im, np.float32) / 255
        if self.mode == "bitmap" and self.mult > 1:
            a = cv2.resize(a, None, fx=self.mult, fy=self.mult, interpolation=cv2.INTER_NEAREST if self.aa else cv2.INTER_LINEAR)
        return a

    def line(self, s):
        """Ink cropped to its rows and columns, or None when nothing was drawn."""
        a = self.ink(s)
        ys, xs = np.where(a.max(1) > .2)[0], np.where(a.max(0) > .2)[0]
        return a[ys[0]:ys[-1] + 1, xs[0]:xs[-1] + 1] if len(ys) else None


def luma(c):
    return .299 * c[0] + .587 * c[1] + .114 * c[2]


def colour(r, target):
    """RGB with the given luma, grey or tinted."""
    if r.random() < .65:
        return np.full(3, target, np.float32)
    c = np.array(r.choice([(1, 1, 0), (0, 1, 0), (0, 1, 1), (1, .5, 0), (1, 0, 0), (.3, .5, 1), (1, 0, 1), (r.random(), r.random(), r.random())]), np.float32)
    y = luma(c) + 1e-3
    c = c * (target / y) if target <= y else c + (1 - c) * ((target - y) / (1 - y + 1e-6))
    return np.clip(c, 0, 1)


def hollow(a, r):
    """Only the outline of the strokes, as on cut-out lead letters."""
    n = r.randint(2, 3)
    return np.clip(cv2.dilate(a, np.ones((n, n), np.uint8)) - cv2.erode(a, np.ones((n, n), np.uint8)), 0, 1)


def plate(r, img, box, fg):
    """Ring, frame or lead balls round a marker."""
    x0, y0, x1, y1 = box
    p, col, th = r.randint(3, 10), tuple(float(v) for v in fg), r.randint(1, 3)
    u = r.random()
    if u < .4:
        cv2.rectangle(img, (x0 - p, y0 - p), (x1 + p, y1 + p), col, th)
    elif u < .85:
        rx, ry = (x1 - x0) // 2 + p, (y1 - y0) // 2 + p
        if r.random() < .6:
            rx = ry = max(rx, ry)
        cv2.ellipse(img, ((x0 + x1) // 2, (y0 + y1) // 2), (rx, ry), 0, 0, 360, col, th, cv2.LINE_AA)
    else:
        for _ in range(r.randint(1, 4)):
            cv2.circle(img, (r.randint(x0 - 12, x1 + 12), y1 + p + r.randint(2, 8)), r.randint(1, 4), col, -1, cv2.LINE_AA)
