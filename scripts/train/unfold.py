"""Turn exported weights back into a checkpoint: `python unfold.py detector|recogniser MODEL.onnx POOL OUT.pt`.

Exported models have their batch norms folded away. Training goes on better with them, so each gets the statistics that the
net really has on pictures of POOL and the scale and shift that undo them: the function of the net stays the same. Blocks that the
exported net does not have yet stay the identity that they are created as.
"""
import glob
import os
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import model


def weights(path):
    """Initialisers by the name they had before float16 storage."""
    out = {}
    for t in onnx.load(path).graph.initializer:
        name = t.name.removesuffix("_h").removeprefix("m.")
        out[name] = torch.from_numpy(numpy_helper.to_array(t).astype(np.float32))
    return out


def unfold(net, given):
    """Put folded weights into a net with norms that do nothing yet; returns its norms."""
    state, norms = net.state_dict(), []
    for owner, conv, norm in model.pairs(net):
        prefix = next(n for n, m in net.named_modules() if m is owner)
        bias = given.pop(f"{prefix}.{conv}.bias", None)
        if bias is None:
            continue
        bn = getattr(owner, norm)
        with torch.no_grad():
            bn.running_mean.zero_()
            bn.running_var.fill_(1 - bn.eps)
            bn.weight.fill_(1)
            bn.bias.copy_(bias)
        norms.append(bn)
    for k, v in given.items():
        assert state[k].shape == v.shape, k
        state[k].copy_(v)
    return norms


def calibrate(net, norms, batches):
    """Give every norm the mean and variance of what reaches it."""
    seen = {bn: [0., 0., 0] for bn in norms}

    def hook(bn, inputs):
        x = inputs[0].transpose(0, 1).flatten(1).double()
        s = seen[bn]
        s[0], s[1], s[2] = s[0] + x.sum(1), s[1] + (x * x).sum(1), s[2] + x.shape[1]
    handles = [bn.register_forward_pre_hook(hook) for bn in norms]
    net.eval()
    with torch.no_grad():
        for x in batches:
            net(x)
        for bn in norms:
            s, q, n = seen[bn]
            mean, var = s / n, q / n - (s / n) ** 2
            bn.running_mean.copy_(mean)
            bn.running_var.copy_(var.clamp(min=1e-6))
            bn.bias += mean.float() * 1.0
            bn.weight.copy_((bn.running_var + bn.eps).sqrt())
    for h in handles:
        h.remove()


def main():
    kind, path, pool, out = sys.argv[1:5]
    torch.manual_seed(0)
    if kind == "detector":
        import train_detector as td
        net = model.Detector()
        files = sorted(glob.glob(os.path.join(pool, "*.npz")))[:160]
        batches = [torch.from_numpy(np.stack([td.read(f)[0][:384, :384].astype(np.float32) / 255 - .5 for f in files[i:i + 8]])).permute(0, 3, 1, 2) for i in range(0, len(files), 8)]
    else:
        import lines
        import recogniser
        net = recogniser.Recogniser()
        batches = [lines.batch(seed, 16, "train", None)[0] for seed in range(20)]
    net.eval()
    norms = unfold(net, weights(path))
    with torch.no_grad():
        before = net(batches[0])
        calibrate(net, norms, batches)
        print("largest change:", float((net(batches[0]) - before).abs().max()))
    torch.save({"ema": net.state_dict(), "net": net.state_dict(), "step": 0}, out)


if __name__ == "__main__":
    main()
