"""Element-wise operators, reductions, normalisations and products of matrices."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from sdkgen.coreml.operators.parameters import along, integer, integers, number

Tensor = torch.Tensor
functional = torch.nn.functional


def _sigmoid_hard(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    return torch.clamp(number(alpha) * x + number(beta), 0.0, 1.0)


def _leaky_relu(x: Tensor, alpha: Any) -> Tensor:
    return torch.where(x >= 0, x, number(alpha) * x)


def _prelu(x: Tensor, alpha: Tensor) -> Tensor:
    return torch.where(x >= 0, x, along(alpha, 1, x.dim()) * x)


def _elu(x: Tensor, alpha: Any) -> Tensor:
    return torch.where(x >= 0, x, number(alpha) * torch.expm1(x))


def _gelu(x: Tensor, mode: str = "EXACT") -> Tensor:
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(1.702 * x)
    return functional.gelu(x, approximate="tanh" if mode == "TANH_APPROXIMATION" else "none")


def _thresholded_relu(x: Tensor, alpha: Any) -> Tensor:
    return torch.where(x >= number(alpha), x, torch.zeros_like(x))


def _reduction(reduce: Callable[[Tensor, tuple[int, ...], bool], Tensor]) -> Callable[..., Tensor]:
    def rule(x: Tensor, axes: Any = None, keep_dims: Any = False) -> Tensor:
        return reduce(x, tuple(range(x.dim())) if axes is None else integers(axes), bool(keep_dims))

    return rule


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return functional.linear(x, weight, bias)


def _matmul(x: Tensor, y: Tensor, transpose_x: Any = False, transpose_y: Any = False) -> Tensor:
    return torch.matmul(x.mT if transpose_x else x, y.mT if transpose_y else y)


def _batch_norm(
    x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: Any = 0
) -> Tensor:
    centred = x - along(mean, 1, x.dim())
    scaled = centred * torch.rsqrt(along(variance, 1, x.dim()) + number(epsilon))
    return _affine(scaled, gamma, beta, 1)


def _instance_norm(x: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: Any = 0) -> Tensor:
    return _affine(_standardised(x, tuple(range(2, x.dim())), number(epsilon)), gamma, beta, 1)


def _layer_norm(
    x: Tensor, axes: Any, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: Any = 1e-5
) -> Tensor:
    result = _standardised(x, integers(axes), number(epsilon))
    result = result if gamma is None else result * gamma
    return result if beta is None else result + beta


def _standardised(x: Tensor, axes: tuple[int, ...], epsilon: float) -> Tensor:
    centred = x - x.mean(axes, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(axes, keepdim=True) + epsilon)


def _affine(x: Tensor, gamma: Tensor | None, beta: Tensor | None, axis: int) -> Tensor:
    x = x if gamma is None else x * along(gamma, axis, x.dim())
    return x if beta is None else x + along(beta, axis, x.dim())


def _cast(x: Tensor, dtype: str) -> Tensor:
    # A cast from float to float only changes the declared type; in "float16" the evaluator rounds the result to it.
    if dtype in ("fp16", "fp32"):
        return x if x.is_floating_point() else x.to(torch.float32)
    if dtype == "bool":
        return x != 0
    return torch.trunc(x).to(torch.int32)


RULES: Mapping[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "cast": _cast,
    "relu": torch.relu,
    "relu6": lambda x: torch.clamp(x, 0.0, 6.0),
    "clip": lambda x, alpha, beta: torch.clamp(x, number(alpha), number(beta)),
    "clamped_relu": lambda x, alpha, beta: torch.clamp(_leaky_relu(x, alpha), max=number(beta)),
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "thresholded_relu": _thresholded_relu,
    "elu": _elu,
    "gelu": _gelu,
    "silu": lambda x: x * torch.sigmoid(x),
    "sigmoid": lambda x: torch.sigmoid(x),
    "sigmoid_hard": _sigmoid_hard,
    "linear_activation": lambda x, alpha, beta: number(alpha) * x + number(beta),
    "scaled_tanh": lambda x, alpha, beta: number(alpha) * torch.tanh(number(beta) * x),
    "softplus": lambda x: functional.softplus(x),
    "softsign": lambda x: x / (1 + x.abs()),
    "tanh": lambda x: torch.tanh(x),
    "erf": lambda x: torch.erf(x),
    "exp": lambda x: torch.exp(x),
    "log": lambda x, epsilon=0.0: torch.log(x + number(epsilon)),
    "sqrt": lambda x: torch.sqrt(x),
    "rsqrt": lambda x, epsilon=0.0: torch.rsqrt(x + number(epsilon)),
    "inverse": lambda x, epsilon=0.0: 1 / (x + number(epsilon)),
    "square": lambda x: x * x,
    "abs": lambda x: x.abs(),
    "sign": lambda x: torch.sign(x),
    "floor": lambda x: torch.floor(x),
    "ceil": lambda x: torch.ceil(x),
    "round": lambda x: torch.round(x),
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "real_div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "maximum": lambda x, y: torch.maximum(x, y),
    "minimum": lambda x, y: torch.minimum(x, y),
    "softmax": lambda x, axis: torch.softmax(x, integer(axis)),
    "reduce_mean": _reduction(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "reduce_sum": _reduction(lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    "reduce_max": _reduction(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "reduce_min": _reduction(lambda x, axes, keep: x.amin(axes, keepdim=keep)),
    "linear": _linear,
    "matmul": _matmul,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
}
