"""Pooling with ceil_mode: Core ML's meaning in the evaluator, and programs of ours that do not depend on it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sdkgen.coreml.evaluator import Evaluator
from sdkgen.coreml.program import Program, read_package
from sdkgen.engines.coreml.package import write_package
from sdkgen.engines.coreml.pooling import complete_windows
from tests.unit.coreml.coreml_cases import compress, export, save_float, snr_db, tensor_spec, tensors

functional = nn.functional


def written_by_hand(folder: Path, kind: str, shape: tuple[int, ...], **parameters: Any) -> Program:
    """A program of one pooling, named "result", of the input "x"."""
    import coremltools as ct
    from coremltools.converters.mil.mil import Builder

    def pooling(x: Any) -> Any:
        return getattr(Builder, kind)(x=x, name="result", **parameters)

    program = Builder.program(input_specs=[Builder.TensorSpec(shape=shape)], opset_version=ct.target.iOS16)(pooling)
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS16,
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    )
    write_package(folder / "Pool.mlpackage", model.get_spec(), b"")
    return read_package(folder / "Pool.mlpackage")


def evaluate(program: Program, x: np.ndarray) -> np.ndarray:
    (result,) = Evaluator(program, "float64").run({"x": x}).values()
    return np.asarray(result)


def test_core_ml_divides_an_overhanging_window_by_the_whole_kernel(tmp_path: Path) -> None:
    """The numbers that a Mac gave are from apple/coremltools#2772; PyTorch's are others."""
    x = np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7)
    program = written_by_hand(
        tmp_path, "avg_pool", x.shape, kernel_sizes=[2, 2], strides=[3, 3], pad_type="valid", ceil_mode=True
    )
    actual = evaluate(program, x)[0, 0]
    assert actual.tolist() == [[4, 7, 4.75], [25, 28, 15.25], [21.25, 22.75, 12]]
    of_pytorch = functional.avg_pool2d(torch.from_numpy(x), 2, 3, ceil_mode=True).numpy()[0, 0]
    assert of_pytorch.tolist() == [[4, 7, 9.5], [25, 28, 30.5], [42.5, 45.5, 48]]


@pytest.mark.parametrize("include", [True, False])
def test_the_evaluator_disagrees_with_pytorch_where_a_window_overhangs(include: bool, tmp_path: Path) -> None:
    x = np.ones((1, 2, 8, 8), np.float32)
    parameters = {"kernel_sizes": [3, 3], "strides": [2, 2], "pad_type": "custom", "pad": [1, 1, 1, 1]}
    program = written_by_hand(
        tmp_path, "avg_pool", x.shape, **parameters, exclude_padding_from_average=not include, ceil_mode=True
    )
    actual = evaluate(program, x)
    expected = functional.avg_pool2d(torch.from_numpy(x), 3, 2, 1, True, include).numpy()
    assert actual.shape == expected.shape == (1, 2, 5, 5)
    assert np.allclose(actual[..., :4, :4], expected[..., :4, :4])
    assert (np.abs(actual - expected)[..., 4, :] > 0.1).all()


def test_without_overhang_ceil_mode_is_pytorch_s(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=(1, 2, 9, 9)).astype(np.float32)
    program = written_by_hand(
        tmp_path, "avg_pool", x.shape, kernel_sizes=[3, 3], strides=[2, 2], pad_type="valid", ceil_mode=True
    )
    assert np.allclose(evaluate(program, x), functional.avg_pool2d(torch.from_numpy(x), 3, 2).numpy(), atol=1e-6)


