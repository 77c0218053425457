"""Packed weights against the index formula of native/README.md, written out naively."""

import struct

import numpy as np
import pytest

from sdkgen.plan.packing import pack_convolution, pack_depthwise

RNG = np.random.default_rng(5)


def constants(outputs: int) -> tuple[np.ndarray, np.ndarray]:
    bias = RNG.integers(-(2**31), 2**31, outputs).astype(np.int32)
    return bias, RNG.uniform(1e-6, 1, outputs).astype(np.float32)


@pytest.mark.parametrize("outputs", [1, 7, 8, 9, 24])
@pytest.mark.parametrize(
    ("channels", "kernel", "groups"), [(1, (1, 1), 1), (3, (3, 3), 1), (8, (1, 1), 1), (5, (2, 3), 3)]
)
def test_convolution_panels(outputs: int, channels: int, kernel: tuple[int, int], groups: int) -> None:
    outputs *= groups
    weights = RNG.integers(-127, 128, (outputs, channels, *kernel)).astype(np.int8)
    bias, scale = constants(outputs)
    packed = pack_convolution(weights, bias, scale, groups)
    depth = channels * kernel[0] * kernel[1]
    padded = (depth + 7) // 8 * 8
    per_group = outputs // groups
    panels = (per_group + 7) // 8
    panel_bytes = 64 + 8 * padded
    assert len(packed) == groups * panels * panel_bytes
    for group in range(groups):
        for row in range(panels * 8):
            output = group * per_group + row
            base = (group * panels + row // 8) * panel_bytes
            (b,) = struct.unpack_from("<i", packed, base + 4 * (row % 8))
            (s,) = struct.unpack_from("<f", packed, base + 32 + 4 * (row % 8))
            real = row < per_group
            assert (b, s) == ((bias[output], scale[output]) if real else (0, 1.0))
            for k in range(padded):
                (w,) = struct.unpack_from("<b", packed, base + 64 + k // 4 * 32 + row % 8 * 4 + k % 4)
                c, tap = k % channels, k // channels
                expected = weights[output, c, tap // kernel[1], tap % kernel[1]] if real and k < depth else 0
                assert w == expected


@pytest.mark.parametrize("channels", [1, 15, 16, 17, 40])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (5, 2)])
def test_depthwise_panels(channels: int, kernel: tuple[int, int]) -> None:
    weights = RNG.integers(-127, 128, (channels, 1, *kernel)).astype(np.int8)
    bias, scale = constants(channels)
    packed = pack_depthwise(weights, bias, scale)
    taps = kernel[0] * kernel[1]
    panel_bytes = 128 + 16 * taps
    panels = (channels + 15) // 16
    assert len(packed) == panels * panel_bytes
    for channel in range(panels * 16):
        base = channel // 16 * panel_bytes
        real = channel < channels
        (b,) = struct.unpack_from("<i", packed, base + 4 * (channel % 16))
        (s,) = struct.unpack_from("<f", packed, base + 64 + 4 * (channel % 16))
        assert (b, s) == ((bias[channel], scale[channel]) if real else (0, 1.0))
        for tap in range(taps):
            (w,) = struct.unpack_from("<b", packed, base + 128 + 16 * tap + channel % 16)
            assert w == (weights[channel, 0, tap // kernel[1], tap % kernel[1]] if real else 0)
