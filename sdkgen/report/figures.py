"""Formats numbers for people: decimal units as the stores use; the same number always gives the same characters."""

from collections.abc import Mapping
from typing import Any

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
_WORDS = {"snr": "SNR", "macs": "MACs", "api": "API", "top1": "top-1", "top5": "top-5", "jvm": "JVM", "mse": "MSE",
          "neon": "armv8.0", "neondot": "SDOT", "neoni8mm": "SMMLA"}  # fmt: skip
_KEYS = {"weight_bytes": "weights"}
_SUFFIXES = ("_bytes", "_db", "_count", "_ms", "_percent")


def size(count: float) -> str:
    """Format bytes with three significant digits: "842 B", "38.4 KB", "3.47 MB"."""
    sign = MINUS if count < 0 else ""
    value = abs(float(count))
    for unit in ("B", "KB", "MB"):
        if value < 999.5:
            return sign + _three_digits(value, whole=unit == "B") + NBSP + unit
        value /= 1000
    return sign + _three_digits(value, whole=False) + NBSP + "GB"


def rule_size(count: float) -> str:
    """Format like `size`, but a power of two as "16 KiB": an alignment is one, and "16.4 KB" would hide it."""
    whole = int(count)
    if count == whole and 1024 <= whole < 1 << 20 and whole & (whole - 1) == 0:
        return f"{whole >> 10}{NBSP}KiB"
    return size(count)


def amount(count: float) -> str:
    """Format a count: exact below 100 000 with separated thousands, then "3.50 million" and so on."""
    if abs(count) < 100_000:
        return f"{count:,.0f}".replace(",", NBSP) if count == int(count) else f"{count:.4g}"
    value, unit = (count / 1e9, "billion") if abs(count) >= 999.5e6 else (count / 1e6, "million")
    return _three_digits(value, whole=False) + NBSP + unit


def decibel(value: float | None) -> str:
    """Format with one decimal; None is what a proof writes for an error of exactly zero."""
    return "exact" if value is None else f"{value:.1f}{NBSP}dB"


def percent(fraction: float) -> str:
    """Format a fraction 0..1 as a percentage with one decimal, never rounded up to a full 100 %."""
    text = f"{100 * fraction:.1f}"
    if text == "100.0":
        text = "100" if fraction >= 1 else "99.9"
    return text + NBSP + "%"


def change(before: float, after: float) -> str:
    """Format a relative change in percent with its sign, or "" where nothing changed or there is no base."""
    if before == after or before == 0:
        return ""
    value = 100 * (after - before) / abs(before)
    digits = 0 if abs(value) >= 10 else 1
    text = f"{abs(value):.{digits}f}"
    return ("+" if value > 0 else MINUS) + text + NBSP + "%"


def label(key: str) -> str:
    """Format a metric's key as words: "top1_agreement" -> "top-1 agreement", "snr_db" -> "SNR"."""
    if key in _KEYS:
        return _KEYS[key]
    for suffix in _SUFFIXES:
        key = key.removesuffix(suffix)
    return " ".join(_WORDS.get(word, word) for word in key.split("_"))


def metric(key: str, value: Any) -> str:
    """Format a metric's value in the unit that its key ends with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{label(name)} {metric(name, item)}" for name, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        scalar = all(isinstance(item, str | int | float) for item in value)
        return ", ".join(metric(key, item) for item in value) if scalar and len(value) <= 6 else f"{len(value)} entries"
    if key.endswith("_db"):
        return decibel(value)
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if key.endswith("_bytes") and "differing" not in key:
        return size(value)
    if key.endswith(("agreement", "fraction")):
        return percent(value)
    if isinstance(value, int) or key.endswith("_count"):
        return amount(value)
    return f"{value:.3g}"


def _three_digits(value: float, *, whole: bool) -> str:
    if whole or value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
