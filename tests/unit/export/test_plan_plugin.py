"""A plan operator is added by one file outside of the package: quantised, lowered, banded, written and documented."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sdkgen.plan import work
from sdkgen.plan.operator_type import OperatorType, operator_types, register_type
from sdkgen.registry import PLUGIN_FOLDERS

HERE = Path(__file__).parent
SCRIPT = """
import json, struct, sys
from tests.unit.export.export_cases import quantise, samples_for
from tests.unit.export.modules import Network
from torch import nn
import torch
from sdkgen.compress.program import capture
from sdkgen.latency import modelled
from sdkgen.plan.aten import document_rows
from sdkgen.plan.band_choice import with_bands
from sdkgen.plan.bands import chains
from sdkgen.plan.format import HEADER, OPERATOR
from sdkgen.plan.lower import lower
from sdkgen.plan.reader import read_plan
from sdkgen.plan.writer import write_plan

torch.manual_seed(0)
network = Network(lambda m, x: m["last"](m["first"](x).flip(1)), first=nn.Conv2d(3, 8, 3), last=nn.Conv2d(8, 4, 1))
samples = samples_for(((1, 3, 10, 10),), 2)
quantised = quantise(network, samples)
graph = with_bands(lower(quantised)).graph
data = write_plan(graph, fingerprint=7).data
plan = read_plan(data)
first = HEADER.unpack_from(data)[10]
numbers = [OPERATOR.unpack_from(data, first + index * OPERATOR.size)[0] for index in range(len(plan.operators))]
float_program = capture(network, samples[0], samples).exported
json.dump({
    "kinds": [operator.kind.name for operator in plan.operators],
    "numbers": numbers,
    "shared": plan.tensors[plan.operators[2].input0].scale == plan.tensors[plan.operators[2].output].scale,
    "chains": [[chain.start, chain.stop] for chain in chains(graph)],
    "unknown": [modelled(program).unknown for program in (float_program, quantised)],
    "documented": [row.pytorch for row in document_rows() if "reverse" in [kind.name for kind in row.kinds]],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What a process with the toy's folder among its plug-ins makes of a network that uses the toy."""
    environment = os.environ | {PLUGIN_FOLDERS: str(HERE / "toy_operator")}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(HERE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=HERE.parents[2])
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_it_is_lowered_and_stands_in_the_bytes_by_its_number(found: dict[str, Any]) -> None:
    assert found["kinds"] == ["quantize", "conv", "reverse", "gemm", "dequantize"]
    assert found["numbers"] == [9, 2, 900, 1, 10]


def test_its_traits_are_heeded(found: dict[str, Any]) -> None:
    assert found["shared"], "its result has the parameters of its input"
    assert found["chains"] == [[1, 4]], "it may stand in a band"


def test_the_model_of_latency_names_it_until_it_is_measured(found: dict[str, Any]) -> None:
    assert found["unknown"] == [["reverse"], ["reverse"]]


def test_it_has_a_row_in_the_documentation(found: dict[str, Any]) -> None:
    assert found["documented"] == ["flip over channels"]


def test_a_number_stands_for_one_kind() -> None:
    taken = operator_types()["conv"].number
    with pytest.raises(ValueError, match=f"has the number {taken} of conv"):
        register_type(OperatorType(name="another", number=taken, work=work.element_wise))
