"""An operator is added by its own files and one row of ops.inc (native/README.md): a library with one more runs it."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sdkgen.layout import shared_library
from sdkgen.plan.graph import Operator
from sdkgen.plan.operator_type import Kind, types_by_number
from sdkgen.runtime import Library
from sdkgen.scons_tools import flags
from sdkgen.toolchain.zig import Zig
from tests.conftest import ROOT
from tests.native.hostile import reseal
from tests.native.objects import compiled, zig_compiler
from tests.native.plans import case_of, float_tensor, graph_of, int8_tensor

FILES = Path(__file__).parent / "new_operator"
KIND, OP_BYTES = max(types_by_number()) + 1, 112


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The runtime with the operator `negate`; only ops.inc differs from native/."""
    folder = tmp_path_factory.mktemp("new_operator")
    native = folder / "native"
    for part in ("include", "kernels", "runtime", "image"):
        shutil.copytree(ROOT / "native" / part, native / part)
    shutil.copytree(FILES / "negate_s8", native / "kernels" / "negate_s8")
    shutil.copy(FILES / "negate.c", native / "runtime" / "ops")
    with (native / "runtime" / "ops" / "ops.inc").open("a") as table:
        table.write(f"SG_OP({KIND}, NEGATE, negate, SG_FLAG_IN_PLACE, 0, SG_ELEMENTS, 64, NULL, NULL)\n")
    zig = Zig.require()
    # No kernel reads the table: the objects of the others are those of native/.
    kernels = compiled(zig_compiler("host", Zig.host_target(), flags.C), sorted(ROOT.glob("native/kernels/**/*.c")))
    sources = [path for part in ("kernels/negate_s8", "runtime", "image") for path in (native / part).rglob("*.c")]
    path = folder / shared_library("negate")
    command = [*zig.cc(Zig.host_target()), *flags.C, *flags.EXPORTED, "-O1", "-shared", "-o", str(path)]
    command += [*map(str, sorted(sources)), *map(str, kernels)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **zig.environment()})
    return Library(path)


def test_its_result(library: Library) -> None:
    source, target = int8_tensor(1, 5, 3, 7, 9), int8_tensor(1, 5, 3, 7, -4)
    rescale = Operator(kind=Kind.RESCALE, input0=1, output=2, layer="", scales=(1.0, 0.0), clamp=(-100, 127))
    graph = graph_of([float_tensor(source, "input")], [rescale], [source, target])
    case = case_of("negate", graph, np.random.default_rng(0))
    plan = bytearray(case.data)
    at = struct.unpack_from("<I", plan, 36)[0] + OP_BYTES  # behind `quantize`
    assert struct.unpack_from("<H", plan, at)[0] == Kind.RESCALE.number
    struct.pack_into("<H", plan, at, KIND)
    with library.open(reseal(plan)) as model:
        (actual,) = model.run(list(case.inputs))
    expected = np.clip(-case.inputs[0] - 4, -100, 127) + 4
    assert np.array_equal(actual, expected) and np.unique(actual).size > 50
