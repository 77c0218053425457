"""Claim: the quantised network gives the float network's answers, on data that no pass has seen."""

from collections.abc import Mapping, Sequence

from sdkgen.prove.comparison import Outputs, decibels, energies, is_finite, snr_db, text_db
from sdkgen.tasks.base import Agreement
from sdkgen.types import JsonValue, Proof

NAME = "quantised_matches_float"

FLOOR_DB = 3.0
"""Below it the error carries half the energy of the signal: the network is broken, not merely less accurate.
The spec's budgets set stricter limits on accuracy."""


def quantised_matches_float(
    *,
    names: Sequence[str],
    float_outputs: Sequence[Outputs],
    quantised_outputs: Sequence[Outputs],
    per_layer: Sequence[Mapping[str, JsonValue]],
    agreement: Agreement | None,
    host: str,
) -> Proof:
    """Compare the outputs of both PyTorch programs.

    Args:
        names: one per evaluation view.
        float_outputs, quantised_outputs: one per evaluation view.
        per_layer: [{"layer", "snr_db"}], see `sdkgen.prove.layers`.
        agreement: of the task, or None if only numbers can be compared.
    """
    if not is_finite(quantised_outputs):
        # JSON has no NaN: undefined numbers are left out
        return Proof(
            name=NAME,
            host=host,
            status="failed",
            reason="The quantised network's outputs hold NaN or infinity.",
            metrics={"views_count": len(names)},
        )
    total = snr_db(float_outputs, quantised_outputs)
    pairs = [energies(r, v) for r, v in zip(float_outputs, quantised_outputs, strict=True)]
    single = [decibels(s, n) for s, n in pairs]
    known = [value for value in single if value is not None]
    images: list[dict[str, JsonValue]] = []
    for name, value, expected, actual in zip(names, single, float_outputs, quantised_outputs, strict=True):
        row: dict[str, JsonValue] = {"name": name, "snr_db": value}
        if agreement is not None:
            row |= agreement.row(expected, actual)
        images.append(row)
    metrics: dict[str, JsonValue] = {
        "snr_db": total,
        "snr_mean_db": sum(known) / len(known) if known else None,
        "top1_agreement": None,
        "views_count": len(names),
        "per_layer": [dict(row) for row in per_layer],
        "per_image": images,
    }
    seen = f"{text_db(total)} over {len(names)} views"
    if agreement is not None:
        equal = sum(agreement.same(r, v) for r, v in zip(float_outputs, quantised_outputs, strict=True))
        metrics[agreement.name] = equal / len(names)
        seen += f", the same {agreement.what} on {equal} of them"
    if total is not None and total < FLOOR_DB:
        return Proof(
            name=NAME, host=host, status="failed", reason=f"Only {seen}; at least {FLOOR_DB} dB.", metrics=metrics
        )
    return Proof(name=NAME, host=host, status="passed", reason=f"{seen}.", metrics=metrics)
