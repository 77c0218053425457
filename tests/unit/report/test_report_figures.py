"""Numbers on the page, and charts whose areas are true."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkgen.report import figures, svg


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 KB"),
        (99_960, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1.00 MB"),
        (3_338_600, "3.34 MB"),
        (4_000_000_000, "4.00 GB"),
    ],
)
def test_sizes_have_three_digits(count: int, text: str) -> None:
    assert figures.size(count).replace(figures.NBSP, " ") == text


def test_almost_all_is_never_shown_as_all() -> None:
    assert figures.percent(0.99999).startswith("99.9")
    assert figures.percent(1.0).startswith("100")


def test_an_alignment_is_shown_as_the_power_of_two_that_it_is() -> None:
    assert figures.rule_size(16384) == f"16{figures.NBSP}KiB"
    assert figures.rule_size(200_000_000) == f"200{figures.NBSP}MB"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("snr_db", None, "exact"),
        ("snr_db", 13.42, "13.4 dB"),
        ("top1_agreement", 0.8839, "88.4 %"),
        ("differing_bytes_count", 0, "0"),
        ("top5_equal", True, "yes"),
        ("max_difference", 0.000123456, "0.000123"),
        ("instructions", {"neoverse-n1": 38_000_000}, "neoverse-n1 38.0 million"),
        ("shape", [1, 3, 224, 224], "1, 3, 224, 224"),
    ],
)
def test_a_metric_is_shown_in_the_unit_of_its_key(key: str, value: object, text: str) -> None:
    assert figures.metric(key, value).replace(figures.NBSP, " ") == text


@given(st.lists(st.integers(min_value=1, max_value=10**7), min_size=1, max_size=80))
def test_areas_of_the_treemap_are_in_proportion_and_fill_it(values: list[int]) -> None:
    segments = [svg.Segment(label="", title=str(i), value=v, style="s") for i, v in enumerate(values)]
    height = 1000
    text = str(svg.treemap(segments, height=height, aspect=2.0, name="n"))
    found = re.findall(r'width="([\d.]+)%" height="([\d.]+)"><title>(\d+)', text)
    assert len(found) == len(values)
    for width, tall, index in found:
        share = float(width) / 100 * float(tall) / height
        assert share == pytest.approx(values[int(index)] / sum(values), abs=2e-3)


def test_a_label_in_a_chart_is_escaped() -> None:
    segment = svg.Segment(label="<b>", title="<i>", value=1, style="s")
    text = str(svg.treemap([segment], height=100, aspect=1, name='"<u>'))
    assert not re.search(r"<[biu]>", text)
