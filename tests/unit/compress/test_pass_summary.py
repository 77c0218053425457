"""Passes in plain words: what each gained, what it cost, and a sentence about both."""

from typing import Any

import pytest

from sdkgen.spec.passes import passes
from sdkgen.types import PassSummary

BEFORE = {
    "top1": 0.9,
    "download_bytes": 20_000,
    "macs": 2_000_000,
    "parameters": 22_000,
    "modelled_instructions_neondot": 900_000,
}


def entry(name: str, **after: float) -> dict[str, Any]:
    return {"name": name, "before": BEFORE, "after": {**BEFORE, **after}}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def summary(made: dict[str, Any]) -> PassSummary:
    return passes()[made["name"]].summary(made["before"], made["after"])


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            entry("magnitude_pruning", download_bytes=17_800, top1=0.8988),
            "magnitude_pruning saved 11 % of the download and nothing in speed; the accuracy fell by 0.12 points.",
        ),
        (
            entry("structured_pruning", download_bytes=12_000, modelled_instructions_neondot=540_000, macs=1_000_000),
            "structured_pruning saved 40 % of the download and 40 % of the modelled instructions (SDOT); "
            "the accuracy stayed the same.",
        ),
        (
            entry("low_rank", modelled_instructions_neondot=990_000, download_bytes=19_000, top1=0.905),
            "low_rank saved 5.0 % of the download and nothing in speed; "
            "it added 10 % to the modelled instructions (SDOT); the accuracy rose by 0.50 points.",
        ),
        (
            entry("fold_batch_norm"),
            "fold_batch_norm saved nothing in download or speed; the accuracy stayed the same.",
        ),
        (
            entry("int8_qat", download_bytes=20_500, top1=0.9005),
            "int8_qat turned weights and arithmetic into int8, which is what the phone executes; "
            "the accuracy rose by 0.05 points.",
        ),
        (
            {"name": "fold_batch_norm", "before": {}, "after": {"parameters": 5}},
            "fold_batch_norm was weighed neither in download nor in speed; "
            "the accuracy on labelled data was not measured.",
        ),
    ],
)
def test_verdicts(made: dict[str, Any], said: str) -> None:
    assert plain(summary(made).verdict) == said


def test_gain_and_price_in_a_line_each() -> None:
    made = entry("structured_pruning", macs=1_000_000, download_bytes=12_000, parameters=22_000.0, top1=0.89)
    assert plain(summary(made).gain) == "40 % of the download and 50 % of the multiply-accumulates"
    assert plain(summary(made).price) == "1.00 points of accuracy"
    unchanged = summary(entry("fold_batch_norm"))
    assert (unchanged.gain, unchanged.price) == ("nothing", "nothing")
