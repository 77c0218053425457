"""The .pte: one delegate call, the plan in it once, the same bytes every time; and what the stage writes beside it."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from sdkgen.engines.neon.backend import Request
from sdkgen.engines.neon.export import export
from sdkgen.engines.neon.pte import build_pte
from sdkgen.errors import ExportError
from sdkgen.fx.programs import load_program
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.plan.reader import read_plan
from sdkgen.runtime import Library, normalise
from sdkgen.spec.values import Budgets, DataSpec, ImageInput, SdkSpec, TensorInput
from sdkgen.targets.android import AndroidTarget
from sdkgen.tasks.classification import ClassificationTask
from sdkgen.tasks.tensor import TensorTask
from tests.unit.export.export_cases import HOST_LIBRARY, lower_module, quantise, samples_for

LABELS = ("zebra crossing", "Würfel", "猫", "d", "e")
FINGERPRINT = 0xFEDCBA9876543210


class Everything(nn.Module):
    """Grouped and depthwise convolutions, a residual, a concatenation, poolings and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6(inplace=True))
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.left = nn.Conv2d(16, 8, 1)
        self.right = nn.Conv2d(16, 8, 3, padding=1, groups=4)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = torch.relu(x + self.depthwise(x))
        x = torch.cat([self.left(x), self.right(x)], 1)
        return self.head(nn.functional.dropout(self.pool(x).mean((2, 3)), training=self.training))


IMAGE = ImageInput(
    name="photo", height=20, width=18, resize="stretch", resize_to=0, colour_order="bgr",
    mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
)  # fmt: skip


def spec() -> SdkSpec:
    return SdkSpec(
        origin=Path("sdk.toml"), name="tiny_tagger", version="1.0.0", description="", vendor="", license="",
        model=TorchFactory(factory="model:make", arguments={}, weights=None, weights_sha256=None),
        inputs=(IMAGE,),
        task=ClassificationTask(labels=LABELS, scores="softmax"),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        passes=(),
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        targets={"android": AndroidTarget(package="com.example", min_sdk=26, abis=("arm64-v8a",))},
    )  # fmt: skip


@pytest.fixture(scope="module")
def program() -> torch.export.ExportedProgram:
    torch.manual_seed(1)
    return quantise(Everything().eval(), samples_for((IMAGE.shape,), 2))


