"""Passes in plain words, histograms with the chosen ranges, the ranking of layers, and the plots of a search."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib import resources
from typing import Any

import fastjsonschema
import pytest

from sdkgen.documents.compress import CompressDocument
from sdkgen.documents.json_file import document_of
from sdkgen.documents.search import FrontDocument
from sdkgen.report import histograms, pareto
from sdkgen.report.document import document
from sdkgen.report.inputs import ReportInputs
from sdkgen.report.page import render
from sdkgen.report.svg import Frame, Point, histogram, scatter

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


def activation(**changes: Any) -> dict[str, Any]:
    row = {"name": "a", "kind": "conv2d", "min": -1.0, "max": 3.0, "scale": 2 / 255, "zero_point": -128}
    return {**row, "histogram": [1, 0, 50, 100, 50, 20, 2, 1], **changes}


def test_what_lies_outside_of_the_chosen_range_is_counted() -> None:
    (found,) = histograms.activations([activation()])  # int8 covers 0 … 2 of -1 … 3
    assert found["chosen"] == pytest.approx((0.0, 2.0))
    assert found["clipped"] == pytest.approx((1 + 0 + 2 + 1) / 224)


def test_an_activation_that_was_not_counted_has_no_histogram() -> None:
    assert histograms.activations([activation(histogram=[]), {"name": "b", "kind": "input"}]) == []
    assert histograms.activations([activation(max=-1.0)]) == []


def test_a_histogram_is_one_path_with_dimmed_ends() -> None:
    text = str(histogram([0, 9, 99, 0], shaded=(0.25, 0.75), name="<x>"))
    assert text.count("<path") == 1 and "&lt;x&gt;" in text
    heights = [float(value) for value in re.findall(r"V([\d.]+)h1", text)]
    assert heights[0] == heights[3] == 32.0
    assert heights[2] == 0.0 < heights[1] == 16.0  # logarithmic: log 10 is half of log 100
    assert re.findall(r'width="([\d.]+)"', text) == ["1.00", "1.00"]


def test_the_worst_layer_stands_first_and_what_leaving_it_out_buys() -> None:
    rows = [
        {"name": "first", "kind": "conv2d", "alone_db": 20.0, "without_db": 31.0},
        {"name": "second", "kind": "add", "alone_db": 45.0, "without_db": None},
        {"name": "third", "kind": "add", "alone_db": None, "without_db": None},
    ]
    found = histograms.damage(rows)
    assert found is not None
    assert [row["name"] for row in found["worst"]] == ["first", "second"]
    assert found["whole"]["without_db"] == 31.0
    assert histograms.damage([]) is None


def search(**changes: Any) -> dict[str, Any]:
    def row(number: int, top1: float, download: int, instructions: int) -> dict[str, Any]:
        figures = {"top1": top1, "download_bytes": download, "macs": 1, "instructions": {"neondot": instructions}}
        return {"number": number, "words": f"trial {number}", "figures": figures}

    results = [row(0, 0.9, 20_000, 900), row(1, 0.88, 12_000, 500), row(2, 0.87, 15_000, 950), row(3, 0.2, 11_000, 400)]
    limits = {"download_bytes": 16_000, "macs": None, "instructions": None, "min_top1": None}
    trials = {"measured": 4, "refused": 0, "unfinished": 0, "asked": 4}
    found = {"tier": "neondot", "limits": limits, "results": results, "front": [3, 1, 0], "best": 1, "trials": trials}
    return {**found, **changes}


def test_both_plots_mark_the_front_the_best_and_the_limit() -> None:
    download, latency = pareto.plots(search())
    assert str(download["svg"]).count('class="limit"') == 1
    assert str(latency["svg"]).count('class="limit"') == 0
    for plot in (download, latency):
        assert str(plot["svg"]).count('class="dot best"') == 1


def test_a_trial_far_below_the_front_does_not_press_it_together() -> None:
    rows = [*search()["results"]]
    rows[3] = {**rows[3], "figures": {**rows[3]["figures"], "download_bytes": 30_000}}
    found = search(results=rows, front=[1, 0])
    (download, _) = pareto.plots(found)
    assert download["below"] == 1
    assert str(download["svg"]).count("<circle") == 3


def test_one_trial_or_none_is_a_plot_or_none() -> None:
    single = search(results=search()["results"][:1], front=[0], best=None)
    assert all("<circle" in str(plot["svg"]) for plot in pareto.plots(single))
    assert pareto.plots(search(results=[], front=[])) == []


def test_rows_of_the_front_are_small_first() -> None:
    assert [row["number"] for row in pareto.rows(search())] == [3, 1, 0]
    assert [row["best"] for row in pareto.rows(search())] == [False, True, False]


def test_all_of_it_stands_in_the_report(make_inputs: Callable[..., ReportInputs]) -> None:
    inputs = make_inputs()
    weight = {"name": "<w>", "kind": "conv2d", "shape": [8, 3], "smallest_scale": 0.1, "largest_scale": 0.2}
    compress = {
        **asdict(inputs.compress),
        "passes": [{**entry("magnitude_pruning", download_bytes=17_800), "notes": []}],
        "quantisation": [activation()],
        "weights": [{**weight, "clipped": 0.01, "histogram": [1] * 64}],
        "sensitivity": [{"name": "first", "kind": "conv2d", "alone_db": 20.0, "without_db": 31.0}],
    }
    trial = {"configuration": {"arguments": {}, "size": None, "passes": []}, "seconds": 3.5}
    results = [{**row, **trial, "figures": {**row["figures"], "parameters": 1}} for row in search()["results"]]
    rest = {"schema": 1, "sdk": "s", "study": "s", "prefer": "accuracy", "refused": {}, "closest": None}
    made = replace(
        inputs,
        compress=document_of(CompressDocument, compress),
        search=document_of(FrontDocument, {**search(), **rest, "results": results}),
    )
    report = document(made)
    schema = json.loads(resources.files("sdkgen.report").joinpath("schema.json").read_text(encoding="utf-8"))
    fastjsonschema.compile(schema)(report)
    assert "seconds" not in json.dumps(report["search"])
    page = plain(render(report))
    for said in (
        "saved 11 % of the download",
        "Layers by the damage",
        "Histograms of 1 activations",
        "search under a budget",
    ):
        assert said in page
    assert "&lt;w&gt;" in page and "<w>" not in page


def test_a_scatter_leaves_out_what_lies_outside() -> None:
    frame = Frame(x=(0.0, 10.0), y=(0.0, 1.0), y_grid=[0.5], x_labels=[(5.0, "five")])
    text = str(scatter([Point(x=5, y=0.5, style="dot"), Point(x=11, y=0.5)], frame, height=100, name="n"))
    assert text.count("<circle") == 1
    assert 'cx="50.000%" cy="50.00"' in text
    assert "five" in text
