"""Networks beyond classification by plain convolutions, small: each of them must become one plan."""

import torch
from torch import nn
from torch.nn import functional


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class UNet(nn.Module):
    """Segmentation: down by pooling, up by transposed convolutions or bilinearly, skips concatenated, a mask out."""

    def __init__(self, *, transposed: bool, widths: tuple[int, ...] = (8, 12, 16)) -> None:
        super().__init__()
        self.down = nn.ModuleList(block(a, b) for a, b in zip((3, *widths), widths, strict=False))
        pairs = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 2, 2)
            if transposed
            else nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(a, b, 1))
            for a, b in pairs
        )
        self.merge = nn.ModuleList(block(2 * b, b) for _, b in pairs)
        self.mask = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for layer in self.down:
            x = layer(functional.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, skips[-2::-1], strict=True):
            x = merge(torch.cat([skip, up(x)], 1))
        return torch.sigmoid(self.mask(x))


class SubPixel(nn.Module):
    """Super resolution after ESPCN: convolutions with PReLU, a pixel shuffle, the enlarged input added."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 12, 5, padding=2), nn.PReLU(12), nn.Conv2d(12, 8, 3, padding=1), nn.Tanh()
        )
        self.sub_pixel = nn.Sequential(nn.Conv2d(8, 3 * factor**2, 3, padding=1), nn.PixelShuffle(factor))
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        larger = functional.interpolate(x, scale_factor=self.factor, mode="nearest")
        return (larger + self.sub_pixel(self.features(x))).clamp(-1, 1)


class Enet(nn.Module):
    """Real-time segmentation after ENet: the initial block, bottlenecks with PReLU, dilated and asymmetric
    convolutions, padding of channels by concatenation, and a transposed convolution to the full size."""

    def __init__(self) -> None:
        super().__init__()
        self.initial = nn.Conv2d(3, 13, 3, 2, 1, bias=False)
        self.entry = nn.Sequential(nn.BatchNorm2d(16), nn.PReLU(16))
        self.down = self.bottleneck(nn.Conv2d(4, 4, 3, 2, 1, bias=False), 16, 32)
        self.widen = nn.Conv2d(16, 32, 1)
        self.dilated = self.bottleneck(nn.Conv2d(8, 8, 3, padding=2, dilation=2, bias=False), 32, 32)
        self.asymmetric = self.bottleneck(
            nn.Sequential(nn.Conv2d(8, 8, (5, 1), padding=(2, 0)), nn.Conv2d(8, 8, (1, 5), padding=(0, 2))), 32, 32
        )
        self.act = nn.ModuleList(nn.PReLU(32) for _ in range(3))
        self.full = nn.Sequential(nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.PReLU(), nn.ConvTranspose2d(16, 5, 2, 2))

    @staticmethod
    def bottleneck(middle: nn.Module, inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inputs, inputs // 4, 1, bias=False), nn.BatchNorm2d(inputs // 4), nn.PReLU(inputs // 4),
            middle, nn.BatchNorm2d(inputs // 4), nn.PReLU(inputs // 4),
            nn.Conv2d(inputs // 4, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.Dropout2d(0.1),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.entry(torch.cat([self.initial(x), functional.max_pool2d(x, 2)], 1))
        x = self.act[0](self.down(x) + self.widen(functional.max_pool2d(x, 2)))
        x = self.act[1](x + self.dilated(x))
        x = self.act[2](x + self.asymmetric(x))
        return self.full(x)
