"""Samples of DICOM files as independent tools read them: pydicom's plugins, DCMTK and imagecodecs, as far as they are installed."""
import os
import subprocess
import sys
import tempfile
import warnings
import zlib

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if os.environ.get("PYTHON") and os.environ.get("READERS_INNER") is None:
    os.environ["READERS_INNER"] = "1"
    os.execvp(os.environ["PYTHON"], [os.environ["PYTHON"], *sys.argv])

import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder

warnings.filterwarnings("ignore")
try:
    import imagecodecs
except ImportError:
    imagecodecs = None

BASE = "1.2.840.10008.1.2"
NATIVE = (BASE, BASE + ".1", BASE + ".1.99", BASE + ".2")
PLAIN_ITEMS, DEFLATED_ITEMS = BASE + ".1.98", BASE + ".8.1"
DCT = tuple(BASE + tail for tail in (".4.50", ".4.51", ".4.53", ".4.55"))
DCMTK = {**{uid: "dcmdjpeg" for uid in (*DCT, BASE + ".4.57", BASE + ".4.70")}, BASE + ".4.80": "dcmdjpls", BASE + ".4.81": "dcmdjpls",
         BASE + ".5": "dcmdrle"}
DIRECT = {**{BASE + ".4.%d" % n: "jpegls_decode" for n in (80, 81)}, **{BASE + ".4.%d" % n: "jpeg2k_decode" for n in (90, 91, 92, 93)},
          **{BASE + ".4.%d" % n: "htj2k_decode" for n in (201, 202, 203)}, **{BASE + ".4.%d" % n: "jpegxl_decode" for n in (110, 112)}}
RECOMPRESSED = BASE + ".4.111"


def frames_first(array, ds, count):
    """Frames, rows, columns, samples; stored words cut to Bits Stored whatever sign or unused bits a tool gives them."""
    array = np.ascontiguousarray(array)
    stored = int(ds.get("BitsStored", 0) or 0)
    if array.dtype.kind in "iu" and 0 < stored < 64:
        array = array.astype(np.int64) & ((1 << stored) - 1)
    elif array.dtype.kind == "f":
        array = array.view("u%d" % array.itemsize).astype(np.uint64)
    return array.reshape(count, int(ds.Rows), int(ds.Columns), -1)


def coded(ds, count):
    return list(generate_frames(ds.PixelData, number_of_frames=count))


def by_pydicom(path, ds, count, plugin=None):
    keywords = {"decoding_plugin": plugin} if plugin else {}
    return get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, raw=True, **keywords)[0]


def by_bytes(path, ds, count):
    parts = coded(ds, count)
    if ds.file_meta.TransferSyntaxUID == DEFLATED_ITEMS:
        parts = [zlib.decompressobj(-15).decompress(part) for part in parts]
    if ds.BitsAllocated == 1:
        bits = np.unpackbits(np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1), axis=1, bitorder="little")
        if len(parts) == count:  # each frame begins on a byte
            return bits[:, : ds.Rows * ds.Columns]
        return bits.ravel()[: count * ds.Rows * ds.Columns]
    size = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    array = np.frombuffer(b"".join(part[:size] for part in parts), "<u%d" % (ds.BitsAllocated // 8))
    if ds.SamplesPerPixel > 1 and ds.get("PlanarConfiguration"):
        return np.moveaxis(array.reshape(count, ds.SamplesPerPixel, ds.Rows, ds.Columns), 1, -1)
    return array


def by_dcmtk(path, ds, count):
    tool = DCMTK[ds.file_meta.TransferSyntaxUID]
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "out.dcm")
        command = [tool] + (["+cn"] if tool == "dcmdjpeg" else []) + [path, out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        plain = pydicom.dcmread(out, force=True)
        return get_decoder(plain.file_meta.TransferSyntaxUID).as_array(plain, raw=True)[0]


def turbo(stream, samples):
    if samples == 1:
        return imagecodecs.jpeg8_decode(stream, colorspace="GRAYSCALE", outcolorspace="GRAYSCALE")
    return imagecodecs.jpeg8_decode(stream, colorspace="YCBCR", outcolorspace="YCBCR")  # as coded, whatever it is


def by_turbo(path, ds, count):
    streams = coded(ds, count)
    if ds.file_meta.TransferSyntaxUID == RECOMPRESSED:
        streams = [imagecodecs.jpegxl_decode_jpeg(stream) for stream in streams]
    return np.stack([turbo(stream, int(ds.SamplesPerPixel)) for stream in streams])


def by_imagecodecs(path, ds, count):
    decode, arrays = getattr(imagecodecs, DIRECT[ds.file_meta.TransferSyntaxUID]), []
    for frame in coded(ds, count):
        array = decode(frame)
        arrays.append(np.moveaxis(array, 0, -1) if array.ndim == 3 and array.shape[0] == 3 != array.shape[2] else array)
    return np.stack(arrays)


def tools(syntax, planes):
    if syntax in NATIVE:
        yield "pydicom", by_pydicom
    elif syntax in (PLAIN_ITEMS, DEFLATED_ITEMS):
        yield "bytes", by_bytes
    elif imagecodecs is not None and (planes and syntax in DCT or syntax == RECOMPRESSED):
        yield "libjpeg-turbo", by_turbo
    if syntax in DCMTK:
        yield "dcmtk", by_dcmtk
    if syntax in DIRECT and imagecodecs is not None:
        yield "imagecodecs", by_imagecodecs
    from pydicom.pixels.decoders.base import _PIXEL_DATA_DECODERS as known
    if syntax in known and syntax not in NATIVE and not (planes and syntax in DCT):
        for plugin in get_decoder(syntax).available_plugins:
            yield plugin, lambda path, ds, count, plugin=plugin: by_pydicom(path, ds, count, plugin)


def opened(path, scratch):
    """The file as pydicom reads it, rewritten by DCMTK first where pydicom does not."""
    try:
        ds = pydicom.dcmread(path, force=True)
        ds.get("Rows"), ds.get("NumberOfFrames")
        return path, ds
    except Exception:
        plain = os.path.join(scratch, "plain.dcm")
        subprocess.run(["dcmconv", path, plain], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        return plain, pydicom.dcmread(plain, force=True)


def readings(path, planes=False):
    """The header of a file, None when nothing reads it, and what each tool makes of its samples.

    `planes`: DCT streams are read as component planes by libjpeg-turbo and DCMTK only, which agree to the last bit.
    """
    with tempfile.TemporaryDirectory() as scratch:
        try:
            path, ds = opened(path, scratch)
        except Exception:
            return None, {}
        return ds, decoded(path, ds, planes)


def decoded(path, ds, planes):
    if not getattr(ds, "file_meta", None) or "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta = getattr(ds, "file_meta", None) or pydicom.dataset.FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = BASE if ds.original_encoding[0] else BASE + (".1" if ds.original_encoding[1] else ".2")
    count, found = int(ds.get("NumberOfFrames", 1) or 1), {}
    if "PixelRepresentation" not in ds:
        ds.PixelRepresentation = 0
    for name, tool in tools(str(ds.file_meta.TransferSyntaxUID), planes):
        try:
            found[name] = frames_first(tool(path, ds, count), ds, count)
        except Exception:
            continue
    return found


def corpus():
    """The folder that the command line names, or the corpus beside the repository or above it."""
    return sys.argv[1] if len(sys.argv) > 1 else next(
        (found for up in (HERE, os.path.dirname(HERE), os.path.dirname(os.path.dirname(HERE)))
         if os.path.isdir(found := os.path.join(up, "shared", "corpus", "dicom"))), ".")
