"""The Swift package, the packages beside it and the sizes, from a finished build."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sdkgen import files
from sdkgen.documents.api import SwiftManifest, write_manifest
from sdkgen.documents.export import write_export
from sdkgen.errors import PackageError
from sdkgen.layout import Layout
from sdkgen.package.archive import deflated_bytes
from sdkgen.package.ios import package_ios
from sdkgen.spec.values import SdkSpec
from tests.consumers.kotlin.kotlin_build import tagger_plan
from tests.documents import export_document
from tests.golden.kotlin_specs import FINGERPRINT, PHOTO_TAGGER
from tests.unit.package.apple_objects import TARGET, archives

SPEC = replace(PHOTO_TAGGER, targets={"ios": TARGET})
OPERATORS = [{"layer": layer, "kind": kind} for layer, kind in (("", "quantize"), ("pool", "avg_pool"), ("fc", "conv"))]
WEIGHTS = bytes(range(256)) * 40
LABELS = b'["cat", "dog"]'
BINARY_MANIFEST = 'path: "@XCFRAMEWORK@" // @XCFRAMEWORK_CHECKSUM@\n'


def layout(spec: SdkSpec, build: Path) -> Layout:
    return Layout(name=spec.name, build=build, host=build / "host", dist=build / "results")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """The folder that the earlier stages leave behind for SPEC."""
    ios = tmp_path / "ios"
    files.write_text(ios / "api/Package.swift", "// the manifest\n")
    files.write_text(ios / "api/Sources/PhotoTagger/PhotoTagger.swift", "// the API\n")
    files.write_bytes(ios / "api/Sources/PhotoTagger/Resources/labels.json", LABELS)
    files.write_text(ios / "api/proof/main.swift", "// not shipped\n")
    files.write_text(ios / "api/BinaryPackage.swift", BINARY_MANIFEST)
    resources = ["PhotoTagger.mlpackage", "labels.json", "photo_tagger.pte"]
    manifest = SwiftManifest(
        module="PhotoTagger", c_module="CPhotoTagger", resources=tuple(resources), fingerprint="0x1", files=()
    )
    write_manifest(ios / "api/manifest.json", manifest)
    files.write_text(ios / "c_target/runtime/run.c", "int photo_tagger_run(void);\n")
    files.write_text(ios / "c_target/include/photo_tagger.h", "int photo_tagger_run(void);\n")
    files.write_text(ios / "c_target/include/module.modulemap", "module CPhotoTagger {}\n")
    files.write_bytes(ios / "coreml/PhotoTagger.mlpackage/Data/weights/weight.bin", WEIGHTS)
    files.write_text(ios / "coreml/PhotoTagger.mlpackage/Manifest.json", "{}\n")
    files.write_bytes(tmp_path / "export/photo_tagger.pte", b"ET12" + bytes(252) + tagger_plan(FINGERPRINT))
    write_export(tmp_path / "export/export.json", export_document(OPERATORS))
    for part, libraries in archives().items():
        for architecture, data in libraries.items():
            files.write_bytes(ios / "slices" / part / architecture / "libphoto_tagger.a", data)
    return tmp_path


def _dist(build: Path) -> dict[str, bytes]:
    root = build / "ios" / "dist"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_the_packages_are_complete(build: Path) -> None:
    artifacts = package_ios(SPEC, layout(SPEC, build))
    dist = _dist(build)
    assert [a.path for a in artifacts] == sorted(dist)
    coreml = ["PhotoTagger.mlpackage/Data/weights/weight.bin", "PhotoTagger.mlpackage/Manifest.json"]
    resources = [f"Sources/PhotoTagger/Resources/{path}" for path in (*coreml, "labels.json", "photo_tagger.pte")]
    shared = ["Package.swift", "Sources/PhotoTagger/PhotoTagger.swift", *resources]
    c_files = ["include/module.modulemap", "include/photo_tagger.h", "runtime/run.c"]
    assert set(dist) == {
        *(f"PhotoTagger/{path}" for path in (*shared, *(f"Sources/CPhotoTagger/{c}" for c in c_files))),
        *(f"PhotoTaggerBinary/{path}" for path in (*shared, "PhotoTagger.xcframework.zip")),
        *coreml,
        "PhotoTagger.xcframework.zip",
    }
    assert dist["PhotoTagger/Package.swift"] == b"// the manifest\n"


def test_the_xcframework_is_zipped_with_its_folder_and_named_with_its_checksum(build: Path) -> None:
    package_ios(SPEC, layout(SPEC, build))
    dist = _dist(build)
    archive = dist["PhotoTagger.xcframework.zip"]
    checksum = hashlib.sha256(archive).hexdigest()
    assert dist["PhotoTaggerBinary/PhotoTagger.xcframework.zip"] == archive
    assert dist["PhotoTaggerBinary/Package.swift"].decode() == f'path: "PhotoTagger.xcframework.zip" // {checksum}\n'
    with zipfile.ZipFile(build / "ios/dist/PhotoTagger.xcframework.zip") as opened:
        names = opened.namelist()
    assert "PhotoTagger.xcframework/Info.plist" in names
    assert "PhotoTagger.xcframework/ios-arm64/Headers/CPhotoTagger/photo_tagger.h" in names
    sizes = files.read_json(build / "ios/sizes.json")
    assert sizes["xcframework"]["checksum"] == checksum
    assert sizes["xcframework"]["zip_bytes"] == len(archive)


def test_packing_again_gives_the_same_bytes(build: Path) -> None:
    package_ios(SPEC, layout(SPEC, build))
    before = _dist(build) | {"sizes": (build / "ios/sizes.json").read_bytes()}
    package_ios(SPEC, layout(SPEC, build))
    assert _dist(build) | {"sizes": (build / "ios/sizes.json").read_bytes()} == before


def test_sizes_are_those_of_a_thinned_app_and_nothing_is_lost_in_the_breakdown(build: Path) -> None:
    package_ios(SPEC, layout(SPEC, build))
    sizes = files.read_json(build / "ios/sizes.json")
    device = sizes["abis"]["ios-arm64"]
    rows = sizes["breakdown"]
    pte = (build / "export/photo_tagger.pte").read_bytes()
    native = sum(row["bytes"] for row in rows if row["part"] == "native")
    assert native == sizes["native"]["ios-arm64"]["text_bytes"] + sizes["native"]["ios-arm64"]["data_bytes"] > 0
    assert device["installed_bytes"] == len(pte) + len(WEIGHTS) + 3 + len(LABELS) + native
    # Code does not compress: the store encrypts it before.
    compressed = sum(deflated_bytes(data) for data in (pte, WEIGHTS, b"{}\n", LABELS))
    assert device["download_bytes"] == sum(row["download_bytes"] for row in rows) == compressed + native
    assert {row["part"] for row in rows} == {"model", "coreml", "native", "other"}
    assert sizes["slices"]["macos-arm64_x86_64"]["x86_64"]["platform"] == "macos"


@pytest.mark.parametrize(("engine", "part", "absent"), [("coreml", "coreml", "model"), ("neon", "model", "coreml")])
def test_an_engine_alone_brings_its_own_model_only(build: Path, engine: str, part: str, absent: str) -> None:
    spec = replace(SPEC, targets={"ios": replace(TARGET, engines=(engine,))})
    manifest = files.read_json(build / "ios/api/manifest.json")
    resource = "PhotoTagger.mlpackage" if engine == "coreml" else "photo_tagger.pte"
    files.write_json(build / "ios/api/manifest.json", {**manifest, "resources": [resource, "labels.json"]})
    package_ios(spec, layout(spec, build))
    parts = {row["part"] for row in files.read_json(build / "ios/sizes.json")["breakdown"]}
    assert part in parts and absent not in parts
    resources = {p.split("/")[4] for p in _dist(build) if p.startswith("PhotoTagger/Sources/PhotoTagger/Resources/")}
    assert resources == {resource, "labels.json"}


def test_resources_that_the_manifest_does_not_declare_are_refused(build: Path) -> None:
    spec = replace(SPEC, targets={"ios": replace(TARGET, engines=("neon",))})
    with pytest.raises(PackageError, match=r"declares \['PhotoTagger\.mlpackage', 'labels"):
        package_ios(spec, layout(spec, build))
    assert not (build / "ios/dist").exists()


@pytest.mark.parametrize(
    "path", ["export/photo_tagger.pte", "ios/slices/ios-arm64/arm64/libphoto_tagger.a", "ios/api/BinaryPackage.swift"]
)
def test_a_missing_part_is_named(build: Path, path: str) -> None:
    (build / path).unlink()
    with pytest.raises(PackageError, match=f"{Path(path).name} cannot be packed"):
        package_ios(SPEC, layout(SPEC, build))
    assert not (build / "ios/dist").exists()
