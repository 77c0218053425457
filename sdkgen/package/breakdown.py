"""Splits a file's download bytes into the rows of a size table; the rows add up to the total."""

from collections.abc import Mapping

from sdkgen.package.archive import deflated_bytes
from sdkgen.types import JsonValue


def split(part: str, name: str, whole: bytes, pieces: Mapping[str, bytes], rest: str) -> list[dict[str, JsonValue]]:
    """Return one row per piece, and one called `rest` for the bytes outside of all pieces; no such row if it is ""."""
    raw = {piece: len(data) for piece, data in pieces.items()}
    compressed = {piece: deflated_bytes(data) for piece, data in pieces.items()}
    total = deflated_bytes(whole)
    if rest:
        raw[rest] = len(whole) - sum(raw.values())
        compressed[rest] = max(0, total - sum(compressed.values()))
    return apportioned(part, name, total, raw, compressed)


def apportioned(
    part: str, name: str, total: int, raw: Mapping[str, int], weights: Mapping[str, int]
) -> list[dict[str, JsonValue]]:
    """Return rows whose download bytes are in proportion to the weights and add up to `total`."""
    rows: list[dict[str, JsonValue]] = []
    sum_of_weights = sum(weights.values()) or 1
    done = shared = 0
    for piece, size in raw.items():
        done += weights[piece]
        until = total * done // sum_of_weights  # of running sums, so that nothing is lost by rounding
        rows.append({"part": part, "name": f"{name}:{piece}", "bytes": size, "download_bytes": until - shared})
        shared = until
    return rows
