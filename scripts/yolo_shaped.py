"""A detector in the shape of the small YOLO networks that people export: blocks of split, stacked
and joined convolutions with SiLU, pooling pyramids, upsampled and joined levels, and a head whose
boxes are expectations over a softmax. Written after the published descriptions; weights are
random."""
import torch
from torch import nn

WIDTHS = (16, 32, 64, 128, 256)
BINS = 16  # of a box's side
CLASSES = 80


def conv(channels_in, channels_out, kernel=1, stride=1):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out), nn.SiLU())


class Bottleneck(nn.Module):
    def __init__(self, channels, shortcut):
        super().__init__()
        self.first, self.second = conv(channels, channels, 3), conv(channels, channels, 3)
        self.shortcut = shortcut

    def forward(self, x):
        y = self.second(self.first(x))
        return x + y if self.shortcut else y


class Stacked(nn.Module):
    """Half of the channels goes through bottlenecks; all stages are joined."""

    def __init__(self, channels_in, channels_out, depth, shortcut):
        super().__init__()
        half = channels_out // 2
        self.before = conv(channels_in, channels_out)
        self.stages = nn.ModuleList(Bottleneck(half, shortcut) for _ in range(depth))
        self.after = conv((2 + depth) * half, channels_out)

    def forward(self, x):
        parts = list(self.before(x).chunk(2, 1))
        for stage in self.stages:
            parts.append(stage(parts[-1]))
        return self.after(torch.cat(parts, 1))


class Pyramid(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.before, self.after = conv(channels, channels // 2), conv(2 * channels, channels)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.before(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.after(torch.cat(parts, 1))


class Head(nn.Module):
    def __init__(self, channels):
        super().__init__()
        box, kind = 4 * BINS, max(channels, CLASSES)
        self.box = nn.Sequential(conv(channels, box, 3), conv(box, box, 3), nn.Conv2d(box, box, 1))
        self.kind = nn.Sequential(conv(channels, kind, 3), conv(kind, kind, 3),
                                  nn.Conv2d(kind, CLASSES, 1))

    def forward(self, x):
        return torch.cat((self.box(x), self.kind(x)), 1).flatten(2)


class YoloShaped(nn.Module):
    def __init__(self):
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.level3 = nn.Sequential(conv(3, a, 3, 2), conv(a, b, 3, 2), Stacked(b, b, 1, True),
                                    conv(b, c, 3, 2), Stacked(c, c, 2, True))
        self.level4 = nn.Sequential(conv(c, d, 3, 2), Stacked(d, d, 2, True))
        self.level5 = nn.Sequential(conv(d, e, 3, 2), Stacked(e, e, 1, True), Pyramid(e))
        self.up4, self.up3 = Stacked(d + e, d, 1, False), Stacked(c + d, c, 1, False)
        self.down3, self.down4 = conv(c, c, 3, 2), conv(d, d, 3, 2)
        self.mix4, self.mix5 = Stacked(c + d, d, 1, False), Stacked(d + e, e, 1, False)
        self.heads = nn.ModuleList(Head(channels) for channels in (c, d, e))
        self.wider = nn.Upsample(scale_factor=2, mode="nearest")
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float).view(1, BINS, 1, 1))

    def forward(self, x):
        p3 = self.level3(x)
        p4 = self.level4(p3)
        p5 = self.level5(p4)
        q4 = self.up4(torch.cat((self.wider(p5), p4), 1))
        q3 = self.up3(torch.cat((self.wider(q4), p3), 1))
        q4 = self.mix4(torch.cat((self.down3(q3), q4), 1))
        q5 = self.mix5(torch.cat((self.down4(q4), p5), 1))
        found = torch.cat([head(q) for head, q in zip(self.heads, (q3, q4, q5))], 2)
        box, kind = found.split((4 * BINS, CLASSES), 1)
        sides = box.view(1, 4, BINS, -1).transpose(1, 2).softmax(1)
        sides = (sides * self.bins).sum(1)
        return torch.cat((sides, kind.sigmoid()), 1)
