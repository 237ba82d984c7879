"""Train the line recogniser: `python train_recogniser.py OUT.pt --groups N [--init CKPT] [--pool DIR]`; one group is eight batches.

Lines are rendered on the fly from (seed, group) alone. A run saves after every --every groups and goes on from OUT.pt when
started again (`--fresh` starts over). --pool gives text-free frames of a synthetic pool as grounds.
"""
import argparse
import glob
import math
import os
import time

import cv2
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import lines
from recogniser import Recogniser, decode, distance


def grounds(folder, most=400):
    """Grey text-free pictures of a pool, or of what mine.py wrote."""
    out = []
    for f in sorted(glob.glob(os.path.join(folder, "*[0-9].npz"))) if folder else []:
        with np.load(f) as z:
            if not len(z["quad"]):
                im = z["img"]
                out.append(im if im.ndim == 2 else im[..., 1])
        if len(out) >= most:
            break
    return out


def evaluate(net, split, n, seed, pool, easy):
    """Character error rate, the same with case folded, share of lines without error."""
    err = total = exact = folded = 0
    net.eval()
    with torch.no_grad():
        for k in range(n // 16):
            x, _, _, steps, texts = lines.batch(seed + k, 16, split, pool, easy)
            lp = net(x)
            for j, s in enumerate(texts):
                p = decode(lp[:steps[j], j]).strip()
                err, total, exact = err + distance(p, s), total + len(s), exact + (p == s)
                folded += distance(p.lower(), s.lower())
    net.train()
    return err / total, folded / total, exact / (n // 16 * 16)


def report(net, n, pool):
    for name, easy in (("hard", False), ("clear", True)):
        print(f"held-out fonts, {name} lines: cer %.4f, case-folded %.4f, exact %.3f" % evaluate(net, "test", n, 7000, pool, easy), flush=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--groups", type=int, default=1500)
    ap.add_argument("--pool")
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--batch", type=int, default=24)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--workers", type=int, default=1)
    ap.add_argument("--every", type=int, default=50)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--init")
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--fresh", action="store_true")
    ap.add_argument("--test", action="store_true", help="only measure OUT.pt")
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    pool = grounds(a.pool)
    net = Recogniser().to(a.device, memory_format=torch.channels_last)
    if a.test:
        net.load_state_dict(torch.load(a.out, weights_only=True)["ema"])
        return report(net, 960, pool)
    opt = torch.optim.AdamW(net.parameters(), a.lr, weight_decay=1e-3)
    start, step, run, ema = 0, 0, 0., None
    if os.path.exists(a.out) and not a.fresh:
        c = torch.load(a.out, weights_only=True, map_location=a.device)
        net.load_state_dict(c["net"])
        opt.load_state_dict(c["opt"])
        start, step, run, ema = c["group"], c["step"], c["loss"], c["ema"]
        print(f"going on at group {start}", flush=True)
    elif a.init:
        net.load_state_dict(torch.load(a.init, weights_only=True, map_location=a.device)["ema"])
    ema = ema or {k: v.clone() for k, v in net.state_dict().items()}

    def save(group):
        torch.save({"ema": ema, "net": net.state_dict(), "opt": opt.state_dict(), "group": group, "step": step, "loss": run}, a.out + ".tmp")
        os.replace(a.out + ".tmp", a.out)

    data = torch.utils.data.Subset(lines.Groups(a.seed, a.groups, a.batch, pool), range(start, a.groups))
    loader = torch.utils.data.DataLoader(data, None, num_workers=a.workers, prefetch_factor=2 if a.workers else None)
    t0 = time.time()
    for group, batches in enumerate(loader, start):
        for p in opt.param_groups:
            p["lr"] = a.lr * min(1, (step + 1) / 100) * (.5 * (1 + math.cos(math.pi * group / a.groups)) * .98 + .02)
        for x, y, yl, steps, _ in batches:
            lp = net(x.to(a.device).contiguous(memory_format=torch.channels_last))
            loss = F.ctc_loss(lp, y.to(a.device), steps.clamp(max=lp.shape[0]), yl, zero_infinity=True)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 4)
            opt.step()
            step += 1
            run = loss.item() if step == 1 else run * .98 + loss.item() * .02
            decay = min(.998, step / (step + 50))
            with torch.no_grad():
                for k, v in net.state_dict().items():
                    if v.dtype.is_floating_point:
                        ema[k].mul_(decay).add_(v, alpha=1 - decay)
                    else:
                        ema[k].copy_(v)
        if (group + 1) % 10 == 0:
            print(f"group {group + 1} step {step} {time.time() - t0:.0f}s loss {run:.4f}", flush=True)
        if (group + 1) % a.every == 0:
            save(group + 1)
    save(a.groups)
    net.load_state_dict(ema)
    report(net, 960, pool)


if __name__ == "__main__":
    main()
