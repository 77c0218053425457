"""The AAR, its Maven repository, and the sizes, from a finished build."""

import hashlib
import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkgen import files
from sdkgen.documents.export import write_export
from sdkgen.errors import PackageError
from sdkgen.layout import Layout
from sdkgen.package.archive import archive_bytes, deflated_bytes
from sdkgen.package.build import package
from sdkgen.package.maven import coordinates
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.kotlin import Kotlinc
from tests.documents import export_document
from tests.golden.kotlin_specs import PHOTO_TAGGER

STEM = "com/example/phototagger/photo-tagger/1.2.0/photo-tagger-1.2.0"
POM = {"m": "http://maven.apache.org/POM/4.0.0"}


def layout(spec: SdkSpec, build: Path) -> Layout:
    return Layout(name=spec.name, build=build, host=build / "host", dist=build / "results")


@pytest.fixture
def packaged(finished_build: Path) -> Path:
    if Kotlinc.find() is None:
        pytest.skip("no Kotlin compiler: run ./sconsw once")
    package(PHOTO_TAGGER, layout(PHOTO_TAGGER, finished_build))
    return finished_build


def test_repository_is_complete_and_its_checksums_are_right(packaged: Path) -> None:
    root = packaged / "android" / "maven"
    stored = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    main = {
        f"{STEM}.aar",
        f"{STEM}.pom",
        f"{STEM}-sources.jar",
        "com/example/phototagger/photo-tagger/maven-metadata.xml",
    }
    assert stored == main | {f"{path}.{name}" for path in main for name in ("md5", "sha1", "sha256", "sha512")}
    for path in main:
        data = (root / path).read_bytes()
        for name in ("md5", "sha1", "sha256", "sha512"):
            assert (root / f"{path}.{name}").read_text() == hashlib.new(name, data).hexdigest()


def test_packing_again_gives_the_same_bytes(packaged: Path) -> None:
    before = {p: p.read_bytes() for p in packaged.rglob("*") if p.is_file()}
    package(PHOTO_TAGGER, layout(PHOTO_TAGGER, packaged))
    assert {p: p.read_bytes() for p in packaged.rglob("*") if p.is_file()} == before


