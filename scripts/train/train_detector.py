"""Train the detector: `python train_detector.py OUT.pt --pool DIR:SHARE ... --steps N [--init CKPT]`.

A run is a function of its arguments: which samples a step sees depends only on the seed and the step. It saves every few
minutes and goes on from OUT.pt when started again (`--fresh` starts over). `--device cuda --workers 15` uses a GPU.
"""
import argparse
import glob
import math
import os
import random
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import model


def read(path):
    """image (h, w, 3) uint8, label (h/2, w/2) uint8, weight (h/2, w/2) float32: small instances weigh more per pixel."""
    with np.load(path) as z:
        img, lab, quads = z["img"], z["lab"], z["quad"]
    if img.ndim == 2:
        img = np.repeat(img[..., None], 3, 2)
    weight = np.ones(lab.shape, np.float32)
    for q in quads:
        area = max(cv2.contourArea(q) / 4, 4)
        cv2.fillPoly(weight, [np.round(q / 2).astype(np.int32)], float(np.clip((500 / area) ** .5, .6, 4)))
    return img, lab, weight


def crop(r, n, img, lab, weight):
    """n x n window, most often around some text."""
    h, w = lab.shape
    m = n // 2
    y, x = r.randint(0, h - m), r.randint(0, w - m)
    if r.random() < .7:
        ys, xs = np.nonzero(lab == 2)
        if len(ys):
            i = r.randrange(len(ys))
            y, x = (min(max(0, int(c) - r.randint(0, m)), lim - m) for c, lim in ((ys[i], h), (xs[i], w)))
    s = np.s_[y:y + m, x:x + m]
    return img[2 * y:2 * y + n, 2 * x:2 * x + n], lab[s], weight[s]


def augment(r, img, lab, weight):
    if r.random() < .25:
        img, lab, weight = img[:, ::-1], lab[:, ::-1], weight[:, ::-1]
    if r.random() < .25:
        img, lab, weight = img[::-1], lab[::-1], weight[::-1]
    if r.random() < .15:
        img, lab, weight = (np.rot90(a) for a in (img, lab, weight))
    x = img.astype(np.float32) / 255
    if r.random() < .3:
        x = x[..., r.sample(range(3), 3)] if r.random() < .5 else np.repeat(x[..., 1:2], 3, 2)
    if r.random() < .15:
        x = 1 - x
    if r.random() < .4:
        x = x * r.uniform(.5, 1.1) + r.uniform(-.05, .2)
    if r.random() < .15:
        g = np.random.default_rng(r.randrange(1 << 30))
        x = x + np.float32(r.uniform(0, .03)) * g.standard_normal(x.shape[:2], dtype=np.float32)[..., None]
    return np.clip(x, 0, 1) - .5, lab, weight


class Samples(torch.utils.data.Dataset):
    """Sample i of a run: which file, which window and which change follow from (seed, i) alone."""

    def __init__(self, pools, seed, size, count):
        self.files = [(sorted(glob.glob(os.path.join(d, "*[0-9].npz"))), s) for d, s in pools]
        assert all(f for f, _ in self.files), "empty pool"
        self.seed, self.size, self.count = seed, size, count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        r = random.Random(f"{self.seed}:{i}")
        cv2.setNumThreads(1)
        files = r.choices([f for f, _ in self.files], [s for _, s in self.files])[0]
        x, lab, weight = augment(r, *crop(r, self.size, *read(r.choice(files))))
        return tuple(torch.from_numpy(np.ascontiguousarray(a)) for a in (x.astype(np.float32), lab, weight))


