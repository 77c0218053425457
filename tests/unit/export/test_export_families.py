"""MobileNetV3, ShuffleNetV2, U-Net, sub-pixel and ENet-like networks: one delegate call each, exact to the byte."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.unit.export.export_cases import Case, assert_exact, in_pte, interpreted, native, quantise, samples_for
from tests.unit.export.families import Enet, SubPixel, UNet

NETWORKS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "mobilenet_v3_small": (lambda: torchvision("mobilenet_v3_small"), 64),
    "shufflenet_v2_x0_5": (lambda: torchvision("shufflenet_v2_x0_5"), 64),
    "unet transposed": (lambda: UNet(transposed=True), 32),
    "unet bilinear": (lambda: UNet(transposed=False), 32),
    "sub-pixel": (SubPixel, 24),
    "enet": (Enet, 32),
}
KINDS = {
    "mobilenet_v3_small": {
        "quantize": 1, "conv": 1, "dwconv": 11, "gemm": 42, "lut": 28, "avg_pool": 10, "mul": 9, "add": 6,
    },
    "shufflenet_v2_x0_5": {
        "quantize": 1, "conv": 1, "max_pool": 1, "dwconv": 19, "gemm": 37, "slice": 26, "rescale": 32,
        "channel_shuffle": 16, "avg_pool": 1,
    },
    "unet transposed": {
        "quantize": 1, "conv": 5, "max_pool": 2, "conv_transpose": 2, "rescale": 4, "gemm": 1, "lut": 1,
        "dequantize": 1,
    },
    "unet bilinear": {
        "quantize": 1, "conv": 5, "max_pool": 2, "resize": 2, "rescale": 4, "gemm": 3, "lut": 1, "dequantize": 1,
    },
    "sub-pixel": {
        "quantize": 1, "conv": 3, "prelu": 1, "lut": 1, "conv_transpose": 1, "resize": 1, "add": 1, "dequantize": 1,
    },
    "enet": {
        "quantize": 1, "conv": 5, "max_pool": 2, "rescale": 2, "dwconv": 1, "prelu": 11, "gemm": 7, "add": 3,
        "conv_transpose": 2, "dequantize": 1,
    },
}  # fmt: skip


def torchvision(name: str) -> nn.Module:
    # torchvision's wheel registers kernels for operators that its C++ part would define; the networks need none.
    schemas = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            schemas.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _KEPT.append(schemas)
    import torchvision.models

    return torchvision.models.get_model(name)


_KEPT: list[torch.library.Library] = []  # a library takes its operators along when it is collected


@pytest.fixture(scope="module", params=sorted(NETWORKS))
def network(request: pytest.FixtureRequest) -> tuple[str, Case]:
    make, side = NETWORKS[request.param]
    torch.manual_seed(3)
    module = make()
    with torch.no_grad():
        module.train()(torch.randn(4, 3, 64, 64))  # gives BatchNorm statistics that fit the random weights
    samples = samples_for(((1, 3, side, side),), 1)
    return request.param, in_pte(quantise(module.eval(), samples), samples)


def test_it_is_one_plan_of_these_operators(network: tuple[str, Case]) -> None:
    name, case = network
    assert case.kinds == KINDS[name]


def test_every_byte_is_that_of_the_integer_program(network: tuple[str, Case]) -> None:
    _, case = network
    assert_exact(case)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_c_runtime_gives_these_bytes(network: tuple[str, Case], threads: int) -> None:
    _, case = network
    actual = native(case, case.samples[0], threads=threads)
    if actual is None:
        pytest.skip("build/host/libsdkgen.so is missing: build the demo first")
    expected = interpreted(case, case.samples[0])
    assert [a.tobytes() for a in actual] == [e.tobytes() for e in expected]
