"""Run a detector over a folder of DICOM files and write the report that the labelled set's score.py reads:
`python score_labelled.py PREFIX_OR_CHECKPOINT FOLDER OUT.jsonl [--t-high P --t-low P --t-reduced P --scales 1]`.

For checking only: no threshold, weight or sample may come from the labelled frames."""
import argparse
import glob
import json
import os
import time
import warnings

import cv2
import numpy as np

import detect
import pictures


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("net")
    ap.add_argument("folder")
    ap.add_argument("out")
    ap.add_argument("--t-high", type=float, default=detect.T_HIGH)
    ap.add_argument("--t-low", type=float, default=detect.T_LOW)
    ap.add_argument("--t-reduced", type=float)
    ap.add_argument("--big", type=int, default=detect.BIG)
    ap.add_argument("--scales")
    a = ap.parse_args()
    warnings.filterwarnings("ignore")
    cv2.setNumThreads(1)
    if a.net.endswith(".pt"):
        one = detect.TorchNet(a.net)
        nets = {2: one, 3: one}
    else:
        nets = {2: detect.OnnxNet(a.net + "-gray.onnx"), 3: detect.OnnxNet(a.net + "-rgb.onnx")}
    px, t0 = 0, time.process_time()
    with open(a.out, "w", encoding="utf8") as out:
        for f in sorted(glob.glob(os.path.join(a.folder, "**", "*.dcm"), recursive=True)):
            rel, last = os.path.relpath(f, a.folder), None
            try:
                for i, planes in enumerate(pictures.frames(f)):
                    if last is None or np.abs(planes[0].astype(int) - last).max() > 24:  # cine: the same picture has the same boxes
                        boxes = []
                        for im in planes:
                            if im.ndim == 3 and np.ptp(im, axis=2).max() < 4:
                                im = np.ascontiguousarray(im[..., 1])
                            boxes += detect.detect(nets[im.ndim], im, a.t_high, a.t_low, [float(v) for v in a.scales.split(",")] if a.scales else None, a.t_reduced, a.big)
                            px += im.shape[0] * im.shape[1]
                        last = planes[0].astype(int)
                    regions = [{"x": b[0], "y": b[1], "w": b[2] - b[0], "h": b[3] - b[1], "score": round(b[4], 3), "scale": b[5]} for b in boxes]
                    out.write(json.dumps({"file": rel, "frame": i, "status": "ok", "regions": regions}) + "\n")
            except Exception as e:
                print("withheld", rel, type(e).__name__, str(e)[:80])
                out.write(json.dumps({"file": rel, "status": "withheld", "regions": []}) + "\n")
    print(f"{(time.process_time() - t0) / px * 1e9:.0f} CPU ms/MP over all planes and scales")


if __name__ == "__main__":
    main()
