"""The schema of the passes, which must not import torch, repeats their names and options; they must not drift apart."""

from typing import Any

import pytest

from sdkgen import registry
from sdkgen.compress.training.fine_tune import DEFAULTS
from sdkgen.errors import SpecError
from sdkgen.spec.passes import PASSES, FineTuneTable

for package in ("sdkgen.compress.graphs", "sdkgen.compress.modules", "sdkgen.compress.int8"):
    registry.discover(package)
KINDS = {"module": "compress_module", "program": "compress"}


def test_every_pass_has_a_table_and_every_table_a_pass() -> None:
    for level, kind in KINDS.items():
        assert set(registry.names(kind)) == {name for name, table in PASSES.items() if table.level == level}


@pytest.mark.parametrize("name", PASSES)
def test_a_pass_knows_the_options_of_its_table(name: str) -> None:
    table = PASSES[name]
    apply: Any = registry.lookup(KINDS[table.level], name)
    with pytest.raises(SpecError) as caught:
        apply(None, {"zzz": 1})
    assert f"pass {name} has no option 'zzz'" in str(caught.value)
    listed = caught.value.remedy.removeprefix("Its options are: ").removesuffix(".")
    known = set() if "no options" in listed else set(listed.split(", "))
    assert known == set(table.model_fields) - {"pass_"}


def test_the_shared_options_have_one_default() -> None:
    shared = {name: field.default for name, field in FineTuneTable.model_fields.items()}
    assert shared == dict(DEFAULTS)
