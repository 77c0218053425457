"""A task from a folder outside of sdkgen: its table, the generated APIs, and what the stages take from it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sdkgen import spec
from sdkgen.coreml.features import features
from sdkgen.errors import SpecError
from sdkgen.generate.api_model import build_api
from sdkgen.generate.build import generate
from sdkgen.generate.kotlin import render_proof
from sdkgen.package.kotlin import HOST_ANDROID, compile_program, compile_sdk
from sdkgen.prove.swift_package import SwiftWork
from sdkgen.prove.swift_typechecks import swift_typechecks
from sdkgen.report.limitations import limitations
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.swift import Swift
from tests.conftest import missing
from tests.consumers.swift.swift_build import write_package
from tests.golden.kotlin_specs import FINGERPRINT, PHOTO_TAGGER

TOML = """\
[sdk]
name = "inspector"
version = "1.0.0"

[model]
factory = "network:build"

[input]
kind = "tensor"
tensors = [{name = "row", shape = [1, 3]}]

[task]
kind = "anomaly"
threshold = 0.5

[data]
calibration = ["a.safetensors"]
evaluation = ["b.safetensors"]

[[compress]]
pass = "int8_ptq"

[targets.android]
package = "com.example.inspector"

[targets.ios]
"""


@pytest.fixture
def written(tmp_path: Path, plugins: Path) -> Path:
    """An sdk.toml with the task, and the files that it names."""
    for name in ("a.safetensors", "b.safetensors"):
        (tmp_path / name).write_bytes(b"")
    path = tmp_path / "sdk.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def loaded(written: Path) -> SdkSpec:
    return spec.load(written)


def test_the_spec_is_loaded_with_the_table_of_the_plugin(loaded: SdkSpec, written: Path) -> None:
    assert loaded.task.kind == "anomaly"
    assert spec.section_json(loaded, "task") == '{"task":{"kind":"anomaly","threshold":0.5}}'
    before = spec.fingerprint(loaded)
    written.write_text(TOML.replace("0.5", "0.75"))
    assert spec.fingerprint(spec.load(written)) != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("threshold = 0.5", "treshold = 0.5", 'did you mean "threshold"?'),
        ("threshold = 0.5", "threshold = -1.0", "[task] threshold: no score is below 0"),
        ('"anomaly"', '"anomalous"', 'did you mean "anomaly"? allowed values: "anomaly", "classification", "tensor"'),
        ("[targets.ios]", "[targets.ios]\n[budgets]\nmin_top1_agreement = 0.9", '"anomaly" has no top-1 class'),
    ],
)
def test_its_mistakes_are_reported_like_any_other(old: str, new: str, said: str, written: Path) -> None:
    written.write_text(TOML.replace(old, new))
    with pytest.raises(SpecError) as caught:
        spec.load(written)
    assert said in str(caught.value)


def test_without_the_plugin_the_kind_is_unknown(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDKGEN_PLUGINS")
    with pytest.raises(SpecError, match='allowed values: "classification", "tensor"'):
        spec.load(written)


def test_stages_take_what_the_task_states(loaded: SdkSpec) -> None:
    assert features(loaded).outputs == ("score",)
    assert "Whether the threshold tells anomalies apart." in limitations(loaded, [], ["android"])


def both_inputs(loaded: SdkSpec) -> tuple[SdkSpec, SdkSpec]:
    """The spec, and one of the same task for an image."""
    android = replace(loaded.targets["android"], package="com.example.pictures")
    targets = {**loaded.targets, "android": android}
    return loaded, replace(loaded, name="picture_inspector", inputs=PHOTO_TAGGER.inputs, targets=targets)


def test_the_kotlin_api_compiles(loaded: SdkSpec, tmp_path: Path) -> None:
    if Kotlinc.find() is None:
        missing("Kotlin", Kotlinc.remedy)
    programs = []
    for chosen in both_inputs(loaded):
        artifacts = generate(chosen, tmp_path / chosen.name, fingerprint=FINGERPRINT)
        assert [a.path for a in artifacts if a.path.endswith("/Anomaly.kt")]
        shutil.copytree(tmp_path / chosen.name, tmp_path / "api", dirs_exist_ok=True)
        programs.append(tmp_path / f"{chosen.name}.kt")
        text = render_proof(build_api(chosen, FINGERPRINT, "android"))
        programs[-1].write_text(text.replace("package sdkgen.proof", f"package sdkgen.proof.{chosen.name}", 1))
    compile_sdk(tmp_path / "api", "inspector", tmp_path / "sdk.jar")
    programs += HOST_ANDROID.rglob("*.kt")
    compile_program(programs, [tmp_path / "sdk.jar"], tmp_path / "program.jar")


def test_the_swift_api_compiles(loaded: SdkSpec, tmp_path: Path) -> None:
    swift = Swift.find()
    if swift is None:
        missing("Swift", Swift.remedy)
    assert swift is not None
    for chosen in both_inputs(loaded):
        module, c_module = write_package(chosen, tmp_path)
        assert (tmp_path / module / "Sources" / module / "Runtime" / "Anomaly.swift").is_file()
        proof = swift_typechecks(SwiftWork(swift=swift, folder=tmp_path, module=module), c_module, "here")
        assert proof.status == "passed", proof.reason
