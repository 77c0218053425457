"""Passes on the module: what they promise holds for the network that comes out; one that cannot apply says so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sdkgen.compress.modules.cluster_weights import kmeans
from sdkgen.compress.modules.layers import weighted_layers
from sdkgen.compress.network import Network
from sdkgen.compress.training import fine_tune
from sdkgen.compress.training.evaluate import top1
from sdkgen.errors import CompressionError, SpecError
from tests.unit.compress.training_samples import SHAPE, applied, data, network, seeded_network

structured_pruning, low_rank = applied("structured_pruning"), applied("low_rank")
magnitude_pruning, cluster_weights = applied("magnitude_pruning"), applied("cluster_weights")
PASSES: Mapping[str, Any] = {
    "structured_pruning": structured_pruning,
    "low_rank": low_rank,
    "magnitude_pruning": magnitude_pruning,
    "cluster_weights": cluster_weights,
}
# Options with which each of them applies to the network of training_samples.
APPLIES: Mapping[str, Mapping[str, Any]] = {
    "structured_pruning": {"macs_fraction": 0.6, "iterations": 1},
    "low_rank": {"rank_fraction": 0.5},
    "magnitude_pruning": {},
    "cluster_weights": {"bits": 4},
}


def _macs(module: nn.Module) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, *SHAPE))
    return counter.get_total_flops() // 2


def _weights(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: layer.weight.detach() for name, layer in weighted_layers(module).items()}


# ---- all of them


@pytest.mark.parametrize("name", PASSES)
def test_the_same_twice_and_the_network_before_untouched(name: str, tmp_path: Path) -> None:
    given = network(tmp_path / "0", seeded_network())
    before = {key: value.clone() for key, value in given.module.state_dict().items()}
    results = []
    for attempt in ("1", "2"):
        given = network(tmp_path / attempt, given.module)
        made, report = PASSES[name](given, {**APPLIES[name], "epochs": 1})
        assert isinstance(made, Network) and report.name == name and report.notes
        assert report.before.keys() == report.after.keys()
        assert not made.module.training and not any(p.requires_grad for p in made.module.parameters())
        results.append(made.module.state_dict())
    assert all(torch.equal(before[key], given.module.state_dict()[key]) for key in before)
    assert results[0].keys() == results[1].keys()
    assert all(torch.equal(results[0][key], results[1][key]) for key in results[0])


@pytest.mark.parametrize("name", PASSES)
def test_fine_tuning_needs_training_data_and_a_teacher(name: str, tmp_path: Path) -> None:
    untrained = network(tmp_path, seeded_network(), trains=False)
    PASSES[name](untrained, APPLIES[name])
    with pytest.raises(SpecError, match=rf"pass {name}: epochs = 1, but the spec has no table \[training\]"):
        PASSES[name](untrained, {**APPLIES[name], "epochs": 1})
    with pytest.raises(SpecError, match=rf"pass {name}: distil = true needs the table \[training.teacher\]"):
        PASSES[name](network(tmp_path, seeded_network()), {**APPLIES[name], "epochs": 1, "distil": True})


@pytest.mark.parametrize("name", PASSES)
def test_a_network_without_layers(name: str, tmp_path: Path) -> None:
    with pytest.raises(CompressionError, match=f"pass {name} applies to no layer"):
        PASSES[name](network(tmp_path, nn.Sequential(nn.ReLU(), nn.Flatten())), {})


@pytest.mark.parametrize("name", PASSES)
def test_an_unknown_option(name: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=f'pass {name}: epoch: unknown key; did you mean "epochs"?'):
        PASSES[name](network(tmp_path, seeded_network()), {"epoch": 1})


def test_a_teacher_helps_in_fine_tuning(tmp_path: Path) -> None:
    teacher = seeded_network(2, width=24).eval().requires_grad_(False)
    plain, _ = magnitude_pruning(network(tmp_path / "1", seeded_network()), {"epochs": 1})
    taught_by = network(tmp_path / "2", seeded_network(), teacher=teacher)
    taught, _ = magnitude_pruning(taught_by, {"epochs": 1, "distil": True})
    warmer, _ = magnitude_pruning(taught_by, {"epochs": 1, "distil": True, "temperature": 8.0})
    heads = [made.module.head.weight for made in (plain, taught, warmer)]
    assert not torch.equal(heads[0], heads[1]) and not torch.equal(heads[1], heads[2])


def test_it_trains_with_the_threads_of_the_pass_or_else_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(fine_tune, "fit", lambda *_, **__: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    for options in ({"epochs": 1}, {"epochs": 1, "threads": 3}):
        magnitude_pruning(network(tmp_path, seeded_network()), options)
    assert seen == [2, 3] and torch.get_num_threads() == before


# ---- structured pruning


@pytest.mark.parametrize("importance", ["l1", "l2", "taylor"])
@pytest.mark.parametrize("scope", ["global", "layer"])
def test_channels_go_with_all_that_depends_on_them(importance: str, scope: str, tmp_path: Path) -> None:
    given = network(tmp_path, seeded_network(width=32))
    options = {"macs_fraction": 0.5, "iterations": 2, "importance": importance, "scope": scope}
    made, report = structured_pruning(given, options)
    module: Any = made.module
    assert _macs(module) <= 0.5 * _macs(given.module)
    assert module.stem[0].out_channels == module.body[0].out_channels == module.body[0].in_channels
    assert module.depthwise.groups == module.depthwise.in_channels == module.stem[0].out_channels
    assert module.mix.in_channels == module.pointwise[0].out_channels + module.side.out_channels
    assert module.head.in_features == 4 * module.mix.out_channels
    assert module.head.out_features == 4
    assert all(len(w) % 8 == 0 for name, w in _weights(module).items() if name != "head")
    assert len(module(torch.zeros(3, *SHAPE))) == 3
    assert "channels removed: stem.0 32 → " in report.notes[1]


def test_pruning_and_fine_tuning_in_turn_keep_the_accuracy(tmp_path: Path) -> None:
    trained, _ = magnitude_pruning(network(tmp_path / "1", seeded_network(width=32)), {"sparsity": 0.01, "epochs": 3})
    made, _ = structured_pruning(trained, {"macs_fraction": 0.4, "iterations": 2, "epochs": 4})
    assert _macs(made.module) <= 0.4 * _macs(trained.module)
    assert top1(made.module, data().evaluation) > 0.9


def test_a_target_that_cannot_be_reached_says_what_can(tmp_path: Path) -> None:
    with pytest.raises(CompressionError, match=r"cannot be reached; the least is \d+\n  Raise macs_fraction"):
        structured_pruning(network(tmp_path, seeded_network()), {"macs_fraction": 0.01})


def test_what_pruning_cannot_follow_is_an_error(tmp_path: Path) -> None:
    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 32, 3, padding=1), nn.Conv2d(3, 16, 3, padding=1)
            self.head = nn.Linear(48 * 4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = torch.cat([self.left(x), self.right(x)], 1)
            return self.head(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 2), 1))

    with pytest.raises(CompressionError, match=r"cannot follow its channels .*\n  Pool"):
        structured_pruning(network(tmp_path, Flat()), {})


def test_taylor_needs_gradients(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="needs gradients"):
        structured_pruning(network(tmp_path, seeded_network(), trains=False), {"importance": "taylor"})


# ---- magnitude pruning


@pytest.mark.parametrize("epochs", [0, 1])
def test_zeros_are_as_many_as_asked_for_and_stay(epochs: int, tmp_path: Path) -> None:
    given = network(tmp_path, seeded_network())
    made, report = magnitude_pruning(given, {"sparsity": 0.7, "epochs": epochs})
    total = sum(w.numel() for w in _weights(given.module).values())
    assert sum(int((w == 0).sum()) for w in _weights(made.module).values()) == int(0.7 * total)
    assert report.before["zero_weights"] == 0 and report.after["zero_weights"] == int(0.7 * total)
    assert _macs(made.module) == _macs(given.module)
    assert any("nothing is gained in speed" in note for note in report.notes)


def test_the_smallest_go_in_every_layer_alike(tmp_path: Path) -> None:
    given = network(tmp_path, seeded_network())
    made, _ = magnitude_pruning(given, {"sparsity": 0.5, "scope": "layer"})
    for (name, before), after in zip(_weights(given.module).items(), _weights(made.module).values(), strict=True):
        assert int((after == 0).sum()) == before.numel() // 2, name
        assert before[after == 0].abs().max() <= after[after != 0].abs().min()


# ---- clustering


@pytest.mark.parametrize("bits", [4, 6])
@pytest.mark.parametrize("epochs", [0, 1])
def test_palettes_have_as_many_values_as_bits_allow(bits: int, epochs: int, tmp_path: Path) -> None:
    given = network(tmp_path, seeded_network())
    made, report = cluster_weights(given, {"bits": bits, "epochs": epochs})
    for name, weight in _weights(made.module).items():
        assert len(weight.unique()) <= 2**bits or weight.numel() <= 2**bits, name
    assert report.after["distinct_weights"] <= 7 * 2**bits < report.before["distinct_weights"]
    assert f"{bits} bits a weight" in report.notes[1]
    if epochs:
        assert not torch.equal(made.module.head.weight, cluster_weights(given, {"bits": bits})[0].module.head.weight)


@pytest.mark.parametrize("epochs", [0, 1])
def test_zeros_of_pruning_stay_in_the_palette(epochs: int, tmp_path: Path) -> None:
    pruned, _ = magnitude_pruning(network(tmp_path, seeded_network()), {"sparsity": 0.6})
    made, _ = cluster_weights(pruned, {"bits": 4, "epochs": epochs})
    for before, after in zip(_weights(pruned.module).values(), _weights(made.module).values(), strict=True):
        assert (after[before == 0] == 0).all()
        assert len(after.unique()) <= 16


def test_k_means_finds_clusters_and_repeats_itself() -> None:
    values = torch.cat([c + 0.01 * torch.randn(50) for c in (-1.0, 0.0, 0.3, 2.0)])
    centres, cluster = kmeans(values, 4)
    spread = ((centres[cluster] - values.double()) ** 2).mean()
    one_each = torch.tensor([0, 1, 1, 3] if spread > 0.001 else [0, 1, 2, 3]).repeat_interleave(50)
    assert centres.tolist() == sorted(centres.tolist())
    assert torch.equal(cluster, one_each)
    constant, only = kmeans(torch.full((9,), 0.5), 4)
    assert constant[only].unique().tolist() == [0.5]


def test_a_network_of_few_weights_has_no_palette(tmp_path: Path) -> None:
    few = nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(CompressionError, match=r"no layer has more than 64 weights\n  Choose fewer bits"):
        cluster_weights(network(tmp_path, few), {})


# ---- low rank


class LowRank(nn.Module):
    """Layers whose weights have rank 8 by construction: 5 × 5, 3 × 3 with stride, 1 × 1 with stride, linear."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.first = nn.Conv2d(3, 32, 3, padding=1)
        self.five = nn.Conv2d(32, 48, 5, padding=(2, 1), dilation=1)
        self.strided = nn.Conv2d(48, 64, 3, stride=(2, 1), padding=1)
        self.point = nn.Conv2d(64, 64, 1, stride=2)
        self.linear = nn.Linear(64, 64)
        self.head = nn.Linear(64, 4)
        with torch.no_grad():
            for layer in (self.five, self.strided):
                out, inputs, height, width = layer.weight.shape
                factors = [torch.randn(size, 8) for size in (out, inputs, height, width)]
                layer.weight.copy_(0.05 * torch.einsum("or,ir,hr,wr->oihw", *factors))
            self.point.weight.copy_(0.1 * (torch.randn(64, 8) @ torch.randn(8, 64))[:, :, None, None])
            self.linear.weight.copy_(0.1 * torch.randn(64, 8) @ torch.randn(8, 64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.strided(torch.relu(self.five(torch.relu(self.first(x))))))
        return self.head(torch.relu(self.linear(self.point(x).mean((2, 3)))))


@pytest.mark.parametrize("method", ["tucker", "cp"])
def test_weights_of_low_rank_are_factorised_without_loss(method: str, tmp_path: Path) -> None:
    given = network(tmp_path, LowRank())
    made, report = low_rank(given, {"energy": 0.999999, "method": method})
    x = torch.randn(2, *SHAPE)
    expected = given.module(x)
    torch.testing.assert_close(made.module(x), expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    assert report.notes[0] == "4 of 6 layers factorised; the others would not become smaller"
    assert isinstance(made.module.first, nn.Conv2d) and isinstance(made.module.head, nn.Linear)
    assert _macs(made.module) < 0.5 * _macs(given.module)
    parameters = [sum(p.numel() for p in n.module.parameters()) for n in (made, given)]
    assert parameters[0] < 0.5 * parameters[1]


def test_the_rank_may_be_given(tmp_path: Path) -> None:
    made, _ = low_rank(network(tmp_path, LowRank()), {"rank_fraction": 0.25})
    assert made.module.point[0].out_channels == made.module.linear[0].out_features == 16


def test_layers_that_would_gain_less_than_a_tenth_stay(tmp_path: Path) -> None:
    torch.manual_seed(0)
    full = nn.Sequential(nn.Conv2d(3, 32, 3), nn.Conv2d(32, 32, 3, groups=32), nn.Conv2d(32, 32, 1))
    full.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 4)])
    # rank 16 of 32: 16 · (32 + 32) weights, as many as before; rank 8 saves half
    with pytest.raises(CompressionError, match=r"no layer becomes smaller at this rank\n  Lower energy"):
        low_rank(network(tmp_path, full), {"rank_fraction": 0.45})
    made, _ = low_rank(network(tmp_path, full), {"rank_fraction": 0.25})
    assert isinstance(made.module[2], nn.Sequential)
    assert isinstance(made.module[0], nn.Conv2d) and isinstance(made.module[1], nn.Conv2d)
