"""Unpack the text-free frames listed in text_free.txt: `python negatives.py CORPUS OUT` (CORPUS holds dicom/ and labelled/real/).

No frame of the labelled set may be trained on: a picture whose thumbnail correlates above .86 with any labelled frame is left out.
"""
import glob
import os
import sys
import warnings

import cv2
import numpy as np

import pictures

LIKE = .86


def main():
    warnings.filterwarnings("ignore")
    corpus, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    labelled = np.stack([pictures.thumbnail(p) for f in sorted(glob.glob(os.path.join(corpus, "labelled", "real", "*.dcm"))) for planes in pictures.frames(f) for p in planes])
    wanted, kept, alike, same, failed = {}, [], 0, 0, 0
    for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "text_free.txt"), encoding="utf8"):
        if line.strip() and not line.startswith("#"):
            name, frame, *part = line.split()
            wanted.setdefault(name, {})[int(frame)] = [float(v) for v in part[0].split(",")] if part else [0, 0, 1, 1]
    for name, numbers in sorted(wanted.items()):
        try:
            for i, planes in enumerate(pictures.frames(os.path.join(corpus, "dicom", name))):
                for k, p in enumerate(planes if i in numbers else ()):
                    (h, w), (x0, y0, x1, y1) = p.shape[:2], numbers[i]
                    p = p[int(y0 * h):int(y1 * h), int(x0 * w):int(x1 * w)]
                    t = pictures.thumbnail(p)
                    if p.std() < 2:
                        continue
                    if np.abs(labelled @ t).max() > LIKE:
                        alike += 1
                    elif any(abs(float(t @ o)) > .995 for o in kept):
                        same += 1
                    else:
                        kept.append(t)
                        cv2.imwrite(os.path.join(out, f"{name}__{i}_{k}.png"), p if p.ndim == 2 else p[..., ::-1])
        except Exception as e:  # another set of decoders may lack one: say so and go on
            failed += 1
            print("skipped", name, type(e).__name__)
    print(f"{len(kept)} pictures; left out: {alike} like a labelled frame, {same} seen already, {failed} files not decoded")


if __name__ == "__main__":
    main()
