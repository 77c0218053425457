"""The proofs of a small SDK of pictures: they pass, and they notice a package that is not the network's."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sdkgen.engines.coreml.export import export_coreml
from sdkgen.layout import Layout
from sdkgen.prove.coreml import prove_coreml
from sdkgen.spec.values import SdkSpec
from tests.unit.coreml.coreml_cases import COUNT, FINGERPRINT, LABELS, Classifier, compress, image_spec, pictures

PRECISIONS = {"float16": 16, "int8_weights": 16, "int8": 17}
WEIGHTS = Path("ios", "coreml", "BirdFinder.mlpackage", "Data", "com.apple.CoreML", "weights", "weight.bin")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    compress(Classifier(), image_spec("float16"), folder)
    for index, picture in enumerate(pictures(6, 48, seed=11)):
        Image.fromarray(picture).save(folder / f"{index}.png")
    return folder


@pytest.fixture(scope="module", params=sorted(PRECISIONS))
def case(request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[SdkSpec, Path]:
    spec = image_spec(request.param, version=PRECISIONS[request.param])
    spec = replace(spec, data=replace(spec.data, evaluation=tuple(sorted(built.glob("*.png")))))
    build = tmp_path_factory.mktemp(request.param)
    shutil.copytree(built / "compress", build / "compress")
    programs = (build / "compress" / name for name in ("float.pt2", "quantized.pt2"))
    export_coreml(spec, *programs, build / "ios", FINGERPRINT)
    return spec, build


def files(spec: SdkSpec, build: Path, host_library: Path) -> Layout:
    return Layout(name=spec.name, build=build, host=host_library.parent, dist=build / "dist")


def test_a_true_package_passes(case: tuple[SdkSpec, Path], host_library: Path) -> None:
    spec, build = case
    matches, layers = prove_coreml(spec, files(spec, build, host_library))
    assert (matches.name, layers.name) == ("coreml_matches_pytorch", "coreml_layers")
    for proof in (matches, layers):
        assert proof.status == "passed", proof.reason
        assert "the Neural Engine" in proof.reason and "not" in proof.reason
    assert matches.metrics["snr_db"] >= (35 if spec.targets["ios"].coreml == "int8" else 40)
    assert matches.metrics["top1_agreement"] == 1.0
    assert matches.metrics["views_count"] == 6
    names = " ".join(row["layer"] for row in layers.metrics["per_layer"])
    assert all(layer in names for layer in ("stem", "depthwise"))
    assert len(LABELS) == COUNT


def test_a_package_with_another_weight_fails(case: tuple[SdkSpec, Path], host_library: Path, tmp_path: Path) -> None:
    spec, original = case
    build = Path(shutil.copytree(original, tmp_path / "build"))
    data = bytearray((build / WEIGHTS).read_bytes())
    data[128:400] = bytes(272)  # the first layer
    (build / WEIGHTS).write_bytes(data)
    for proof in prove_coreml(spec, files(spec, build, host_library)):
        assert proof.status == "failed", proof.reason


def test_a_truncated_package_fails_with_a_sentence(
    case: tuple[SdkSpec, Path], host_library: Path, tmp_path: Path
) -> None:
    spec, original = case
    build = Path(shutil.copytree(original, tmp_path / "build"))
    data = (build / WEIGHTS).read_bytes()
    (build / WEIGHTS).write_bytes(data[: len(data) // 2])
    for proof in prove_coreml(spec, files(spec, build, host_library)):
        assert proof.status == "failed" and "weight.bin" in proof.reason
