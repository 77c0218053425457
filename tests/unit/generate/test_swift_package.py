"""The Swift package on disk: its manifest, its names, and what C and Swift must agree on."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sdkgen import files
from sdkgen.coreml.features import package_name
from sdkgen.errors import SpecError
from sdkgen.generate.api_model import ABI_VERSION, build_api
from sdkgen.generate.naming import SWIFT
from sdkgen.generate.swift import TEMPLATES, c_module_name, module_name, render, resources
from sdkgen.generate.swift_package import MANIFEST, generate_swift
from tests.golden.kotlin_specs import CATEGORY, FINGERPRINT, NAMES, NAMES_LABELS, PHOTO_TAGGER, SEGMENTER, SPECS

DECLARED = re.compile(r"^(?:  )?(?:public |final |private )*(?:class|struct|enum|actor|protocol|typealias) (\w+)", re.M)


def test_manifest_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    artifacts = generate_swift(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    on_disk = sorted(p.relative_to(tmp_path / "api").as_posix() for p in (tmp_path / "api").rglob("*") if p.is_file())
    manifest = files.read_json(tmp_path / "api" / MANIFEST)
    assert sorted([entry["path"] for entry in manifest["files"]] + [MANIFEST]) == on_disk
    assert manifest["files"] == [{"path": a.path, "sha256": a.sha256, "bytes": a.bytes} for a in artifacts]
    assert (manifest["module"], manifest["c_module"]) == ("PhotoTagger", "CPhotoTagger")
    assert manifest["fingerprint"] == f"0x{FINGERPRINT:016x}"


def test_generating_again_replaces_the_folder_with_the_same_bytes(tmp_path: Path) -> None:
    generate_swift(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    before = {p: p.read_bytes() for p in (tmp_path / "api").rglob("*") if p.is_file()}
    (tmp_path / "api" / "Sources" / "Old.swift").write_text("left over from another spec")
    generate_swift(PHOTO_TAGGER, tmp_path / "api", fingerprint=FINGERPRINT)
    assert {p: p.read_bytes() for p in (tmp_path / "api").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_name_is_the_sdks_own(name: str) -> None:
    text = "\n".join(text for path, text in render(build_api(SPECS[name], FINGERPRINT, "ios")).items())
    assert not re.search(r"\b(CSdkgen|TheSDK|TheSDKError|sg_\w+|SG_\w+)\b", text)
    assert "Schäferhund" not in "\n".join(
        text for path, text in render(build_api(SPECS[name], FINGERPRINT, "ios")).items() if path.endswith(".swift")
    )


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_shipped_source_names_its_license(name: str) -> None:
    sources = {p: t for p, t in render(build_api(SPECS[name], FINGERPRINT, "ios")).items() if p.endswith(".swift")}
    assert sources
    for path, text in sources.items():
        # The first line of a manifest must be the version of its tools.
        assert re.match(r"(// swift-tools-version: .*\n)?// SPDX-License-Identifier: Apache-2\.0\n", text), path


def test_fingerprint_changes_one_file() -> None:
    one, two = (render(build_api(PHOTO_TAGGER, f, "ios")) for f in (1, 2))
    assert [path for path in one if one[path] != two[path]] == ["Sources/PhotoTagger/Network.swift"]


def test_an_engine_that_the_spec_leaves_out_is_not_there() -> None:
    neon, coreml = (render(build_api(spec, FINGERPRINT, "ios")) for spec in (CATEGORY, SEGMENTER))
    assert "CoreML" not in "\n".join(text for path, text in neon.items() if path.endswith(".swift"))
    assert not [path for path in neon if path.endswith("labels.json")]
    assert "case neon" not in "\n".join(coreml.values())
    assert not [path for path in coreml if "Native" in path]
    assert resources(build_api(CATEGORY, FINGERPRINT, "ios")) == ("PrivacyInfo.xcprivacy", "category.pte")
    assert resources(build_api(SEGMENTER, FINGERPRINT, "ios")) == ("PrivacyInfo.xcprivacy", "Segmenter.mlpackage")


def test_labels_beside_the_core_ml_model_are_the_specs(tmp_path: Path) -> None:
    generate_swift(NAMES, tmp_path / "api", fingerprint=FINGERPRINT)
    found = tmp_path / "api" / "Sources" / "ProtocolSdk" / "Resources" / "labels.json"
    assert tuple(files.read_json(found)) == NAMES_LABELS


def test_the_core_ml_package_has_the_name_that_the_export_gives_it() -> None:
    for spec in SPECS.values():
        if "coreml" in spec.targets["ios"].engines:
            api = build_api(spec, FINGERPRINT, "ios")
            assert package_name(spec.name) in resources(api)
            assert f'"{package_name(spec.name)}"' in "\n".join(render(api).values())


def test_a_spec_without_an_ios_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no iOS target"):
        generate_swift(replace(PHOTO_TAGGER, targets={}), tmp_path, fingerprint=FINGERPRINT)
    with pytest.raises(SpecError, match="no iOS target"):
        render(build_api(replace(PHOTO_TAGGER, targets={}), FINGERPRINT, "ios"))


def test_no_sdk_can_be_called_like_a_type_of_the_package() -> None:
    declared = set()
    for spec in SPECS.values():
        api = build_api(spec, FINGERPRINT, "ios")
        for path, text in render(api).items():
            if path.startswith("Sources/") and path.endswith(".swift"):
                declared |= set(DECLARED.findall(text)) - {module_name(api), f"{module_name(api)}Error"}
    # Names with two capitals in a row or a lower-case start cannot come out of a snake_case name.
    reachable = {name for name in declared if name == SWIFT.type_name(name) or name in SWIFT.taken_types}
    assert {"Backend", "Category", "Network", "Opening", "PixelImage"} <= reachable
    assert reachable <= SWIFT.taken_types


@pytest.mark.parametrize(
    ("name", "module"),
    [("category", "CategorySdk"), ("swift", "SwiftSdk"), ("core_ml", "CoreMlSdk"), ("class", "Class"), ("a", "A")],
)
def test_modules_that_exist_are_avoided(name: str, module: str) -> None:
    api = build_api(replace(PHOTO_TAGGER, name=name), FINGERPRINT, "ios")
    assert (module_name(api), c_module_name(api)) == (module, f"C{module}")


def test_members_whose_names_mean_something_else_get_the_role() -> None:
    names = ["class", "init", "self", "inout", "var", "top_k", "default", "Type"]
    assert SWIFT.member_names(names, "input") == (
        "class",
        "initInput",
        "selfInput",
        "inoutInput",
        "varInput",
        "topKInput",
        "default",
        "type",
    )
    assert SWIFT.quoted("default") == "`default`"


def test_status_codes_of_c_are_all_thought_of(root: Path) -> None:
    header = (root / "native/include/sdkgen.h").read_text()
    names = set(re.findall(r"SG_(?:OK|ERROR_\w+)", header.split("} sg_status")[0]))
    swift = (TEMPLATES / "runtime" / "Status.swift").read_text()
    told_apart = set(re.findall(r"SG_(?:OK|ERROR_\w+)", swift))
    assert names - told_apart == {"SG_ERROR_ARGUMENT"}  # the default: the caller's mistake
    assert told_apart <= names


def test_abi_version_is_that_of_the_header() -> None:
    model = (TEMPLATES / "runtime" / "NativeModel.swift").read_text()
    (version,) = re.findall(r"abiVersion: UInt32 = (\d+)", model)
    assert int(version) == ABI_VERSION


def test_every_stub_says_where_its_declaration_is_written() -> None:
    pages = re.compile(r"// (?:.*)https://developer\.apple\.com/documentation/")
    for stub in sorted((TEMPLATES / "apple_stubs").glob("*.swift")):
        lines = stub.read_text().splitlines()
        for before, line in itertools.pairwise(lines):
            if re.match(r"\s*public (class |struct |enum |protocol |var |init|func |static )", line):
                inherited = before.strip().startswith(("public ", "@discardableResult")) or "rawValue" in line
                assert pages.search(before) or inherited or line.strip() in ("public init() {}",), (
                    f"{stub.name}: {line}"
                )
