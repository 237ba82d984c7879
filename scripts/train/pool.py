"""Write synthetic frames: `python pool.py OUT N SEED [--split train|test] [--real DIR]`; frames that are there already are kept.

One .npz holds img (h, w[, 3]) uint8, lab (h/2, w/2) uint8, quad (n, 4, 2) float32 corner points, meta (n JSON strings).
"""
import argparse
import glob
import json
import os

import cv2
import numpy as np

import synth


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("n", type=int)
    ap.add_argument("seed", type=int)
    ap.add_argument("--split", default="train", choices=("train", "test"))
    ap.add_argument("--real", help="folder of text-free PNG files (negatives.py)")
    a = ap.parse_args()
    cv2.setNumThreads(1)
    real = [cv2.imread(f, cv2.IMREAD_COLOR)[..., ::-1] for f in sorted(glob.glob(os.path.join(a.real, "*.png")))] if a.real else None
    os.makedirs(a.out, exist_ok=True)
    for i in range(a.n):
        f = os.path.join(a.out, f"{a.seed + i:08d}.npz")
        if os.path.exists(f):
            continue
        u, lab, lines, kind = synth.sample(a.seed + i, a.split, real)
        quad = np.float32([it["quad"] for it in lines]).reshape(-1, 4, 2)
        meta = [json.dumps({k: v for k, v in it.items() if k != "quad"} | {"bg": kind}) for it in lines]
        np.savez(f + ".tmp.npz", img=u, lab=lab, quad=quad, meta=np.array(meta, dtype=np.str_), kind=kind)
        os.replace(f + ".tmp.npz", f)


if __name__ == "__main__":
    main()
