"""What the instruction counter writes becomes counts of loading, of each run and of its operators."""

import pytest

from sdkgen.bench.counts import parse, total
from sdkgen.errors import ProofError

OUTPUT = """\
{"mark": "other", "integer": 900}
{"mark": "load", "load": 40, "branch": 2}
{"mark": "other", "integer": 3}
{"mark": "operator", "simd": 10, "dot": 5}
{"mark": "operator", "dot": 7}
{"mark": "run", "branch": 1}
{"mark": "operator", "simd": 9, "dot": 5}
{"mark": "operator", "dot": 7}
{"mark": "run", "branch": 1}
{"block": 4096, "runs": 6, "dot": 24, "simd_load": 6}
{"block": 8192, "runs": 1, "dot": 4}
"""


def test_a_run_is_the_sum_of_its_operators_and_the_rest() -> None:
    counts = parse(OUTPUT)
    assert counts.load == {"load": 40, "branch": 2}
    assert counts.runs == ({"simd": 10, "dot": 12, "branch": 1}, {"simd": 9, "dot": 12, "branch": 1})
    assert counts.operators[1] == ({"simd": 9, "dot": 5}, {"dot": 7})
    assert total(counts.runs[1]) == 22


def test_the_hot_blocks_keep_their_order_and_lose_no_count() -> None:
    first, second = parse(OUTPUT).hot
    assert (first.address, first.runs, first.classes) == (4096, 6, {"dot": 24, "simd_load": 6})
    assert second.address == 8192


def test_a_program_without_operator_marks_has_runs_alone() -> None:
    counts = parse('{"mark": "load", "load": 1}\n{"mark": "run", "dot": 3}\n{"mark": "run", "dot": 2}\n')
    assert counts.runs == ({"dot": 3}, {"dot": 2})
    assert counts.operators == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"mark": "run", "dot": 3}\n',
        '{"mark": "load", "load": 1}\n',
        '{"mark": "load", "load": 1}\n{"mark": "run", "dot": 3}\n{"mark": "operator", "dot": 3}\n',
    ],
)
def test_a_missing_marker_is_an_error(text: str) -> None:
    with pytest.raises(ProofError, match="marker is missing"):
        parse(text)


def test_a_line_that_was_cut_off_is_an_error() -> None:
    with pytest.raises(ProofError, match="not a line of JSON"):
        parse(OUTPUT[:-8])
