"""What `./sconsw target=all` left in dist/<sdk>/ios: complete, clean, small, and linkable for macOS."""

import hashlib
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sdkgen.package.mach_o import read_static_library
from sdkgen.targets.ios import SLICES
from sdkgen.toolchain.swift import Swift
from sdkgen.toolchain.zig import Zig
from tests.conftest import missing
from tests.universal_binary import read_universal

PROGRAM = """
#include "photo_tagger.h"
int main(void) {
  photo_tagger_model *model = 0;
  const photo_tagger_status status = photo_tagger_model_open("", 0, 0, &model);
  return status == PHOTO_TAGGER_OK ? 1 : (int)photo_tagger_abi_version();
}
"""


@pytest.fixture(scope="module")
def ios(demo_dist: Path) -> Path:
    return demo_dist / "ios"


@pytest.fixture(scope="module")
def report(demo_dist: Path) -> dict[str, Any]:
    return json.loads((demo_dist / "report.json").read_text())


@pytest.fixture(scope="module")
def framework(ios: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The XCFramework, unpacked."""
    folder = tmp_path_factory.mktemp("xcframework")
    with zipfile.ZipFile(ios / "PhotoTagger.xcframework.zip") as archive:
        archive.extractall(folder)
    return folder / "PhotoTagger.xcframework"


def test_the_xcframework_is_small_and_its_checksum_is_the_one_that_swiftpm_computes(
    ios: Path, report: dict[str, Any]
) -> None:
    archive = (ios / "PhotoTagger.xcframework.zip").read_bytes()
    assert len(archive) <= 345_000
    checksum = hashlib.sha256(archive).hexdigest()
    assert report["ios"]["xcframework"]["checksum"] == checksum
    assert checksum in (ios / "PhotoTaggerBinary" / "Package.swift").read_text()
    assert (ios / "PhotoTaggerBinary" / "PhotoTagger.xcframework.zip").read_bytes() == archive
    swift = Swift.find()
    if swift is not None:
        command = ["swift", "package", "compute-checksum", "PhotoTagger.xcframework.zip"]
        done = swift.run(command, folder=ios, timeout=120)
        assert done.stdout.strip() == checksum, done.stderr


def test_the_libraries_show_nothing_but_the_public_api(framework: Path, ios: Path) -> None:
    header = (ios / "PhotoTagger/Sources/CPhotoTagger/include/photo_tagger.h").read_text()
    for part in SLICES:
        data = (framework / part.name / "libphoto_tagger.a").read_bytes()
        libraries = read_universal(data) if len(part.architectures) > 1 else {part.architectures[0]: data}
        assert tuple(sorted(libraries)) == part.architectures
        for library in libraries.values():
            names = read_static_library(library).defined
            assert len(names) > 15
            assert all(name.removeprefix("_") + "(" in header for name in names)


def test_swift_finds_the_module_in_the_folder_of_the_headers(framework: Path, tmp_path: Path) -> None:
    """Xcode and SwiftPM hand the folder Headers to the compiler; the module map is one folder further down."""
    swift = Swift.find()
    if swift is None:
        missing("swift", Swift.remedy)
    (tmp_path / "main.swift").write_text("import CPhotoTagger\nprint(photo_tagger_abi_version(), PHOTO_TAGGER_OK)\n")
    headers = framework / "ios-arm64" / "Headers"
    command = ["swiftc", "-typecheck", "-I", str(headers), "main.swift"]
    done = swift.run(command, folder=tmp_path, writable=[headers], timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_program_for_macos_links_against_its_slice(framework: Path, architecture: str, tmp_path: Path) -> None:
    zig, part = Zig.require(), framework / "macos-arm64_x86_64"
    (tmp_path / "main.c").write_text(PROGRAM)
    headers = part / "Headers" / "CPhotoTagger"
    target = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture] + "-macos.13.0"
    command = [*zig.cc(target), "-o", "program", "main.c", f"-I{headers}", f"-L{part}", "-lphoto_tagger"]
    environment = os.environ | zig.environment()
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    program = (tmp_path / "program").read_bytes()
    assert program[:4] == b"\xcf\xfa\xed\xfe" and program[12] == 2  # MH_MAGIC_64, MH_EXECUTE
    assert b"_photo_tagger_model_open" in program


def test_the_swift_package_needs_no_unsafe_flag_and_has_no_file_that_swiftpm_does_not_know(ios: Path) -> None:
    package = ios / "PhotoTagger"
    assert "unsafeFlags" not in (package / "Package.swift").read_text()
    suffixes = {path.suffix for path in (package / "Sources" / "CPhotoTagger").rglob("*") if path.is_file()}
    assert suffixes == {".c", ".h", ".modulemap"}
    resources = {path.name for path in (package / "Sources/PhotoTagger/Resources").iterdir()}
    assert {"PhotoTagger.mlpackage", "photo_tagger.pte"} <= resources


def test_both_platforms_carry_the_same_model_and_the_core_ml_package_stands_alone_too(
    ios: Path, demo_dist: Path
) -> None:
    resources = ios / "PhotoTagger/Sources/PhotoTagger/Resources"
    assert (resources / "photo_tagger.pte").read_bytes() == (demo_dist / "model/photo_tagger.pte").read_bytes()
    alone = {
        p.relative_to(ios).as_posix(): p.read_bytes() for p in (ios / "PhotoTagger.mlpackage").rglob("*") if p.is_file()
    }
    inside = (resources / "PhotoTagger.mlpackage").rglob("*")
    assert alone == {p.relative_to(resources).as_posix(): p.read_bytes() for p in inside if p.is_file()}
    assert {Path(path).name for path in alone} == {"Manifest.json", "model.mlmodel", "weight.bin"}


def test_core_ml_targets(report: dict[str, Any]) -> None:
    proof = next(p for p in report["proofs"] if p["name"] == "coreml_matches_pytorch")
    assert proof["metrics"]["snr_db"] >= 40
    assert report["ios"]["coreml"]["precision"] == "int8_weights"
    assert report["ios"]["coreml"]["package_bytes"] <= 3_800_000


def test_nothing_is_executable_or_private(ios: Path) -> None:
    for path in sorted(ios.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
