"""DICOM frames as 8-bit pictures, the way training and scoring look at them (pydicom; the product has its own renderer)."""
import cv2
import numpy as np
import pydicom


def frames(path):
    """Per frame a list of renderings, each (h, w) or (h, w, 3) uint8: one for 8 bits; whole range, percentiles and window above."""
    d = pydicom.dcmread(path, force=True)
    a = d.pixel_array
    n, spp = int(d.get("NumberOfFrames", 1) or 1), int(d.get("SamplesPerPixel", 1))
    for f in a if n > 1 else a[None]:
        if d.PhotometricInterpretation == "PALETTE COLOR":
            from pydicom.pixels import apply_color_lut
            f = apply_color_lut(f, d)
            yield [(f >> 8 if f.max() > 255 else f).astype(np.uint8)[..., :3]]
        elif spp > 1:
            yield [f.astype(np.uint8) if f.dtype != np.uint16 else (f >> 8).astype(np.uint8)]
        elif f.dtype == np.uint8:
            yield [f]
        else:
            yield deep(d, f.astype(np.float32))


def deep(d, f):
    """Renderings of a frame of more than 8 bits."""
    lo, hi = np.percentile(f, [.1, 99.9])
    out = [np.clip((f - f.min()) / (f.max() - f.min() + 1e-6), 0, 1), np.clip((f - lo) / (hi - lo + 1e-6), 0, 1)]
    c, w = d.get("WindowCenter"), d.get("WindowWidth")
    if c is not None and w:
        c, w = (float(v[0] if isinstance(v, pydicom.multival.MultiValue) else v) for v in (c, w))
        s, i = float(d.get("RescaleSlope", 1) or 1), float(d.get("RescaleIntercept", 0) or 0)
        out.append(np.clip((f * s + i - c) / max(w, 1) + .5, 0, 1))
    return [(v * 255 + .5).astype(np.uint8) for v in out]


def thumbnail(f):
    """32 x 32 grey values of mean 0 and length 1: the product of two is their correlation."""
    t = cv2.resize((f if f.ndim == 2 else f.mean(2)).astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA)
    t -= t.mean()
    return (t / (np.linalg.norm(t) + 1e-6)).ravel()
