"""The sample app's resources link, its Kotlin compiles against the packaged AAR, and its Gradle files name that AAR."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from sdkgen.package.kotlin import compile_program
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.ktlint import Ktlint
from tests.conftest import missing, requires_tool
from tests.consumers.android import apk_build


@pytest.fixture(scope="module")
def app(root: Path) -> Path:
    return root / "sample_apps" / "photo_tagger" / "android"


def _resource_class(app: Path, folder: Path) -> Path:
    """R.java, by linking manifest and resources as Gradle's plugin does."""
    requires_tool("aapt2", "apt-get install aapt")
    if not apk_build.FRAMEWORK.is_file():
        missing("Android's framework resources", "apt-get install android-framework-res")
    main = app / "app" / "src" / "main"
    # The plugin puts the build file's namespace into the manifest.
    manifest = folder / "AndroidManifest.xml"
    text = (main / "AndroidManifest.xml").read_text()
    manifest.write_text(text.replace("<manifest ", '<manifest package="com.example.phototagger.sample" ', 1))
    apk_build.run(["aapt2", "compile", "--dir", main / "res", "-o", folder / "res.zip"])
    link = ["aapt2", "link", "-I", apk_build.FRAMEWORK, "--manifest", manifest, "--java", folder / "java"]
    apk_build.run([*link, "--min-sdk-version", "28", "-o", folder / "linked.apk", folder / "res.zip"])
    return folder / "java" / "com" / "example" / "phototagger" / "sample" / "R.java"


def test_it_compiles_against_the_packaged_aar(app: Path, demo_dist: Path, tmp_path: Path) -> None:
    if Kotlinc.find() is None:
        missing("kotlinc", Kotlinc.remedy)
    (aar,) = (demo_dist / "android" / "maven").rglob("*.aar")
    classes = apk_build.classes_of(aar, tmp_path)
    sources = [*app.rglob("app/src/main/kotlin/**/*.kt"), _resource_class(app, tmp_path)]
    compile_program([*sources, *apk_build.stub_sources("android", "androidx")], [classes], tmp_path / "app.jar")
    assert (tmp_path / "app.jar").is_file()


def test_its_style_is_ktlints(app: Path) -> None:
    ktlint = Ktlint.find()
    if ktlint is None:
        missing("ktlint", Ktlint.remedy)
        return
    command = ktlint.command("--log-level=error", f"{app}/**/*.kt", f"{app}/**/*.kts")
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert answer.returncode == 0, answer.stdout


def test_gradle_finds_the_packaged_sdk_by_its_coordinates(app: Path, demo_dist: Path) -> None:
    settings = (app / "settings.gradle.kts").read_text()
    assert 'url = uri("../../../dist/photo_tagger/android/maven")' in settings
    catalogue = tomllib.loads((app / "gradle" / "libs.versions.toml").read_text())
    sdk = catalogue["libraries"]["photo-tagger"]
    group, artifact = sdk["module"].split(":")
    version = catalogue["versions"][sdk["version"]["ref"]]
    folder = demo_dist / "android" / "maven" / group.replace(".", "/") / artifact / version
    assert (folder / f"{artifact}-{version}.aar").is_file()
    assert f'includeGroup("{group}")' in settings


def test_gradle_files_use_what_the_catalogue_has_and_store_the_model(app: Path) -> None:
    catalogue = tomllib.loads((app / "gradle" / "libs.versions.toml").read_text())
    build = (app / "app" / "build.gradle.kts").read_text()
    for name in catalogue["libraries"]:
        assert f"implementation(libs.{name.replace('-', '.')})" in build
    for name in catalogue["plugins"]:
        assert f"alias(libs.plugins.{name.replace('-', '.')})" in build
    versions = {entry["version"]["ref"] for part in ("libraries", "plugins") for entry in catalogue[part].values()}
    assert versions == set(catalogue["versions"])
    assert 'noCompress += "pte"' in build
