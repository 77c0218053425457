"""A trained SDK for a platform of a plug-in, from its spec to the gate: its proofs reach the report and can fail it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from sdkgen.files import read_json, write_json

HERE = Path(__file__).parent
ORDER = (
    *("train", "compress", "export", "prove_executorch", "prove_training"),
    *("checksum_toy", "package_toy", "prove_toy", "report", "check"),
)
PROOFS = {
    *("quantised_matches_float", "executorch_matches_pytorch", "executorch_matches_c_api"),
    *("c_api_predicts_as_trained", "toy_holds_the_model"),
}


class Project:
    """A spec with its data, and a folder that its steps write to."""

    def __init__(self, folder: Path, host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._host = folder, host
        monkeypatch.setenv("SDKGEN_PLUGINS", str(HERE / "toy_platform"))
        monkeypatch.setenv("SDKGEN_CACHE", str(folder / "cache"))

    def run(self, *steps: str) -> subprocess.CompletedProcess[str]:
        """Run steps one after the other, each in a process of its own as in a build; the last one's result."""
        for step in steps:
            command = [sys.executable, "-m", "sdkgen", step, "--spec", str(self.folder / "sdk.toml")]
            command += ["--build", str(self.folder / "build"), "--host", str(self._host)]
            command += ["--dist", str(self.folder / "dist")]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
            if done.returncode != 0:
                break
        return done

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / "dist" / "report.json").read_text())
        return report


@pytest.fixture(scope="module")
def monkeymodule() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, host_library: Path, monkeymodule: pytest.MonkeyPatch) -> Project:
    folder = tmp_path_factory.mktemp("trained") / "project"
    shutil.copytree(HERE / "trained", folder)
    rng = np.random.default_rng(5)
    for part, count in (("calibration", 16), ("evaluation", 4)):
        (folder / part).mkdir()
        for i in range(count):
            sample = rng.normal(size=(1, 3, 12, 12)).astype(np.float32)
            save_file({"picture": sample}, folder / part / f"{i:02}.safetensors")
    project = Project(folder, host_library.parent, monkeymodule)
    done = project.run(*ORDER)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_every_proof_is_in_the_report(built: Project) -> None:
    report = built.report
    assert {proof["name"] for proof in report["proofs"]} == PROOFS
    assert {proof["status"] for proof in report["proofs"]} == {"passed"}
    trained = next(proof for proof in report["proofs"] if proof["name"] == "c_api_predicts_as_trained")
    assert trained["metrics"]["samples_count"] == 128
    assert report["verdict"]["ok"]


def test_the_platform_has_its_part_of_the_report(built: Project) -> None:
    report = built.report
    assert report["sdk"]["colour"] == "blue" and report["sdk"]["package"] is None
    assert [limit["rule"] for limit in report["limits"]] == ["Toy store: one floppy disk"]
    assert [budget["name"] for budget in report["budgets"]] == ["toy_download_bytes"]
    assert "The checksum engine: a checksum computes nothing." in report["not_checked"]
    assert any("the toy store" in sentence for sentence in report["not_checked"])
    page = (built.folder / "dist" / "report.html").read_text()
    assert "Download for toys, at most" in page


def test_another_prediction_fails_the_build(built: Project) -> None:
    """The C library is made to disagree with what the network predicted when it was trained."""
    predictions = built.folder / "build" / "compress" / "predictions.json"
    before = predictions.read_bytes()
    document = read_json(predictions)
    document["classes"] = [(int(label) + 1) % 4 for label in document["classes"]]
    write_json(predictions, document)
    done = built.run("prove_training", "report", "check")
    assert done.returncode == 9
    assert "c_api_predicts_as_trained failed" in done.stderr
    assert not built.report["verdict"]["ok"]
    predictions.write_bytes(before)
    assert built.run("prove_training", "report", "check").returncode == 0


@pytest.mark.parametrize("step", ["training", "toy", "executorch"])
def test_a_proof_without_a_result_fails_the_build(built: Project, step: str) -> None:
    path = built.folder / "build" / "prove" / f"{step}.json"
    before = path.read_bytes()
    path.unlink()
    done = built.run("report")
    path.write_bytes(before)
    assert done.returncode == 9
    assert f"{step}.json" in done.stderr and "Traceback" not in done.stderr
    assert built.run("report", "check").returncode == 0


def test_without_the_plugin_the_platform_is_unknown(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDKGEN_PLUGINS")
    done = built.run("report")
    assert done.returncode == 2
    assert 'unknown target; allowed targets: "android", "ios"' in done.stderr
