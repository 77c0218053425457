"""The quantised graph with exact sums: equal to hand-computed integers, near PyTorch's own float32 execution."""

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sdkgen.prove.integer_reference import IntegerProgram  # noqa: E402
from sdkgen.prove.layers import layer_snr, pair_layers  # noqa: E402
from sdkgen.prove.operator_steps import compare_operators  # noqa: E402
from sdkgen.prove.pytorch import GraphModule  # noqa: E402
from sdkgen.samples import Sample  # noqa: E402

ops = torch.ops.quantized_decomposed
Tensor = torch.Tensor
functional = torch.nn.functional
STEP, ZERO = 0.02, 3


def fake(x: Tensor, scale: float = STEP, zero_point: int = ZERO) -> Tensor:
    q = ops.quantize_per_tensor(x, scale, zero_point, -128, 127, torch.int8)
    return ops.dequantize_per_tensor(q, scale, zero_point, -128, 127, torch.int8)


class Layer(torch.nn.Module):
    """Quantise, do, quantise: the shape that PT2E gives to every operator."""

    def __init__(self, do: Callable[..., Tensor], last: bool = False) -> None:
        super().__init__()
        self.do, self.last = do, last
        generator = torch.Generator().manual_seed(1)
        weight = torch.randint(-127, 128, (6, 4, 3, 3), generator=generator, dtype=torch.int8)
        self.register_buffer("weight", weight)
        self.register_buffer("scales", torch.rand(6, generator=generator) * 0.001 + 0.0005)
        self.register_buffer("zeros", torch.zeros(6, dtype=torch.int64))
        steps = torch.randint(-999, 999, (6,), generator=generator)
        self.register_buffer("bias", (steps * self.scales.double() * STEP).float())

    def forward(self, x: Tensor) -> Tensor:
        weight = ops.dequantize_per_channel(self.weight, self.scales, self.zeros, 0, -127, 127, torch.int8)
        y = self.do(fake(x), weight, self.bias)
        return y if self.last else fake(y, 0.05, -7)


_generator = torch.Generator().manual_seed(4)
# Weights (4, 6, 3, 3) of a transposed convolution, quantised along their output channels.
TRANSPOSED = torch.randint(-127, 128, (4, 6, 3, 3), generator=_generator, dtype=torch.int8)
TRANSPOSED_SCALES = torch.rand(6, generator=_generator) * 0.001 + 0.0005


def transposed() -> Tensor:
    zeros = torch.zeros(6, dtype=torch.int64)
    return ops.dequantize_per_channel(TRANSPOSED, TRANSPOSED_SCALES, zeros, 1, -127, 127, torch.int8)


