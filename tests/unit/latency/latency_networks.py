"""Small networks that together hold every operator of the plan, several of them in forms of their own."""

import torch
from torch import nn

from sdkgen.bench.small_networks import SIDE, Gated, Shuffled, Squeezed, Upsampled
from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.program import ExportedNetwork, capture
from tests.unit.compress.compress_networks import Bottlenecks, Fire, Residual, conv_norm, samples, seeded


class Flattened(nn.Module):
    """A linear layer over a map, pooling of several kinds, grouped and strided convolutions, a map as result."""

    def __init__(self, *head: nn.Module) -> None:
        super().__init__()
        self.stem = conv_norm(3, 12)
        self.grouped = conv_norm(12, 24, groups=3)
        self.strided = nn.Conv2d(24, 24, 5, 2, 2, groups=24)
        self.head = nn.Sequential(*head)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.avg_pool2d(self.grouped(self.stem(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.strided(x)), 2)
        result: torch.Tensor = self.head(x)
        return result


class Newer(nn.Module):
    """An example of each operator that moves or maps elements, several of them in forms of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze = nn.Conv2d(8, 8, 1)
        self.prelu = nn.PReLU(8)
        self.up = nn.ConvTranspose2d(8, 4, 4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.hardswish(self.conv(nn.functional.pad(x, (0, 1, 0, 1))))
        x = x * nn.functional.hardsigmoid(self.squeeze(x.mean((2, 3), keepdim=True)))
        x = nn.functional.channel_shuffle(self.prelu(x), 2) * 0.5 + 1.0
        x = nn.functional.interpolate(x[:, :, :16, :16], scale_factor=2.0, mode="nearest")
        return nn.functional.pixel_shuffle(self.up(x), 2)


class Rearranged(nn.Module):
    """Chunks, a difference, a cut, a shuffle spelled out, a selection, activations behind what keeps its values."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.dilated = nn.Conv2d(9, 8, 3, dilation=2)
        self.spatial = nn.Conv2d(8, 8, 3, 1, 2, dilation=2, groups=8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = self.stem(x).chunk(2, 1)
        x = nn.functional.pad(torch.cat([first - second, second], 1), (-1, 2, 0, -2))
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = torch.relu(nn.functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = torch.cat([x, x[:, 3].unsqueeze(1)], 1)
        x = torch.relu(torch.sigmoid(self.dilated(x)) - 0.25) * 2.0
        return torch.relu(nn.functional.interpolate(self.spatial(x), (9, 17), mode="bilinear"))


NETWORKS = {
    "squeezed": lambda: Squeezed((11, 16, 19), 5),
    "upsampled": lambda: Upsampled(5, kernel=3, first="bilinear"),
    "shuffled": lambda: Shuffled(6, 3),
    "gated": lambda: Gated(7),
    "newer": Newer,
    "rearranged": Rearranged,
    "bottlenecks": Bottlenecks,
    "residual": Residual,
    "fire": Fire,
    "linear over a map": lambda: Flattened(nn.Flatten(), nn.Linear(24 * 4, 7), nn.Linear(7, 3)),
    "map": Flattened,
    "flattened map": lambda: Flattened(nn.Flatten()),
}


def folded(name: str) -> ExportedNetwork:
    side = SIDE if name == "upsampled" else 16
    inputs = samples(2, 3, side, side)
    program, _ = FoldBatchNorm().run(capture(seeded(NETWORKS[name]()), inputs[0], inputs))
    return program
