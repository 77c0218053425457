"""The stage as a whole: accuracy, reports, saved files, repeatability, and the errors of a user."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from sdkgen.compress.program import graph_of, run
from sdkgen.compress.run import compress, program_bytes, save
from sdkgen.errors import CompressionError, DataError, ModelError, SpecError
from tests.unit.compress.compress_networks import FOLD, PTQ, Bottlenecks, Fire, Residual, samples, seeded, spec
from tests.unit.compress.training_samples import Varied, data, network, seeded_network

DATA = samples(6, 3, 16, 16)


def snr_db(expected: torch.Tensor, actual: torch.Tensor) -> float:
    return float(10 * torch.log10(expected.square().sum() / (expected - actual).square().sum()))


@pytest.mark.parametrize("make", [Bottlenecks, Residual, Fire])
def test_the_quantised_program_is_close_to_float(make: type[nn.Module]) -> None:
    module = seeded(make())
    model = compress(spec(FOLD, PTQ), module, DATA[0], DATA)
    for sample in DATA[3:]:
        (expected,), (folded,), (actual,) = (
            run(program, sample)
            for program in (module, graph_of(model.float_program), graph_of(model.quantised_program))
        )
        torch.testing.assert_close(folded, expected, atol=1e-5, rtol=1e-4)
        assert snr_db(expected, actual) > 20


def test_reports_share_their_keys_and_state_the_sizes() -> None:
    model = compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], DATA)
    assert [report.name for report in model.reports] == ["fold_batch_norm", "int8_ptq"]
    assert all(set(report.before) == set(report.after) for report in model.reports)
    fold, ptq = model.reports
    # by hand: stem 3*9*8, expand 8*16, depthwise 9*16, project 16*8 on 16x16 positions, linear 8*10
    assert fold.before["macs"] == ptq.after["macs"] == 256 * (216 + 128 + 144 + 128) + 80
    weights, biases = 216 + 128 + 144 + 128 + 80, 8 + 16 + 16 + 8 + 10
    assert fold.after["parameters"] == ptq.after["parameters"] == weights + biases
    assert ptq.before["weight_bytes"] == 4 * (weights + biases)
    assert ptq.after["weight_bytes"] == weights + 4 * biases


def test_saved_files_hold_the_model_and_repeat_byte_for_byte(tmp_path: Path) -> None:
    for run_name in ("first", "second"):
        save(compress(spec(FOLD, PTQ), seeded(Fire()), DATA[0], DATA), tmp_path / run_name)
    names = ["compress.json", "float.pt2", "quantized.pt2"]
    assert sorted(p.name for p in (tmp_path / "first").iterdir()) == names
    for name in names:
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("first", "second"))
        assert first == second, name
        assert str(Path.cwd()).encode() not in first

    model = compress(spec(FOLD, PTQ), seeded(Fire()), DATA[0], DATA)
    loaded = torch.export.load(tmp_path / "first" / "quantized.pt2")
    assert torch.equal(run(graph_of(loaded), DATA[1])[0], run(graph_of(model.quantised_program), DATA[1])[0])

    document = json.loads((tmp_path / "first" / "compress.json").read_text())
    assert set(document) == {"passes", "quantisation", "weights", "sensitivity", "float", "library_versions"}
    assert set(document["quantisation"][0]) == {"name", "kind", "scale", "zero_point", "min", "max", "histogram"}
    assert {len(row["histogram"]) for key in ("quantisation", "weights") for row in document[key]} == {64}
    assert document["sensitivity"] == []
    assert set(document["float"]) == {"parameters", "macs"}


def test_module_paths_survive_the_file(tmp_path: Path) -> None:
    save(compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], DATA), tmp_path)
    loaded = torch.export.load(tmp_path / "quantized.pt2")
    paths = [
        list(n.meta["nn_module_stack"].values())[-1][0]
        for n in loaded.graph.nodes
        if n.target is torch.ops.aten.conv2d.default
    ]
    assert paths == ["stem.0", "block.0.0", "block.1.0", "block.2.0"]


def test_no_calibration_data() -> None:
    with pytest.raises(DataError, match="no calibration data"):
        compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], [])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_calibration_that_is_not_finite(value: float) -> None:
    bad = torch.zeros(1, 3, 16, 16)
    bad[0, 1, 2, 3] = value
    with pytest.raises(DataError, match="sample 2 holds NaN or infinity"):
        compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], [*DATA[:2], (bad,)])


def test_calibration_of_another_shape() -> None:
    with pytest.raises(DataError, match=r"sample 1 has the shapes \[\(1, 3, 8, 8\)\]"):
        compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], [DATA[0], (torch.zeros(1, 3, 8, 8),)])


def test_a_layer_that_gives_nan_is_named() -> None:
    module = seeded(Bottlenecks())
    module.classifier.weight.data.fill_(0.0)
    module.block[0][0].weight.data[0, 0] = float("inf")
    with pytest.raises(CompressionError, match="NaN or infinity"):
        compress(spec(PTQ), module, DATA[0], DATA)


@pytest.mark.parametrize(
    ("passes", "error", "message"),
    [
        ((FOLD,), CompressionError, "no pass quantises"),
        ((PTQ, FOLD), CompressionError, "after the quantisation"),
        ((PTQ, PTQ), CompressionError, "stands twice"),
        (
            (("fold", {}), PTQ),
            SpecError,
            r'pass fold: pass: "fold" is not allowed; allowed values: "structured_pruning"',
        ),
        (
            (("int8_ptq", {"weight_range": "best"}),),
            SpecError,
            r'weight_range: "best" is not allowed; allowed values: "mse", "min_max"',
        ),
        ((("int8_ptq", {"range": "mse"}),), SpecError, "range: unknown key"),
    ],
)
def test_wrong_passes(passes: tuple, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compress(spec(*passes), seeded(Bottlenecks()), DATA[0], DATA)


def test_a_module_that_cannot_be_exported() -> None:
    class Dynamic(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(ModelError, match="cannot capture Dynamic"):
        compress(spec(PTQ), Dynamic(), DATA[0], DATA)


def test_a_network_without_anything_to_quantise() -> None:
    with pytest.raises(CompressionError, match="no operator that can be quantised"):
        compress(spec(PTQ), nn.Softmax(1), DATA[0], DATA)


def test_a_search_measures_behind_the_last_pass_only() -> None:
    model = compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], DATA, figures="end")
    whole = compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], DATA)
    assert model.reports[-1].after == whole.reports[-1].after
    assert "download_bytes" in whole.reports[0].after and "download_bytes" not in model.reports[0].after


def test_what_ran_before_in_the_process_changes_no_bit(tmp_path: Path) -> None:
    given = network(tmp_path, seeded_network(width=32))
    assert given.training is not None
    varied = replace(given.training, data=data(kind=Varied))
    taylor = {"macs_fraction": 0.6, "iterations": 2, "importance": "taylor", "epochs": 1}

    def compressed(name: str) -> bytes:
        training = replace(varied, folder=tmp_path / name)
        passes = ("structured_pruning", taylor), FOLD, PTQ
        model = compress(spec(*passes), given.module, given.example_inputs, given.calibration, training)
        return program_bytes(model.quantised_program)

    first = compressed("first")
    compress(spec(FOLD, PTQ), given.module, given.example_inputs, given.calibration, varied)
    assert compressed("second") == first
    assert compressed("first") == first, "a training that goes on from its checkpoints ends elsewhere"
