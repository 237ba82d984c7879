"""Export checkpoints to ONNX: `python export.py detector CKPT PREFIX` writes PREFIX-gray.onnx and PREFIX-rgb.onnx; `python export.py recogniser CKPT OUT.onnx`.

Batch norms are folded; weights are stored as float16 behind Cast nodes (a plain float32 graph to every runtime, half the size).
The exported file is run once against the checkpoint and the largest difference is printed.
"""
import hashlib
import sys

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import TensorProto, helper, numpy_helper
from torch.nn.utils.fusion import fuse_conv_bn_eval

import model
import recogniser


def fold(net):
    """Fold each batch norm into the convolution before it."""
    for owner, conv, norm in list(model.pairs(net)):
        setattr(owner, conv, fuse_conv_bn_eval(getattr(owner, conv), getattr(owner, norm)))
        setattr(owner, norm, nn.Identity())
    return net


class Prob(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.m = m

    def forward(self, image):
        return torch.sigmoid(self.m(image))


def half(path, doc):
    """Rewrite float32 initialisers of 64 values or more as float16 plus Cast."""
    m = onnx.load(path)
    g, keep, casts = m.graph, [], []
    for t in g.initializer:
        if t.data_type == TensorProto.FLOAT and int(np.prod(t.dims)) >= 64:
            keep.append(numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float16), t.name + "_h"))
            casts.append(helper.make_node("Cast", [t.name + "_h"], [t.name], to=TensorProto.FLOAT))
        else:
            keep.append(t)
    nodes = list(g.node)
    del g.initializer[:], g.node[:]
    g.initializer.extend(keep)
    g.node.extend(casts + nodes)
    m.doc_string = doc
    onnx.checker.check_model(m)
    onnx.save(m, path)


def export(net, x, path, names, dynamic, doc):
    import onnxruntime
    torch.onnx.export(net, (x,), path, dynamo=False, opset_version=17, input_names=names[:1], output_names=names[1:], dynamic_axes=dynamic)
    half(path, doc)
    with torch.no_grad():
        want = net(x).numpy()
    got = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {names[0]: x.numpy()})[0]
    data = open(path, "rb").read()
    print(path, len(data), hashlib.sha256(data).hexdigest(), "largest difference to the checkpoint: %.2e" % np.abs(got - want).max())


def main():
    kind, ckpt, out = sys.argv[1:4]
    torch.manual_seed(0)
    if kind == "detector":
        for name, inputs in (("gray", 1), ("rgb", 3)):
            net = fold(model.load(ckpt).to(memory_format=torch.contiguous_format))
            if inputs == 1:  # a grey picture repeated on three channels is the same as summed first-layer weights on one
                c = net.s2[0]
                new = nn.Conv2d(1, c.out_channels, c.kernel_size, c.stride, c.padding)
                new.weight.data, new.bias.data = c.weight.data.sum(1, keepdim=True), c.bias.data
                net.s2[0] = new
            export(Prob(net).eval(), torch.rand(1, inputs, 256, 256) - .5, f"{out}-{name}.onnx", ["image", "prob"],
                   {"image": {2: "height", 3: "width"}, "prob": {2: "height_2", 3: "width_2"}},
                   f"Text detector. image: 1 x {inputs} x H x W, pixel / 255 - 0.5, H and W multiples of 32; prob: 1 x 2 x H/2 x W/2 (line region, line kernel).")
    else:
        net = recogniser.Recogniser()
        net.load_state_dict(torch.load(ckpt, weights_only=True)["ema"])
        export(fold(net.eval()), torch.rand(1, 1, recogniser.HEIGHT, 256) - .5, out, ["line", "logprob"],
               {"line": {0: "batch", 3: "width"}, "logprob": {0: "steps", 1: "batch"}},
               "Line recogniser. line: N x 1 x 32 x W, luma / 255 - 0.5; logprob: W/4 x N x (alphabet + 1), class 0 is the CTC blank. Alphabet: " + recogniser.ALPHABET)


if __name__ == "__main__":
    main()
