"""report.json: its schema, its honesty about what was not run, and budgets that only tighten."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from sdkgen.documents.proofs import read_proofs, write_proofs
from sdkgen.errors import ProofError
from sdkgen.report.build import build
from sdkgen.report.composition import by_part
from sdkgen.report.document import document
from sdkgen.report.inputs import ReportInputs, measure
from sdkgen.spec.values import Budgets
from sdkgen.types import Proof

MakeInputs = Callable[..., ReportInputs]


@pytest.fixture(scope="session")
def validate() -> Callable[[Any], Any]:
    schema = json.loads(resources.files("sdkgen.report").joinpath("schema.json").read_text(encoding="utf-8"))
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema)
    return compiled


@pytest.mark.parametrize("targets", [("android",), ("ios",), ("android", "ios")])
def test_the_document_follows_its_schema(
    make_inputs: MakeInputs, validate: Callable[[Any], Any], tmp_path: Path, targets: tuple[str, ...]
) -> None:
    build(make_inputs(targets=targets), tmp_path)
    validate(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))


def test_the_schema_is_strict_enough_to_notice_a_missing_field(
    make_inputs: MakeInputs, validate: Callable[[Any], Any]
) -> None:
    broken = document(make_inputs())
    del broken["proofs"][0]["reason"]
    with pytest.raises(fastjsonschema.JsonSchemaException, match="reason"):
        validate(broken)


def test_a_document_without_any_proof_follows_the_schema(
    make_inputs: MakeInputs, validate: Callable[[Any], Any]
) -> None:
    report = document(make_inputs(proofs=()))
    validate(report)
    assert report["accuracy"] is None


def test_two_builds_give_the_same_bytes(make_inputs: MakeInputs, tmp_path: Path) -> None:
    build(make_inputs(), tmp_path / "a")
    build(make_inputs(), tmp_path / "b")
    for name in ("report.json", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_no_path_of_the_build_machine_is_in_the_report(make_inputs: MakeInputs, tmp_path: Path) -> None:
    build(make_inputs(), tmp_path)
    for name in ("report.json", "report.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "/somewhere/private" not in text
        assert str(tmp_path) not in text


def test_what_was_not_run_is_not_counted_as_passed_and_is_named(make_inputs: MakeInputs) -> None:
    report = document(make_inputs())
    assert report["verdict"]["passed"] == 5
    assert report["verdict"]["not_run"] == 1
    assert any("qemu-aarch64 is not installed" in words for words in report["not_checked"])
    assert any("not executed" in words for words in report["not_checked"])


def test_a_failed_proof_makes_the_verdict_bad(make_inputs: MakeInputs) -> None:
    failed = Proof(name="executorch_matches_c_api", host="x86-64", status="failed", reason="byte 7 differs")
    report = document(make_inputs(proofs=(failed,)))
    assert report["verdict"]["ok"] is False
    assert report["verdict"]["failed"] == 1


def test_long_lists_of_the_accuracy_proof_stand_once(make_inputs: MakeInputs) -> None:
    report = document(make_inputs())
    assert set(report["proofs"][0]["metrics"]) == {"snr_db", "snr_mean_db", "top1_agreement", "views_count"}
    assert len(report["accuracy"]["per_image"]) == 14


def test_a_budget_looser_than_the_store_does_not_loosen_the_store(make_inputs: MakeInputs) -> None:
    generous = Budgets(download_bytes=900_000_000, min_snr_db=None, min_top1_agreement=None)
    report = document(make_inputs(budgets=generous))
    assert [budget["limit"] for budget in report["budgets"]] == [200_000_000]
    assert all(limit["ok"] for limit in report["limits"])


def test_a_tighter_budget_counts(make_inputs: MakeInputs) -> None:
    tight = Budgets(download_bytes=3_000_000, min_snr_db=None, min_top1_agreement=None)
    report = document(make_inputs(budgets=tight))
    assert report["budgets"] == [{"name": "download_bytes", "limit": 3_000_000, "value": 3_338_600, "ok": False}]


def test_a_budget_without_a_measurement_is_not_met(make_inputs: MakeInputs) -> None:
    not_run = Proof(name="quantised_matches_float", host="", status="not_run", reason="no images")
    budgets = Budgets(download_bytes=None, min_snr_db=10.0, min_top1_agreement=None)
    report = document(make_inputs(proofs=(not_run,), budgets=budgets))
    assert report["budgets"] == [{"name": "min_snr_db", "limit": 10.0, "value": None, "ok": False}]
    assert report["verdict"]["ok"] is False


def test_no_difference_at_all_meets_every_noise_budget(make_inputs: MakeInputs) -> None:
    exact = Proof(name="quantised_matches_float", host="h", status="passed", reason="r", metrics={"snr_db": None})
    budgets = Budgets(download_bytes=None, min_snr_db=10.0, min_top1_agreement=None)
    report = document(make_inputs(proofs=(exact,), budgets=budgets))
    assert report["budgets"] == [{"name": "min_snr_db", "limit": 10.0, "value": None, "ok": True}]


def test_a_proof_that_broke_off_gives_no_accuracy(make_inputs: MakeInputs) -> None:
    broken = Proof(name="quantised_matches_float", host="h", status="failed", reason="NaN", metrics={"views_count": 3})
    report = document(make_inputs(proofs=(broken,)))
    assert report["accuracy"] is None
    assert [budget["ok"] for budget in report["budgets"]] == [True, False, False]


def test_class_indices_come_with_their_labels(make_inputs: MakeInputs) -> None:
    entry = document(make_inputs())["accuracy"]["per_image"][1]
    assert (entry["top1_float"], entry["top1_float_label"]) == (1, "Egyptian cat")


def test_artifacts_are_hashed_and_weighed(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"a" * 100_000)
    (tmp_path / "a.bin").write_bytes(b"\x00")
    first, second = measure(tmp_path, ["b.txt", "a.bin"])
    assert (first.artifact.path, first.artifact.bytes, first.download_bytes) == ("a.bin", 1, 1)
    assert second.artifact.bytes == 100_000
    assert second.download_bytes < 500


def test_proofs_come_back_as_they_were_written(tmp_path: Path) -> None:
    proof = Proof(name="a", host="h", status="passed", reason="r", metrics={"n_count": 1})
    write_proofs(tmp_path / "a.json", [proof])
    assert read_proofs(tmp_path / "a.json") == (proof,)


@pytest.mark.parametrize("content", [None, "[]", "[{}]", "{", '[{"name": "a"}]', "3"])
def test_a_proof_that_is_missing_empty_or_damaged_is_an_error(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "training.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ProofError, match="training"):
        read_proofs(path)


def test_both_platforms_stand_side_by_side(make_inputs: MakeInputs) -> None:
    report = document(make_inputs(targets=("android", "ios")))
    sizes = report["sizes"]
    assert {abi: entry["platform"] for abi, entry in sizes["abis"].items()} == {
        "arm64-v8a": "android",
        "x86_64": "android",
        "ios-arm64": "ios",
    }
    assert sizes["download_bytes"] == sizes["abis"]["ios-arm64"]["download_bytes"]
    parts = by_part(sizes, "ios-arm64")
    assert (parts["kotlin"], parts["coreml"]) == (0, 3_410_000)
    assert by_part(sizes, "arm64-v8a")["coreml"] == 0
    assert sum(parts.values()) == sizes["download_bytes"]
    assert report["ios"]["coreml"]["precision"] == "int8_weights"
    assert [clip["ok"] for clip in report["ios"]["app_clip"]] == [True, True]
    assert any("Xcode" in words for words in report["not_checked"])


def test_a_platform_that_was_not_built_is_not_spoken_of(make_inputs: MakeInputs) -> None:
    android, ios = (document(make_inputs(targets=(name,))) for name in ("android", "ios"))
    assert android["ios"] is None
    assert not any("Xcode" in words or "App Store" in words for words in android["not_checked"])
    assert not any("Kotlin" in words or "Google Play" in words for words in ios["not_checked"])
    assert not any("Google Play" in limit["rule"] for limit in ios["limits"])


@pytest.mark.parametrize(("own", "limit"), [(None, 4_000_000), (7_500_000, 7_500_000), (300_000_000, 200_000_000)])
def test_ios_has_the_common_budget_unless_it_has_its_own(make_inputs: MakeInputs, own: int | None, limit: int) -> None:
    budgets = Budgets(download_bytes=4_000_000, min_snr_db=None, min_top1_agreement=None, ios_download_bytes=own)
    android, ios = document(make_inputs(budgets=budgets, targets=("android", "ios")))["budgets"]
    assert (android["name"], android["limit"], android["ok"]) == ("download_bytes", 4_000_000, True)
    assert (ios["name"], ios["limit"], ios["ok"]) == ("ios_download_bytes", limit, limit > 4_000_000)


def test_app_clips_are_no_verdict(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(targets=("ios",))
    clips = tuple(replace(limit, ok=False) for limit in inputs.platforms["ios"].advisory)
    report = document(replace(inputs, platforms={"ios": replace(inputs.platforms["ios"], advisory=clips)}))
    assert report["verdict"]["rules_unmet"] == 0
