"""Quantisation-aware training: learns in int8, deploys the trained integers, and says what it cannot work on."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from sdkgen.compress.int8.bias import snap
from sdkgen.compress.int8.fixed_fake_quantize import FixedFakeQuantize
from sdkgen.compress.int8.observers import ActivationObserver, PerChannelWeightObserver
from sdkgen.compress.measure import BatchedProgram, measure
from sdkgen.compress.network import Network
from sdkgen.compress.program import ExportedNetwork, graph_of
from sdkgen.compress.training.evaluate import predictions
from sdkgen.compress.training.fit import FitSettings, fit
from sdkgen.errors import CompressionError, SpecError
from tests.unit.compress.training_samples import TEACHER, applied, data, network, seeded_network, settings

aten = torch.ops.aten
quantized = torch.ops.quantized_decomposed

int8_qat = applied("int8_qat")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, ExportedNetwork]:
    folder = tmp_path_factory.mktemp("qat")
    module = seeded_network()
    chosen = FitSettings(label="", epochs=4, batch_size=32, learning_rate=0.01, weight_decay=0.0, seed=0)
    fit(module, data().train, chosen, checkpoint=folder / "float", identity="")
    given = network(folder, module)
    made, report = int8_qat(given, {"epochs": 3, "freeze_epoch": 1})
    assert report.notes[0] == "trained for 3 epochs with int8 in the loop, 1 of them with BatchNorm beside the weights"
    assert report.notes[1] == "all 7 layers: the integers of the program are those that were trained"
    return given, made


def test_the_converted_program_predicts_what_the_trained_network_did(trained: tuple[Network, ExportedNetwork]) -> None:
    given, made = trained
    assert given.training is not None and made.trained_predictions is not None
    evaluation = given.training.data.evaluation
    classes = made.trained_predictions()
    assert float((classes == evaluation.labels()).double().mean()) > 0.9
    assert torch.equal(predictions(BatchedProgram(made), evaluation), classes)


def test_weights_are_int8_and_biases_whole_multiples_of_their_grid(trained: tuple[Network, ExportedNetwork]) -> None:
    graph = graph_of(trained[1].exported)
    layers = [n for n in graph.graph.nodes if n.target in (aten.conv2d.default, aten.linear.default)]
    assert len(layers) == 7
    assert not [n for n in graph.graph.nodes if "batch_norm" in str(n.target)]
    tensors = dict(graph.named_parameters()) | dict(graph.named_buffers())
    for layer in layers:
        source, weight, bias = layer.args[:3]
        integers, scale = (tensors[str(node.target)] for node in weight.args[:2])
        assert weight.target is quantized.dequantize_per_channel.default and integers.dtype == torch.int8
        numbers = tensors[str(bias.target)]
        assert torch.equal(numbers, snap(numbers, float(source.args[1]), scale))
    assert all(t.dtype != torch.float32 or t.dim() < 2 for t in tensors.values()), "float weights are left behind"


def test_the_download_counts_int8_weights_once(trained: tuple[Network, ExportedNetwork]) -> None:
    given, made = trained
    before, after = measure(given, given.training), measure(made, given.training)
    assert after["download_bytes"] < 1.1 * before["download_bytes"]


def test_the_float_program_is_what_the_integers_stand_for(trained: tuple[Network, ExportedNetwork]) -> None:
    made = trained[1]
    assert made.float_program is not None
    sample = made.calibration[3][0]
    expected = graph_of(made.float_program)(sample)
    actual = graph_of(made.exported)(sample)
    assert float((actual - expected).norm()) < 0.1 * float(expected.norm())
    assert [row.kind for row in made.quantisation][:2] == ["input", "conv2d+relu"]
    assert all(row.scale > 0 and row.min <= row.max for row in made.quantisation)


@pytest.mark.parametrize("freeze", [0, 1])
def test_the_same_twice_also_after_an_interruption(freeze: int, tmp_path: Path) -> None:
    results = []
    for attempt in ("1", "1", "2"):  # the second time from finished checkpoints
        made, _ = int8_qat(network(tmp_path / attempt, seeded_network()), {"epochs": 1, "freeze_epoch": freeze})
        results.append(made.exported.state_dict)
    for other in results[1:]:
        assert results[0].keys() == other.keys()
        assert all(torch.equal(results[0][name], other[name]) for name in other)


@pytest.mark.parametrize("freeze", [0, 1])
def test_a_teacher_and_its_hint_help_here_as_well(freeze: int, tmp_path: Path) -> None:
    """A hint needs an activation of the user's module, which the exported graph has no module for any more."""
    teacher = seeded_network(2, width=24).eval().requires_grad_(False)
    results = []
    for hint in (None, ("stem", "stem")):
        given = network(tmp_path / str(hint), seeded_network(), teacher=teacher)
        assert given.training is not None
        chosen = settings(replace(TEACHER, hint=hint))
        given = replace(given, training=replace(given.training, settings=chosen))
        made, _ = int8_qat(given, {"epochs": 1, "freeze_epoch": freeze, "distil": True})
        assert not [n for n in graph_of(made.exported).graph.nodes if n.op == "call_module"]
        results.append(made.exported.state_dict["head.bias"])
    assert not torch.equal(results[0], results[1])


