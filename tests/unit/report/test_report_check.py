"""The build's last word: which error, with which figures and which levers."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from sdkgen.errors import BudgetError, ProofError
from sdkgen.report.check import check
from sdkgen.report.document import document
from sdkgen.report.figures import NBSP
from sdkgen.report.inputs import ReportInputs
from sdkgen.report.savings import savings
from sdkgen.spec.values import Budgets
from sdkgen.types import Proof

MakeInputs = Callable[..., ReportInputs]


def _download(limit: int) -> Budgets:
    return Budgets(download_bytes=limit, min_snr_db=None, min_top1_agreement=None)


def _check(inputs: ReportInputs) -> str:
    stream = io.StringIO()
    check(document(inputs), Console(file=stream, width=120, color_system=None))
    return stream.getvalue().replace(NBSP, " ")


def test_a_good_report_prints_its_rules_and_what_was_not_run(make_inputs: MakeInputs) -> None:
    text = _check(make_inputs())
    assert "download of one ABI" in text
    assert "16 KiB" in text
    assert "not run" in text
    assert "NOT MET" not in text


def test_over_budget_says_by_how_much_what_takes_the_space_and_what_helps(make_inputs: MakeInputs) -> None:
    with pytest.raises(BudgetError) as caught:
        _check(make_inputs(budgets=_download(2_500_000)))
    text = str(caught.value)
    assert caught.value.exit_code == 10
    assert "3,338,600 bytes is 838,600 bytes over the budget of 2,500,000" in text
    assert re.search(r"model +3,262,000 +97\.7%", text)
    assert re.search(r"classifier\.1 +1,1\d\d,\d{3}", text)
    assert "runtime/run.o" in text
    assert re.search(r"kotlin +31,200", text)
    assert "width multiplier of 0.80" in text
    assert "of the 1000 classes in classifier.1" in text
    assert len(re.findall(r"^ *- ", text, re.MULTILINE)) <= 3


def test_each_lever_covers_what_it_claims(make_inputs: MakeInputs) -> None:
    report = document(make_inputs())
    found = savings(report, 838_600, "arm64-v8a")
    assert 2 <= len(found) <= 3
    assert all(saving.saves_bytes >= 838_600 for saving in found)
    assert all(saving.saves_bytes < report["sizes"]["download_bytes"] for saving in found)


def test_levers_that_cannot_suffice_say_so(make_inputs: MakeInputs) -> None:
    with pytest.raises(BudgetError, match="not enough alone"):
        _check(make_inputs(budgets=_download(300_000)))


def test_a_budget_below_the_code_itself_is_called_out_of_reach(make_inputs: MakeInputs) -> None:
    with pytest.raises(BudgetError, match="no change of the model suffices"):
        _check(make_inputs(budgets=_download(50_000)))


def test_dropping_another_abi_is_never_a_lever(make_inputs: MakeInputs) -> None:
    assert all("ABI" not in saving.action for saving in savings(document(make_inputs()), 1000, "arm64-v8a"))


def test_dropping_the_heavier_emulator_abi_is_one(make_inputs: MakeInputs) -> None:
    report = document(make_inputs())
    report["sizes"]["abis"]["x86_64"]["download_bytes"] += 500_000
    report["sizes"]["download_bytes"] = report["sizes"]["abis"]["x86_64"]["download_bytes"]
    arm64 = report["sizes"]["abis"]["arm64-v8a"]["download_bytes"]
    first = savings(report, 400_000, "x86_64")[0]
    assert first.action == "leave out the ABI x86_64"
    assert first.saves_bytes == report["sizes"]["download_bytes"] - arm64


def test_too_much_noise_names_the_layers_where_it_arises(make_inputs: MakeInputs) -> None:
    budgets = Budgets(download_bytes=None, min_snr_db=20.0, min_top1_agreement=None)
    with pytest.raises(BudgetError) as caught:
        _check(make_inputs(budgets=budgets))
    assert "min_snr_db = 20.0 is not met: measured 13.42" in str(caught.value)
    assert "features.1.conv.0 39.8 dB to features.1.conv.1 35.6 dB" in str(caught.value)


def test_an_unmeasured_budget_gives_the_reason(make_inputs: MakeInputs) -> None:
    not_run = Proof(name="quantised_matches_float", host="", status="not_run", reason="no evaluation images")
    budgets = Budgets(download_bytes=None, min_snr_db=10.0, min_top1_agreement=None)
    with pytest.raises(BudgetError, match="was not measured, so it is not met: no evaluation images"):
        _check(make_inputs(proofs=(not_run,), budgets=budgets))


def test_a_platform_rule_that_is_not_met_is_an_error(make_inputs: MakeInputs) -> None:
    with pytest.raises(BudgetError, match=r"16 KB pages\): 4,096 against 16,384"):
        _check(make_inputs(load_alignment_bytes=4096))


def test_a_failed_proof_goes_before_sizes(make_inputs: MakeInputs) -> None:
    failed = Proof(name="executorch_matches_c_api", host="x86-64", status="failed", reason="3 bytes [differ]")
    with pytest.raises(ProofError) as caught:
        _check(make_inputs(proofs=(failed,), budgets=_download(1000)))
    assert caught.value.exit_code == 9
    assert "executorch_matches_c_api failed (x86-64): 3 bytes [differ]" in str(caught.value)


def test_each_platform_that_is_over_says_what_would_help_it(make_inputs: MakeInputs) -> None:
    with pytest.raises(BudgetError) as caught:
        _check(make_inputs(budgets=_download(3_300_000), targets=("android", "ios")))
    text = str(caught.value)
    assert "the download of 3,338,600 bytes is 38,600 bytes over" in text
    assert "the download for iOS of 6,768,000 bytes is 3,468,000 bytes over" in text
    android, ios = text.split("what takes the space in the download of ios-arm64")
    assert "engine" not in android and "coreml" not in android
    assert re.search(r"coreml +3,410,000", ios)
    assert 'leave out the engine "coreml" in [targets.ios]: about 3,410,000 bytes, not enough alone' in ios
    assert "kotlin" not in ios.lower()


def test_halving_the_width_of_an_sdk_with_two_engines_halves_both_models(make_inputs: MakeInputs) -> None:
    report = document(make_inputs(targets=("ios",)))
    width = next(saving for saving in savings(report, 3_000_000, "ios-arm64") if "width" in saving.action)
    assert width.saves_bytes >= 3_000_000
