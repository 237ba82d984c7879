"""Write manifest.json and alphabet.txt beside exported models: `python manifest.py MODELS NOTES.json` (NOTES: provenance, post_processing, and per file how it was trained)."""
import hashlib
import json
import os
import sys

import onnx

import recogniser

MAPS = {"name": "prob", "shape": [1, 2, "H/2", "W/2"], "channels": ["line region", "line kernel"], "range": "0..1"}
PICTURE = {"name": "image", "type": "float32", "range": "value / 255 - 0.5", "multiple_of": 32, "pad": "mirror"}
CONTRACT = {
    "text-detector-gray.onnx": {"use": "text detection, grey pictures", "input": PICTURE | {"shape": [1, 1, "H", "W"]}, "output": MAPS},
    "text-detector-rgb.onnx": {"use": "text detection, colour pictures", "input": PICTURE | {"shape": [1, 3, "H", "W"], "order": "RGB planes"}, "output": MAPS},
    "text-recogniser.onnx": {"use": "line recognition (ocrs contract)", "input": {"name": "line", "shape": ["N", 1, 32, "W"], "type": "float32", "range": "luma / 255 - 0.5"},
                             "output": {"name": "logprob", "shape": ["W/4", "N", "alphabet + 1"], "range": "log-probabilities, class 0 blank, class i + 1 = character i"},
                             "alphabet_file": "alphabet.txt"},
}


def main():
    folder, notes = sys.argv[1], json.load(open(sys.argv[2], encoding="utf8"))
    files = []
    for name, contract in CONTRACT.items():
        path = os.path.join(folder, name)
        data = open(path, "rb").read()
        m = onnx.load_from_string(data)
        files.append({"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
                      "format": f"ONNX, IR {m.ir_version}, opset {m.opset_import[0].version}, float16 weights behind Cast"} | contract | notes["files"].get(name, {}))
    alphabet = os.path.join(folder, "alphabet.txt")
    with open(alphabet, "w", encoding="utf8", newline="") as f:
        f.write(recogniser.ALPHABET)
    out = {k: v for k, v in notes.items() if k != "files"} | {"models": files}
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf8") as f:
        f.write(json.dumps(out, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
