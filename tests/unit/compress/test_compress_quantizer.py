"""Where our quantizer puts quantise/dequantise pairs, and what they share."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.fx import Node
from torchao.quantization.pt2e import quantize_pt2e  # noqa: F401  # registers quantized_decomposed

from sdkgen.compress.run import CompressedModel, compress
from tests.unit.compress.compress_networks import FOLD, PTQ, Bottlenecks, Fire, Residual, samples, seeded, spec

aten = torch.ops.aten
quantize = torch.ops.quantized_decomposed.quantize_per_tensor.default
dequantize = torch.ops.quantized_decomposed.dequantize_per_tensor.default
dequantize_weight = torch.ops.quantized_decomposed.dequantize_per_channel.default


def quantised(module: nn.Module, shape: tuple[int, ...] = (3, 16, 16)) -> CompressedModel:
    data = samples(3, *shape)
    return compress(spec(FOLD, PTQ), seeded(module), data[0], data)


def nodes(model: CompressedModel, target: object) -> list[Node]:
    return [n for n in model.quantised_program.graph.nodes if n.target is target]


def parameters(node: Node) -> tuple[object, ...]:
    """Scale and zero point of a quantise or dequantise node."""
    return tuple(node.args[1:3])


def reads_int8(node: Node, index: int = 0) -> bool:
    return node.args[index].target is dequantize


def test_bottlenecks_have_one_pair_per_tensor() -> None:
    model = quantised(Bottlenecks())
    # input, stem, expand, depthwise, project, add, average, reshape; not the logits
    assert len(nodes(model, quantize)) == 8
    assert len(nodes(model, dequantize_weight)) == 5
    assert [row.kind for row in model.quantisation] == [
        "input",
        "conv2d+hardtanh",
        "conv2d+hardtanh",
        "conv2d+hardtanh",
        "conv2d",
        "add",
        "adaptive_avg_pool2d",
        "view",
    ]
    assert [row.name for row in model.quantisation][:5] == ["x", "stem.0", "block.0.0", "block.1.0", "block.2.0"]


def test_nothing_stands_between_convolution_and_clamp() -> None:
    model = quantised(Bottlenecks())
    clamps = nodes(model, aten.hardtanh.default)
    assert len(clamps) == 3
    for clamp in clamps:
        assert clamp.args[0].target is aten.conv2d.default
        assert [user.target for user in clamp.users] == [quantize]


def test_addition_and_relu_are_one_and_softmax_is_float() -> None:
    model = quantised(Residual())
    (add,) = nodes(model, aten.add.Tensor)
    assert reads_int8(add, 0) and reads_int8(add, 1)
    assert [user.target for user in add.users] == [aten.relu.default]
    (linear,) = nodes(model, aten.linear.default)
    assert [user.target for user in linear.users] == [aten.softmax.int]
    (softmax,) = nodes(model, aten.softmax.int)
    assert [user.op for user in softmax.users] == ["output"]


def test_max_pooling_keeps_the_parameters_of_its_input() -> None:
    model = quantised(Residual())
    (pool,) = nodes(model, aten.max_pool2d.default)
    (after,) = pool.users
    assert after.target is quantize
    assert parameters(pool.args[0]) == parameters(after)


def test_concatenation_shares_one_scale() -> None:
    model = quantised(Fire())
    (concat,) = nodes(model, aten.cat.default)
    (after,) = concat.users
    assert {parameters(source) for source in concat.args[0]} == {parameters(after)}


def test_the_average_that_is_the_output_emits_float() -> None:
    model = quantised(Fire())
    (average,) = nodes(model, aten.adaptive_avg_pool2d.default)
    assert reads_int8(average)
    assert quantize not in [user.target for user in average.users]
    (classifier,) = [n for n in nodes(model, aten.conv2d.default) if n.meta["val"].shape[1] == 6]
    assert [user.target for user in classifier.users] == [aten.relu.default]


def test_same_padding_becomes_numbers() -> None:
    model = quantised(Fire())
    assert not nodes(model, aten.conv2d.padding)
    assert sum(list(n.args[4]) == [1, 1] for n in nodes(model, aten.conv2d.default) if len(n.args) > 4) == 1


def test_outputs_that_the_kernels_cannot_emit_as_float_are_int8() -> None:
    class Dense(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.map, self.depthwise = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 3, 16, groups=3)

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return self.map(x), self.depthwise(x)  # many pixels and channels; depthwise

    model = quantised(Dense())
    (outputs,) = [n for n in model.quantised_program.graph.nodes if n.op == "output"]
    assert [output.target for output in outputs.args[0]] == [dequantize, dequantize]


def test_weights_are_symmetric_per_channel_and_never_minus_128() -> None:
    model = quantised(Residual())
    program = model.quantised_program
    for node in nodes(model, dequantize_weight):
        integers, scale, zero_point, axis, low, high, dtype = node.args
        assert (axis, low, high, dtype) == (0, -127, 127, torch.int8)
        signature = program.graph_signature
        stored = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        tensors = {**program.state_dict, **program.constants}
        weight, scales, zeros = (tensors[stored[n.name]] for n in (integers, scale, zero_point))
        assert weight.dtype is torch.int8 and int(weight.min()) >= -127
        assert scales.shape == (weight.shape[0],) and not zeros.any()
    for node in nodes(model, quantize):
        assert node.args[3:] == (-128, 127, torch.int8)


@pytest.mark.parametrize("broadcast", [True, False])
def test_what_the_runtime_cannot_express_stays_float(broadcast: bool) -> None:
    class Unsupported(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.conv(x)
            return x + x.mean((2, 3), keepdim=True) if broadcast else torch.round(x).permute(0, 2, 3, 1)

    model = quantised(Unsupported())
    targets = Counter(n.target for n in model.quantised_program.graph.nodes if n.op == "call_function")
    assert targets[aten.add.Tensor if broadcast else aten.round.default] == 1
    (output,) = [n for n in model.quantised_program.graph.nodes if n.op == "output"]
    assert output.args[0][0].target is not dequantize


class Stem(nn.Module):
    """A convolution with 4 channels, then a function of its result."""

    def __init__(self, function: object, **layers: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.layers = nn.ModuleDict(layers)
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.layers, self.conv(x))  # type: ignore[operator]


def test_functions_that_follow_each_other_are_one() -> None:
    model = quantised(Stem(lambda m, x: torch.sigmoid(nn.functional.relu6(x * 2 + 3) / 6)))
    assert [row.kind for row in model.quantisation] == ["input", "conv2d", "mul+add+relu6+div+sigmoid"]
    assert len(nodes(model, quantize)) == 3


def test_a_function_that_two_read_ends_the_chain() -> None:
    model = quantised(Stem(lambda m, x: (lambda half: torch.tanh(half) * half)(x * 0.5)))
    assert [row.kind for row in model.quantisation] == ["input", "conv2d", "mul", "tanh", "mul"]


@pytest.mark.parametrize(
    "function",
    [
        lambda m, x: x[:, 1:3],
        lambda m, x: torch.cat(x.chunk(2, 1)[::-1], 1),
        lambda m, x: nn.functional.pad(x, (1, 0, 2, 3)),
        lambda m, x: nn.functional.channel_shuffle(x, 2),
        lambda m, x: x.view(1, 2, 2, 16, 16).transpose(1, 2).contiguous().view(1, 4, 16, 16),
        lambda m, x: nn.functional.interpolate(x, scale_factor=2),
        lambda m, x: nn.functional.pixel_shuffle(x, 2),
    ],
)
def test_what_moves_values_keeps_their_parameters(function: object) -> None:
    model = quantised(Stem(function))
    pairs = [parameters(node) for node in nodes(model, quantize)]
    assert len(set(pairs)) == 2 and len(pairs) >= 3  # of the input, and of all that follows


def test_bilinear_resizing_has_parameters_of_its_own() -> None:
    model = quantised(Stem(lambda m, x: nn.functional.interpolate(x, scale_factor=2, mode="bilinear")))
    assert len({parameters(node) for node in nodes(model, quantize)}) == 3


def test_a_transposed_convolution_has_its_scales_along_axis_1_and_takes_a_clamp() -> None:
    up = nn.ConvTranspose2d(4, 7, 3, 2)
    model = quantised(Stem(lambda m, x: torch.relu(m["up"](x)), up=up))
    assert [node.args[3] for node in nodes(model, dequantize_weight)] == [0, 1]
    assert [row.kind for row in model.quantisation] == ["input", "conv2d", "conv_transpose2d+relu"]
    (layer,) = nodes(model, aten.conv_transpose2d.input)
    assert reads_int8(layer)
    assert model.reports[-1].after["macs"] == 16 * 16 * 3 * 4 + 16 * 16 * 4 * 7 * 9


@pytest.mark.parametrize(
    "function",
    [lambda m, x: x - torch.tanh(x), lambda m, x: x * nn.functional.adaptive_avg_pool2d(x, 1).expand_as(x)],
)
def test_one_spelling_of_difference_and_factor(function: object) -> None:
    model = quantised(Stem(function))
    assert not nodes(model, aten.sub.Tensor) and not nodes(model, aten.expand.default)
    (joined,) = nodes(model, aten.add.Tensor) or nodes(model, aten.mul.Tensor)
    assert reads_int8(joined, 0) and reads_int8(joined, 1)
