"""Packs int8 weights, biases and scales into layout 1 (`n8c4`) of native/README.md."""

import numpy as np
from numpy.typing import NDArray

from sdkgen.plan.graph import round_up

PANEL = 8  # output channels of a gemm or conv panel
DEPTHWISE_PANEL = 16  # channels of a dwconv panel; a PReLU's are rounded up to a multiple of it

Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]


def pack_convolution(weights: Int8, bias: Int32, scale: Float32, groups: int) -> bytes:
    """Panels of 8 output channels, each i32[8] bias, f32[8] scale, i8[Kp/4][8][4] weights.

    Args:
        weights: (O, I / groups, kernel_h, kernel_w), OIHW; a linear layer is (O, I, 1, 1).
        bias, scale: (O,).
        groups: divides O; groups follow each other, each padded to whole panels by itself.
    """
    outputs = weights.shape[0]
    per_group = outputs // groups
    # The reduction runs kernel_h, kernel_w, channel: the order in which an NHWC window lies in memory.
    rows = weights.transpose(0, 2, 3, 1).reshape(outputs, -1)
    parts = []
    for group in range(groups):
        part = slice(group * per_group, (group + 1) * per_group)
        parts.append(_pack_group(rows[part], bias[part], scale[part]))
    return b"".join(parts)


def _pack_group(rows: Int8, bias: Int32, scale: Float32) -> bytes:
    outputs, reduction = rows.shape
    panels = round_up(outputs, PANEL) // PANEL
    depth = round_up(reduction, 8)
    padded = np.zeros((panels * PANEL, depth), np.int8)
    padded[:outputs, :reduction] = rows
    body = padded.reshape(panels, PANEL, depth // 4, 4).transpose(0, 2, 1, 3)
    return _with_heads(body, bias, scale, panels, PANEL)


def pack_depthwise(weights: Int8, bias: Int32, scale: Float32) -> bytes:
    """Panels of 16 channels, each i32[16] bias, f32[16] scale, i8[kernel_h·kernel_w][16] weights.

    Args:
        weights: (C, 1, kernel_h, kernel_w).
        bias, scale: (C,).
    """
    channels = weights.shape[0]
    taps = weights.shape[2] * weights.shape[3]
    panels = round_up(channels, DEPTHWISE_PANEL) // DEPTHWISE_PANEL
    padded = np.zeros((panels * DEPTHWISE_PANEL, taps), np.int8)
    padded[:channels] = weights.reshape(channels, taps)
    body = padded.reshape(panels, DEPTHWISE_PANEL, taps).transpose(0, 2, 1)
    return _with_heads(body, bias, scale, panels, DEPTHWISE_PANEL)


def pack_slopes(slopes: Float32) -> bytes:
    """f32 per channel of a PReLU, rounded up to 16 channels and filled with 1; `slopes` is (C,)."""
    padded = np.ones(round_up(len(slopes), DEPTHWISE_PANEL), "<f4")
    padded[: len(slopes)] = slopes
    return padded.tobytes()


def _with_heads(body: Int8, bias: Int32, scale: Float32, panels: int, width: int) -> bytes:
    """Put bias and scale before each panel; channels beyond the last have bias 0 and scale 1."""
    biases = np.zeros(panels * width, "<i4")
    biases[: len(bias)] = bias
    scales = np.ones(panels * width, "<f4")
    scales[: len(scale)] = scale
    columns = [
        biases.view(np.int8).reshape(panels, -1),
        scales.view(np.int8).reshape(panels, -1),
        np.ascontiguousarray(body).reshape(panels, -1),
    ]
    return np.concatenate(columns, axis=1).tobytes()
