"""AdaRound: chooses per weight between rounding up and down, from the inputs of each layer in the int8 network."""

import sys
from dataclasses import dataclass

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.im2col import geometry_of, im2col, positions
from sdkgen.compress.int8.layerwise import LayerwiseExecution
from sdkgen.compress.int8.ranges import WEIGHT_MAX
from sdkgen.compress.program import Inputs, evenly
from sdkgen.fx.nodes import calls, constant, is_shared, set_constant

aten = torch.ops.aten
quantized = torch.ops.quantized_decomposed

POSITIONS = 4096
"""Output positions per layer over which the correlation of the inputs is estimated."""
SAMPLES = 64
MEMORY = 2 << 30
"""Approximate limit in bytes of the tensors of all samples between two layers."""
SWEEPS = 4
RIDGE = 0.1
"""Ridge as a fraction of the mean square of a layer's inputs: few samples do not determine all weights of a row."""


@dataclass(frozen=True, kw_only=True)
class LearnedRounding:
    """Statistics of the learned rounding.

    Attributes:
        layers: number of layers.
        moved: fraction of their weights that are not rounded to nearest any more.
        error: mean over layers of the squared error of their results as a fraction of rounding to nearest.
    """

    layers: int
    moved: float
    error: float


def learn_rounding(
    converted: GraphModule, float_graph: GraphModule, samples: tuple[Inputs, ...], *, centred: bool
) -> LearnedRounding:
    """Replace the int8 weights of `converted` in place; each stays one of the two integers around its float value.

    AdaRound (Nagel et al., arXiv:2004.10568) minimises the squared error of a layer's results, which for a row of
    weights w is (w_int8 - w)' E[x x'] (w_int8 - w), a quadratic binary problem (section 3.2). It is solved here by
    coordinate descent from the nearest integers, one input channel of all rows at a time, where the paper relaxes it
    and follows the gradient: the same objective, exactly evaluated, in a fraction of the time and without a step size.
    x is the layer's input when everything before the layer is in int8.

    Args:
        converted: the network after convert_pt2e.
        float_graph: the graph that was converted; its nodes have the same names.
        samples: up to 64 of them are used, as memory allows, spread evenly.
        centred: whether the mean of x is subtracted, because `correct_biases` compensates the mean error.
    """
    originals = {node.name: node for node in calls(float_graph, aten.conv2d.default, aten.linear.default)}
    samples = evenly(samples, _affordable(float_graph))
    generator = torch.Generator().manual_seed(0)
    execution = LayerwiseExecution(converted, samples)
    errors, moved, total = [], 0, 0
    for done, layer in enumerate(execution.layers(aten.conv2d.default, aten.linear.default), start=1):
        weight = layer.args[1]
        assert isinstance(weight, Node)
        if weight.target is not quantized.dequantize_per_channel.default:
            continue
        stored = weight.all_input_nodes[0]
        if is_shared(converted, stored):
            continue  # one rounding cannot be optimal for two layers
        integers, scale = (constant(converted, node) for node in weight.args[:2])
        values = constant(float_graph, originals[layer.name].args[1])
        assert integers is not None and scale is not None and values is not None
        geometry = geometry_of(layer, values)
        sources = execution.values(layer.args[0])
        count = -(-POSITIONS // len(samples))
        read = torch.cat([im2col(geometry, x, positions(geometry, x, count, generator)) for x in sources], dim=1)
        steps = values.detach() / scale.reshape(-1, *[1] * (values.dim() - 1))
        steps = steps.reshape(read.shape[0], -1, read.shape[2])
        nearest = integers.reshape(steps.shape).float()
        learned, error = round_to_inputs(steps, nearest, correlations(read, centred=centred))
        errors.append(error)
        moved += int((learned != nearest).sum())
        total += learned.numel()
        set_constant(converted, str(stored.target), learned.reshape(integers.shape).to(torch.int8))
        if done % 10 == 0 or done == len(originals):
            print(f"learning the rounding of layer {done}/{len(originals)}", file=sys.stderr, flush=True)
    converted.recompile()
    return LearnedRounding(layers=len(errors), moved=moved / max(total, 1), error=sum(errors) / max(len(errors), 1))


def correlations(read: torch.Tensor, *, centred: bool) -> torch.Tensor:
    """Return E[x x'] of inputs with a ridge, (groups, K, K), over rows (groups, n, K); covariances if `centred`."""
    if centred:
        read = read - read.mean(1, keepdim=True)
    squares = torch.bmm(read.transpose(1, 2), read) / read.shape[1]
    mean = squares.diagonal(dim1=1, dim2=2).mean(1)
    # Inputs that are constant have no covariance: any integer is as good as another.
    mean = torch.where(mean > 0, mean, torch.ones_like(mean))
    return squares + RIDGE * mean[:, None, None] * torch.eye(read.shape[2])


def round_to_inputs(steps: torch.Tensor, nearest: torch.Tensor, squares: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Choose the integers around `steps` that minimise the error for inputs with the correlations `squares`.

    Args:
        steps: (groups, rows, K) weights in units of their scale.
        nearest: the integers to start from, in -127..127.
        squares: (groups, K, K), positive definite.

    Returns:
        Integers like `nearest`, and their error as a fraction of that of `nearest`; each is the floor or the ceiling of
        its step, or unchanged where that is beyond 127.
    """
    wanted = steps.clamp(-WEIGHT_MAX, WEIGHT_MAX)
    below = wanted.floor().clamp(max=WEIGHT_MAX - 1)
    chosen = torch.minimum(torch.maximum(nearest, below), below + 1)
    slope = torch.bmm(chosen - steps, squares)
    before = _error(chosen, steps, squares)
    for _ in range(SWEEPS):
        flips = 0
        for k in range(steps.shape[2]):
            flip = torch.where(chosen[:, :, k] > below[:, :, k], -1.0, 1.0)
            gain = 2 * flip * slope[:, :, k] + squares[:, k, k, None]
            flip = torch.where(gain < 0, flip, 0.0)
            if changed := int(flip.count_nonzero()):
                flips += changed
                chosen[:, :, k] += flip
                slope += flip[:, :, None] * squares[:, k, None, :]
        if not flips:
            break
    return chosen, _error(chosen, steps, squares) / before if before else 1.0


def _error(integers: torch.Tensor, steps: torch.Tensor, squares: torch.Tensor) -> float:
    difference = integers - steps
    return float((torch.bmm(difference, squares) * difference).double().sum())


def _affordable(float_graph: GraphModule) -> int:
    values = [node.meta.get("val") for node in float_graph.graph.nodes if node.op != "get_attr"]
    largest = max(value.numel() * 4 for value in values if isinstance(value, torch.Tensor))
    # A residual, the term added to it and the sum may be alive at the same time.
    return max(1, min(SAMPLES, MEMORY // (3 * largest)))
