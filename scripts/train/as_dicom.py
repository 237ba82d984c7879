"""Frames of a pool as DICOM files with truth beside them, to measure the whole engine on: `python as_dicom.py POOL OUT`, then
`redact eval OUT --by contrast,rotation,style`. Lines that `evaluate.py` does not count (too faint, cut to a shred) are marked illegible."""
import glob
import json
import os
import sys

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def instance(img, name):
    d, d.file_meta = Dataset(), FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[name])
    d.StudyInstanceUID, d.SeriesInstanceUID = (generate_uid(entropy_srcs=[name, level]) for level in ("study", "series"))
    d.PatientID, d.Modality = name, "OT"
    d.Rows, d.Columns = img.shape[:2]
    d.SamplesPerPixel = img.ndim if img.ndim == 3 else 1
    d.PhotometricInterpretation = "RGB" if img.ndim == 3 else "MONOCHROME2"
    if img.ndim == 3:
        d.PlanarConfiguration = 0
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    pixels = np.ascontiguousarray(img).tobytes()
    d.PixelData = pixels + b"\0" * (len(pixels) % 2)
    return d


def box(quad, shape):
    """The upright box round a line, within the frame; None when hardly anything of it is in the frame."""
    h, w = shape[:2]
    (x0, y0), (x1, y1) = np.maximum(np.floor(quad.min(0)), 0), np.minimum(np.ceil(quad.max(0)), (w, h))
    return (int(x0), int(y0), int(x1 - x0), int(y1 - y0)) if min(x1 - x0, y1 - y0) >= 2 else None


def truth(z, name):
    found = []
    for quad, line in zip(z["quad"], z["meta"]):
        k, place = json.loads(str(line)), box(quad, z["img"].shape)
        if place is None:
            continue
        fair = k["contrast"] >= .15 and k["h"] >= 8 and not k.get("cut")
        found.append(dict(zip("xywh", place), text=k["text"], category="marker" if k["form"] == "marker" else "technical",
                          contrast="fair" if fair else "faint" if .08 <= k["contrast"] < .15 else "hard",
                          style="single" if len(k["text"].strip()) == 1 else "line", rotation=int(k["rot"]), illegible=not k["ok"]))
    h, w = z["img"].shape[:2]
    return dict(image=name + ".dcm", frame=0, frames=1, width=w, height=h, modality="OT", instances=found)


def main():
    pool, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    for f in sorted(glob.glob(os.path.join(pool, "*[0-9].npz"))):
        z, name = np.load(f), os.path.basename(f)[:-4]
        instance(z["img"], name).save_as(os.path.join(out, name + ".dcm"), enforce_file_format=True)
        with open(os.path.join(out, name + ".json"), "w") as file:
            json.dump(truth(z, name), file)


if __name__ == "__main__":
    main()
