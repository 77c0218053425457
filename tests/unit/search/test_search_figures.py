"""The front holds what no other result beats; limits choose among all, and a miss says by how much."""

from dataclasses import replace

import pytest

from sdkgen.search.figures import best, closest, front, margins, misses
from tests.unit.search.search_values import SEARCH, limited, result

RESULTS = [
    result(0, top1=0.90, download=30_000, instructions=900),
    result(1, top1=0.91, download=30_000, instructions=900),  # beats 0
    result(2, top1=0.88, download=20_000, instructions=800),
    result(3, top1=0.88, download=25_000, instructions=700),  # larger than 2, but faster
    result(4, top1=0.88, download=20_000, instructions=800),  # the same as 2
    result(5, top1=0.70, download=26_000, instructions=850),  # worse than 3 in all
]


def test_the_front_holds_what_nothing_beats_once() -> None:
    assert [entry.number for entry in front(RESULTS, SEARCH)] == [2, 3, 1]


def test_the_tier_of_the_search_decides_about_latency() -> None:
    slow = replace(RESULTS[3], figures=replace(RESULTS[3].figures, instructions={"neondot": 700, "neon": 99_999}))
    assert [entry.number for entry in front([RESULTS[2], slow], replace(SEARCH, tier="neon"))] == [2]


@pytest.mark.parametrize(("prefer", "number"), [("accuracy", 1), ("download", 2), ("latency", 3)])
def test_preference_decides_among_those_that_keep_the_limits(prefer: str, number: int) -> None:
    chosen = best(RESULTS, replace(SEARCH, prefer=prefer))  # type: ignore[arg-type]  # a parametrised literal
    assert chosen is not None and chosen.number == number


def test_limits_exclude() -> None:
    chosen = best(RESULTS, limited(download_bytes=26_000, min_top1=0.8))
    assert chosen is not None and chosen.number == 2
    assert best(RESULTS, limited(download_bytes=10_000)) is None


def test_what_is_exactly_at_a_limit_keeps_it() -> None:
    figures = RESULTS[2].figures
    search = limited(download_bytes=20_000, macs=1000, instructions=800, min_top1=0.88)
    assert misses(figures, search) == ()
    assert [miss.excess for miss in margins(figures, search)] == [0, 0, 0, 0]


def test_how_close_it_came_is_a_fraction_of_the_limit() -> None:
    search = limited(download_bytes=10_000, min_top1=0.99)
    near = closest(RESULTS, search)
    assert near is not None and near.number == 2
    found = {miss.name: miss.excess for miss in misses(near.figures, search)}
    assert found["download_bytes"] == pytest.approx(1.0)
    assert found["min_top1"] == pytest.approx((0.99 - 0.88) / 0.99)


def test_nothing_measured_is_nothing_found() -> None:
    assert front([], SEARCH) == ()
    assert best([], SEARCH) is None
    assert closest([], SEARCH) is None