def loss_fn(out, lab, weight, pos_weight, peak_weight):
    """Per map: cross-entropy over all text pixels and the hardest three times as many others, plus dice, plus the peaks of
    the worst 32-pixel cells without text (a false box needs one high peak, whatever its size)."""
    ok = (lab != 255).float()
    total = 0
    for ch, t in ((0, ((lab == 1) | (lab == 2)).float()), (1, (lab == 2).float())):
        z = out[:, ch]
        bce = F.binary_cross_entropy_with_logits(z, t, reduction="none") * ok * weight
        pos = pos_weight * (bce * t).sum()
        npos = int((t * ok).sum())
        neg = bce * (1 - t)
        k = min(neg.numel(), max(3 * npos, 1500 * lab.shape[0]))
        hard = neg.flatten().topk(k, sorted=False).values.sum()
        p = torch.sigmoid(z) * ok
        inter, size = (p * t * weight).sum((1, 2)), ((p + t * ok) * weight).sum((1, 2))
        dice = 1 - (2 * inter + 50) / (size + 50)
        total = total + (pos + hard) / (npos + k) * 3 + dice.mean()
        if peak_weight:
            far = F.max_pool2d((lab != 0).float()[:, None], 5, 1, 2)[:, 0] == 0  # two cells away from any text
            cells = F.max_pool2d((bce * far)[:, None], 16).flatten(1)
            total = total + peak_weight * cells.topk(max(1, cells.shape[1] // 12), 1).values.mean()
    return total


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--pool", action="append", required=True, help="DIR:SHARE, repeatable")
    ap.add_argument("--steps", type=int, default=3000)
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--workers", type=int, default=1)
    ap.add_argument("--init", help="start from the averaged weights of this checkpoint")
    ap.add_argument("--pos", type=float, default=2.0, help="weight of text pixels in the cross-entropy")
    ap.add_argument("--peak", type=float, default=.3, help="weight of the worst text-free cells")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--crop", type=int, default=384)
    ap.add_argument("--bf16", action="store_true", help="mixed precision: a third less time on CPUs with AVX-512 BF16 and on GPUs")
    ap.add_argument("--fresh", action="store_true")
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    net = model.Detector().to(a.device, memory_format=torch.channels_last)
    opt = torch.optim.AdamW(net.parameters(), a.lr, weight_decay=1e-3)
    step, run = 0, 0.
    if os.path.exists(a.out) and not a.fresh:
        c = torch.load(a.out, weights_only=True, map_location=a.device)
        net.load_state_dict(c["net"])
        opt.load_state_dict(c["opt"])
        step, ema, run = c["step"], c["ema"], c["loss"]
        print(f"going on at step {step}", flush=True)
    elif a.init:
        net.load_state_dict(torch.load(a.init, weights_only=True, map_location=a.device)["ema"])
    if step == 0:
        ema = {k: v.clone() for k, v in net.state_dict().items()}

    def save():
        torch.save({"ema": ema, "net": net.state_dict(), "opt": opt.state_dict(), "step": step, "loss": run}, a.out + ".tmp")
        os.replace(a.out + ".tmp", a.out)

    pools = [(p.rsplit(":", 1)[0], float(p.rsplit(":", 1)[1])) for p in a.pool]
    data = Samples(pools, a.seed, a.crop, a.steps * a.batch)
    order = torch.utils.data.Subset(data, range(step * a.batch, a.steps * a.batch))
    loader = torch.utils.data.DataLoader(order, a.batch, num_workers=a.workers, prefetch_factor=4 if a.workers else None)
    t0 = last = time.time()
    for x, lab, weight in loader:
        done = step / a.steps
        for g in opt.param_groups:
            g["lr"] = a.lr * min(1, (step + 1) / 100) * (.5 * (1 + math.cos(math.pi * done)) * .98 + .02)
        x = x.to(a.device).permute(0, 3, 1, 2)  # already channels-last
        with torch.autocast(a.device, torch.bfloat16, enabled=a.bf16):
            out = net(x)
        loss = loss_fn(out.float(), lab.to(a.device), weight.to(a.device), a.pos, a.peak)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
        step += 1
        decay = min(.999, step / (step + 100))
        with torch.no_grad():
            for k, v in net.state_dict().items():
                if v.dtype.is_floating_point:
                    ema[k].mul_(decay).add_(v, alpha=1 - decay)
                else:
                    ema[k].copy_(v)
        run = loss.item() if step == 1 else run * .98 + loss.item() * .02
        if step % 50 == 0:
            print(f"step {step} {time.time() - t0:.0f}s loss {run:.4f} lr {g['lr']:.2e}", flush=True)
        if time.time() - last > 180:
            save()
            last = time.time()
    save()
    print(f"done: {step} steps, loss {run:.4f}")


if __name__ == "__main__":
    main()
