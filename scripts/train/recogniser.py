"""The line recogniser: convolutions only, CTC output, the input and output contract of ocrs; its alphabet and greedy reading."""
import torch.nn as nn
import torch.nn.functional as F

HEIGHT = 32
ALPHABET = (" 0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz°µ²³±€"
            "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
            "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıŁłŃńŇňŐőŒœŘřŚśŞşŠšŢţŤťŮůŰűŹźŻżŽžȘșȚț")
INDEX = {c: i + 1 for i, c in enumerate(ALPHABET)}


def conv(ci, co, k=3):
    p = k // 2 if isinstance(k, int) else (k[0] // 2, k[1] // 2)
    return nn.Sequential(nn.Conv2d(ci, co, k, 1, p, bias=False), nn.BatchNorm2d(co), nn.ReLU())


class Line1d(nn.Module):
    """Residual 1 x 5 convolution and pointwise convolution over the sequence."""

    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, c, (1, 5)), nn.Conv2d(c, c, 1)

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


class Recogniser(nn.Module):
    """Input (n, 1, 32, w) in -0.5..0.5; output (w/4, n, classes) log-probabilities, class 0 blank, class i + 1 = ALPHABET[i]."""

    def __init__(self, classes=len(ALPHABET) + 1, c=(16, 32, 64, 128)):
        super().__init__()
        a, b, d, e = c
        self.cnn = nn.Sequential(
            conv(1, a), nn.MaxPool2d(2), conv(a, b), nn.MaxPool2d(2), conv(b, d), conv(d, d), nn.MaxPool2d((2, 1)), conv(d, d), nn.MaxPool2d((2, 1)))
        self.fold = nn.Sequential(nn.Conv2d(d, e, (2, 3), 1, (0, 1), bias=False), nn.BatchNorm2d(e), nn.ReLU())
        self.seq = nn.Sequential(Line1d(e), Line1d(e), Line1d(e))
        self.out = nn.Conv2d(e, classes, 1)

    def forward(self, x):
        x = self.out(self.seq(self.fold(self.cnn(x))))  # (n, classes, 1, w/4)
        return F.log_softmax(x.squeeze(2).permute(2, 0, 1), -1)


def decode(lp):
    """Greedy reading of (steps, classes)."""
    out, last = "", 0
    for i in lp.argmax(-1).tolist():
        if i != last and i:
            out += ALPHABET[i - 1]
        last = i
    return out


def distance(a, b):
    """Edit distance."""
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        prev, row[0] = row[0], i
        for j, cb in enumerate(b, 1):
            prev, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, prev + (ca != cb))
    return row[-1]
