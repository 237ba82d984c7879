#!/usr/bin/env python3
"""Checks a run from outside with pydicom: outputs open, same samples outside the reported regions, one value inside.

    check_outputs.py INPUTS OUTPUTS REPORT

Prints one line per finding and a count; exit code 1 when there is a finding. Files that no decoder here reads are counted as skipped.
"""
import json
import os
import sys
import warnings
import zlib

import numpy as np
import pydicom

warnings.filterwarnings("ignore")
UNCOMPRESSED, DEFLATED_FRAME = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"


def samples(ds):
    """Stored samples, frames first, or None when no decoder is here."""
    frames = int(ds.get("NumberOfFrames") or 1)
    syntax = ds.file_meta.TransferSyntaxUID
    try:
        if syntax in (UNCOMPRESSED, DEFLATED_FRAME):
            from pydicom.encaps import generate_frames

            kind = np.dtype(f"<{'i' if ds.PixelRepresentation else 'u'}{ds.BitsAllocated // 8}")
            shape = (ds.Rows, ds.Columns) + ((ds.SamplesPerPixel,) if ds.SamplesPerPixel > 1 else ())
            size = int(np.prod(shape)) * kind.itemsize
            unpack = (lambda b: zlib.decompress(b, -15)) if syntax == DEFLATED_FRAME else (lambda b: b)
            parts = [unpack(f)[:size] for f in generate_frames(ds.PixelData, number_of_frames=frames)]
            return np.stack([np.frombuffer(p, kind).reshape(shape) for p in parts])
        from pydicom.pixels import pixel_array

        array = pixel_array(ds, raw=True)
        return array if frames > 1 else array[None]
    except Exception:
        return None


def bitmap(regions, shape, frame, grow):
    mask = np.zeros(shape, bool)
    for r in regions:
        if r["frames"] == "all" or frame in r["frames"]:
            top, left = max(r["y"] - grow, 0), max(r["x"] - grow, 0)
            mask[top : max(r["y"] + r["h"] + grow, 0), left : max(r["x"] + r["w"] + grow, 0)] = True
    return mask


def check(record, before, after):
    if after.file_meta.TransferSyntaxUID != record["transfer_syntax_out"]:
        yield "another transfer syntax than reported"
    a, b = samples(before), samples(after)
    if a is None:
        return
    if b is None:
        yield "readable before, not after"
        return
    if a.shape != b.shape:
        yield f"shape {a.shape} became {b.shape}"
        return
    for frame in range(a.shape[0]):
        differs = a[frame] != b[frame]
        differs = differs.any(-1) if differs.ndim == 3 else differs
        outside = differs & ~bitmap(record["regions"], differs.shape, frame, record["reach"])
        if outside.any():
            yield f"frame {frame}: {int(outside.sum())} pixels changed outside"
        deep = bitmap(record["regions"], differs.shape, frame, -2 * record["reach"])
        inside = b[frame][deep]
        if inside.size and (inside != inside[0]).any():
            yield f"frame {frame}: more than one value inside"


def main(inputs, outputs, report):
    findings = checked = skipped = 0
    for line in open(report, encoding="utf-8"):
        record = json.loads(line)
        if not record.get("output"):
            continue
        before = pydicom.dcmread(os.path.join(inputs, record["input"]))
        after = pydicom.dcmread(os.path.join(outputs, record["output"]))
        if samples(before) is None:
            skipped += 1
        for finding in check(record, before, after):
            findings += 1
            print(f"{record['input']}: {finding}")
        checked += 1
    print(f"{checked} outputs checked, {skipped} without a decoder here, {findings} findings")
    return 1 if findings or not checked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