def test_it_needs_data(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"int8_qat trains the network\n  Add the table"):
        int8_qat(network(tmp_path, seeded_network(), trains=False), {})


def test_a_forward_for_one_sample_only(tmp_path: Path) -> None:
    class One(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(432, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(x.view(1, -1))

    with pytest.raises(CompressionError, match=r"for any batch size.*\n  Keep the batch size out of forward"):
        int8_qat(network(tmp_path, One()), {"epochs": 1})


@pytest.mark.parametrize(("scale", "zero_point"), [(0.037, -128), (0.02, 3), (1e-3, 127), (1 / 3, 0)])
def test_rounding_is_that_of_torch_bit_for_bit(scale: float, zero_point: int) -> None:
    part = FixedFakeQuantize(
        observer=ActivationObserver, method="min_max", dtype=torch.int8, quant_min=-128, quant_max=127
    )
    part(torch.zeros(1))
    part.fix()
    part.scale, part.zero_point = torch.tensor(scale), torch.tensor(zero_point, dtype=torch.int32)
    generator = torch.Generator().manual_seed(0)
    ties = torch.arange(-600, 600) / 2 * part.scale
    values = torch.cat([scale * 100 * torch.randn(20000, generator=generator), ties, torch.tensor([0.0, 1e9, -1e9])])
    weights = torch.randn(values.shape, generator=generator)
    ours, theirs = values.clone().requires_grad_(True), values.clone().requires_grad_(True)
    rounded = part(ours)
    expected = torch.fake_quantize_per_tensor_affine(theirs, part.scale, part.zero_point, -128, 127)
    assert torch.equal(rounded, expected) and len(expected.unique()) == 256
    (rounded * weights).sum().backward()
    (expected * weights).sum().backward()
    assert ours.grad is not None and theirs.grad is not None and torch.equal(ours.grad, theirs.grad)
    assert 0 < int((ours.grad == 0).sum()) < len(values)


@pytest.mark.parametrize("observer", [ActivationObserver, PerChannelWeightObserver])
def test_fake_quantisation_is_rounding_to_int8(observer: type) -> None:
    values = torch.randn(6, 5, generator=torch.Generator().manual_seed(1))
    per_channel = {"ch_axis": 0} if observer is PerChannelWeightObserver else {}
    part = FixedFakeQuantize(
        observer=observer, method="min_max", dtype=torch.int8, quant_min=-127, quant_max=127, **per_channel
    )
    assert torch.equal(part(values), values)
    part.fix()
    x = (1.5 * values).requires_grad_(True)
    rounded = part(x)
    assert torch.equal(rounded.double(), part.double()(x.detach().double()).float().double())
    rounded.sum().backward()
    scale, zero_point = part.calculate_qparams()
    scale = scale.reshape(-1, 1) if per_channel else scale
    inside = ((x / scale).round() + zero_point.max()).abs() <= 127
    assert x.grad is not None and torch.equal(x.grad, inside.float())
    assert not inside.all()