def test_core_ml_counts_a_last_window_behind_the_input(tmp_path: Path) -> None:
    """By the description of MIL only padding lets it drop that window; PyTorch always drops it."""
    x = np.ones((1, 1, 6, 6), np.float32)
    program = written_by_hand(
        tmp_path, "avg_pool", x.shape, kernel_sizes=[2, 2], strides=[3, 3], pad_type="valid", ceil_mode=True
    )
    assert evaluate(program, x).shape == (1, 1, 3, 3)
    assert functional.avg_pool2d(torch.from_numpy(x), 2, 3, ceil_mode=True).shape == (1, 1, 2, 2)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_rewritten_network_computes_the_same(axes: int) -> None:
    """In PyTorch itself, over random windows; then no average depends on ceil_mode."""
    average = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[axes - 1]
    maximum = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[axes - 1]
    rng = np.random.default_rng(axes)
    corrected = 0
    for index in range(24):
        kernel = [int(v) for v in rng.integers(1, 6, axes)]
        options: dict[str, Any] = {
            "kernel_size": tuple(kernel),
            "stride": tuple(int(v) for v in rng.integers(1, 6, axes)) if index % 4 else None,
            "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel) if index % 3 else 0,
            "ceil_mode": True,
        }
        layers = (maximum(**options), average(**options, count_include_pad=bool(index % 2)))
        x = torch.randn(1, 3, *(int(v) for v in rng.integers(5, 14, axes)), generator=torch.Generator().manual_seed(1))
        for layer in layers:
            program = torch.export.export(layer, (x,)).module(check_guards=False)
            assert isinstance(program, torch.fx.GraphModule)
            corrected += len(complete_windows(program))
            program.recompile()
            assert torch.allclose(program(x), layer(x), atol=1e-6), (options, x.shape)
            for node in program.graph.nodes:
                if "avg_pool" in str(node.target):
                    assert True not in node.args[4:5], (options, x.shape)
    assert corrected > 8


class Pools(nn.Module):
    """A layer with weights around the pooling, so that every precision is possible."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = pool
        self.last = nn.Conv2d(8, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.pool(torch.relu(self.first(x))))


OVERHANGING = {
    "no padding": (nn.AvgPool2d(2, 3, ceil_mode=True), (7, 7)),
    "along one axis": (nn.AvgPool2d(2, 3, ceil_mode=True), (6, 7)),
    "padding counts": (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=True), (8, 8)),
    "padding does not count": (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (8, 8)),
    "default stride": (nn.AvgPool2d((3, 4), ceil_mode=True), (7, 9)),
    "behind the input": (nn.AvgPool2d(2, 3, ceil_mode=True), (6, 6)),
}


@pytest.mark.parametrize("name", OVERHANGING)
@pytest.mark.parametrize("precision", ["float16", "int8_weights", "int8"])
def test_the_program_agrees_with_pytorch(name: str, precision: str, tmp_path: Path) -> None:
    pool, size = OVERHANGING[name]
    torch.manual_seed(2)
    network = Pools(pool).eval()
    spec = tensor_spec(precision, (1, 3, *size), version=17 if precision == "int8" else 16)
    compressed = save_float(network, spec, tmp_path) if precision == "float16" else compress(network, spec, tmp_path)
    program, report = export(spec, compressed, tmp_path)
    reference = compressed.quantised if precision == "int8" else compressed.reference
    (sample,) = tensors(spec, 1, seed=3)
    with torch.no_grad():
        expected = reference(*sample).numpy()
    actual = Evaluator(program, "float32").run({"patch": sample[0].numpy()})["map"]
    assert actual.shape == expected.shape
    assert snr_db(expected, actual) >= 35.0
    rows = {row["layer"]: row for row in report["layers"]}
    assert rows["pool"]["operator"] == "aten.avg_pool2d"


def test_a_maximum_keeps_ceil_mode(tmp_path: Path) -> None:
    """One operation, as before: padding with -inf or copies would cost more, and a maximum has no divisor."""
    spec = tensor_spec("float16", (1, 3, 8, 8))
    program, report = export(spec, save_float(Pools(nn.MaxPool2d(3, 2, ceil_mode=True)), spec, tmp_path), tmp_path)
    (pool,) = (operation for operation in program.operations if operation.kind == "max_pool")
    assert program.constant(pool, "ceil_mode")
    assert "pad" not in report["ops"]
