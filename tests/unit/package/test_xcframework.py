"""The XCFramework: what Xcode reads of it, and that no library gets into it that does not belong there."""

import plistlib

import pytest

from sdkgen.errors import PackageError
from sdkgen.package.mach_o import read_static_library
from sdkgen.package.xcframework import Archives, Names, check_slices, xcframework_files
from tests.unit.package.apple_objects import TARGET, archives, static_library
from tests.universal_binary import read_universal

NAMES = Names(sdk="photo_tagger", framework="PhotoTagger", module="CPhotoTagger")
HEADERS = {"module.modulemap": b"module CPhotoTagger {}", "photo_tagger.h": b"int x;"}


def _with(slice_name: str, architecture: str, library: bytes) -> Archives:
    changed = {name: dict(libraries) for name, libraries in archives().items()}
    changed[slice_name][architecture] = library
    return changed


def test_every_slice_has_its_library_and_headers_in_a_folder_of_the_module() -> None:
    files = xcframework_files(archives(), NAMES, HEADERS)
    slices = ("ios-arm64", "ios-arm64_x86_64-simulator", "macos-arm64_x86_64")
    inside = ("libphoto_tagger.a", "Headers/CPhotoTagger/module.modulemap", "Headers/CPhotoTagger/photo_tagger.h")
    assert set(files) == {"Info.plist", *(f"{part}/{path}" for part in slices for path in inside)}
    assert list(files) == sorted(files)
    fat = read_universal(files["ios-arm64_x86_64-simulator/libphoto_tagger.a"])
    assert {arch: read_static_library(data).platform for arch, data in fat.items()} == {
        "arm64": "ios-simulator",
        "x86_64": "ios-simulator",
    }


def test_info_plist_describes_each_slice() -> None:
    info = plistlib.loads(xcframework_files(archives(), NAMES, HEADERS)["Info.plist"])
    assert (info["CFBundlePackageType"], info["XCFrameworkFormatVersion"]) == ("XFWK", "1.0")
    described = {
        entry["LibraryIdentifier"]: (
            entry["SupportedPlatform"],
            entry.get("SupportedPlatformVariant"),
            entry["SupportedArchitectures"],
        )
        for entry in info["AvailableLibraries"]
    }
    assert described == {
        "ios-arm64": ("ios", None, ["arm64"]),
        "ios-arm64_x86_64-simulator": ("ios", "simulator", ["arm64", "x86_64"]),
        "macos-arm64_x86_64": ("macos", None, ["arm64", "x86_64"]),
    }
    for entry in info["AvailableLibraries"]:
        assert (entry["LibraryPath"], entry["HeadersPath"]) == ("libphoto_tagger.a", "Headers")


def test_good_libraries_pass() -> None:
    facts = check_slices(archives(), NAMES, TARGET)
    assert {name: list(libraries) for name, libraries in facts.items()} == {
        name: list(libraries) for name, libraries in archives().items()
    }


@pytest.mark.parametrize(
    ("target", "source", "problem"),
    [
        ("aarch64-macos.13.0", None, "for macos 13.0, not for ios 16.0"),
        ("aarch64-ios.17.0", None, "for ios 17.0, not for ios 16.0"),
        ("aarch64-ios.16.0-simulator", None, "for ios-simulator 16.0, not for ios 16.0"),
        ("x86_64-ios.16.0-simulator", None, "it is for x86_64"),
        ("aarch64-ios.16.0", "int gemm(void) { return 1; }\n", "defines _gemm"),
        ("aarch64-ios.16.0", "int puts(const char *); int photo_tagger_x(void) { return puts(0); }\n", "needs _puts"),
        ("aarch64-ios.16.0", "typedef int nothing;\n", "defines nothing"),
    ],
)
def test_a_library_that_may_not_be_shipped(target: str, source: str | None, problem: str) -> None:
    library = static_library(target) if source is None else static_library(target, source)
    with pytest.raises(PackageError, match=problem):
        check_slices(_with("ios-arm64", "arm64", library), NAMES, TARGET)
