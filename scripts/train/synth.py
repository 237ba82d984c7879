"""One synthetic frame: text painted on a text-free picture, with the exact box of every line and the label map made of them."""
import random

import cv2
import numpy as np

import backgrounds
import fonts
import graphics
import style
import words
from style import Style, colour, luma

SIZE = 512
BAND = 84    # lines higher than this are left out of the loss: a reduced scale answers for them
FORMS = (["single", "stack", "marker", "row", "table", "ruler", "dense", "digits"], [26, 23, 32, 8, 5, 6, 3, 12])


def string(r, kind, script):
    return (words.foreign(r, script), "foreign") if script else words.line(r, kind)


def block(r, split):
    """Lines of one block laid out on their own canvas: alpha (H, W), list of (x, y, w, h, string, kind), style, form."""
    script = None
    if r.random() < .07:
        script = r.choice([k for k in words.SCRIPTS if split != "train" or k not in fonts.FOREIGN_TEST])
    form = r.choices(*FORMS)[0]
    kind = {"marker": "marker", "ruler": "number", "digits": "number"}.get(form)
    st = Style(r, split, kind, script if form not in ("ruler", "digits") else None)
    items = []
    if form in ("single", "marker", "digits"):
        s, k = (r.choice("0123456789ABCDPQRSVX123450"), "number") if form == "digits" else string(r, kind, script)
        if form == "digits" and st.mode != "bitmap":
            st.size = min(st.size, 24)
        a = st.line(s)
        if a is None:
            return None
        if form == "marker" and st.size > 22 and r.random() < .1:
            a = style.hollow(a, r)
        items = [(a, 0, 0, s, k)]
    else:
        n = {"stack": r.randint(2, 7), "row": 1, "table": r.randint(2, 8), "ruler": r.randint(3, 12), "dense": r.randint(8, 22)}[form]
        cols = {"row": r.randint(2, 5), "table": r.randint(2, 4)}.get(form, 1)
        pitch, align = r.uniform(1.08, 1.7), r.choice("llrc")
        if form == "dense" or n > 7:
            st.size = min(st.size, 18) if st.mode != "bitmap" else st.size
        x0, start, step = 0, r.randint(0, 5), r.choice([1, 2, 5, 10, 20, 50])
        for _ in range(cols):
            y, wmax, col = 0, 0, []
            for i in range(n):
                s, k = (str((start + i) * step), "number") if form == "ruler" else string(r, kind, script)
                a = st.line(s)
                if a is None:
                    continue
                col.append((a, y, s, k))
                y += int(max(st.pitch() * pitch * (2.5 if form == "ruler" else 1), a.shape[0] + 1))
                wmax = max(wmax, a.shape[1])
            for a, yy, s, k in col:
                dx = {"l": 0, "r": wmax - a.shape[1], "c": (wmax - a.shape[1]) // 2}[align]
                items.append((a, x0 + dx, yy, s, k))
            x0 += wmax + int(st.size * r.uniform(1.8, 5))
    if not items:
        return None
    w, h = max(x + a.shape[1] for a, x, *_ in items), max(y + a.shape[0] for a, _, y, *_ in items)
    canvas, boxes = np.zeros((h, w), np.float32), []
    for a, x, y, s, k in items:
        view = canvas[y:y + a.shape[0], x:x + a.shape[1]]
        np.maximum(view, a, out=view)
        boxes.append((x, y, a.shape[1], a.shape[0], s, k))
    return canvas, boxes, st, form


def turn(r, form, a, boxes):
    """Mirror, quarter turns and skew of a block; returns the alpha, corner points and what was done."""
    quads = [np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32) for x, y, w, h, _, _ in boxes]
    mirrored = r.random() < (.18 if form == "marker" else .02)
    if mirrored:
        a = a[:, ::-1]
        quads = [np.stack([a.shape[1] - q[:, 0], q[:, 1]], 1)[[1, 0, 3, 2]] for q in quads]
    quarter = r.choices([0, 1, 2, 3], [68, 12, 10, 10] if form == "marker" else [80, 8, 5, 7])[0]
    for _ in range(quarter):
        w = a.shape[1]
        a = np.rot90(a)
        quads = [np.stack([q[:, 1], w - q[:, 0]], 1) for q in quads]
    skew = 0.
    if r.random() < (.16 if form == "marker" else .07):
        skew = r.gauss(0, 8 if form == "marker" else 5)
        h, w = a.shape
        m = cv2.getRotationMatrix2D((w / 2, h / 2), skew, 1)
        c, s = abs(m[0, 0]), abs(m[0, 1])
        nw, nh = int(h * s + w * c) + 2, int(h * c + w * s) + 2
        m[:, 2] += ((nw - w) / 2, (nh - h) / 2)
        a = cv2.warpAffine(np.ascontiguousarray(a), m, (nw, nh))
        quads = [q @ m[:, :2].T.astype(np.float32) + m[:, 2].astype(np.float32) for q in quads]
    return a, quads, {"mirror": mirrored, "rot": quarter * 90, "skew": round(skew, 1)}


