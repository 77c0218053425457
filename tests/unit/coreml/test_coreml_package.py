"""The package as files: what is in it, that its bytes repeat, what it says of itself, and how mistakes are answered."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sdkgen.coreml.features import features, package_name
from sdkgen.engines.coreml.export import export_coreml
from sdkgen.errors import ExportError, SpecError
from sdkgen.spec.values import TensorInput
from sdkgen.tasks.classification import ClassificationTask, unique_labels
from sdkgen.tasks.tensor import TensorTask
from tests.unit.coreml.coreml_cases import (
    FINGERPRINT,
    IMAGE,
    LABELS,
    Classifier,
    Compressed,
    compress,
    export,
    image_spec,
    save_float,
    tensor_spec,
    tensors,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Compressed:
    return compress(Classifier(), image_spec("float16"), tmp_path_factory.mktemp("compressed"))


@pytest.fixture(scope="module")
def exported(compressed: Compressed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export(image_spec("int8", version=17), compressed, folder)
    return folder / "ios"


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_package_holds_what_core_ml_reads_and_nothing_else(exported: Path) -> None:
    package = exported / "coreml" / "BirdFinder.mlpackage"
    content = "Data/com.apple.CoreML"
    assert list(files_of(package)) == [f"{content}/model.mlmodel", f"{content}/weights/weight.bin", "Manifest.json"]
    modes = {p.relative_to(exported).as_posix(): p.stat().st_mode & 0o777 for p in (exported / "coreml").rglob("*")}
    assert {mode for path, mode in modes.items() if (exported / path).is_dir()} == {0o755}
    assert {mode for path, mode in modes.items() if (exported / path).is_file()} == {0o644}
    manifest = json.loads((package / "Manifest.json").read_text())
    assert manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] == "com.apple.CoreML/model.mlmodel"
    assert len(manifest["itemInfoEntries"]) == 2


def test_nothing_of_this_machine_is_in_it(exported: Path) -> None:
    for path, data in files_of(exported).items():
        for trace in (str(ROOT), str(Path.home()), "/tmp/", "site-packages", "conversion_date", "+cpu"):
            assert trace.encode() not in data, (path, trace)


def test_another_process_writes_the_same_bytes(compressed: Compressed, exported: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from sdkgen.log_filters import silence_import_noise\nsilence_import_noise()\n"
        "from tests.unit.coreml.coreml_cases import FINGERPRINT, image_spec\n"
        "from sdkgen.engines.coreml.export import export_coreml\n"
        "a, b, out = map(Path, sys.argv[1:])\n"
        "export_coreml(image_spec('int8', version=17), a, b, out, FINGERPRINT)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "99", "PYTHONPATH": str(ROOT)}
    arguments = [str(compressed.float_pt2), str(compressed.quantized_pt2), str(tmp_path / "ios")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and done.stdout == ""  # the build's terminal stays quiet
    assert files_of(tmp_path / "ios") == files_of(exported)


def test_the_model_says_whose_it_is(compressed: Compressed, exported: Path) -> None:
    from coremltools.proto import Model_pb2

    model = Model_pb2.Model()
    path = exported / "coreml" / "BirdFinder.mlpackage" / "Data" / "com.apple.CoreML" / "model.mlmodel"
    model.ParseFromString(path.read_bytes())
    metadata = model.description.metadata
    assert (metadata.author, metadata.license, metadata.versionString) == ("Example Ltd", "MIT", "1.2.3")
    assert metadata.shortDescription == "Finds birds"
    assert metadata.userDefined["sdkgen.fingerprint"] == f"{FINGERPRINT:#018x}"
    assert metadata.userDefined["sdkgen.precision"] == "int8"
    described = {f.name: f.shortDescription for f in (*model.description.input, *model.description.output)}
    assert list(described) == ["image", "scores", "classLabel", "classLabel_probs"]
    assert all(described.values())
    assert "32 x 32" in described["image"]
    assert model.description.predictedFeatureName == "classLabel"


def test_the_report_describes_the_package(exported: Path) -> None:
    report = json.loads((exported / "coreml.json").read_text())
    assert report["precision"] == "int8" and report["package"] == "BirdFinder.mlpackage"
    assert report["package_bytes"] == sum(row["bytes"] for row in report["files"])
    assert report["inputs"][0] | {"name": ""} == {
        "name": "",
        "kind": "image",
        "shape": [1, 3, 32, 32],
        "element": "uint8",
        "colour_layout": "RGB",
    }
    assert [row["name"] for row in report["outputs"]] == ["scores", "classLabel", "classLabel_probs"]
    assert {"conv", "quantize", "dequantize", "softmax", "classify"} <= set(report["ops"])
    assert {row["layer"] for row in report["layers"]} >= {"stem.0", "depthwise.0", "depthwise.2", "head"}


def test_equal_labels_stay_apart_in_the_dictionary_only() -> None:
    assert unique_labels(("crane", "heron", "crane")) == ("crane", "heron", "crane (2)")
    assert unique_labels(("a", "a (2)", "a", "a")) == ("a", "a (2)", "a (3)", "a (4)")
    assert unique_labels(("a", "a", "a (2)")) == ("a", "a (3)", "a (2)")


def test_names_of_the_spec_are_kept_where_core_ml_can_read_them() -> None:
    spec = tensor_spec("float16", (1, 4))
    inputs = tuple(TensorInput(name=name, shape=(1, 4)) for name in ("left eye", "tensor", "ночь", "depth", "input_0"))
    named = features(replace(spec, inputs=inputs, task=TensorTask(outputs=("depth", "out", "output_0", "2d"))))
    assert named.inputs == ("input_0_", "input_1", "input_2", "depth", "input_0")
    assert named.outputs == ("output_0_", "out", "output_0", "output_3")
    classifier = replace(spec, inputs=inputs[:1], task=ClassificationTask(labels=LABELS, scores="identity"))
    assert features(classifier).outputs == ("scores",)
    assert package_name(replace(spec, name="bird_finder2")) == "BirdFinder2.mlpackage"


def test_an_operator_without_a_rule_is_named_with_its_layer(tmp_path: Path) -> None:
    class Bessel(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.special.bessel_j0(x)

    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), Bessel())
    spec = tensor_spec("float16", (1, 3, 8, 8))
    with pytest.raises(ExportError, match=r"operator aten\.special_bessel_j0\.default in layer '1'"):
        export(spec, save_float(module, spec, tmp_path), tmp_path)
    assert not (tmp_path / "ios").exists()


def test_an_operator_whose_rule_fails_is_named_with_its_layer(tmp_path: Path) -> None:
    class Block(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.max_pool2d(x, 3, 1, 1, dilation=2)

    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), Block())
    spec = tensor_spec("float16", (1, 3, 8, 8))
    with pytest.raises(ExportError, match=r"operator aten\.max_pool2d\.default in layer '1' cannot be converted"):
        export(spec, save_float(module, spec, tmp_path), tmp_path)


def test_a_system_too_old_is_a_mistake_of_the_spec(compressed: Compressed, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="17"):
        export(image_spec("int8", version=16), compressed, tmp_path)
    mixed = image_spec("int8", version=18)
    with pytest.raises(SpecError, match=r"14\.0"):
        export(replace(mixed, targets={"ios": replace(mixed.targets["ios"], min_macos="13.0")}), compressed, tmp_path)
    with pytest.raises(SpecError, match="too old"):
        export(image_spec("float16", version=15), compressed, tmp_path)


def test_a_network_that_contradicts_the_spec_is_refused(compressed: Compressed, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="12 scores, the spec has 3 labels"):
        export(
            image_spec("float16", task=ClassificationTask(labels=("a", "b", "c"), scores="softmax")),
            compressed,
            tmp_path,
        )
    with pytest.raises(ExportError, match="inputs are"):
        export(image_spec("float16", inputs=(replace(IMAGE, height=16),)), compressed, tmp_path)
    with pytest.raises(ExportError, match="1 outputs, the spec names 2"):
        export(image_spec("float16", task=TensorTask(outputs=("a", "b"))), compressed, tmp_path)


def test_missing_programs_and_missing_int8_are_said(compressed: Compressed, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="missing"):
        export_coreml(image_spec("float16"), tmp_path / "none.pt2", compressed.quantized_pt2, tmp_path / "ios", 0)
    with pytest.raises(ExportError, match="needs int8 weights"):
        export_coreml(image_spec("int8_weights"), compressed.float_pt2, compressed.float_pt2, tmp_path / "ios", 0)
    assert tensors(image_spec("float16"), 1)[0][0].shape == (1, 3, 32, 32)
