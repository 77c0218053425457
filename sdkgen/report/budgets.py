"""Compares the spec's budgets with the measurements."""

from collections.abc import Iterable, Mapping
from typing import Any

from sdkgen import targets
from sdkgen.report.inputs import PlatformInputs
from sdkgen.spec.values import Budgets
from sdkgen.types import Proof

ACCURACY_PROOF = "quantised_matches_float"
"""The proof whose metrics the accuracy budgets limit."""


def budget_titles() -> dict[str, str]:
    """Return titles by name of the verdict: the measured figure and the kind of its limit, in lower case."""
    titles = {target.download_budget: target.budget_title for target in targets.all_targets().values()}
    return {**titles, **_ACCURACY_TITLES}


_ACCURACY_TITLES = {
    "min_snr_db": "signal-to-noise ratio, at least",
    "min_top1_agreement": "same top-1 class as the float network, at least",
}


def download_bytes(sizes: Mapping[str, Any]) -> int:
    """Return the largest download that the SDK adds on any device, in bytes."""
    return max(int(entry["download_bytes"]) for entry in sizes["abis"].values())


def verdicts(
    budgets: Budgets, platforms: Mapping[str, PlatformInputs], proofs: Iterable[Proof]
) -> list[dict[str, Any]]:
    """Return one entry per budget that is set, as in report.json.

    A budget can only tighten the store's limit, so the lower of the two counts. A budget whose measurement does not
    exist has the value None and is not met. A measured signal-to-noise ratio of None means no difference at all
    (infinitely many decibels, which JSON cannot express): that budget is met, with the value None.
    """
    metrics: Mapping[str, Any] = next((proof.metrics for proof in proofs if proof.name == ACCURACY_PROOF), {})
    entries = []
    for name, platform in platforms.items():
        target = targets.target(name)
        budget = target.budget(budgets)
        if budget is not None:
            limit, value = min(budget, platform.download_limit_bytes), download_bytes(platform.sizes)
            entries.append({"name": target.download_budget, "limit": limit, "value": value, "ok": value <= limit})
    if budgets.min_snr_db is not None:
        noise = metrics.get("snr_db")
        exact = "snr_db" in metrics and noise is None
        met = exact or (noise is not None and noise >= budgets.min_snr_db)
        entries.append({"name": "min_snr_db", "limit": budgets.min_snr_db, "value": noise, "ok": met})
    if budgets.min_top1_agreement is not None:
        share = metrics.get("top1_agreement")
        met = share is not None and share >= budgets.min_top1_agreement
        entries.append({"name": "min_top1_agreement", "limit": budgets.min_top1_agreement, "value": share, "ok": met})
    return entries
