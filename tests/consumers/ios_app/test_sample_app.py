"""The iOS sample app: clean Swift that fits the SDK, and a project file whose parts belong together."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sdkgen import spec as specs
from sdkgen.generate.swift_package import generate_swift
from sdkgen.package.apple_sources import write_c_target
from sdkgen.prove.swift_typechecks import STUBS as SDK_STUBS
from sdkgen.toolchain.swift import Swift
from tests.conftest import missing

HERE = Path(__file__).parent
# Each after those that it imports; a module's declarations are the SDK's stub and the app's together.
MODULES = (
    "CoreGraphics",
    "ImageIO",
    "CoreVideo",
    "CoreImage",
    "UIKit",
    "CryptoKit",
    "CoreML",
    "SwiftUI",
    "PhotosUI",
    "AVFoundation",
)
PLIST_TO_JSON = """
import Foundation

let data = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
let value = try PropertyListSerialization.propertyList(from: data, format: nil)
print(String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self))
"""


@pytest.fixture(scope="module")
def swift() -> Swift:
    found = Swift.find()
    if found is None:
        missing("Swift", Swift.remedy)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def app(root: Path) -> Path:
    return root / "sample_apps" / "photo_tagger" / "ios"


def _run(swift: Swift, folder: Path, *arguments: str, writable: tuple[Path, ...] = ()) -> str:
    answer: subprocess.CompletedProcess[str] = swift.run(arguments, folder=folder, writable=writable, timeout=300)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_its_style_is_swift_formats(swift: Swift, app: Path) -> None:
    _run(swift, app, "swift", "format", "lint", "--strict", "--recursive", "PhotoTaggerApp")


@pytest.fixture(scope="module")
def modules(swift: Swift, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the modules that the app imports: the SDK's, and declarations of Apple's."""
    folder = tmp_path_factory.mktemp("modules")
    spec = specs.load(root / "sample_apps" / "photo_tagger" / "sdk.toml")
    generate_swift(spec, folder / "api", fingerprint=specs.fingerprint(spec))
    write_c_target(root / "native", spec.name, folder / "c", module="CPhotoTagger")
    emit = ["swiftc", "-emit-module", "-parse-as-library", "-I", ".", "-I", "c/include"]
    for module in MODULES:
        sources = []
        for origin, stubs in (("sdk", SDK_STUBS), ("app", HERE / "stubs")):
            if (stubs / f"{module}.swift").is_file():
                sources.append(f"{module}_{origin}.swift")
                shutil.copyfile(stubs / f"{module}.swift", folder / sources[-1])
        _run(swift, folder, *emit, "-enable-library-evolution", "-module-name", module, *sources)
    shutil.copyfile(SDK_STUBS / "Module.swift", folder / "Module.swift")
    sdk = [str(path) for path in sorted((folder / "api" / "Sources" / "PhotoTagger").rglob("*.swift"))]
    _run(swift, folder, *emit, "-module-name", "PhotoTagger", *sdk, "Module.swift")
    return folder


def _check(swift: Swift, modules: Path, app: Path, *, mode: str) -> subprocess.CompletedProcess[str]:
    flags = ["-swift-version", mode, "-strict-concurrency=complete", "-warnings-as-errors"]
    sources = [str(path) for path in sorted(app.rglob("*.swift"))]
    command = ["swiftc", "-typecheck", "-parse-as-library", "-I", ".", "-I", "c/include", *flags, *sources]
    return swift.run(command, folder=modules, writable=[app], timeout=300)


def test_it_fits_the_sdk_with_strict_concurrency(swift: Swift, modules: Path, app: Path) -> None:
    answer = _check(swift, modules, app / "PhotoTaggerApp", mode="5")
    assert answer.returncode == 0, answer.stderr


def test_what_does_not_fit_the_sdk_is_found(swift: Swift, modules: Path, app: Path, tmp_path: Path) -> None:
    shutil.copytree(app / "PhotoTaggerApp", tmp_path / "app")
    tagger = tmp_path / "app" / "Tagger.swift"
    tagger.write_text(tagger.read_text().replace("topK: 3", "top: 3"))
    answer = _check(swift, modules, tmp_path / "app", mode="5")
    assert answer.returncode != 0
    assert "incorrect argument label" in answer.stderr


@pytest.fixture(scope="module")
def project(swift: Swift, app: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Xcode project as Foundation reads it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "main.swift").write_text(PLIST_TO_JSON)
    _run(swift, folder, "swiftc", "main.swift", "-o", "read")
    file = app / "PhotoTagger.xcodeproj" / "project.pbxproj"
    value = json.loads(_run(swift, folder, str(folder / "read"), str(file), writable=(file.parent,)))
    assert isinstance(value, dict)
    return value


def test_every_object_of_the_project_is_used_and_every_one_used_is_there(project: dict[str, Any]) -> None:
    objects = project["objects"]
    identifier = re.compile(r"[0-9A-F]{24}")

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            return set().union(*map(references, value.values()))
        if isinstance(value, list):
            return set().union(*map(references, value))
        return {value} if isinstance(value, str) and identifier.fullmatch(value) else set()

    used = references(list(objects.values())) | {project["rootObject"]}
    assert used == set(objects)


def test_the_project_takes_the_sdk_from_the_packaged_folder(
    project: dict[str, Any], app: Path, root: Path, swift: Swift
) -> None:
    objects = project["objects"]
    (reference,) = (o for o in objects.values() if o["isa"] == "XCLocalSwiftPackageReference")
    assert (app / reference["relativePath"]).resolve() == root / "dist" / "photo_tagger" / "ios" / "PhotoTagger"
    (target,) = (o for o in objects.values() if o["isa"] == "PBXNativeTarget")
    (product,) = (objects[key] for key in target["packageProductDependencies"])
    assert product["productName"] == "PhotoTagger"
    phases = [objects[key] for key in target["buildPhases"]]
    (linked,) = (phase["files"] for phase in phases if phase["isa"] == "PBXFrameworksBuildPhase")
    assert [objects[objects[key]["productRef"]] for key in linked] == [product]
    (group,) = (objects[key] for key in target["fileSystemSynchronizedGroups"])
    assert list((app / group["path"]).glob("*.swift"))


def test_the_app_says_why_it_wants_the_camera_and_runs_where_the_sdk_does(project: dict[str, Any], root: Path) -> None:
    spec = specs.load(root / "sample_apps" / "photo_tagger" / "sdk.toml")
    settings = [o["buildSettings"] for o in project["objects"].values() if o["isa"] == "XCBuildConfiguration"]
    targets = [s for s in settings if "PRODUCT_BUNDLE_IDENTIFIER" in s]
    assert len(targets) == 2
    assert targets[0] == targets[1]
    assert targets[0]["INFOPLIST_KEY_NSCameraUsageDescription"]
    deployment = {s["IPHONEOS_DEPLOYMENT_TARGET"] for s in settings if "IPHONEOS_DEPLOYMENT_TARGET" in s}
    (oldest,) = deployment
    assert float(oldest) >= float(spec.targets["ios"].min_ios)