OPERATORS: dict[str, Callable[..., Tensor]] = {
    "conv": lambda x, w, b: functional.conv2d(x, w, b, 2, 1),
    "conv_relu6": lambda x, w, b: functional.hardtanh(functional.conv2d(x, w, b), 0.0, 6.0),
    "conv_relu": lambda x, w, b: functional.relu(functional.conv2d(x, w, b)),
    "depthwise": lambda x, w, b: functional.conv2d(x, w[:4, :1], b[:4], 1, 1, 1, 4),
    "linear": lambda x, w, b: functional.linear(x.flatten(1)[:, :36], w.flatten(1), b),
    "add": lambda x, w, b: x + fake(x * 0.5, 0.011, 9),
    "mean": lambda x, w, b: x.mean([2, 3]),
    "adaptive": lambda x, w, b: functional.adaptive_avg_pool2d(x, (3, 2)),
    "average": lambda x, w, b: functional.avg_pool2d(x, 3, 2, 1, False, False),
    "average_padding": lambda x, w, b: functional.avg_pool2d(x, 3, 2, 1, True, True),
    "max": lambda x, w, b: functional.max_pool2d(x, 3, 2, 1),
    "cat": lambda x, w, b: torch.cat([x, fake(x * 0.5, 0.011, 9)], 1),
    "product": lambda x, w, b: torch.relu(x * fake(x - 0.1, 0.011, 9)),
    "product_per_channel": lambda x, w, b: fake(x.mean([2, 3], keepdim=True), 0.001, 5) * x,
    "function": lambda x, w, b: torch.sigmoid(x),
    "functions": lambda x, w, b: functional.relu6(2 * x + 3) / 6,
    "not_a_number": lambda x, w, b: torch.sqrt(x.abs()),
    "prelu": lambda x, w, b: functional.prelu(x, b[:4] * 100),
    "pad": lambda x, w, b: functional.pad(x, (1, -2, 3, 0), value=0.7),
    "slice": lambda x, w, b: x[:, 1:3, ::2, 3:],
    "shuffle": lambda x, w, b: functional.channel_shuffle(x, 2),
    "shuffle_by_views": lambda x, w, b: x.view(1, 2, 2, 9, 8).transpose(1, 2).reshape(1, 4, 9, 8),
    "pixel_shuffle": lambda x, w, b: functional.pixel_shuffle(x, 2),
    "nearest": lambda x, w, b: functional.interpolate(x, scale_factor=2),
    "bilinear": lambda x, w, b: functional.interpolate(x, scale_factor=2, mode="bilinear"),
    "transposed": lambda x, w, b: functional.conv_transpose2d(x, transposed(), b, 2, 1, 1),
    "unknown": lambda x, w, b: torch.round(x),
}


def sample() -> Sample:
    values = np.random.default_rng(0).normal(size=(1, 4, 9, 8)).astype(np.float32)
    return Sample(name="a", picture=None, inputs=(values,))


def graph(do: Callable[..., Tensor], last: bool = False) -> GraphModule:
    module = torch.export.export(Layer(do, last).eval(), (torch.from_numpy(sample().inputs[0]),)).module(
        check_guards=False
    )
    assert isinstance(module, GraphModule)
    return module


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_within_one_step_of_pytorch(name: str) -> None:
    module = graph(OPERATORS[name])
    program = IntegerProgram(module)
    steps = compare_operators(module, program, [sample()])
    assert steps.operators >= 2
    assert steps.largest <= 1
    # Quarters of 0.02 in steps of 0.05 are ties so often that float32 decides many of them.
    ties = 0.01 if name == "bilinear" else 0.002
    assert steps.differing <= ties * steps.values + 1


