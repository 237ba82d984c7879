"""Hard negatives: `python mine.py NET OUT SEED [--real DIR] [--drawn N] [--times N] [--t-high P]` runs a detector on text-free pictures at many
scales and keeps windows round its false boxes as training samples without text. NET is a checkpoint or an exported colour model."""
import argparse
import glob
import os
import random

import cv2
import numpy as np

import backgrounds
import detect

SIZE = 512
SCALES = (1.6, 1.0, .7, .5, .35, .25)


def window(r, img, box):
    """SIZE x SIZE window round a box, the picture mirrored at its borders when it is smaller."""
    h, w = img.shape[:2]
    ph, pw = max(0, SIZE - h), max(0, SIZE - w)
    if ph or pw:
        mode = cv2.BORDER_REFLECT if r.random() < .5 else cv2.BORDER_REPLICATE
        img = cv2.copyMakeBorder(img, 0, ph, 0, pw, mode)
    cx, cy = (box[0] + box[2]) // 2 + r.randint(-90, 90), (box[1] + box[3]) // 2 + r.randint(-90, 90)
    x, y = min(max(0, cx - SIZE // 2), img.shape[1] - SIZE), min(max(0, cy - SIZE // 2), img.shape[0] - SIZE)
    return np.ascontiguousarray(img[y:y + SIZE, x:x + SIZE])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("net")
    ap.add_argument("out")
    ap.add_argument("seed", type=int)
    ap.add_argument("--real")
    ap.add_argument("--drawn", type=int, default=0)
    ap.add_argument("--times", type=int, default=1, help="looks at each real picture; from the second on bent, mirrored or mixed with another")
    ap.add_argument("--t-high", type=float, default=.3)
    ap.add_argument("--per", type=int, default=6, help="windows kept of one picture and scale, the most certain boxes first")
    a = ap.parse_args()
    cv2.setNumThreads(1)
    net = detect.TorchNet(a.net) if a.net.endswith(".pt") else detect.OnnxNet(a.net)
    r, n = random.Random(a.seed), 0
    os.makedirs(a.out, exist_ok=True)

    def keep(img):
        nonlocal n
        boxes = sorted(detect.components(detect.prob_map(net, img), a.t_high, min(.3, a.t_high)), key=lambda b: -b[4])
        for b in boxes[:a.per]:
            np.savez(os.path.join(a.out, f"{a.seed + n:08d}.npz"), img=window(r, img, b), lab=np.zeros((SIZE // 2, SIZE // 2), np.uint8),
                     quad=np.zeros((0, 4, 2), np.float32), meta=np.array([], dtype="U1"))
            n += 1
        return sum(b[4] >= .85 for b in boxes)
    found = 0
    files = sorted(glob.glob(os.path.join(a.real, "*.png"))) if a.real else []
    real = [np.ascontiguousarray(cv2.imread(f, cv2.IMREAD_COLOR)[..., ::-1]) for f in files]
    for i, f in enumerate(real * a.times):
        g = np.random.default_rng(a.seed + i)
        img = f if i < len(real) else backgrounds.another(g, f, real)
        for s in SCALES if i < len(real) else g.choice(SCALES, 2, replace=False):
            if min(img.shape[:2]) * s < 24 or max(img.shape[:2]) * s > 3000:
                continue
            found += keep(np.ascontiguousarray(cv2.resize(img, None, fx=s, fy=s, interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_LINEAR)))
    print(f"real: {len(files)} pictures at {len(SCALES)} scales, {found} false boxes above .85, {n} windows", flush=True)
    before, found = n, 0
    for i in range(a.drawn):
        g = np.random.default_rng(a.seed + i)
        img = (np.clip(backgrounds.background(g, SIZE, SIZE)[0], 0, 1) * 255).astype(np.uint8)
        if g.random() < .4:
            img = cv2.resize(img, None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA)
        found += keep(np.ascontiguousarray(img))
    print(f"drawn: {a.drawn} pictures, {found} false boxes above .85, {n - before} windows")


if __name__ == "__main__":
    main()