def test_aar_holds_what_gradle_looks_for(packaged: Path) -> None:
    with zipfile.ZipFile(packaged / "android" / "maven" / f"{STEM}.aar") as aar:
        assert aar.namelist() == [
            "AndroidManifest.xml",
            "META-INF/com/android/build/gradle/aar-metadata.properties",
            "R.txt",
            "assets/photo_tagger/photo_tagger.pte",
            "classes.jar",
            "jni/arm64-v8a/libphoto_tagger.so",
            "jni/x86_64/libphoto_tagger.so",
            "proguard.txt",
        ]
        assert aar.testzip() is None
        assert {info.date_time for info in aar.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        manifest = ET.fromstring(aar.read("AndroidManifest.xml"))
        assert manifest.attrib == {"package": "com.example.phototagger"}
        (uses,) = manifest
        assert uses.attrib == {"{http://schemas.android.com/apk/res/android}minSdkVersion": "23"}
        assert b"-keep class com.example.phototagger.internal.NativeModel" in aar.read("proguard.txt")
        assert aar.read("assets/photo_tagger/photo_tagger.pte") == (packaged / "export/photo_tagger.pte").read_bytes()
        assert aar.read("classes.jar") == (packaged / "android/classes.jar").read_bytes()


def test_pom_names_coordinates_licence_and_dependencies(packaged: Path) -> None:
    project = ET.fromstring((packaged / "android" / "maven" / f"{STEM}.pom").read_text())
    found = ":".join(project.findtext(f"m:{tag}", "", POM) for tag in ("groupId", "artifactId", "version"))
    assert found == coordinates(PHOTO_TAGGER) == "com.example.phototagger:photo-tagger:1.2.0"
    assert project.findtext("m:packaging", "", POM) == "aar"
    assert project.findtext("m:organization/m:name", "", POM) == "Example & Sons"
    assert project.findtext("m:licenses/m:license/m:name", "", POM) == "BSD-3-Clause"
    dependencies = {
        d.findtext("m:artifactId", "", POM): (d.findtext("m:version", "", POM), d.findtext("m:scope", "", POM))
        for d in project.findall("m:dependencies/m:dependency", POM)
    }
    with zipfile.ZipFile(Kotlinc.require().coroutines) as jar:
        coroutines = jar.read("META-INF/kotlinx_coroutines_core.version").decode().strip()
    assert dependencies == {"kotlin-stdlib": ("2.2.0", "compile"), "kotlinx-coroutines-core": (coroutines, "runtime")}


def test_sources_jar_has_packages_as_paths(packaged: Path) -> None:
    with zipfile.ZipFile(packaged / "android" / "maven" / f"{STEM}-sources.jar") as jar:
        assert "com/example/phototagger/PhotoTagger.kt" in jar.namelist()


def test_sizes_add_up(packaged: Path) -> None:
    sizes = files.read_json(packaged / "android" / "sizes.json")
    model = (packaged / "export" / "photo_tagger.pte").read_bytes()
    library = (packaged / "android/jni/arm64-v8a/libphoto_tagger.so").read_bytes()
    rows = {
        part: [row for row in sizes["breakdown"] if row["part"] == part and "x86_64" not in row["name"]]
        for part in ("model", "native", "kotlin")
    }
    assert sum(row["bytes"] for row in rows["model"]) == len(model)
    assert sum(row["download_bytes"] for row in rows["model"]) == deflated_bytes(model)
    assert sum(row["bytes"] for row in rows["native"]) == len(library)
    assert sum(row["download_bytes"] for row in rows["native"]) == deflated_bytes(library)
    assert [row["name"] for row in rows["model"]] == [
        "assets/photo_tagger/photo_tagger.pte:classifier",
        "assets/photo_tagger/photo_tagger.pte:structure and labels",
    ]
    # 20 classes in 3 panels of 8, 4 x 6 x 3 = 72 weights each, 64 bytes of bias and scale.
    assert rows["model"][0]["bytes"] == 3 * (64 + 8 * 72)
    parts = sum(row["download_bytes"] for part in rows.values() for row in part)
    abi = sizes["abis"]["arm64-v8a"]
    assert parts <= abi["download_bytes"] <= parts + 1000  # the rest are the archive's own records
    assert abi["installed_bytes"] >= len(model) + len(library)
    assert all(row["download_bytes"] >= 0 for row in sizes["breakdown"])
    assert sizes["native"]["x86_64"]["load_alignment_bytes"] == 16384


def test_export_of_another_model_is_refused(finished_build: Path) -> None:
    write_export(finished_build / "export" / "export.json", export_document([{"layer": "a", "kind": "conv"}]))
    with pytest.raises(PackageError, match="describes 1 operators, the model has 3"):
        package(PHOTO_TAGGER, layout(PHOTO_TAGGER, finished_build))


def test_model_without_a_plan_is_refused(finished_build: Path) -> None:
    (finished_build / "export" / "photo_tagger.pte").write_bytes(b"SGPL" * 100)
    with pytest.raises(PackageError, match="holds no plan"):
        package(PHOTO_TAGGER, layout(PHOTO_TAGGER, finished_build))


@pytest.mark.parametrize(
    "path", ["android/classes.jar", "export/photo_tagger.pte", "android/jni/x86_64/libphoto_tagger.so"]
)
def test_missing_part_is_named(finished_build: Path, path: str) -> None:
    (finished_build / path).unlink()
    with pytest.raises(PackageError, match=Path(path).name):
        package(PHOTO_TAGGER, layout(PHOTO_TAGGER, finished_build))
    assert not (finished_build / "android" / "maven").exists()


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=64), max_size=6))
def test_archive_depends_on_content_only(entries: dict[str, bytes]) -> None:
    data = archive_bytes(entries)
    assert data == archive_bytes(dict(reversed(entries.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == entries
        assert archive.namelist() == sorted(entries)