@pytest.fixture(scope="module")
def saved(program: torch.export.ExportedProgram, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compress") / "quantized.pt2"
    torch.export.save(program, path)
    return path


@pytest.fixture(scope="module")
def written(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "export"
    export(spec(), load_program(saved), folder, FINGERPRINT)
    return folder


def plan_of(pte: bytes) -> bytes:
    begin = pte.index(b"SGPL")
    return pte[begin : begin + int.from_bytes(pte[begin + 8 : begin + 12], "little")]


def test_the_file_holds_one_call_and_the_plan_once(written: Path) -> None:
    data = (written / "tiny_tagger.pte").read_bytes()
    assert data[4:8] == b"ET12" and data.count(b"SGPL") == 1 and data.count(b"SdkgenBackend") == 1
    assert data.count("猫".encode()) == 1
    assert data.index(b"SGPL") % 64 == 0
    assert len(data) - len(plan_of(data)) < 4096
    for leak in (b"/work", b"/home", b".py", b"conv2d", b"stem"):
        assert leak not in data


def test_header_holds_fingerprint_labels_and_image(written: Path) -> None:
    plan = read_plan(plan_of((written / "tiny_tagger.pte").read_bytes()))
    assert plan.fingerprint == FINGERPRINT and plan.labels == LABELS
    assert plan.image is not None and plan.image[:4] == (2, 0, 2, plan.operators[0].output)


def test_the_report_describes_the_file(written: Path) -> None:
    report = json.loads((written / "export.json").read_text())
    data = (written / "tiny_tagger.pte").read_bytes()
    assert report["pte"] == {"path": "tiny_tagger.pte", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert report["fingerprint"] == "0xfedcba9876543210" and report["plan_bytes"] == len(plan_of(data))
    plan = read_plan(plan_of(data))
    quantised = plan.tensors[plan.operators[0].output]
    assert report["inputs"] == [
        {"name": "photo", "shape": [1, 3, 20, 18], "scale": quantised.scale, "zero_point": quantised.zero_point}
    ]
    assert report["outputs"] == [{"name": "scores", "shape": [1, 5]}]
    rows = report["ops"]
    layers = {row["layer"]: row for row in rows if row["kind"] in ("conv", "gemm", "dwconv")}
    assert set(layers) == {"stem.0", "depthwise", "left", "right", "head"}
    assert layers["stem.0"]["macs"] == 16 * 27 * 10 * 9 and layers["right"]["macs"] == 8 * 4 * 9 * 10 * 9
    assert layers["head"]["output_shape"] == [1, 5] and layers["head"]["output_bytes"] == 20
    assert report["macs"] == sum(row["macs"] for row in rows)
    assert report["weight_bytes"] == sum(row["weight_bytes"] for row in rows)
    assert report["arena_lower_bound_bytes"] <= report["arena_bytes"] == plan.arena_bytes
    assert [row["index"] for row in rows] == list(range(len(plan.operators)))


def test_both_dialects_give_the_same_plan(written: Path) -> None:
    """The operator tests skip ExecuTorch: what they see is what the .pte carries."""
    torch.manual_seed(0)
    module = Everything().eval()
    direct = lower_module(module, IMAGE.shape)
    through = build_pte(direct.program, Request(fingerprint=7, labels=(), image=None))
    assert through.lowered.plan.data == direct.model


def test_an_image_gives_what_its_normalised_tensor_gives(written: Path) -> None:
    if not HOST_LIBRARY.exists():
        pytest.skip("build/host/libsdkgen.so is missing: build the demo first")
    picture = np.random.default_rng(4).integers(0, 256, (20, 18, 3)).astype(np.uint8)
    with Library(HOST_LIBRARY).open(written / "tiny_tagger.pte", fingerprint=FINGERPRINT) as model:
        assert np.array_equal(model.run_image(picture)[0], model.run([normalise(IMAGE, picture)])[0])
        assert [model.label(index) for index in range(model.label_count)] == list(LABELS)
        model.verify()


def test_hash_seeds_do_not_change_the_bytes(saved: Path, written: Path) -> None:
    script = (
        "import hashlib, sys; from pathlib import Path; from sdkgen.fx.programs import load_program;"
        "from sdkgen.engines.neon.backend import Request; from sdkgen.engines.neon.pte import build_pte;"
        "request = Request(fingerprint=9, labels=('a', 'b'), image=None);"
        "print(hashlib.sha256(build_pte(load_program(Path(sys.argv[1])), request).data).hexdigest())"
    )
    root = str(Path(__file__).parents[3])
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(saved)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4711")
    ]
    digests = [run.communicate(timeout=300)[0].split()[-1] for run in runs]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"task": ClassificationTask(labels=("a", "b"), scores="softmax")}, "5 scores, the spec has 2 labels"),
        ({"task": TensorTask(outputs=("a", "b"))}, "1 outputs, the spec names 2"),
        ({"inputs": (TensorInput(name="x", shape=(1, 7)),)}, r"inputs are \[\(1, 3, 20, 18\)\]"),
        ({"inputs": (replace(IMAGE, height=21),)}, "not a quantised image"),
    ],
)
def test_a_spec_that_contradicts_the_network(
    program: torch.export.ExportedProgram, tmp_path: Path, change: dict[str, object], what: str
) -> None:
    with pytest.raises(ExportError, match=what):
        export(replace(spec(), **change), program, tmp_path, FINGERPRINT)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_missing_program_names_the_step(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"quantized\.pt2"):
        load_program(tmp_path / "quantized.pt2")
    (tmp_path / "quantized.pt2").write_bytes(b"not a program")
    with pytest.raises(ExportError, match="cannot be loaded"):
        load_program(tmp_path / "quantized.pt2")
