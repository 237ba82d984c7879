"""The text detector: a small residual U-Net of depthwise-separable blocks; two maps at stride 2 (line region, line kernel)."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sep(nn.Module):
    """Depthwise 3 x 3, pointwise, norm, ReLU; residual when the shapes agree."""

    def __init__(self, ci, co, stride=1):
        super().__init__()
        self.dw = nn.Conv2d(ci, ci, 3, stride, 1, groups=ci, bias=False)
        self.pw = nn.Conv2d(ci, co, 1, bias=False)
        self.bn = nn.BatchNorm2d(co)
        self.res = stride == 1 and ci == co
        if self.res:  # starts as the identity: a deeper net can go on from the weights of a shallower one
            nn.init.zeros_(self.bn.weight)

    def forward(self, x):
        y = self.bn(self.pw(self.dw(x)))
        return F.relu(x + y) if self.res else F.relu(y)


class Stem(nn.Sequential):
    """Dense 3 x 3 of stride 2: cheaper than depthwise below 16 channels."""

    def __init__(self, ci, co):
        super().__init__(nn.Conv2d(ci, co, 3, 2, 1, bias=False), nn.BatchNorm2d(co), nn.ReLU())


class Detector(nn.Module):
    """Input (n, 3, h, w) in -0.5..0.5, h and w multiples of 32; output (n, 2, h/2, w/2) logits (probabilities after export)."""

    def __init__(self, channels=(16, 24, 64, 96, 128), blocks=(3, 4, 6, 6), inputs=3):
        super().__init__()
        c2, c4, c8, c16, c32 = channels
        n4, n8, n16, n32 = blocks
        self.s2 = Stem(inputs, c2)
        self.s4 = nn.Sequential(Stem(c2, c4), *[Sep(c4, c4) for _ in range(n4)])
        self.s8 = nn.Sequential(Sep(c4, c8, 2), *[Sep(c8, c8) for _ in range(n8)])
        self.s16 = nn.Sequential(Sep(c8, c16, 2), *[Sep(c16, c16) for _ in range(n16)])
        self.s32 = nn.Sequential(Sep(c16, c32, 2), *[Sep(c32, c32) for _ in range(n32)])
        self.l32, self.l16, self.l8 = nn.Conv2d(c32, c16, 1), nn.Conv2d(c16, c8, 1), nn.Conv2d(c8, c4, 1)
        self.u16, self.u8, self.u4 = Sep(c16, c16), Sep(c8, c8), Sep(c4, c4)
        self.v4 = nn.Sequential(Sep(c4, c4), Sep(c4, c4))  # weighs detail against its surroundings
        self.head = nn.Conv2d(c4, 8, 1)  # 2 maps x 2 x 2 sub-pixels: nearly free at stride 4
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, x):
        a = self.s4(self.s2(x))
        b = self.s8(a)
        c = self.s16(b)
        d = self.s32(c)
        c = self.u16(c + up(self.l32(d)))
        b = self.u8(b + up(self.l16(c)))
        a = self.u4(a + up(self.l8(b)))
        return F.pixel_shuffle(self.head(self.v4(a)), 2)


def up(t):
    return F.interpolate(t, scale_factor=2, mode="nearest")


def pairs(module):
    """(owner, name of the convolution, name of the norm) of every convolution that a batch norm follows."""
    for m in module.modules():
        if isinstance(m, Sep):
            yield m, "pw", "bn"
        elif isinstance(m, nn.Sequential):
            for i in range(len(m) - 1):
                if isinstance(m[i], nn.Conv2d) and isinstance(m[i + 1], nn.BatchNorm2d):
                    yield m, str(i), str(i + 1)


def load(path, device="cpu"):
    """The averaged weights of a checkpoint, ready to run."""
    net = Detector()
    net.load_state_dict(torch.load(path, weights_only=True, map_location=device)["ema"])
    return net.eval().to(device, memory_format=torch.channels_last)
