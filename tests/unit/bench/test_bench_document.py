"""arm.json follows its schema, and the tables show ours beside XNNPACK's."""

import io
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import fastjsonschema
import pytest
from rich.console import Console, RenderableType

from sdkgen.bench import tables
from sdkgen.bench.document import build_document
from tests.unit.bench.bench_values import LOOPS, RESULTS


@pytest.fixture
def validate() -> Callable[[Any], Any]:
    schema = json.loads(resources.files("sdkgen.bench").joinpath("schema.json").read_text(encoding="utf-8"))
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema)
    return compiled


def document() -> Any:
    return build_document(RESULTS, LOOPS, agreement_db={"tiny": 41.234}, tools={"qemu": "7.2.22"})


def test_the_document_follows_its_schema(validate: Callable[[Any], Any]) -> None:
    validate(document())


def test_the_schema_notices_an_operator_outside_xnnpack(validate: Callable[[Any], Any]) -> None:
    wrong = document()
    wrong["networks"][0]["operators_outside_xnnpack"] = 1
    with pytest.raises(fastjsonschema.JsonSchemaException, match="operators_outside_xnnpack"):
        validate(wrong)


def test_the_warm_run_and_its_layers_are_written() -> None:
    ours, theirs = document()["results"]
    assert (ours["instructions"], ours["first_run_instructions"]) == (330, 335)
    assert [(layer["kind"], layer["instructions"]) for layer in ours["layers"]] == [("quantize", 30), ("gemm", 300)]
    assert theirs["layers"] == []
    assert document()["mca"][0]["mac_per_cycle"] == 31.0


def shown(table: RenderableType) -> str:
    text = io.StringIO()
    Console(file=text, width=130).print(table)
    return text.getvalue()


def test_the_totals_show_our_share() -> None:
    (row,) = [line for line in shown(tables.totals_table(RESULTS)).splitlines() if "neoverse-n1" in line]
    assert row.split()[4] == row.split()[-1] == "0.50"


def test_operators_are_shown_one_by_one_or_by_kind() -> None:
    assert "1 gemm head" in shown(tables.layers_table(RESULTS))
    assert "gemm" in shown(tables.kinds_table(RESULTS))
    assert "head" not in shown(tables.kinds_table(RESULTS))


def test_loops_are_compared_within_a_tier() -> None:
    text = shown(tables.loops_table(LOOPS))
    assert "31.0 (97%)" in text
    assert "1.25" in text


def test_a_part_of_the_measurements_makes_tables_too() -> None:
    for table in (tables.totals_table, tables.classes_table, tables.kinds_table, tables.layers_table):
        assert shown(table(RESULTS[:1]))
    assert shown(tables.loops_table([]))
