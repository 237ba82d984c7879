"""Inference and the first steps of post-processing: tiles, scales, components, margins, ink snap; enough to train, mine and compare nets.

The program also cuts stacked lines apart, follows lines past their ends and takes plain ground away: `as_dicom.py` and `redact eval` measure that."""
import cv2
import numpy as np

TILE, OVERLAP = 1024, 96
T_HIGH, T_LOW = 0.3, 0.3         # a component needs one pixel above T_HIGH; its extent is everything above T_LOW
T_REDUCED = 0.9                  # a reduced scale, which sees anatomy as large letters, must be surer
T_ENLARGED = 0.7                 # and an enlarged one, which sees noise as small letters
MIN_AREA = 12                    # stride-2 pixels
FILL = .55                       # share of its box that a component must fill to be blanked as one box
LARGEST = 5                      # letters larger than this part of the picture's long side are not expected: a reduced scale makes them of organs
BIG, SMALL = 14, 26              # a reduced picture answers for lines at least BIG px high in it, an enlarged one for lines up to SMALL px high in it


class OnnxNet:
    """Runs an exported .onnx with onnxruntime on one thread."""

    def __init__(self, path):
        import onnxruntime as ort
        o = ort.SessionOptions()
        o.intra_op_num_threads = o.inter_op_num_threads = 1
        self.s = ort.InferenceSession(path, o, providers=["CPUExecutionProvider"])
        self.channels = self.s.get_inputs()[0].shape[1]

    def __call__(self, x):
        return self.s.run(None, {"image": x})[0][0]


class TorchNet:
    """Runs a checkpoint of train_detector.py."""

    def __init__(self, path):
        import torch
        import model
        torch.set_num_threads(1)
        self.torch, self.net, self.channels = torch, model.load(path), 3

    def __call__(self, x):
        with self.torch.no_grad():
            return self.torch.sigmoid(self.net(self.torch.from_numpy(x).to(memory_format=self.torch.channels_last)))[0].numpy()


