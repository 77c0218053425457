"""What is built again after which edit of the iOS SDK, and that the two platforms leave each other alone."""

import time

import pytest

from tests.unit.scons.dag_project import Project

ANDROID = {"generate", "kotlin", "package", "prove_jvm", "prove_arm"}
IOS = {"coreml", "generate_swift", "apple_native", "package_ios", "prove_coreml", "prove_swift"}
MODEL = {"compress", "export", "prove_executorch"}
LAST = {"report", "check"}
SPEC = "sample_apps/photo_tagger/sdk.toml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("dag"))
    assert project.build("target=ios") == MODEL | IOS | LAST
    assert project.build("target=all") == ANDROID | LAST
    return project


def test_the_results_are_where_users_look(project: Project) -> None:
    dist = project.folder / "dist" / "photo_tagger"
    for name in ("model/photo_tagger.pte", "android/maven/content.txt", "ios/content.txt", "report.json"):
        assert (dist / name).is_file(), name


def test_nothing_changed_runs_nothing_and_imports_nothing_heavy(project: Project) -> None:
    log = project.folder / "ran.txt"
    log.unlink(missing_ok=True)
    result = project.scons("target=all", python=("-X", "importtime"))
    assert result.returncode == 0
    assert not log.exists()
    assert "up to date" in result.stdout
    imported = [line.rsplit("|", 1)[-1].strip().split(".")[0] for line in result.stderr.splitlines()]
    assert not {"torch", "coremltools", "executorch", "numpy", "jinja2"} & set(imported)


def test_a_swift_template_edit_reaches_neither_the_model_nor_core_ml_nor_android(project: Project) -> None:
    template = next(p for p in sorted((project.folder / "templates/swift/runtime").rglob("*.swift")))
    template.write_text(template.read_text() + "\n// edited\n")
    assert project.build("target=all") == {"generate_swift", "package_ios", "prove_swift"} | LAST


def test_a_kotlin_template_edit_does_not_reach_ios(project: Project) -> None:
    template = next(p for p in (project.folder / "templates/kotlin").rglob("*.kt") if "proof" not in p.parts)
    template.write_text(template.read_text() + "\n// edited\n")
    assert project.build("target=all") == {"generate", "kotlin", "package", "prove_jvm"} | LAST


def test_an_edit_of_the_ios_target_reaches_ios_only(project: Project) -> None:
    project.replace(SPEC, 'min_ios = "16.0"', 'min_ios = "16.4"')
    ran = project.build("target=all")
    assert {"generate_swift", "coreml", "package_ios"} <= ran
    assert not ran & (ANDROID | MODEL)


def test_an_edit_of_the_android_target_does_not_reach_ios(project: Project) -> None:
    project.replace(SPEC, "min_sdk = 26", "min_sdk = 27")
    ran = project.build("target=all")
    assert {"generate", "kotlin", "package"} <= ran
    assert not ran & (IOS | MODEL)


def test_a_kernel_edit_reaches_the_slices_and_not_the_models(project: Project) -> None:
    project.replace("native/kernels/add_s8/ref.c", "return x + panel", "return x - panel")
    ran = project.build("target=ios")
    assert {"apple_native", "package_ios", "prove_swift"} <= ran
    assert not ran & (ANDROID | {"compress", "export", "coreml", "generate_swift"})


def test_a_header_edit_compiles_what_includes_it_for_every_slice(project: Project) -> None:
    libraries = sorted((project.folder / "build/photo_tagger/ios/slices").rglob("*.a"))
    assert len(libraries) == 5
    before = [library.read_bytes() for library in libraries]
    project.replace("native/kernels/panel.h", "PANEL 8", "PANEL 16")
    project.build("target=ios")
    assert all(old != library.read_bytes() for old, library in zip(before, libraries, strict=True))


def test_a_damaged_bundle_is_made_again(project: Project) -> None:
    (project.folder / "build/photo_tagger/ios/coreml/content.txt").unlink()
    assert "coreml" in project.build("target=ios")
    time.sleep(0.02)  # younger than its manifest on any file system
    (project.folder / "build/photo_tagger/ios/dist/content.txt").write_text("changed")
    assert "package_ios" in project.build("target=ios")


def test_a_file_missing_from_dist_is_put_back(project: Project) -> None:
    manifest = project.folder / "dist/photo_tagger/ios/content.txt"
    manifest.unlink()
    assert project.build("target=ios") <= LAST
    assert manifest.is_file()


def test_a_target_that_the_spec_lacks_is_answered_in_one_sentence(project: Project) -> None:
    path = project.folder / SPEC
    text = path.read_text()
    path.write_text(text[: text.index("[targets.ios]")].replace("ios_download_bytes", "# ios_download_bytes"))
    result = project.scons("target=ios")
    everything = project.scons("target=all", "-n")
    path.write_text(text)
    assert result.returncode == 2
    assert "photo_tagger has no iOS target" in result.stderr
    assert "Traceback" not in result.stderr
    assert everything.returncode == 0
    assert "Swift" not in everything.stdout


def test_clean_removes_what_was_built(project: Project) -> None:
    assert project.scons("-c", "target=ios").returncode == 0
    assert not (project.folder / "dist/photo_tagger").exists()
    assert not (project.folder / "build/photo_tagger").exists()