def test_convolution_is_integer_arithmetic() -> None:
    module = graph(OPERATORS["conv"])
    (actual,) = IntegerProgram(module).evaluate(sample())
    layer = Layer(OPERATORS["conv"])
    x = np.rint(sample().inputs[0] * (np.float32(1) / np.float32(STEP))) + ZERO
    q = np.clip(x, -128, 127).astype(np.int64) - ZERO
    w = layer.weight.numpy().astype(np.int64)
    padded = np.pad(q, ((0, 0), (0, 0), (1, 1), (1, 1)))
    scale = np.float64(STEP) * layer.scales.numpy().astype(np.float64)
    bias = np.rint(layer.bias.numpy().astype(np.float64) / scale).astype(np.int64)
    expected = np.empty(actual.shape, np.float32)
    for channel, row, column in np.ndindex(actual.shape[1:]):
        window = padded[0, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        total = np.float32((window * w[channel]).sum() + bias[channel]) * np.float32(scale[channel] / 0.05)
        step = np.clip(np.rint(total) - 7, -128, 127) + 7
        expected[0, channel, row, column] = np.float32(step) * np.float32(0.05)
    assert np.array_equal(actual, expected)


def integers_of(x: np.ndarray) -> np.ndarray:
    """The input's int8 values less the zero point."""
    q = np.clip(np.rint(x * (np.float32(1) / np.float32(STEP))) + ZERO, -128, 127)
    return q.astype(np.int64) - ZERO


def test_bilinear_weights_are_whole_128ths() -> None:
    """9 to 7 rows by hand: centre of row 2 is 5/2 * 9/7 - 1/2 = 2.714…, weights 37 and 91 of 128."""
    module = graph(lambda x, w, b: functional.interpolate(x, size=(7, 8), mode="bilinear"))
    (actual,) = IntegerProgram(module).evaluate(sample())
    q = integers_of(sample().inputs[0])
    total = (q[0, 1, 2] * 37 + q[0, 1, 3] * 91) * 128
    steps = np.rint(total.astype(np.float32) * np.float32(np.float64(STEP) / 2**14 / 0.05))
    assert np.array_equal(actual[0, 1, 2], (np.clip(steps - 7, -128, 127) + 7).astype(np.float32) * np.float32(0.05))


def test_a_function_has_one_rounding_and_no_result_where_it_does_not_exist() -> None:
    module = graph(lambda x, w, b: torch.log(x))
    (actual,) = IntegerProgram(module).evaluate(sample())
    real = integers_of(sample().inputs[0]).astype(np.float64) * STEP
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.rint(np.log(real) / 0.05)
    expected = np.clip(np.nan_to_num(steps, nan=0.0, neginf=-1e9), -121, 134)
    assert np.array_equal(actual, expected.astype(np.float32) * np.float32(0.05))


def test_float_output_is_one_multiplication_of_the_sum() -> None:
    (actual,) = IntegerProgram(graph(OPERATORS["linear"], last=True)).evaluate(sample())
    module = graph(OPERATORS["linear"], last=True)
    with torch.no_grad():
        near = module(torch.from_numpy(sample().inputs[0])).numpy()
    assert np.abs(actual - near).max() < 1e-4


def test_a_wrong_operator_is_seen() -> None:
    module = graph(OPERATORS["conv"])
    program = IntegerProgram(module)
    program.evaluate(sample())
    wrong = graph(lambda x, w, b: functional.conv2d(x, w, b + 1.0, 2, 1))
    assert compare_operators(wrong, _Renamed(wrong, program), [sample()]).largest > 1


class _Renamed(IntegerProgram):
    """Gives the exact values of another program of the same shape."""

    def __init__(self, module: GraphModule, other: IntegerProgram) -> None:
        super().__init__(module)
        self._values = list(other.quantised.values())
        self._module = module

    def evaluate(self, sample: Sample) -> tuple[np.ndarray, ...]:
        nodes = [n for n in self._module.graph.nodes if "quantize_per_tensor" in str(n.target)]
        quantise = [n for n in nodes if "dequantize" not in str(n.target)]
        self.quantised = dict(zip(quantise, self._values, strict=True))
        return ()


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = torch.nn.Conv2d(4, 5, 3)
        self.second = torch.nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.first(x))
        return self.second(x.mean([2, 3]))


class FakeQuantisedNet(Net):
    def forward(self, x: Tensor) -> Tensor:
        x = fake(functional.relu(self.first(fake(x))), 0.01, -128)
        return self.second(fake(x.mean([2, 3]), 0.005, -128))


def test_layers_are_paired_and_named_by_the_module_with_the_weights() -> None:
    inputs = (torch.from_numpy(sample().inputs[0]),)
    reference = torch.export.export(Net().eval(), inputs).module(check_guards=False)
    quantised = torch.export.export(FakeQuantisedNet().eval(), inputs).module(check_guards=False)
    pairs = pair_layers(reference, quantised)
    assert [pair.layer for pair in pairs] == ["first", "mean", "second"]
    rows = layer_snr(reference, quantised, [sample()])
    assert [row["layer"] for row in rows] == ["first", "mean", "second"]
    assert all(row["snr_db"] > 20 for row in rows)
    same = layer_snr(reference, reference, [sample()])
    assert [row["snr_db"] for row in same] == [None]  # only the result is compared: nothing is quantised
