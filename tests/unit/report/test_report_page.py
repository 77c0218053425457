"""report.html: escaped, self-contained, well-formed, and plain about failures."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sdkgen.report.document import document
from sdkgen.report.inputs import ReportInputs
from sdkgen.report.page import render
from sdkgen.spec.values import TensorInput
from sdkgen.tasks.tensor import TensorTask
from sdkgen.types import Proof

MakeInputs = Callable[..., ReportInputs]
_VOID = {"meta", "link", "br", "hr", "img", "input"}


class _Page(HTMLParser):
    """Checks nesting; collects tags, ids, references and the text of the body."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, tag
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack:
            self.words += data


@pytest.mark.parametrize("targets", [("android",), ("ios",), ("android", "ios")])
def test_the_page_is_well_formed_and_its_links_lead_somewhere(
    make_inputs: MakeInputs, targets: tuple[str, ...]
) -> None:
    page = _Page(render(document(make_inputs(targets=targets))))
    assert page.stack == []
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in page.tags:
        if tag == "a":
            assert (attributes["href"] or "").removeprefix("#") in identifiers


def test_the_page_needs_no_network_and_runs_no_script(make_inputs: MakeInputs) -> None:
    text = render(document(make_inputs()))
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in _Page(text).tags}
    assert not re.search(r"url\(|@import|src=|https?://", text)


def test_hostile_text_is_shown_and_never_becomes_markup(make_inputs: MakeInputs) -> None:
    attack = "<script>alert(1)</script>"
    tagged = Proof(
        name="quantised_matches_float",
        host=attack,
        status="passed",
        reason=f"`{attack}`",
        metrics={
            "snr_db": 12.0,
            "note": attack,
            "per_layer": [{"layer": f'"/>{attack}', "snr_db": 3.0}],
            "per_image": [{"name": attack, "snr_db": 1.0, "top1_float": attack, "top1_quantised": attack}],
        },
    )
    text = render(document(make_inputs(description=attack, proofs=(tagged,))))
    page = _Page(text)
    assert "<script" not in text
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.words.count(attack) >= 6


def test_a_proof_that_was_not_run_is_shown_as_such(make_inputs: MakeInputs) -> None:
    words = _Page(render(document(make_inputs()))).words
    assert "Everything that was executed passed; 1 proof was not run" in words
    assert "not run" in words
    assert "6 passed" not in words


@pytest.mark.parametrize(
    ("status", "headline"),
    [
        ("failed", "Do not ship: 1 failed"),
        ("not_run", "Nothing was proven"),
        ("passed", "Every proof was executed and passed"),
    ],
)
def test_the_headline_says_what_happened(make_inputs: MakeInputs, status: str, headline: str) -> None:
    proof = Proof(
        name="quantised_matches_float",
        host="here",
        status=status,  # type: ignore[arg-type]
        reason="why",
        metrics={"snr_db": 20.0, "top1_agreement": 1.0},
    )
    inputs = make_inputs(proofs=(proof,))
    unbudgeted = replace(inputs.spec.budgets, min_snr_db=None, min_top1_agreement=None)
    inputs = replace(inputs, spec=replace(inputs.spec, budgets=unbudgeted))
    assert headline in _Page(render(document(inputs))).words


def test_an_sdk_of_plain_tensors_has_a_page_too(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(proofs=())
    spec = replace(
        inputs.spec, inputs=(TensorInput(name="x", shape=(1, 8)),), task=TensorTask(outputs=("y",)), passes=()
    )
    compress = replace(inputs.compress, passes=(), quantisation=())
    words = _Page(render(document(replace(inputs, spec=spec, compress=compress)))).words
    assert "nothing is preprocessed" in words
    assert "No compression pass ran" in words
    assert "No proof was executed" in words


def test_every_table_has_a_caption_and_every_chart_a_name(make_inputs: MakeInputs) -> None:
    tags = _Page(render(document(make_inputs()))).tags
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption")
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"


def test_ios_has_its_section_where_it_was_built(make_inputs: MakeInputs) -> None:
    words = _Page(render(document(make_inputs(targets=("android", "ios"))))).words
    for text in (
        "int8 weights, float16 activations",
        "needs iOS 16",
        "9" * 64,
        "ios-arm64_x86_64-simulator",
        "App Clip",
    ):
        assert text in words, text
    assert "XCFramework of static" not in _Page(render(document(make_inputs()))).words


def test_a_long_list_of_artifacts_folds_away_and_loses_none(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    first = inputs.artifacts[0]
    many = tuple(replace(first, artifact=replace(first.artifact, path=f"file{i}", bytes=i)) for i in range(100))
    words = _Page(render(document(replace(inputs, artifacts=many)))).words
    assert "84 more files" in words
    assert all(f"file{i}" in words for i in range(100))
