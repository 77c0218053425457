"""Convolutions, pools, addition, concatenation, views: PyTorch, the plan read by numpy and the C runtime agree."""

import pytest
import torch
from torch import nn

from tests.unit.export.export_cases import assert_same, lower_module
from tests.unit.export.modules import IMAGE, Branches, Network, Then


class Residual(nn.Module):
    """x + f(x) where x is read again afterwards only by the addition."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.branch = nn.Conv2d(8, 8, 3, padding=1)
        self.tail = nn.Conv2d(8, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        stem = self.stem(x)
        return self.tail(torch.relu(stem + self.branch(stem)))


CONVOLUTIONS = {
    "pointwise": nn.Conv2d(12, 9, 1),
    "pointwise stride 2": nn.Conv2d(12, 9, 1, stride=2),
    "pointwise without bias": nn.Conv2d(12, 9, 1, bias=False),
    "3x3": nn.Conv2d(12, 9, 3, padding=1),
    "unequal kernel, stride, padding, dilation": nn.Conv2d(12, 9, (3, 2), (2, 1), (2, 1), (1, 3)),
    "same padding": nn.Conv2d(12, 9, (5, 3), padding="same", dilation=(1, 2)),
    "groups": nn.Conv2d(12, 18, 3, groups=3),
    "pointwise groups": nn.Conv2d(12, 18, 1, groups=2),
    "depthwise": nn.Conv2d(12, 12, 3, padding=1, groups=12),
    "depthwise 5x5 stride 2": nn.Conv2d(12, 12, 5, 2, 2, groups=12),
    "depthwise dilated": nn.Conv2d(12, 12, 3, dilation=2, groups=12),
    "depth multiplier 2": nn.Conv2d(12, 24, 3, groups=12),
}
CONVOLUTION_KINDS = {"pointwise": "gemm", "pointwise without bias": "gemm"}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution(name: str) -> None:
    case = lower_module(Then(nn.Sequential(CONVOLUTIONS[name], nn.ReLU())), IMAGE)
    kind = CONVOLUTION_KINDS.get(name, "dwconv" if name.startswith("depthwise") else "conv")
    expected = {"quantize": 1, "conv": 1, "dequantize": 1}
    expected[kind] = expected.get(kind, 0) + 1
    assert case.kinds == expected
    assert_same(case)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(12, 9, 4, padding="same"),
        nn.Conv2d(12, 9, 2, padding="same", bias=False),
        nn.Conv2d(12, 9, (2, 3), padding="same", dilation=(3, 1)),
        nn.Conv2d(12, 9, (3, 6), padding="same", dilation=(2, 3)),
        nn.Conv2d(12, 18, 4, padding="same", groups=3),
        nn.Conv2d(12, 12, 4, padding="same", groups=12),
    ],
)
def test_same_padding_of_an_even_kernel_pads_one_more_at_the_bottom_and_right(layer: nn.Conv2d) -> None:
    case = lower_module(Then(nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels), nn.ReLU())), IMAGE)
    kind = "dwconv" if layer.groups == 12 else "conv"
    expected = {"quantize": 1, "conv": 1, "pad": 1, "dequantize": 1}
    expected[kind] = expected.get(kind, 0) + 1
    assert case.kinds == expected
    assert_same(case)


def test_same_padding_of_an_even_kernel_on_the_input() -> None:
    layers = nn.Sequential(
        nn.Conv2d(3, 8, 4, padding="same"), nn.ReLU(), nn.Conv2d(8, 4, (2, 3), padding="same", dilation=(3, 1))
    )
    case = lower_module(layers, (1, 3, 9, 11))
    assert case.kinds["pad"] == 2
    assert_same(case)


def test_depth_multiplier_is_a_grouped_convolution() -> None:
    case = lower_module(Then(CONVOLUTIONS["depth multiplier 2"]), IMAGE)
    assert [operator.groups for operator in case.plan.operators] == [0, 1, 12, 0]


ACTIVATIONS = {
    "relu": nn.ReLU(),
    "relu in place": nn.ReLU(inplace=True),
    "relu6": nn.ReLU6(),
    "hardtanh": nn.Hardtanh(-0.4, 0.9),
    "clamp": lambda x: torch.clamp(x, min=-0.25),
    "clamp_max": lambda x: x.clamp(max=0.5),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_becomes_the_clamp(name: str) -> None:
    case = lower_module(Then(ACTIVATIONS[name]), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "dequantize": 1}
    assert_same(case)


def test_activation_alone_is_a_rescale() -> None:
    """The input is quantised by itself, so nothing before the ReLU could take its clamp."""
    case = lower_module(Network(lambda m, x: m["tail"](torch.relu(x)), tail=nn.Conv2d(3, 4, 1)), IMAGE)
    assert case.kinds == {"quantize": 1, "rescale": 1, "gemm": 1, "dequantize": 1}
    assert_same(case)


POOLS = {
    "max": (nn.MaxPool2d(2), "max_pool"),
    "max overlapping, padded": (nn.MaxPool2d(3, 2, 1), "max_pool"),
    "max ceil": (nn.MaxPool2d(3, 2, ceil_mode=True), "max_pool"),
    "max ceil padded": (nn.MaxPool2d(2, 3, 1, ceil_mode=True), "max_pool"),
    "max dilated": (nn.MaxPool2d((2, 3), 1, dilation=(3, 2)), "max_pool"),
    "average": (nn.AvgPool2d(2), "avg_pool"),
    "average padded": (nn.AvgPool2d(3, 2, 1), "avg_pool"),
    "average padded, not counted": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), "avg_pool"),
    "average ceil": (nn.AvgPool2d(3, 2, ceil_mode=True), "avg_pool"),
    "average ceil padded": (nn.AvgPool2d((2, 4), (3, 3), (1, 2), ceil_mode=True), "avg_pool"),
    "adaptive": (nn.AdaptiveAvgPool2d((4, 7)), "avg_pool"),
    "adaptive, one side": (nn.AdaptiveAvgPool2d((None, 1)), "avg_pool"),
    "adaptive, larger than the input": (nn.AdaptiveAvgPool2d((20, 3)), "avg_pool"),
    "mean": (lambda x: x.mean((2, 3), keepdim=True), "avg_pool"),
}


@pytest.mark.parametrize("name", POOLS)
def test_pooling(name: str) -> None:
    function, kind = POOLS[name]
    case = lower_module(Then(lambda x: torch.relu(function(x)), channels=6), IMAGE)  # type: ignore[operator]
    assert case.kinds[kind] == 1
    assert_same(case)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.mean((2, 3)),
        lambda x: x.mean([-1, -2], keepdim=True),
        lambda x: nn.functional.adaptive_avg_pool2d(x, 1).flatten(1),
        lambda x: torch.softmax(x.mean((2, 3)), dim=1),
        lambda x: torch.softmax(nn.functional.adaptive_avg_pool2d(x, 1), dim=1),
    ],
)
def test_a_global_pool_before_an_output_emits_float32(function: object) -> None:
    case = lower_module(Then(function), IMAGE)
    assert case.kinds["avg_pool"] == 1 and case.kinds["dequantize"] == 0
    assert_same(case, minimum_db=100)


def test_addition_stands_on_its_dying_input() -> None:
    case = lower_module(Residual(), IMAGE)
    assert case.kinds == {"quantize": 1, "gemm": 2, "conv": 1, "add": 1, "dequantize": 1}
    (add,) = [operator for operator in case.plan.operators if operator.kind.name == "add"]
    tensors = case.plan.tensors
    assert add.flags == 4 and tensors[add.input0].arena_offset == tensors[add.output].arena_offset
    assert_same(case)


def test_addition_of_a_tensor_to_itself() -> None:
    case = lower_module(Then(lambda x: torch.relu(x + x)), IMAGE)
    (add,) = [operator for operator in case.plan.operators if operator.kind.name == "add"]
    assert add.input0 == add.input1 and add.flags == 0
    assert_same(case)


def test_concatenation_is_one_rescale_per_part() -> None:
    case = lower_module(Branches(lambda a, b: torch.cat([a, b, a], 1), channels=(5, 3)), IMAGE)
    offsets = [o.channel_offset for o in case.plan.operators if o.kind.name == "rescale"]
    assert offsets == [0, 5, 8]
    assert_same(case)


def test_concatenation_of_vectors() -> None:
    module = Network(
        lambda m, a, b: m["c"](torch.cat([m["a"](a), m["b"](b)], -1)),
        a=nn.Linear(5, 7), b=nn.Linear(6, 3), c=nn.Linear(10, 4),
    )  # fmt: skip
    case = lower_module(module, (1, 5), (1, 6))
    assert case.kinds == {"quantize": 2, "gemm": 3, "rescale": 2}
    assert_same(case)


def test_linear_over_a_feature_map_needs_no_transposition() -> None:
    module = Network(lambda m, x: m["b"](torch.flatten(m["a"](x), 1)), a=nn.Conv2d(3, 5, 3), b=nn.Linear(5 * 11 * 8, 7))
    case = lower_module(module, IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 2}
    assert [o.kernel for o in case.plan.operators] == [(0, 0), (3, 3), (11, 8)]
    assert_same(case)


def test_linear_on_a_flattened_input() -> None:
    module = Network(lambda m, x: m["a"](x.reshape(1, -1)), a=nn.Linear(3 * 13 * 10, 7))
    case = lower_module(module, IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1}
    assert_same(case)


def test_flattened_output_is_in_channel_order() -> None:
    case = lower_module(Then(lambda x: torch.flatten(torch.relu(x), 1)), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "to_nchw": 1, "dequantize": 1}
    assert_same(case)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.squeeze(-1).squeeze(-1),
        lambda x: x.view(1, -1),
        lambda x: x.flatten(1).unsqueeze(-1).unsqueeze(-1).flatten(1),
        lambda x: x.reshape(1, 12),
    ],
)
def test_views_of_a_pooled_tensor_cost_nothing(function: object) -> None:
    head = nn.Linear(12, 5)
    module = Network(
        lambda m, x: m["head"](function(nn.functional.adaptive_avg_pool2d(m["stem"](x), 1))),  # type: ignore[operator]
        stem=nn.Conv2d(3, 12, 1),
        head=head,
    )
    case = lower_module(module, IMAGE)
    assert case.kinds == {"quantize": 1, "gemm": 2, "avg_pool": 1}
    assert_same(case)


def test_dropout_contiguous_and_clone_disappear() -> None:
    module = Then(lambda x: nn.functional.dropout(x.contiguous(), training=False).clone())
    assert lower_module(module, IMAGE).kinds == {"quantize": 1, "conv": 1, "dequantize": 1}


def test_softmax_reads_the_linear_layer_in_float32() -> None:
    layers = {"a": nn.Linear(9, 20), "b": nn.Linear(20, 6)}
    module = Network(lambda m, x: torch.softmax(m["b"](torch.relu(m["a"](x))), -1), **layers)
    case = lower_module(module, (1, 9))
    assert case.kinds == {"quantize": 1, "gemm": 2, "softmax": 1}
    assert_same(case, minimum_db=100)


def test_a_map_of_one_channel_leaves_as_float32() -> None:
    layers = {"a": nn.Conv2d(3, 8, 3), "b": nn.Conv2d(8, 1, 1)}
    case = lower_module(Network(lambda m, x: m["b"](torch.relu(m["a"](x))), **layers), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "gemm": 1}
    assert_same(case)


def test_inputs_and_outputs_keep_the_order_of_forward() -> None:
    """The second input is read first, the first output computed last."""

    def forward(m: nn.ModuleDict, a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        right = torch.relu(m["b"](b))
        left = torch.relu(m["a"](a))
        return m["d"](left + right), m["c"](right), right

    layers = {"a": nn.Linear(5, 8), "b": nn.Linear(6, 8), "c": nn.Linear(8, 3), "d": nn.Linear(8, 4)}
    case = lower_module(Network(forward, **layers), (1, 5), (1, 6))
    assert [case.plan.tensors[index].c for index in case.plan.inputs] == [5, 6]
    assert [case.plan.tensors[index].c for index in case.plan.outputs] == [4, 3, 8]
    assert_same(case)
