"""The networks are the published ones, and the light list of cases names them all."""

import pytest
import torch

from sdkgen.bench import networks
from sdkgen.bench.cases import CORES, CPUS, MODELS


def test_the_cases_name_every_network() -> None:
    assert tuple(networks.NETWORKS) == MODELS


def test_every_tier_is_executed_and_modelled() -> None:
    tiers = {"neon", "neondot", "neoni8mm"}
    assert {cpu.tier for cpu in CPUS} == tiers
    assert all({cpu.tier for cpu in core.emulated} == tiers for core in CORES)


# The counts of torchvision's and the authors' own models.
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("mobilenet_v1", 4_231_976), ("squeezenet_1_1", 1_235_496), ("resnet_18", 11_689_512)],
)
def test_parameters(name: str, parameters: int) -> None:
    module = networks.NETWORKS[name]()
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters
    with torch.no_grad():
        scores = module(networks.inputs(1)[0][0])
    assert scores.shape == (1, 1000)
    assert torch.isfinite(scores).all()


def test_weights_are_the_same_in_every_run() -> None:
    first, second = (networks.squeezenet_1_1().state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)
