"""Sensitivity: the layer that int8 harms most comes first, and leaving it in float gains most."""

import pytest
import torch
from torch import nn

from sdkgen.compress.run import compress
from sdkgen.errors import SpecError
from tests.unit.compress.compress_networks import FOLD, Bottlenecks, samples, seeded, spec

DATA = samples(6, 3, 16, 16)
SENSITIVITY = ("int8_ptq", {"sensitivity": True})


def test_every_operator_has_a_row() -> None:
    model = compress(spec(FOLD, SENSITIVITY), seeded(Bottlenecks()), DATA[0], DATA)
    rows = model.sensitivity
    assert sorted((row.name, row.kind) for row in rows) == sorted(
        [
            ("x", "input"),
            ("stem.0", "conv2d+hardtanh"),
            ("block.0.0", "conv2d+hardtanh"),
            ("block.1.0", "conv2d+hardtanh"),
            ("block.2.0", "conv2d"),
            ("add", "add"),
            ("adaptive_avg_pool2d", "adaptive_avg_pool2d"),
            ("classifier", "linear"),
        ]
    )
    damage = [row.alone_db for row in rows]
    assert damage == sorted(damage)
    assert [row.without_db is None for row in rows] == [False] * 3 + [True] * 5
    assert any(note.startswith(f"most sensitive: {rows[0].name}") for note in model.reports[-1].notes)


def test_the_coarsest_layer_comes_first() -> None:
    module = seeded(Bottlenecks())
    # One huge weight in a channel that is always 0 leaves the others three steps.
    module.classifier.weight.data[:, 0] = 40.0 * float(module.classifier.weight.data.abs().max())
    module.block[2][0].weight.data[0] = 0.0
    module.block[2][1].bias.data[0] = module.block[2][1].running_mean[0] = 0.0
    module.stem[0].weight.data[0] = 0.0
    module.stem[1].bias.data[0] = module.stem[1].running_mean[0] = 0.0
    model = compress(spec(FOLD, ("int8_ptq", {"sensitivity": True, "weight_range": "min_max"})), module, DATA[0], DATA)
    first = model.sensitivity[0]
    assert first.name == "classifier"
    assert first.without_db > first.alone_db + 3
    assert first.without_db == max(row.without_db for row in model.sensitivity[:3])


class Flat(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.fc = nn.Linear(8 * 49, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.flatten(nn.functional.max_pool2d(torch.relu(self.conv(x)), 2), 1))


def test_operators_that_keep_values_count_with_their_source() -> None:
    rows = compress(spec(SENSITIVITY), seeded(Flat()), DATA[0], DATA).sensitivity
    assert {row.name for row in rows} == {"x", "conv", "fc"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"percentile": 99.0}, r'percentile is given, but activation_range is "mse"'),
        ({"percentile": 99.0, "activation_range": "entropy"}, r'activation_range is "entropy"'),
        ({"activation_range": "kl"}, '"mse", "output_mse", "min_max", "percentile", "entropy"'),
        ({"weight_granularity": "row"}, '"channel", "tensor"'),
        ({"rounding": "up"}, '"nearest", "adaround"'),
        ({"sensitivity": 1}, "sensitivity: expected true or false: .*, not 1"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        compress(spec(("int8_ptq", options)), seeded(Flat()), DATA[0], DATA)


@pytest.mark.parametrize("method", ["mse", "min_max"])
def test_one_scale_for_a_whole_weight(method: str) -> None:
    options = {"weight_granularity": "tensor", "weight_range": method}
    plain = compress(spec(("int8_ptq", {"weight_range": method})), seeded(Flat()), DATA[0], DATA)
    model = compress(spec(("int8_ptq", options)), seeded(Flat()), DATA[0], DATA)
    assert all(row.smallest_scale == row.largest_scale for row in model.weights)
    assert any(row.smallest_scale < row.largest_scale for row in plain.weights)
    assert [row.name for row in model.weights] == ["conv", "fc"]
    assert sum(model.weights[0].histogram) == 8 * 3 * 9
    assert model.weights[0].clipped == 0 or method == "mse"
