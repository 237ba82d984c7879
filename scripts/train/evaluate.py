"""Score a detector on a synthetic set: `python evaluate.py NET DIR [--t-high .85 --t-low .55] [--limit N] [--sweep | --set .9,.55,.95,24 ...]`.

A line counts as found when 90% of its box is covered. False area: boxes outside all lines grown by 4 px; "empty" frames have no
text at all. `--sweep` prints one row per pair of thresholds (also separate ones for reduced scales) from one run of the net.
"""
import argparse
import collections
import glob
import json
import os
import time

import cv2
import numpy as np

import detect


def keys(k):
    """The rows of the table that a line counts in."""
    out = ["all", "kind " + ("marker" if k["form"] == "marker" else k["kind"]), "rot %d" % k["rot"], "font " + k["font"]]
    c, h = k["contrast"], k["h"]
    out.append("contrast " + (">=.5" if c >= .5 else ".15-.5" if c >= .15 else ".08-.15" if c >= .08 else "<.08"))
    out.append("height " + ("<8" if h < 8 else "8-12" if h < 13 else "13-24" if h < 25 else "25-48" if h < 49 else ">48"))
    if not k.get("cut"):
        out += ["fair (contrast >=.15, height >=8)"] * (c >= .15 and h >= 8)
    return out + ["single character"] * (len(k["text"].strip()) == 1) + ["mirrored"] * k["mirror"] + ["equal luma"] * k["equal"] + ["skewed"] * (k["skew"] != 0) + ["cut"] * bool(k.get("cut")) + ["non-Latin"] * (k["script"] != "latin")


class Score:
    def __init__(self):
        self.hit, self.total = collections.Counter(), collections.Counter()
        self.area, self.kinds, self.false_boxes, self.empty, self.touched = [], collections.defaultdict(list), 0, 0, 0

    def add(self, boxes, shape, lines, truth, kind):
        m = np.zeros(shape, np.uint8)
        for x0, y0, x1, y1, *_ in boxes:
            m[y0:y1, x0:x1] = 1
        for one, k in lines:
            found = (m[one]).mean() >= .9
            for s in keys(k):
                self.total[s] += 1
                self.hit[s] += bool(found)
        over = float((m & (1 - truth)).mean())
        self.area.append(over)
        self.kinds[kind].append(over)
        self.false_boxes += sum(1 for x0, y0, x1, y1, *_ in boxes if not truth[y0:y1, x0:x1].any())
        if not truth.any():
            self.empty += 1
            self.touched += bool(boxes)

    def row(self):
        part = [f"{s.split(' (')[0]} {100 * self.hit[s] / max(1, self.total[s]):.1f}" for s in ("all", "fair (contrast >=.15, height >=8)", "kind marker", "single character", "contrast .08-.15")]
        return " | ".join(part) + f" | false area {100 * np.mean(self.area):.2f}% boxes {self.false_boxes} empty touched {self.touched}/{self.empty}"


def truth_of(z, shape):
    lines, truth = [], np.zeros(shape, np.uint8)
    for q, j in zip(z["quad"], z["meta"]):
        k, one = json.loads(str(j)), np.zeros(shape, np.uint8)
        cv2.fillPoly(one, [np.round(q).astype(np.int32)], 1)
        truth |= cv2.dilate(one, np.ones((9, 9), np.uint8))
        if k["ok"] and one.any():
            lines.append((one > 0, k))
    return lines, truth


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("net")
    ap.add_argument("folder")
    ap.add_argument("--t-high", type=float, default=detect.T_HIGH)
    ap.add_argument("--t-low", type=float, default=detect.T_LOW)
    ap.add_argument("--t-reduced", type=float)
    ap.add_argument("--big", type=int, default=detect.BIG)
    ap.add_argument("--scales", default="1,.5,2")
    ap.add_argument("--limit", type=int, default=10 ** 9)
    ap.add_argument("--sweep", action="store_true")
    ap.add_argument("--set", action="append", default=[], help="HIGH,LOW,REDUCED,BIG: one more row, repeatable")
    a = ap.parse_args()
    cv2.setNumThreads(1)
    net = detect.TorchNet(a.net) if a.net.endswith(".pt") else detect.OnnxNet(a.net)
    scales = [float(v) for v in a.scales.split(",")]
    sets = [(a.t_high, a.t_low, a.t_reduced or detect.T_REDUCED, a.big)]
    if a.set:
        sets = [tuple(float(v) for v in x.split(",")) for x in a.set]
    if a.sweep:  # one thing at a time from the middle, then pairs of what matters most
        sets = [(h, lo, max(h, red), big) for h in (.8, .85, .9, .95) for lo in (.55, .7) for red, big in ((h, 14), (h, 24), (.97, 14), (.97, 24), (.95, 32), (h, 10 ** 6))]
    scores, secs, pixels = [Score() for _ in sets], 0., 0
    for f in sorted(glob.glob(os.path.join(a.folder, "*[0-9].npz")))[:a.limit]:
        z = np.load(f)
        img = z["img"]
        t = time.process_time()
        maps = detect.maps(net, img, scales)
        secs, pixels = secs + time.process_time() - t, pixels + img.shape[0] * img.shape[1]
        lines, truth = truth_of(z, img.shape[:2])
        kind = str(z["kind"]) if "kind" in z.files else json.loads(str(z["meta"][0]))["bg"] if len(z["meta"]) else "?"
        for setting, s in zip(sets, scores):
            s.add(detect.boxes(img, maps, *setting), img.shape[:2], lines, truth, kind)
    for (h, lo, red, big), s in zip(sets, scores):
        print(f"high {h} low {lo} reduced {red} big {big}: {s.row()}", flush=True)
    if len(scores) == 1:
        s = scores[0]
        for k in sorted(s.total):
            print(f"{k:36s} {s.hit[k]:5d}/{s.total[k]:5d}  {s.hit[k] / s.total[k]:.4f}")
        print("false area by background: " + ", ".join(f"{k} {100 * np.mean(v):.2f}%" for k, v in sorted(s.kinds.items())))
    print(f"net {secs / pixels * 1e9:.0f} CPU ms/MP")


if __name__ == "__main__":
    main()
