"""What is built again after which edit of the Android SDK."""

import subprocess
import sys
import time

import pytest

from tests.unit.scons.dag_project import Project

EVERY_STEP = {
    *("compress", "export", "generate", "kotlin", "package"),
    *("prove_executorch", "prove_jvm", "prove_arm", "report", "check"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("dag"))
    assert project.build() == EVERY_STEP
    return project


def test_the_results_are_where_users_look(project: Project) -> None:
    dist = project.folder / "dist" / "photo_tagger"
    for name in ("model/photo_tagger.pte", "android/maven/content.txt", "android/api/content.txt", "report.json"):
        assert (dist / name).is_file(), name


def test_nothing_changed_runs_nothing_and_imports_no_torch(project: Project) -> None:
    log = project.folder / "ran.txt"
    log.unlink(missing_ok=True)
    result = project.scons("target=android", python=("-X", "importtime"))
    assert result.returncode == 0
    assert not log.exists()
    assert "up to date" in result.stdout
    imported = [line.rsplit("|", 1)[-1].strip().split(".")[0] for line in result.stderr.splitlines()]
    assert "SCons" in imported
    assert not {"torch", "executorch", "numpy", "jinja2"} & set(imported)


def test_a_template_edit_reaches_kotlin_its_proof_and_the_report_only(project: Project) -> None:
    template = next(p for p in (project.folder / "templates/kotlin").rglob("*.kt") if "proof" not in p.parts)
    template.write_text(template.read_text() + "\n// edited\n")
    assert project.build() == {"generate", "kotlin", "package", "prove_jvm", "report", "check"}


def test_a_kernel_edit_does_not_touch_the_model(project: Project) -> None:
    project.replace("native/kernels/add_s8/ref.c", "return x + panel", "return x - panel")
    assert project.build() == {"package", "prove_executorch", "prove_jvm", "prove_arm", "report", "check"}


def test_a_header_edit_reaches_what_includes_it_through_an_inc_file(project: Project) -> None:
    project.replace("native/kernels/panel.h", "PANEL 8", "PANEL 16")
    assert {"package", "prove_arm"} <= project.build()


def test_a_comment_in_c_compiles_and_stops_there(project: Project) -> None:
    project.replace("native/runtime/run.c", "return 1;", "return 1; /* why */")
    assert project.build() == set()


def test_the_image_code_reaches_calibration(project: Project) -> None:
    project.replace("native/image/resize.c", "return 2;", "return 3;")
    ran = project.build()
    assert "compress" in ran
    assert "export" not in ran  # the stand-in for compress wrote the same bytes, so nothing after it is out of date


def test_a_budget_edit_reaches_the_report_only(project: Project) -> None:
    project.replace("sample_apps/photo_tagger/sdk.toml", "download_bytes = 4_000_000", "download_bytes = 4_500_000")
    assert project.build() == {"report", "check"}


def test_a_comment_in_the_spec_reaches_nothing(project: Project) -> None:
    project.replace("sample_apps/photo_tagger/sdk.toml", "[budgets]", "# money\n[budgets]")
    assert project.build() == set()


def test_the_model_s_source_reaches_compress(project: Project) -> None:
    project.append("sample_apps/photo_tagger/model.py", "\n# edited\n")
    assert "compress" in project.build()


def test_a_stage_s_python_reaches_its_step(project: Project) -> None:
    project.append("sdkgen/report/build.py", "\n# edited\n")
    assert project.build() == {"report"}  # it writes the same bytes, so that nothing is left to check


def test_a_file_missing_from_dist_is_put_back(project: Project) -> None:
    aar = project.folder / "dist/photo_tagger/android/maven/content.txt"
    aar.unlink()
    assert project.build() <= {"report", "check"}
    assert aar.is_file()


def test_a_spec_that_trains(project: Project) -> None:
    spec = "sample_apps/fashion_tagger/sdk.toml"
    arguments = ("target=android", f"spec={spec}")
    assert project.build(*arguments) == {*EVERY_STEP, "train", "prove_training"}
    assert project.build(*arguments) == set()
    project.replace(spec, "learning_rate = 0.004\ntemperature", "learning_rate = 0.005\ntemperature")
    # The stand-in trains the same weights; the fingerprint of the SDK is another one.
    assert {"train", "compress", "prove_training", "export"} <= project.build(*arguments)
    project.append("sample_apps/fashion_tagger/data.py", "\n# edited\n")
    assert {"train", "compress", "prove_training"} <= project.build(*arguments)
    project.replace(spec, "download_bytes = 400_000", "download_bytes = 500_000")
    assert project.build(*arguments) == {"report", "check"}


def test_a_failing_step_says_why_fails_the_build_and_leaves_nothing(project: Project) -> None:
    flag = project.folder / "fail-export"
    flag.touch()
    project.append("sdkgen/export/export.py", "\n# edited\n")
    result = project.scons()
    flag.unlink()
    assert result.returncode != 0
    assert "error: export was told to fail\n  Remove the file." in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert not (project.folder / "build/photo_tagger/export/photo_tagger.pte").exists()
    assert {"export"} <= project.build()


def test_progress_is_one_line_per_step_and_verdicts_are_shown(project: Project) -> None:
    project.replace("sample_apps/photo_tagger/sdk.toml", "min_snr_db = 18.0", "min_snr_db = 17.5")
    result = project.scons()
    lines = result.stdout.splitlines()
    assert len([line for line in lines if line.endswith("] report")]) == 1
    assert all(line.startswith("[") and "%]" in line for line in lines if line != "the table of verdicts")
    assert "the table of verdicts" in lines
    assert lines[-2].startswith("[") and 50 < int(lines[-2][1:4]) <= 100


def test_an_interrupt_leaves_no_partial_target(project: Project) -> None:
    project.replace("native/runtime/run.c", "return 1;", "return 4;")
    command = [sys.executable, "-m", "SCons", "-Q", "-j2"]
    process = subprocess.Popen(command, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.2)
    process.terminate()
    process.wait(timeout=60)
    project.build()
    assert not list((project.folder / "build").rglob("*.partial"))


def test_misspelt_words_are_answered_in_one_sentence(project: Project) -> None:
    for argument, answer in (("sepc=a", "Did you mean 'spec'?"), ("androd", "Did you mean 'android'?")):
        result = project.scons(argument)
        assert result.returncode == 2
        assert answer in result.stderr
        assert "Traceback" not in result.stderr


def test_help_needs_no_spec(project: Project) -> None:
    result = project.scons("-h", "spec=nowhere.toml")
    assert result.returncode == 0
    assert "variables:" in result.stdout


def test_clean_removes_what_was_built(project: Project) -> None:
    assert project.scons("-c").returncode == 0
    assert not (project.folder / "dist/photo_tagger").exists()
    assert not (project.folder / "build/photo_tagger").exists()