def prob_map(net, img):
    """(2, ceil(h/2), ceil(w/2)) probabilities of an (h, w) or (h, w, 3) uint8 picture, in overlapping tiles."""
    if img.ndim == 2:
        img = np.repeat(img[..., None], 3, 2) if net.channels == 3 else img[..., None]
    h, w = img.shape[:2]
    out = np.zeros((2, (h + 1) // 2, (w + 1) // 2), np.float32)
    step = TILE - OVERLAP
    for y in range(0, max(1, h - OVERLAP), step):
        for x in range(0, max(1, w - OVERLAP), step):
            t = img[y:y + TILE, x:x + TILE]
            th, tw = t.shape[:2]
            ph, pw = -(-th // 32) * 32, -(-tw // 32) * 32
            t = cv2.copyMakeBorder(t, 0, ph - th, 0, pw - tw, cv2.BORDER_REFLECT_101 if min(th, tw) > 31 else cv2.BORDER_REPLICATE).reshape(ph, pw, -1)
            p = net(np.ascontiguousarray(t.transpose(2, 0, 1)[None], np.float32) / 255 - .5)
            p = p[:, :(th + 1) // 2, :(tw + 1) // 2]
            a, b = (OVERLAP // 4 if y else 0), (OVERLAP // 4 if x else 0)  # the outer half of an overlap belongs to the neighbour
            o = out[:, y // 2 + a:y // 2 + p.shape[1], x // 2 + b:x // 2 + p.shape[2]]
            np.maximum(o, p[:, a:, b:], out=o)
    return out


def one_line(a, b):
    """Whether two kernels are words of one line: side by side, of like height, no further apart than twice that."""
    def along(a0, a1, b0, b1, ha, hb, gap):
        high, low = max(ha, hb), min(ha, hb)
        return min(a1, b1) - max(a0, b0) >= .6 * low and high <= 1.6 * low + 2 and gap <= 2 * high
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = a, b
    aw, ah, bw, bh = ax1 - ax0, ay1 - ay0, bx1 - bx0, by1 - by0
    if ah > 1.5 * aw and bh > 1.5 * bw:
        return along(ax0, ax1, bx0, bx1, aw, bw, max(ay0, by0) - min(ay1, by1))
    return along(ay0, ay1, by0, by1, ah, bh, max(ax0, bx0) - min(ax1, bx1))


def lines_of(boxes):
    """Kernels joined to lines."""
    boxes, joined = sorted(boxes), True
    while joined:
        joined = False
        for i in range(len(boxes)):
            for j in range(i + 1, len(boxes)):
                if one_line(boxes[i], boxes[j]):
                    b = boxes.pop(j)
                    a = boxes[i]
                    boxes[i] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                    joined = True
                    break
            if joined:
                break
    return boxes


def moved(b, x, y):
    return 2 * (x + b[0]), 2 * (y + b[1]), 2 * (x + b[2]), 2 * (y + b[3])


def to_its_ends(own, x0, y0, x1, y1):
    """A line's box moved along the line as far as its component goes on there, at most by its height on each side."""
    if x1 - x0 >= y1 - y0:
        cells, n, a, b = own[y0:y1].any(0), y1 - y0, x0, x1
    else:
        cells, n, a, b = own[:, x0:x1].any(1), x1 - x0, y0, y1
    left, right = max(0, a - n), min(len(cells), b + n)
    while a > left and cells[a - 1]:
        a -= 1
    while b < right and cells[b]:
        b += 1
    return (a, y0, b, y1) if x1 - x0 >= y1 - y0 else (x0, a, x1, b)


def components(p, t_high=T_HIGH, t_low=T_LOW):
    """Boxes (x0, y0, x1, y1, score, short side) in picture pixels from one pair of maps. A ragged component is cut along its line kernels, what is left over into small cells."""
    low = (p[0] > t_low).astype(np.uint8)
    n, lab, stats, _ = cv2.connectedComponentsWithStats(low, connectivity=8)
    if n <= 1:
        return []
    peak = np.zeros(n, np.float32)
    both = np.maximum(p[0], p[1])
    np.maximum.at(peak, lab.ravel(), both.ravel())
    out = []
    for i in range(1, n):
        x, y, w, h, area = stats[i]
        if area < MIN_AREA or peak[i] < t_high:
            continue
        s = np.s_[y:y + h, x:x + w]
        own = lab[s] == i
        rest = own.copy()
        kn, klab, kst, _ = cv2.connectedComponentsWithStats((own & (p[1][s] > .5)).astype(np.uint8), connectivity=8)
        kernels = lines_of([(kx, ky, kx + kw, ky + kh) for kx, ky, kw, kh, ka in kst[1:] if ka >= FILL * kw * kh])
        if (area >= FILL * w * h and len(kernels) <= 1) or max(w, h) <= 12:
            core = kernels[0] if len(kernels) == 1 else (0, 0, w, h)
            out.append((2 * x, 2 * y, 2 * (x + w), 2 * (y + h), float(peak[i]), 2 * min(w, h), moved(core, x, y)))
            continue
        parts, cores = [], list(kernels)
        for x0, y0, x1, y1 in kernels:
            g = max(1, round(.3 * min(x1 - x0, y1 - y0)))  # kernels are a fifth of the height short on each side
            parts.append(to_its_ends(own, max(0, x0 - g), max(0, y0 - g), min(w, x1 + g), min(h, y1 + g)))
        for px, py, qx, qy in parts:  # one cell more: the margin covers it
            rest[max(0, py - 1):qy + 1, max(0, px - 1):qx + 1] = False
        c = 8
        for py in range(0, h, c):
            for px in range(0, w, c):
                ys, xs = np.nonzero(rest[py:py + c, px:px + c])
                if len(ys):
                    parts.append((px + xs.min(), py + ys.min(), px + xs.max() + 1, py + ys.max() + 1))
        for n, (px, py, qx, qy) in enumerate(parts):
            core = cores[n] if n < len(cores) else None  # a part of what is left over is no line
            out.append((2 * (x + px), 2 * (y + py), 2 * (x + qx), 2 * (y + qy), float(peak[i]), 2 * min(qx - px, qy - py), core and moved(core, x, y)))
    return out


def margin(b, shape):
    """Grow a box by a tenth of its short side, at least 2 pixels."""
    x0, y0, x1, y1, s = b[:5]
    m = max(2, round(.1 * min(x1 - x0, y1 - y0)))
    return max(0, x0 - m), max(0, y0 - m), min(shape[1], x1 + m), min(shape[0], y1 + m), s


def snap(img, b):
    """Move a side outwards, at most half the short side, as long as it cuts connected ink (clipped last letters, descenders)."""
    x0, y0, x1, y1 = b[:4]
    lim = max(4, min(x1 - x0, y1 - y0) // 2)
    X0, Y0, X1, Y1 = max(0, x0 - lim), max(0, y0 - lim), min(img.shape[1], x1 + lim), min(img.shape[0], y1 + lim)
    c = img[Y0:Y1, X0:X1].astype(np.int16).reshape(Y1 - Y0, X1 - X0, -1)
    inside = np.zeros(c.shape[:2], bool)
    inside[y0 - Y0:y1 - Y0, x0 - X0:x1 - X0] = True
    if inside.all() or max(c.shape[:2]) > 1500:
        return b
    d = np.abs(c - np.median(c[~inside], axis=0)).max(-1)
    t = max(12, .5 * np.percentile(d[inside], 97))
    if (d[~inside] > t).mean() > .15:  # busy surroundings: nothing to be learned from them
        return b
    n, lab = cv2.connectedComponents((d > t).astype(np.uint8), connectivity=8)
    grow = np.isin(lab, np.unique(lab[inside & (lab > 0)])) & (lab > 0)
    ys, xs = np.nonzero(grow | inside)
    return (X0 + int(xs.min()), Y0 + int(ys.min()), X0 + int(xs.max()) + 1, Y0 + int(ys.max()) + 1) + tuple(b[4:])


COVERED = .65  # share of a box of another scale that earlier boxes must cover for it to show nothing new
KNOWN = .9     # the same share of its kernel, where the letters are


def covered(b, found):
    x0, y0, x1, y1 = b[:4]
    m = np.zeros((max(1, y1 - y0), max(1, x1 - x0)), bool)
    for n in found:
        m[max(0, n[1] - y0):max(0, n[3] - y0), max(0, n[0] - x0):max(0, n[2] - x0)] = True
    return m.mean()


def adds_nothing(b, core, found):
    """True when a box of another scale only frames two or more earlier boxes of under .6 of its height, or they cover most of it or of its kernel."""
    x0, y0, x1, y1 = b[:4]
    short = min(x1 - x0, y1 - y0)
    inside = [n for n in found if n[0] < x1 and n[2] > x0 and n[1] < y1 and n[3] > y0]
    if len(inside) >= 2 and all(min(n[2] - n[0], n[3] - n[1]) < .6 * short for n in inside):
        return True
    return covered(b, inside) >= COVERED or covered(core, inside) >= KNOWN


def scales_of(h, w):
    """The scales the product uses for a picture: native and half, a quarter of large ones, double of small ones."""
    return [1.0, .5] + [.25] * (min(h, w) >= 1000) + [2.0] * (max(h, w) < 700)


def maps(net, img, scales):
    """(scale, factors back to the picture, probability maps) of each scale."""
    h, w = img.shape[:2]
    out = []
    for s in scales:
        im = img if s == 1 else cv2.resize(img, (max(32, int(w * s)), max(32, int(h * s))), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_LINEAR)
        out.append((s, w / im.shape[1], h / im.shape[0], prob_map(net, im)))
    return out


def boxes(img, maps, t_high=T_HIGH, t_low=T_LOW, t_reduced=None, big=BIG):
    """All text boxes (x0, y0, x1, y1, score, scale) from the maps of a picture; t_reduced: the peak a reduced scale needs."""
    out, lines = [], []
    for s, fx, fy, p in maps:
        new = []
        for x0, y0, x1, y1, c, short, core in components(p, (t_reduced or max(t_high, T_REDUCED)) if s < 1 else max(t_high, T_ENLARGED) if s > 1 else t_high, t_low):
            if (s < 1 and (short < big or LARGEST * short * fx > max(img.shape[:2]))) or (s > 1 and short > SMALL):
                continue
            b = margin((int(x0 * fx), int(y0 * fy), int(np.ceil(x1 * fx)), int(np.ceil(y1 * fy)), c), img.shape)
            inner = tuple(int(v * f) for v, f in zip(core, (fx, fy, fx, fy))) if core else b
            if s == 1 or not adds_nothing(b, inner, lines):
                new.append((snap(img, b) + (s,), bool(core)))
        out += [b for b, _ in new]
        lines += [b for b, line in new if line]
    return out


def detect(net, img, t_high=T_HIGH, t_low=T_LOW, scales=None, t_reduced=None, big=BIG):
    """All text boxes of an (h, w) or (h, w, 3) uint8 picture."""
    return boxes(img, maps(net, img, scales or scales_of(*img.shape[:2])), t_high, t_low, t_reduced, big)
