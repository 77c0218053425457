"""torchvision's MobileNetV2, ResNet-18 and SqueezeNet 1.1 become one delegate call each, operator by operator exact."""

import numpy as np
import pytest
import torch

from tests.unit.export.export_cases import (
    Case,
    in_pte,
    interpreted,
    native,
    one_step_differences,
    quantise,
    reference,
    samples_for,
)

# torchvision's wheel registers kernels for operators that its C++ part would define; the networks need none of them.
_SCHEMAS = torch.library.Library("torchvision", "FRAGMENT")
for _name in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _name):
        _SCHEMAS.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import torchvision.models  # noqa: E402  # after the schemas

from sdkgen.prove.integer_reference import IntegerProgram  # noqa: E402
from sdkgen.samples import Sample  # noqa: E402

# Side of the image; the arena's quality and the file's size are judged at MobileNetV2's own 224.
NETWORKS = {"mobilenet_v2": 224, "resnet18": 64, "squeezenet1_1": 96}


@pytest.fixture(scope="module", params=sorted(NETWORKS))
def network(request: pytest.FixtureRequest) -> tuple[str, Case]:
    torch.manual_seed(3)
    side = NETWORKS[request.param]
    module = torchvision.models.get_model(request.param)
    with torch.no_grad():
        module.train()(torch.randn(4, 3, 96, 96))  # gives BatchNorm statistics that fit the random weights
    samples = samples_for(((1, 3, side, side),), 1)
    return request.param, in_pte(quantise(module.eval(), samples), samples)


KINDS = {
    "mobilenet_v2": {"quantize": 1, "conv": 1, "dwconv": 17, "gemm": 35, "add": 10, "avg_pool": 1},
    "resnet18": {"quantize": 1, "conv": 20, "gemm": 1, "add": 8, "avg_pool": 1, "max_pool": 1},
    "squeezenet1_1": {"quantize": 1, "conv": 9, "gemm": 17, "rescale": 16, "max_pool": 3, "avg_pool": 1},
}


def test_it_lowers_completely(network: tuple[str, Case]) -> None:
    name, case = network
    assert case.kinds == KINDS[name]


def test_every_operator_is_exact_but_for_ties(network: tuple[str, Case]) -> None:
    """float32 sums in PyTorch against int32 sums here: the last bit decides where a value lies on a rounding tie."""
    _, case = network
    differences = one_step_differences(case, case.samples[0])
    assert len(differences) >= 25
    for difference in differences:
        assert np.abs(difference).max() <= 1
        assert np.count_nonzero(difference) <= max(2, 1e-4 * difference.size)


def test_the_c_runtime_computes_what_the_plan_says(network: tuple[str, Case]) -> None:
    _, case = network
    expected = interpreted(case, case.samples[0])[0]
    assert expected.shape == reference(case, case.samples[0])[0].shape
    for threads in (1, 2):
        actual = native(case, case.samples[0], threads=threads)
        if actual is None:
            pytest.skip("build/host/libsdkgen.so is missing: build the demo first")
        assert np.array_equal(expected, actual[0])


def test_the_plan_is_the_program_with_exact_sums(network: tuple[str, Case]) -> None:
    """Against float32 simulation even the best class of an untrained network is left to chance; integers decide it."""
    _, case = network
    inputs = tuple(tensor.numpy() for tensor in case.samples[0])
    exact = IntegerProgram(case.program.module()).evaluate(Sample(name="random", picture=None, inputs=inputs))
    assert np.array_equal(interpreted(case, case.samples[0])[0], exact[0])


def test_the_arena_is_near_its_lower_bound(network: tuple[str, Case]) -> None:
    from sdkgen.plan.arena import plan_arena
    from sdkgen.plan.band_choice import MEMORY_BYTES, MOST_ADDED_INSTRUCTIONS, with_bands
    from sdkgen.plan.lower import lower
    from sdkgen.plan.rewrites import prefer_dying_input

    name, case = network
    banded = with_bands(prefer_dying_input(lower(case.program)))
    arena = plan_arena(banded.graph, banded.bands)
    assert arena.bytes == case.plan.arena_bytes
    assert arena.lower_bound_bytes <= arena.bytes <= 1.3 * arena.lower_bound_bytes
    assert case.plan.band_bytes <= MEMORY_BYTES
    if name == "mobilenet_v2":
        assert arena.bytes + case.plan.band_bytes <= 0.32 * banded.whole_arena_bytes
        executed = 27.1e6  # on the leanest tier: docs/kernels.md
        assert sum(choice.added_instructions for choice in banded.choices) <= 1.1 * MOST_ADDED_INSTRUCTIONS * executed


def test_the_file_is_little_more_than_the_weights(network: tuple[str, Case]) -> None:
    name, case = network
    weights = sum(len(operator.weights) for operator in case.plan.operators)
    assert len(case.model) - weights < 32_000
    if name == "mobilenet_v2":
        assert len(case.model) <= 3_690_000  # 3.70 MB with the 1000 labels of ImageNet
