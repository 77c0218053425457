"""The Swift proofs without Swift: what is copied, what is said, what a missing tool means."""

import json
from pathlib import Path

import numpy as np
import pytest

from sdkgen.documents.api import SwiftManifest, write_manifest
from sdkgen.errors import ProofError
from sdkgen.layout import Layout
from sdkgen.prove import swift_package
from sdkgen.prove.swift import prove_swift
from sdkgen.prove.swift_package import SwiftWork, answers, first_complaint, prepare, run_tests
from sdkgen.samples import Sample
from sdkgen.spec import load
from sdkgen.toolchain.swift import Swift


class FakeSwift(Swift):
    """Says what the test wants instead of running anything."""

    def __init__(self, output: str = "", code: int = 0) -> None:
        super().__init__("6.0.3", None)
        self.output, self.code = output, code
        self.commands: list[list[str]] = []

    def run(self, arguments, **options):  # type: ignore[no-untyped-def,override]  # of Swift.run
        import subprocess

        self.commands.append(list(arguments))
        return subprocess.CompletedProcess(arguments, self.code, self.output, "")


def _work(folder: Path, swift: Swift) -> SwiftWork:
    for path in ("dist/Tagger/Package.swift", "dist/Tagger/Sources/Tagger/A.swift", "api/proof/Package.swift"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return prepare(swift, folder / "swift", "Tagger", folder / "dist", folder / "api")


def test_the_work_folder_follows_what_is_shipped(tmp_path: Path) -> None:
    work = _work(tmp_path, FakeSwift())
    kept = work.package / "Package.swift"
    before = kept.stat().st_mtime_ns
    (work.package / "Sources" / "Old.swift").write_text("from an older build")
    (tmp_path / "dist" / "Tagger" / "Sources" / "Tagger" / "A.swift").write_text("changed")
    _work(tmp_path, FakeSwift())
    assert not (work.package / "Sources" / "Old.swift").exists()
    assert kept.stat().st_mtime_ns == before
    with pytest.raises(ProofError, match="holds no files"):
        prepare(FakeSwift(), tmp_path / "swift", "Other", tmp_path / "dist", tmp_path / "api")


def test_tests_are_counted_and_a_failure_is_named(tmp_path: Path) -> None:
    passed = "\t Executed 14 tests, with 1 test skipped and 0 failures (0 unexpected) in 0.388 (0.388) seconds"
    assert run_tests(_work(tmp_path, FakeSwift(passed))) == 13
    failed = "/x/T.swift:7: error: TaggerTests.testA : XCTAssertEqual failed\n\t Executed 2 tests, with 1 failures (0"
    with pytest.raises(ProofError, match=r"TaggerTests\.testA fails: XCTAssertEqual failed"):
        run_tests(_work(tmp_path, FakeSwift(failed, 1)))
    with pytest.raises(ProofError, match="swift test fails"):
        run_tests(_work(tmp_path, FakeSwift("nothing was run")))


def test_a_picture_is_written_with_gaps_between_its_rows(tmp_path: Path) -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    path = swift_package._write_input(Sample(name="p", picture=picture, inputs=()), tmp_path / "p")
    data = path.read_bytes()
    width, height, stride = np.frombuffer(data[:12], "<u4")
    rows = np.frombuffer(data[12:], np.uint8).reshape(height, stride)
    assert (width, height, stride) == (3, 2, 12 + swift_package.ROW_GAP)
    np.testing.assert_array_equal(rows[:, :12].reshape(2, 3, 4)[:, :, :3], picture)


def test_answers_must_be_one_line_of_json_for_each_input(tmp_path: Path) -> None:
    sample = Sample(name="t", picture=None, inputs=(np.zeros((1, 2), np.float32),))
    program = tmp_path / "swift" / "scratch" / "x86" / "release" / "Proof"
    work = _work(tmp_path, FakeSwift(json.dumps({"file": "t"})))
    with pytest.raises(ProofError, match="made no proof program"):
        answers(work, [sample])
    program.parent.mkdir(parents=True)
    program.write_text("")
    assert answers(work, [sample]) == [{"file": "t"}]
    with pytest.raises(ProofError, match="answered 1 of 2"):
        answers(work, [sample, sample])
    with pytest.raises(ProofError, match="no JSON"):
        answers(_work(tmp_path, FakeSwift("hello")), [sample])
    with pytest.raises(ProofError, match=r"swift build of the proof program fails: A\.swift:1:2: error: no"):
        answers(_work(tmp_path, FakeSwift("note\n/a/b/A.swift:1:2: error: no", 1)), [sample])


def test_a_complaint_names_files_without_their_folders() -> None:
    assert first_complaint("Compiling\n/b/x/A.swift:3:4: warning: w\n/b/A.swift: error: e") == "A.swift:3:4: warning: w"
    assert first_complaint("one\ntwo\n") == "two"
    assert first_complaint("") == "no message"


def test_without_swift_the_proofs_are_not_run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDKGEN_SWIFT", "off")
    (tmp_path / "ios" / "api").mkdir(parents=True)
    manifest = SwiftManifest(module="Tagger", c_module="CTagger", resources=(), fingerprint="0x1", files=())
    write_manifest(tmp_path / "ios" / "api" / "manifest.json", manifest)
    files = Layout(name="photo_tagger", build=tmp_path, host=tmp_path, dist=tmp_path)
    proofs = prove_swift(load(root / "sample_apps/photo_tagger/sdk.toml"), files)
    assert [(proof.name, proof.status) for proof in proofs] == [
        ("swift_matches_pytorch", "not_run"),
        ("swift_typechecks", "not_run"),
    ]
    assert "Swift is needed" in proofs[0].reason
