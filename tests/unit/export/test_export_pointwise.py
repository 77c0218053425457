"""Functions of one element, products and PReLU: plan, integer program and C runtime agree in every byte."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sdkgen.plan.graph import Quantisation
from sdkgen.plan.operators.pointwise import look_up_table
from sdkgen.plan.values import Int8Result
from tests.unit.export.export_cases import assert_exact, in_pte, lower_module
from tests.unit.export.modules import IMAGE, Branches, Network, Then

FUNCTIONS = {
    "abs": torch.abs,
    "celu": nn.CELU(0.7),
    "cos": torch.cos,
    "elu": nn.ELU(),
    "erf": torch.erf,
    "exp": torch.exp,
    "gelu": nn.GELU(),
    "gelu by tanh": nn.GELU(approximate="tanh"),
    "hardsigmoid": nn.Hardsigmoid(),
    "hardswish": nn.Hardswish(),
    "leaky_relu": nn.LeakyReLU(0.1),
    "log of a positive": lambda x: torch.log(x.abs() + 0.1),
    "log1p": lambda x: torch.log1p(x.square()),
    "log_sigmoid": nn.LogSigmoid(),
    "mish": nn.Mish(),
    "neg": lambda x: -x,
    "pow": lambda x: x**3,
    "reciprocal": lambda x: 1 / (x.square() + 1),
    "rsqrt": lambda x: torch.rsqrt(x.square() + 1e-3),
    "selu": nn.SELU(),
    "sigmoid": nn.Sigmoid(),
    "silu": nn.SiLU(),
    "sin": torch.sin,
    "softplus": nn.Softplus(),
    "sqrt": lambda x: torch.sqrt(x.abs()),
    "square": torch.square,
    "tanh": nn.Tanh(),
    "threshold": nn.Threshold(0.1, -0.5),
    "a number added": lambda x: x + 1,
    "a number subtracted": lambda x: x - 0.3,
    "subtracted from a number": lambda x: 1 - x,
    "times a number": lambda x: 0.1 * x,
    "by a number": lambda x: x / 3,
    "two functions and a clamp": lambda x: functional.relu6(x * 2 + 3) / 6,
}


def test_a_function_of_one_element_is_one_table() -> None:
    case = lower_module(Then(lambda x: tuple(function(x) for function in FUNCTIONS.values())), IMAGE)
    count = len(FUNCTIONS)
    assert case.kinds == {"quantize": 1, "conv": 1, "lut": count, "dequantize": count}
    assert_exact(case)


def test_a_number_that_is_a_parameter() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.factor = nn.Conv2d(3, 4, 1), nn.Parameter(torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.stem(x) * self.factor

    case = lower_module(Scaled(), IMAGE)
    assert case.kinds["lut"] == 1
    assert_exact(case)


def test_a_table_that_others_read_is_quantised_between() -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        half = x * 0.5
        return torch.sigmoid(half) * half

    case = lower_module(Then(forward), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "lut": 2, "mul": 1, "dequantize": 1}
    assert_exact(case)


def test_the_table_stands_on_its_dying_input() -> None:
    case = lower_module(Then(nn.Hardswish()), IMAGE)
    (lut,) = [operator for operator in case.plan.operators if operator.kind.name == "lut"]
    tensors = case.plan.tensors
    assert lut.flags == 4 and tensors[lut.input0].arena_offset == tensors[lut.output].arena_offset


def test_through_executorch_numbers_are_the_same() -> None:
    """ExecuTorch makes float32 constants of the numbers, and int64 ones of 2."""
    direct = lower_module(Then(lambda x: torch.tanh(2 * x + 0.1)), IMAGE)
    assert [o.weights for o in in_pte(direct.program, direct.samples).plan.operators] == [
        o.weights for o in direct.plan.operators
    ]


def test_table_by_hand() -> None:
    source = Quantisation(scale=0.5, zero_point=-128)
    result = Int8Result(quantisation=Quantisation(scale=1.0, zero_point=10), clamp=(-100, 120))
    table = look_up_table(lambda x: torch.from_numpy(x).log().numpy(), source, result)
    # ln 0 is -infinity; ln 0.5 = -0.69, ln 1 = 0, ln 1.5 = 0.41, ln 127.5 = 4.8
    assert table[[0, 1, 2, 3, 255]].tolist() == [-100, 9, 10, 10, 15]
    assert look_up_table(lambda x: np.full_like(x, np.nan), source, result).tolist() == [10] * 256
    # 0.5 and 1.5 are ties: both go to the even neighbour
    assert look_up_table(lambda x: x, source, result)[[1, 2, 3]].tolist() == [10, 11, 12]


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a * b,
        lambda a, b: torch.relu(a * b),
        lambda a, b: functional.hardtanh(a * b, -0.1, 0.2),
        lambda a, b: a * b.mean((2, 3), keepdim=True),
        lambda a, b: functional.adaptive_avg_pool2d(a, 1) * b,
        lambda a, b: a * functional.adaptive_avg_pool2d(b, 1).expand_as(a),
        lambda a, b: a.mean((2, 3)) * b.mean((2, 3)),
    ],
)
def test_product(function: object) -> None:
    case = lower_module(Branches(function), IMAGE)
    assert case.kinds["mul"] == 1 and case.kinds["rescale"] == 0
    assert_exact(case)


def test_product_of_a_tensor_with_itself() -> None:
    case = lower_module(Then(lambda x: x * x), IMAGE)
    (mul,) = [operator for operator in case.plan.operators if operator.kind.name == "mul"]
    assert mul.input0 == mul.input1 and mul.flags == 0
    assert_exact(case)


def test_squeeze_and_excitation() -> None:
    layers = {"squeeze": nn.Conv2d(12, 4, 1), "excite": nn.Conv2d(4, 12, 1)}

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.layers = nn.Conv2d(3, 12, 3), nn.ModuleDict(layers)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = functional.hardswish(self.stem(x))
            scale = functional.adaptive_avg_pool2d(x, 1)
            scale = self.layers["excite"](functional.relu(self.layers["squeeze"](scale)))
            return functional.hardsigmoid(scale) * x

    case = lower_module(Block(), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "lut": 2, "avg_pool": 1, "gemm": 2, "mul": 1, "dequantize": 1}
    (mul,) = [operator for operator in case.plan.operators if operator.kind.name == "mul"]
    assert case.plan.tensors[mul.input0].h == 11 and case.plan.tensors[mul.input1].h == 1 and mul.flags == 4
    assert_exact(case)


@pytest.mark.parametrize("alone", [True, False])
def test_subtraction_adds_the_negative(alone: bool) -> None:
    case = lower_module(Branches(lambda a, b: a - b if alone else torch.relu(a - b)), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "gemm": 1, "lut": 1, "add": 1, "dequantize": 1}
    assert_exact(case)


@pytest.mark.parametrize("module", [nn.PReLU(12), nn.PReLU(), nn.Sequential(nn.PReLU(12), nn.ReLU6())])
def test_prelu(module: nn.Module) -> None:
    case = lower_module(Then(module), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "prelu": 1, "dequantize": 1}
    assert_exact(case)


def test_prelu_of_features() -> None:
    module = Network(lambda m, x: m["b"](m["p"](m["a"](x))), a=nn.Linear(5, 20), p=nn.PReLU(20), b=nn.Linear(20, 3))
    case = lower_module(module, (1, 5))
    assert case.kinds == {"quantize": 1, "gemm": 2, "prelu": 1}
    assert_exact(case)
