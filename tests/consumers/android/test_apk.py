"""The packaged AAR ends up in an installable APK as it should: aligned, uncompressed, signed, nothing asked for."""

import zipfile
from pathlib import Path

import pytest
from pyaxmlparser import APK

from sdkgen import spec as specs
from sdkgen.spec.values import SdkSpec
from tests.conftest import missing, requires_tool
from tests.consumers.android import apk_build


@pytest.fixture(scope="module")
def demo(root: Path) -> SdkSpec:
    return specs.load(root / "sample_apps" / "photo_tagger" / "sdk.toml")


@pytest.fixture(scope="module")
def aar(demo_dist: Path) -> Path:
    (found,) = (demo_dist / "android" / "maven").rglob("*.aar")
    return found


@pytest.fixture(scope="module")
def apk(aar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    for command, package in (("aapt2", "aapt"), ("apksigner", "apksigner"), ("keytool", "default-jre-headless")):
        requires_tool(command, f"apt-get install {package}")
    if not apk_build.FRAMEWORK.is_file():
        missing("Android's framework resources", "apt-get install android-framework-res")
    return apk_build.build_apk(aar, tmp_path_factory.mktemp("apk"))


def test_the_manifest_asks_for_nothing(apk: Path, demo: SdkSpec) -> None:
    manifest = APK(str(apk))
    assert manifest.package == "com.example.phototagger.minimal"
    assert manifest.get_main_activity() == "com.example.phototagger.minimal.MainActivity"
    assert manifest.get_min_sdk_version() == str(demo.targets["android"].min_sdk)
    assert manifest.get_target_sdk_version() == str(apk_build.TARGET_SDK)
    assert manifest.get_permissions() == []
    assert list(manifest.get_features()) == []


def test_libraries_are_mapped_from_the_apk_on_devices_with_large_pages(apk: Path, demo: SdkSpec) -> None:
    with zipfile.ZipFile(apk) as archive:
        libraries = {entry.filename: entry for entry in archive.infolist() if entry.filename.startswith("lib/")}
    assert set(libraries) == {f"lib/{abi}/lib{demo.name}.so" for abi in demo.targets["android"].abis}
    for entry in libraries.values():
        assert entry.compress_type == zipfile.ZIP_STORED
        offset = apk_build.data_offset(apk, entry)
        assert apk.read_bytes()[offset : offset + 4] == b"\x7fELF"
        assert offset % apk_build.PAGE == 0


def test_the_model_is_stored_as_it_is_in_the_aar(apk: Path, aar: Path, demo: SdkSpec) -> None:
    name = f"assets/{demo.name}/{demo.name}.pte"
    with zipfile.ZipFile(apk) as packed, zipfile.ZipFile(aar) as source:
        entry = packed.getinfo(name)
        assert [n for n in packed.namelist() if n.startswith("assets/")] == [name]
        data = source.read(name)
    assert entry.compress_type == zipfile.ZIP_STORED
    start = apk_build.data_offset(apk, entry)
    assert start % 4 == 0
    assert apk.read_bytes()[start : start + len(data)] == data


def test_the_dex_defines_the_classes_of_the_sdk_and_of_the_app(apk: Path, demo_dist: Path) -> None:
    with zipfile.ZipFile(apk) as archive:
        defined = apk_build.dex_classes(archive.read("classes.dex"))
    api = demo_dist / "android" / "api" / "kotlin"
    public = [path.relative_to(api).with_suffix("").as_posix() for path in api.glob("com/example/phototagger/*.kt")]
    assert public
    assert {f"L{name};" for name in public} <= defined
    assert "Lcom/example/phototagger/internal/NativeModel;" in defined
    assert "Lcom/example/phototagger/minimal/MainActivity;" in defined
    assert not any(name.startswith("Landroid/") for name in defined), "a compile-only stub got into the app"


def test_googles_tools_accept_signature_and_alignment(apk: Path) -> None:
    said = apk_build.run(["apksigner", "verify", "--verbose", "--min-sdk-version", "26", apk])
    assert "Verified using v2 scheme (APK Signature Scheme v2): true" in said
    requires_tool("zipalign", "apt-get install zipalign")
    apk_build.run(["zipalign", "-c", "-p", "4", apk])
