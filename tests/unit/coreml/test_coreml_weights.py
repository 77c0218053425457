"""Palettes and zeros survive exactly; a damaged package is an error, never a traceback and never believed."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdkgen.compress import run
from sdkgen.compress.program import graph_of
from sdkgen.compress.run import program_bytes
from sdkgen.coreml.evaluator import Evaluator
from sdkgen.coreml.operators.constants import RULES
from sdkgen.coreml.program import read_package
from sdkgen.coreml.weights import WeightFile, unpacked
from sdkgen.errors import PackageError, ProofError
from sdkgen.spec.values import PassSpec
from tests.unit.coreml.coreml_cases import (
    PASSES,
    Classifier,
    Compressed,
    UNet,
    compress,
    export,
    image_spec,
    pictures,
    save_float,
    snr_db,
    tensor_spec,
    tensors,
)


def cluster(module: torch.nn.Module, bits: int) -> torch.nn.Module:
    """Weights rounded to 2^bits values each, all different in float16."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                table = torch.linspace(-0.5, 0.4, 1 << bits).to(torch.float16).to(torch.float32)
                parameter.copy_(table[torch.randint(1 << bits, parameter.shape)])
    return module


def prune(module: torch.nn.Module, fraction: float) -> torch.nn.Module:
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                parameter.mul_(torch.rand(parameter.shape) >= fraction)
    return module


@pytest.mark.parametrize(("bits", "version"), [(4, 16), (6, 16), (8, 16), (4, 18), (6, 18)])
def test_palettes_are_exact(bits: int, version: int, tmp_path: Path) -> None:
    torch.manual_seed(2)
    module = cluster(UNet(), bits)
    shape = (1, 3, 16, 16)
    dense = tensor_spec("float16", shape, version=version)
    spec = replace(dense, passes=(PassSpec(name="cluster_weights", options={"bits": bits}),))
    compressed = save_float(module, spec, tmp_path)
    plain, _ = export(dense, compressed, tmp_path / "dense")
    palette, report = export(spec, compressed, tmp_path / "palette")
    assert report["ops"]["constexpr_lut_to_dense"] >= 4
    assert palette.weight_bytes < plain.weight_bytes * (bits / 16 + 0.3)
    (sample,) = tensors(spec, 1)
    expected, actual = (Evaluator(p).run({"patch": sample[0].numpy()})["map"] for p in (plain, palette))
    assert np.array_equal(expected, actual)


@pytest.mark.parametrize("version", [16, 18])
def test_zeros_are_exact(version: int, tmp_path: Path) -> None:
    torch.manual_seed(2)
    module = prune(UNet(), 0.75)
    dense = tensor_spec("float16", (1, 3, 16, 16), version=version)
    spec = replace(dense, passes=(PassSpec(name="magnitude_pruning", options={}),))
    compressed = save_float(module, spec, tmp_path)
    plain, _ = export(dense, compressed, tmp_path / "dense")
    sparse, report = export(spec, compressed, tmp_path / "sparse")
    assert report["ops"]["constexpr_sparse_to_dense"] == 6
    assert sparse.weight_bytes < plain.weight_bytes * 0.45
    (sample,) = tensors(spec, 1)
    expected, actual = (Evaluator(p).run({"patch": sample[0].numpy()})["map"] for p in (plain, sparse))
    assert np.array_equal(expected, actual)


def test_int8_weights_keep_palettes_where_a_pass_made_them(tmp_path: Path) -> None:
    torch.manual_seed(3)
    module = Classifier()
    cluster(module.depthwise, 4)
    passes = (PASSES[0], PassSpec(name="cluster_weights", options={"bits": 4}), PASSES[1])
    spec = image_spec("int8_weights", passes=passes)
    compressed = compress(module, spec, tmp_path)
    program, report = export(spec, compressed, tmp_path)
    assert report["ops"]["constexpr_lut_to_dense"] == 2
    assert report["ops"]["constexpr_affine_dequantize"] == 2
    assert len(report["float_layers"]) == 2
    assert np.isfinite(Evaluator(program).run({"image": pictures(1)[0]})["scores"]).all()


@pytest.mark.parametrize(
    ("pass_", "operator"),
    [
        (PassSpec(name="cluster_weights", options={"bits": 4}), "constexpr_lut_to_dense"),
        (PassSpec(name="magnitude_pruning", options={"sparsity": 0.8}), "constexpr_sparse_to_dense"),
    ],
)
def test_what_the_passes_make_is_stored_compactly(pass_: PassSpec, operator: str, tmp_path: Path) -> None:
    torch.manual_seed(4)
    module = Classifier()
    with torch.no_grad():  # factors per channel that a palette of the unfolded weights would not survive
        module.stem[1].weight.uniform_(0.2, 3.0)
        module.stem[1].running_var.uniform_(0.1, 4.0)
    spec = image_spec("float16", passes=(pass_, *PASSES))
    samples = tensors(spec)
    result = run.compress(spec, module.eval(), samples[0], samples)
    (tmp_path / "float.pt2").write_bytes(program_bytes(result.float_program))
    compressed = Compressed(
        float_pt2=tmp_path / "float.pt2",
        quantized_pt2=tmp_path / "none.pt2",
        reference=module,
        quantised=None,
    )
    program, report = export(spec, compressed, tmp_path)
    assert report["ops"][operator] == 4
    expected = graph_of(result.float_program)(*samples[0])[0].softmax(-1).numpy()
    assert snr_db(expected, Evaluator(program).run({"image": pictures(1)[0]})["scores"]) > 40


