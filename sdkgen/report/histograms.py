"""Histograms of weights and activations with their int8 ranges, and the ranking of layers by quantisation damage."""

from collections.abc import Mapping, Sequence
from typing import Any

from sdkgen.report import svg

_INT8 = (-128, 127)
_HEIGHT = 170

Row = Mapping[str, Any]


def activations(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one entry per counted activation: observed range, int8 range, clipped fraction."""
    entries = []
    for row in rows:
        counts = row.get("histogram") or ()
        low, high = row.get("min"), row.get("max")
        if not counts or low is None or high is None or not high > low:
            continue
        chosen = tuple((edge - row["zero_point"]) * row["scale"] for edge in _INT8)
        width = (high - low) / len(counts)
        outside = sum(
            count for index, count in enumerate(counts) if not chosen[0] <= low + (index + 0.5) * width <= chosen[1]
        )
        entries.append(
            {
                "name": row["name"],
                "kind": row["kind"],
                "seen": (low, high),
                "chosen": (max(low, chosen[0]), min(high, chosen[1])),
                "clipped": outside / max(1, sum(counts)),
                "svg": svg.histogram(
                    counts,
                    shaded=((chosen[0] - low) / (high - low), (chosen[1] - low) / (high - low)),
                    name=f"Values of {row['name']}",
                ),
            }
        )
    return entries


def weights(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one entry per layer: its weights in steps of their channel's scale, and the fraction beyond 127 steps."""
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "scales": (row["smallest_scale"], row["largest_scale"]),
            "clipped": row["clipped"],
            "svg": svg.histogram(row["histogram"], shaded=(0.0, 1.0), name=f"Weights of {row['name']}"),
        }
        for row in rows
    ]


def damage(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Rank operators by the output error when each alone is int8, the worst first; None if not measured."""
    measured = [row for row in rows if row["alone_db"] is not None]
    if not measured:
        return None
    full = 10.0 * -(-max(row["alone_db"] for row in measured) // 10)
    grid = [float(step) for step in range(0, int(full) + 1, 10 if full <= 60 else 20)]
    segments = [
        svg.Segment(
            label=row["name"],
            title=f"{row['name']} ({row['kind']}): {row['alone_db']:.1f}\N{NO-BREAK SPACE}dB alone",
            value=max(0.0, row["alone_db"]),
            style="column low" if index < 3 else "column",
        )
        for index, row in enumerate(measured)
    ]
    return {
        "axis": svg.axis(full=full, height=_HEIGHT, grid=grid, unit="dB"),
        "svg": svg.columns(segments, full=full, height=_HEIGHT, grid=grid, name="Signal to noise, one layer in int8"),
        "worst": measured[:5],
        "whole": next((row for row in measured if row.get("without_db") is not None), None),
    }
