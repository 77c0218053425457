"""The generate stage: files and manifest on disk, lint, and what the API model holds."""

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest

from sdkgen import files
from sdkgen.generate.api_model import build_api
from sdkgen.generate.build import MANIFEST, generate
from sdkgen.generate.kotlin import TEMPLATES, render, render_proof
from sdkgen.generate.kotlin_text import kotlin_string
from sdkgen.toolchain.ktlint import Ktlint
from tests.golden.kotlin_specs import FINGERPRINT, PHOTO_TAGGER, SPECS


def test_manifest_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    artifacts = generate(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    on_disk = sorted(p.relative_to(tmp_path / "api").as_posix() for p in (tmp_path / "api").rglob("*") if p.is_file())
    manifest = files.read_json(tmp_path / "api" / MANIFEST)
    assert sorted([entry["path"] for entry in manifest["files"]] + [MANIFEST]) == on_disk
    assert manifest["files"] == [{"path": a.path, "sha256": a.sha256, "bytes": a.bytes} for a in artifacts]
    assert manifest["name"] == "com.example.phototagger.PhotoTagger"
    assert manifest["jni_class"] == "com/example/phototagger/internal/NativeModel"
    assert manifest["fingerprint"] == f"0x{FINGERPRINT:016x}"


def test_generating_again_replaces_the_folder_with_the_same_bytes(tmp_path: Path) -> None:
    generate(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    before = {p: p.read_bytes() for p in (tmp_path / "api").rglob("*") if p.is_file()}
    (tmp_path / "api" / "kotlin" / "Old.kt").write_text("left over from another spec")
    generate(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    assert {p: p.read_bytes() for p in (tmp_path / "api").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", sorted(SPECS))
def test_no_placeholder_and_no_label_is_left_in_the_source(name: str) -> None:
    text = "\n".join(render(build_api(SPECS[name], FINGERPRINT, "android")).values())
    assert "sdkgen.runtime" not in text
    assert "Schäferhund" not in text


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_shipped_source_names_its_license(name: str) -> None:
    for path, text in render(build_api(SPECS[name], FINGERPRINT, "android")).items():
        assert re.match(r"(//|#) SPDX-License-Identifier: Apache-2\.0\n", text), path


def test_fingerprint_changes_the_code() -> None:
    one, two = (render(build_api(PHOTO_TAGGER, f, "android")) for f in (1, 2))
    assert [path for path in one if one[path] != two[path]] == ["kotlin/com/example/phototagger/PhotoTagger.kt"]


def test_a_missing_value_is_an_error_and_not_an_empty_string() -> None:
    api = dataclasses.replace(build_api(PHOTO_TAGGER, FINGERPRINT, "android"), image=object())  # type: ignore[arg-type]
    with pytest.raises(jinja2.UndefinedError):
        render(api)


def test_ktlint_finds_nothing(tmp_path: Path, root: Path) -> None:
    ktlint = Ktlint.find()
    if ktlint is None:
        pytest.skip("ktlint is missing: run ./sconsw test once")
    for name, spec in SPECS.items():
        generate(spec, tmp_path / name, fingerprint=FINGERPRINT)
        # kotlinc allows what follows from a domain such as example.in; ktlint's rule on package names does not.
        for source in (tmp_path / name).rglob("*.kt"):
            source.write_text(source.read_text().replace("com.example.`in`.awkward", "com.example.awkward"))
        (tmp_path / name / "ProofMain.kt").write_text(render_proof(build_api(spec, FINGERPRINT, "android")))
    shutil.copytree(TEMPLATES / "runtime", tmp_path / "runtime")
    shutil.copytree(TEMPLATES / "tasks", tmp_path / "tasks")
    shutil.copytree(TEMPLATES / "proof", tmp_path / "proof")
    shutil.copytree(root / "tests" / "consumers" / "kotlin", tmp_path / "consumers")
    command = ktlint.command("--log-level=error", "**/*.kt")
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_kotlin_string_of_the_awkward() -> None:
    assert kotlin_string('a"$b\\\n') == '"a\\"\\$b\\\\\\n"'
