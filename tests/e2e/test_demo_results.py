"""What `./sconsw target=all` left in dist/: complete, proven, inside its targets, and free of this machine."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sdkgen.runtime import Library

PROOFS = {
    "quantised_matches_float",
    "executorch_matches_pytorch",
    "executorch_matches_c_api",
    "preprocessing_matches_torchvision",
    "kotlin_matches_pytorch",
    "arm64_matches_x86_64",
    "coreml_matches_pytorch",
    "coreml_layers",
    "swift_matches_pytorch",
    "swift_typechecks",
}


@pytest.fixture(scope="module")
def report(demo_dist: Path) -> dict[str, Any]:
    return json.loads((demo_dist / "report.json").read_text())


def proof(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(p for p in report["proofs"] if p["name"] == name)


def test_every_proof_was_executed_and_passed(report: dict[str, Any]) -> None:
    assert {p["name"] for p in report["proofs"]} == PROOFS
    assert {p["status"] for p in report["proofs"]} == {"passed"}, [p["reason"] for p in report["proofs"]]
    assert all(b["ok"] for b in report["budgets"]) and all(rule["ok"] for rule in report["limits"])


def test_artifacts_are_what_the_report_says(report: dict[str, Any], demo_dist: Path) -> None:
    present = {p.relative_to(demo_dist).as_posix() for p in demo_dist.rglob("*") if p.is_file()}
    assert {a["path"] for a in report["artifacts"]} == present - {"report.json", "report.html"}
    for entry in report["artifacts"]:
        data = (demo_dist / entry["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_size_targets(report: dict[str, Any], demo_dist: Path) -> None:
    assert (demo_dist / "model" / "photo_tagger.pte").stat().st_size <= 3_700_000
    with zipfile.ZipFile(next(demo_dist.rglob("*.aar"))) as aar:
        library = aar.getinfo("jni/arm64-v8a/libphoto_tagger.so")
        assert library.file_size <= 150_000  # every kernel of three ISA tiers
        assert "jni/x86_64/libphoto_tagger.so" in aar.namelist()
    native = report["sizes"]["native"]["arm64-v8a"]
    assert set(native["needed"]) <= {"libc.so", "liblog.so", "libm.so"}
    assert native["load_alignment_bytes"] == 16384 and native["exports"] == ["JNI_OnLoad"]
    model = report["model"]
    assert model["arena_bytes"] <= 1.3 * model["arena_lower_bound_bytes"]


def test_accuracy_targets(report: dict[str, Any]) -> None:
    accuracy = proof(report, "quantised_matches_float")["metrics"]
    assert accuracy["snr_db"] >= 20.0
    assert accuracy["top1_agreement"] >= 0.88
    assert accuracy["views_count"] >= 20
    whole = [i for i in report["accuracy"]["per_image"] if i["name"] in ("chelsea.png", "coffee.png", "china.jpg")]
    assert len(whole) == 3
    assert all(image["top1_float"] == image["top1_quantised"] for image in whole)


def test_the_model_knows_a_cat_and_a_coffee(host_library: Path, demo_dist: Path, photographs: Path) -> None:
    from sdkgen.images import read_image

    with Library(host_library).open(demo_dist / "model" / "photo_tagger.pte") as model:
        for name, label in (("chelsea.png", "Egyptian cat"), ("coffee.png", "espresso")):
            scores = model.run_image(read_image(photographs / name))[0][0]
            assert model.label(int(scores.argmax())) == label


def test_nothing_names_this_machine(demo_dist: Path, root: Path) -> None:
    """No absolute path of the checkout, the cache or the home folder is in anything that ships."""
    secrets = [str(root).encode(), str(Path.home()).encode() + b"/", b"site-packages"]
    for path in sorted(demo_dist.rglob("*")):
        if not path.is_file():
            continue
        contents = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents += [archive.read(name) for name in archive.namelist()]
        for data in contents:
            assert not [s for s in secrets if s in data], path.name