def place(r, W, H, w, h):
    """Top left corner: anywhere, at an edge as scanners do, or cut by the frame."""
    if r.random() < .35:
        x = r.choice([r.randint(0, 12), W - w - r.randint(0, 12), r.randint(-6, max(0, W - w))])
        y = r.choice([r.randint(0, 12), H - h - r.randint(0, 12), r.randint(-6, max(0, H - h))])
    else:
        x, y = r.randint(min(-w // 4, 0), max(0, W - w + w // 4)), r.randint(min(0, -h // 4), max(0, H - h + h // 4))
    if r.random() < .1:
        if r.random() < .5:
            y = r.choice([-1, 1]) * r.randint(1, max(1, int(.6 * h))) + (0 if y < H / 2 else H - h)
        else:
            x = r.choice([-1, 1]) * r.randint(1, max(1, int(.6 * w))) + (0 if x < W / 2 else W - w)
    return x, y


def paint(r, img, taken, split):
    """Put one block into img (in place); returns its lines. `taken` marks used pixels at quarter scale."""
    b = block(r, split)
    if b is None:
        return []
    a, boxes, st, form = b
    H, W = img.shape[:2]
    a, quads, how = turn(r, form, a, boxes)
    h, w = a.shape
    if h > H * 1.3 or w > W * 1.3:
        return []
    x, y = place(r, W, H, w, h)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(W, x + w), min(H, y + h)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return []
    o = taken[max(0, y0 - 6) // 4:(y1 + 9) // 4, max(0, x0 - 6) // 4:(x1 + 9) // 4]
    if o.any():
        return []
    o[:] = 1
    a = np.ascontiguousarray(a[y0 - y:y1 - y, x0 - x:x1 - x])
    roi = img[y0:y1, x0:x1]
    if r.random() < .12:  # strip or box behind the text
        p = r.randint(0, 6)
        v, t = colour(r, r.choice([0, 0, 1, r.random()])), r.choice([1, 1, r.uniform(.4, .9)])
        view = img[max(0, y0 - p):y1 + p, max(0, x0 - p):x1 + p]
        view[:] = view * (1 - t) + v * t
    if r.random() < .3:
        a = cv2.GaussianBlur(a, (0, 0), r.uniform(.3, .9))
    ink = a > .5
    under = luma(np.moveaxis(roi, -1, 0))
    here = float(under[ink].mean()) if ink.any() else float(under.mean())
    noise = float(np.abs(under - cv2.blur(under, (5, 5))).mean()) * 1.25 + 1e-4
    u = r.random()
    c = r.uniform(.5, 1) if u < .5 else r.uniform(.15, .5) if u < .78 else r.uniform(.05, .15)
    sign = 1 if (1 - here > here) == (r.random() < .92) else -1
    room = 1 - here if sign > 0 else here
    if room < .05:
        sign, room = -sign, 1 - room
    c = min(c, room)
    fg, equal = colour(r, here + sign * c), False
    if r.random() < .03 and .1 < here < .8:  # equal luma, other hue
        fg = colour(r, here)
        equal = float(np.abs(fg - here).max()) > .25
        if not equal:
            fg = np.full(3, here + sign * c, np.float32)
    chroma = float(np.abs(fg - roi.reshape(-1, 3).mean(0)).max())
    e = r.random()
    if e < .14 and min(w, h) > 8:  # outline or shadow in the opposite tone
        v = np.full(3, 0. if luma(fg) > .5 else 1., np.float32)
        back = (cv2.dilate(a, np.ones((3, 3), np.uint8)) if e < .07 else np.roll(a, (1, 1), (0, 1)))[..., None]
        roi[:] = roi * (1 - back) + v * back
    t = a[..., None] * (r.uniform(.6, 1) if r.random() < .1 else 1)
    roi[:] = roi * (1 - t) + fg * t
    if (form == "marker" and r.random() < .2) or (form == "digits" and r.random() < .25):
        style.plate(r, img, (x0, y0, x1, y1), fg)
    if form == "digits" and r.random() < .5:  # a numbered caliper
        s = r.randint(2, 7)
        cv2.drawMarker(img, (x1 + r.randint(6, 20), (y0 + y1) // 2 + r.randint(-6, 6)), tuple(float(v) for v in fg), r.choice([cv2.MARKER_CROSS, cv2.MARKER_TILTED_CROSS]), 2 * s, 1)
    eff = max(c, chroma * .6) if not equal else chroma * .6
    out = []
    for q, (_, _, bw, bh, s, k) in zip(quads, boxes):
        q = q + np.float32([x, y])
        cut = q.copy()
        cut[:, 0], cut[:, 1] = cut[:, 0].clip(0, W), cut[:, 1].clip(0, H)
        share = cv2.contourArea(cut) / (cv2.contourArea(q) + 1e-6)
        visible = eff / noise >= (1.1 if min(bw, bh) < 16 else .8) and share > .12
        out.append({"quad": q, "ok": bool(visible and min(bw, bh) >= 2), "text": s, "kind": k, "h": int(bh), "w": int(bw), "contrast": round(float(eff), 3), "noise": round(noise, 3),
                    "font": st.mode, "script": st.script or "latin", "equal": equal, "form": form, "cut": bool(share < .98)} | how)
    return out


def degrade(r, g, img):
    """What scanners, converters and copies do to a picture; returns uint8."""
    if r.random() < .08:
        img = 1 - img
    if r.random() < .2:
        img = np.clip(img, 0, 1) ** r.uniform(.6, 1.7)
    if r.random() < .12:
        img = cv2.GaussianBlur(img, (0, 0), r.uniform(.3, 1.0))
    if r.random() < .2:
        img = img + g.normal(0, 1, img.shape[:2])[..., None].astype(np.float32) * r.uniform(.004, .05)
    if r.random() < .04:
        img[::2] *= r.uniform(.6, .95)
    if r.random() < .03:
        img[1::2] = np.roll(img[1::2], r.choice([-1, 1]), 1)
    if r.random() < .1:
        img = img * r.uniform(.4, 1) + r.uniform(0, .2)
    u = np.clip(img * 255 + .5, 0, 255).astype(np.uint8)
    if r.random() < .3:
        u = cv2.cvtColor(cv2.imdecode(cv2.imencode(".jpg", u[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, r.randint(35, 96)])[1], 1), cv2.COLOR_BGR2RGB)
    if r.random() < .04:
        u = (u // 16) * 17
    return u


def grow(q, d):
    """Move the sides of a rectangle outwards by d pixels (inwards when negative)."""
    c, u, v = q.mean(0), q[1] - q[0], q[3] - q[0]
    lu, lv = np.linalg.norm(u) + 1e-6, np.linalg.norm(v) + 1e-6
    u, v = u / lu * max(lu / 2 + d, .5), v / lv * max(lv / 2 + d, .5)
    return np.float32([c - u - v, c + u - v, c + u + v, c - u + v])


def hide(img, before, lines):
    """Lines that were painted over by more than a third are not there any more."""
    changed = (np.abs(img - before).max(2) > .02).astype(np.uint8)
    for it in lines:
        m = np.zeros(changed.shape, np.uint8)
        cv2.fillPoly(m, [np.round(it["quad"]).astype(np.int32)], 1)
        if (changed & m).sum() > .33 * m.sum():
            it["ok"] = False


def labels(h, w, lines, band=BAND):
    """Stride-2 map: 1 line region, 2 kernel (line shrunk by a fifth of its height), 255 where text is there but cannot be seen or is another scale's."""
    lab = np.zeros((h // 2, w // 2), np.uint8)

    def fill(q, v):
        cv2.fillPoly(lab, [np.round(q / 2 * 16 - 8).astype(np.int32)], v, shift=4)
    mine = [it["ok"] and it["h"] <= band for it in lines]
    for it, ok in zip(lines, mine):
        fill(grow(it["quad"], 1.0), 1 if ok else 255)
    for it, ok in zip(lines, mine):
        if ok:
            q = it["quad"]
            short = min(np.linalg.norm(q[1] - q[0]), np.linalg.norm(q[3] - q[0]))
            fill(grow(q, -max(.2 * short, .5) if short > 5 else 0), 2)
    return lab


def sample(seed, split="train", real=None, size=SIZE):
    """(picture, label map, lines, kind of background) of one seed."""
    r, g = random.Random(seed), np.random.default_rng(seed)
    s = r.choice([.6, .75, 1.3, 1.6]) if r.random() < .18 else 1.0
    n = int(size / s)
    img, kind = backgrounds.background(g, n, n, split, real)
    taken = np.zeros((n // 4 + 4, n // 4 + 4), np.uint8)
    lines, tries = [], 0
    count = 0 if r.random() < .1 else r.choice([1, 2, 3, 5, 8, 12])
    while tries < count * 2 and len(lines) < 60:
        tries += 1
        lines += paint(r, img, taken, split)
    if r.random() < .12:  # graphics over text as well
        before = img.copy()
        graphics.clutter(g, img)
        hide(img, before, lines)
    if s != 1:
        img = cv2.resize(img, (size, size), interpolation=cv2.INTER_AREA if s < 1 else r.choice([cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_CUBIC]))
        for it in lines:
            it["quad"] = it["quad"] * (size / n)
            it["h"], it["w"] = int(it["h"] * size / n), int(it["w"] * size / n)
            it["ok"] = it["ok"] and it["h"] >= 5
    u = degrade(r, g, img)
    if np.abs(u[..., 0].astype(int) - u[..., 1]).max() < 3 and np.abs(u[..., 0].astype(int) - u[..., 2]).max() < 3:
        u = u[..., 1]
    return u, labels(size, size, lines), lines, kind