def test_packed_integers_are_little_endian_within_the_byte() -> None:
    assert unpacked(np.array([0b10_01_00_11], np.uint8), 2, 4).tolist() == [3, 0, 1, 2]
    assert unpacked(np.array([0xF1], np.uint8), 4, 2, signed=True).tolist() == [1, -1]
    six = unpacked(np.array([0b01_000001, 0b0000_0000, 0b0], np.uint8), 6, 4)
    assert six.tolist() == [1, 1, 0, 0]
    with pytest.raises(PackageError, match="too few"):
        unpacked(np.zeros(1, np.uint8), 4, 3)


def test_blocks_have_scales_of_their_own() -> None:
    data = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.int8)
    scale, offset = np.array([[1, 10], [100, 1000]], np.float16), np.array([[1, 0], [0, 8]], np.int8)
    dense = RULES["constexpr_blockwise_shift_scale"](data=data, scale=scale, offset=offset)
    assert dense.tolist() == [[0, 1, 30, 40], [500, 600, -1000, 0]]
    lut = np.array([[[0], [1]], [[2], [3]]], np.float16).reshape(2, 1, 2, 1)
    indices = np.array([[0, 1], [1, 0]], np.uint8)
    assert RULES["constexpr_lut_to_dense"](indices=indices, lut=lut).tolist() == [[0, 1], [3, 2]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    compressed: Compressed = compress(Classifier(), image_spec("float16"), folder)
    export(image_spec("int8", version=17), compressed, folder)
    return folder / "ios" / "coreml" / "BirdFinder.mlpackage"


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(package, tmp_path / package.name))


def content(folder: Path, name: str) -> Path:
    return folder / "Data" / "com.apple.CoreML" / name


@pytest.mark.parametrize("name", ["model.mlmodel", "weights/weight.bin"])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 200, 0.5, 0.98])
def test_a_truncated_file_is_an_error(copy: Path, name: str, length: float) -> None:
    path = content(copy, name)
    data = path.read_bytes()
    path.write_bytes(data[: length if isinstance(length, int) else int(len(data) * length)])
    with pytest.raises(PackageError, match=r"weight|model|program"):
        Evaluator(read_package(copy))


def test_missing_files_and_foreign_paths_are_errors(copy: Path) -> None:
    manifest = copy / "Manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("com.apple.CoreML/model.mlmodel", "../../model.mlmodel"))
    with pytest.raises(PackageError, match="outside"):
        read_package(copy)
    manifest.write_text(text.replace("rootModelIdentifier", "root"))
    with pytest.raises(PackageError, match="not a Core ML package"):
        read_package(copy)
    manifest.write_text(text)
    content(copy, "weights/weight.bin").unlink()
    with pytest.raises(PackageError, match=r"weight\.bin"):
        read_package(copy)


def test_offsets_that_lead_elsewhere_are_errors(package: Path) -> None:
    weights = WeightFile(content(package, "weights/weight.bin"))
    for offset in (0, 1, 65, 128, 1 << 40):
        with pytest.raises(PackageError, match="offset"):
            weights.read(offset, "int8", (16, 3, 3, 3))
    with pytest.raises(PackageError, match="type"):
        weights.read(64, "float16", (16, 3, 3, 3))
    with pytest.raises(PackageError, match="bytes"):
        weights.read(64, "int8", (16, 3, 3, 4))
    with pytest.raises(PackageError, match="not supported"):
        weights.read(64, "complex", (1,))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_damaged_model_is_an_error_or_another_program(package: Path, place: float, byte: int) -> None:
    """Whatever a byte becomes: an error of ours, or a program that runs."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copied = Path(shutil.copytree(package, Path(folder) / package.name))
        path = content(copied, "model.mlmodel")
        data = bytearray(path.read_bytes())
        data[int(place * len(data))] = byte
        path.write_bytes(data)
        try:
            program = read_package(copied)
            answer: dict[str, Any] = Evaluator(program).run({"image": pictures(1)[0]})
            assert answer
        except (PackageError, ProofError):
            pass


def test_an_unknown_operator_is_named(package: Path) -> None:
    program = read_package(package)
    first = next(o for o in program.operations if o.kind == "conv")
    strange = replace(first, kind="hologram", name="stem")
    broken = replace(program, operations=tuple(strange if o is first else o for o in program.operations))
    with pytest.raises(ProofError, match=r"hologram.*'stem'"):
        Evaluator(broken)
