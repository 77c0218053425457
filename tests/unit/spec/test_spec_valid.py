"""A valid sdk.toml becomes exactly the values that it says, quickly."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen import images, spec
from sdkgen.errors import SpecError
from sdkgen.spec.tables import VIEWS
from sdkgen.spec.values import (
    Budgets,
    ImageInput,
    PassSpec,
    TensorInput,
)
from sdkgen.targets.android import AndroidTarget, android_target
from sdkgen.targets.ios import IosTarget, ios_target
from sdkgen.tasks.classification import ClassificationTask
from sdkgen.tasks.tensor import TensorTask
from sdkgen.toolchain.pins import load_pins


def test_image_spec(write: Callable[..., Path], folder: Path) -> None:
    loaded = spec.load(write())
    assert loaded.origin == folder / "sdk.toml"
    assert (loaded.name, loaded.version, loaded.license) == ("pet_finder", "1.2.3", "")
    assert loaded.model.arguments == {"width": 0.5, "layers": [1, 2]}
    assert loaded.model.weights == folder / "weights.pth"
    assert loaded.inputs == (
        ImageInput(
            name="image",
            height=96,
            width=128,
            resize="shorter_side",
            resize_to=144,
            colour_order="bgr",
            mean=(0.0, 0.5, 0.25),
            std=(1.0, 0.5, 0.25),
        ),
    )
    # Two categories may share a label: ImageNet's list has two cranes.
    assert loaded.task == ClassificationTask(labels=("cat", "dog", "crane", "crane"), scores="identity")
    assert [path.name for path in loaded.data.calibration] == ["a1.png", "a2.png", "b.png"]
    assert (loaded.data.calibration_crops, loaded.data.evaluation_crops) == (1, 20)
    assert loaded.passes == (
        PassSpec(name="fold_batch_norm", options={}),
        PassSpec(name="int8_ptq", options={"weight_range": "min_max"}),
    )
    assert loaded.budgets == Budgets(download_bytes=4_000_000, min_snr_db=None, min_top1_agreement=0.85)
    expected = AndroidTarget(package="com.example.pets", min_sdk=26, abis=("arm64-v8a", "x86_64"))
    assert loaded.targets["android"] == expected
    assert list(loaded.targets) == ["android"]
    with pytest.raises(SpecError, match=r"(?s)pet_finder has no iOS target.*\[targets\.ios\]"):
        ios_target(loaded)


def test_ios_alone(write: Callable[..., Path]) -> None:
    android = '[targets.android]\npackage = "com.example.pets"\nabis = ["x86_64", "arm64-v8a"]\n'
    loaded = spec.load(write((android, "[targets.ios]\n")))
    assert list(loaded.targets) == ["ios"]
    defaults = IosTarget(min_ios="16.0", min_macos="13.0", engines=("coreml", "neon"), coreml="int8_weights")
    assert ios_target(loaded) == defaults
    with pytest.raises(SpecError, match=r"(?s)pet_finder has no Android target.*target=ios"):
        android_target(loaded)


def test_ios_with_everything_said(write: Callable[..., Path]) -> None:
    ios = '[targets.ios]\nmin_ios = "26.1"\nmin_macos = "14.0"\nengines = ["neon", "coreml"]\ncoreml = "int8"\n'
    loaded = spec.load(write(("[targets.android]", ios + "[targets.android]")))
    expected = IosTarget(min_ios="26.1", min_macos="14.0", engines=("coreml", "neon"), coreml="int8")
    assert loaded.targets["ios"] == expected
    assert list(loaded.targets) == ["android", "ios"]


def test_tensor_spec(folder: Path) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        (folder / name).write_bytes(b"")
    path = folder / "sdk.toml"
    path.write_text(
        """
        sdk = {name = "mixer", version = "0.1.0-rc.1+5"}
        model = {factory = "nets.mixer:build"}
        task = {kind = "tensor", outputs = ["left", "right"]}
        data = {calibration = ["a.safetensors"], evaluation = ["b.safetensors"]}
        compress = [{pass = "int8_ptq"}]
        targets.android.package = "org.mixer"
        [input]
        kind = "tensor"
        tensors = [{name = "features", shape = [1, 16]}, {name = "picture", shape = [1, 3, 8, 8]}]
        """,
        encoding="utf-8",
    )
    loaded = spec.load(path)
    assert loaded.image is None
    assert loaded.inputs == (
        TensorInput(name="features", shape=(1, 16)),
        TensorInput(name="picture", shape=(1, 3, 8, 8)),
    )
    assert loaded.task == TensorTask(outputs=("left", "right"))
    assert loaded.budgets == Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None)


def test_inline_labels_stretch_and_windows_text(write: Callable[..., Path]) -> None:
    path = write(('"labels.txt"', '["cat", "dog"]'), ('"shorter_side"', '"stretch"'), ("resize_to = 144\n", ""))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    loaded = spec.load(path)
    assert loaded.task == ClassificationTask(labels=("cat", "dog"), scores="identity")
    assert loaded.image is not None
    assert (loaded.image.resize, loaded.image.resize_to) == ("stretch", 0)


def test_assets_by_name_and_pattern(write: Callable[..., Path], folder: Path) -> None:
    photographs = folder / "cache" / "assets" / "photographs"
    photographs.mkdir(parents=True)
    for name in ("chelsea.png", "coffee.png", "rocket.jpg"):
        (photographs / name).write_bytes(b"")
    loaded = spec.load(write(('"photos/c.png"', '"asset:photographs/*.png", "asset:photographs/rocket.jpg"')))
    assert loaded.data.evaluation == tuple(photographs / name for name in ("chelsea.png", "coffee.png", "rocket.jpg"))
    assert '"asset:photographs/chelsea.png"' in spec.section_json(loaded, "data")


def test_the_demo(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path))
    for pin in load_pins().assets:
        pin.file.parent.mkdir(parents=True, exist_ok=True)
        pin.file.write_bytes(b"")
    loaded = spec.load(root / "sample_apps" / "photo_tagger" / "sdk.toml")
    assert isinstance(loaded.task, ClassificationTask)
    labels = loaded.task.labels
    assert (len(labels), labels[285], labels[967]) == (1000, "Egyptian cat", "espresso")
    assert len(loaded.data.evaluation) * loaded.data.evaluation_crops >= 20
    assert {"chelsea.png", "coffee.png", "china.jpg"} <= {path.name for path in loaded.data.evaluation}


def test_loading_imports_nothing_heavy(write: Callable[..., Path], root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sdkgen import spec; "
        f"loaded = spec.load(Path({str(write())!r})); spec.fingerprint(loaded); "
        "spec.section_json(loaded, *spec.SECTIONS); "
        "print(sorted({'torch', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_number_of_views_is_that_of_the_images() -> None:
    """The schema cannot import sdkgen.images (numpy), so it repeats the number."""
    assert len(images.VIEW_CROPS) == VIEWS
