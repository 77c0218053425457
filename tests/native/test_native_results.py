"""The C runtime against the numpy interpreter of plans: the same bytes, for every operator and thread count."""

from pathlib import Path

import numpy as np
import pytest

from sdkgen.plan.graph import Graph, Operator, Tensor
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.reader import read_plan
from sdkgen.plan.writer import write_plan
from sdkgen.runtime import Library
from tests.native.band_plans import band_cases
from tests.native.more_plans import FAMILIES, chain_case
from tests.native.plans import Case, elementwise_cases, gemm_cases
from tests.unit.export.plan_interpreter import run_plan


@pytest.mark.parametrize("cases", FAMILIES, ids=lambda f: f.__name__)
def test_operator_equals_its_definition(cases, host_library: Path) -> None:
    library = Library(host_library)
    wrong = [case.name for case in cases() if not _equal(library, case)]
    assert not wrong


def _equal(library: Library, case: Case) -> bool:
    expected = run_plan(read_plan(case.data), list(case.inputs))
    with library.open(case.data) as model:
        actual = model.run(list(case.inputs))
    return all(np.array_equal(a, b) for a, b in zip(actual, expected, strict=True))


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_a_band_gives_what_its_operators_give_one_by_one(threads: int, host_library: Path) -> None:
    """Whole tensors in numpy on the one side, rows in a few kilobytes on the other."""
    library, cases = Library(host_library), list(band_cases())
    for case in cases:
        expected = run_plan(read_plan(case.data), list(case.inputs), lambda operator, result: result)
        with library.open(case.data, threads=threads) as model:
            actual = model.run(list(case.inputs))
        assert np.array_equal(actual[0], expected[0]), case.name
    with library.open(cases[-1].data, threads=1) as alone, library.open(cases[-1].data, threads=threads) as shared:
        assert (shared.arena_bytes > alone.arena_bytes) == (threads > 1), "the last case is worth threads"


def test_operators_are_not_constant() -> None:
    """The comparison above would be worth little if the results were all saturated."""
    results = [run_plan(read_plan(c.data), list(c.inputs))[0] for c in gemm_cases()]
    assert np.median([np.unique(r).size for r in results if r.size > 200]) > 50


def _softmax_plan(channels: int) -> bytes:
    tensors = tuple(
        Tensor(n=1, h=1, w=1, c=channels, rank=2, quantisation=None, location=where) for where in ("input", "output")
    )
    op = Operator(kind=Kind.SOFTMAX, input0=0, output=1, layer="")
    return write_plan(Graph(tensors=tensors, operators=(op,), inputs=(0,), outputs=(1,)), fingerprint=1).data


@pytest.mark.parametrize("channels", [1, 2, 7, 8, 9, 1000])
def test_softmax_is_accurate(channels: int, host_library: Path) -> None:
    rng = np.random.default_rng(channels)
    logits = (rng.normal(size=(1, channels)) * 15).astype(np.float32)
    with Library(host_library).open(_softmax_plan(channels)) as model:
        actual = model.run([logits])[0].astype(np.float64)
    exact = np.exp((logits - logits.max()).astype(np.float64))  # the difference is float32 by definition
    exact /= exact.sum()
    assert np.abs(actual - exact).max() <= 4e-7
    assert np.all(np.abs(actual - exact) <= 2e-6 * exact + 1e-37)


def test_nan_and_infinity_are_quantised_as_defined(host_library: Path) -> None:
    case = next(elementwise_cases())
    with Library(host_library).open(case.data) as model:
        sums = [
            model.run([np.full(a.shape, value, np.float32) for a in case.inputs])[0].flat[0]
            for value in (np.nan, np.inf, -np.inf, 0.0)
        ]
    assert sums[0] == sums[3], "a NaN counts as the zero point"
    assert sums[1] > sums[3] > sums[2], "an infinity saturates"


def test_every_thread_count_gives_the_same_bytes(host_library: Path, demo_build: Path) -> None:
    library = Library(host_library)
    tensor = np.random.default_rng(0).integers(-128, 128, (1, 224, 224, 3)).astype(np.int8)
    results = []
    for threads in (1, 2, 3, 4, 7):
        with library.open(demo_build / "export" / "photo_tagger.pte", threads=threads) as model:
            results.append(model.run_quantized(tensor)[0].tobytes())
    assert len(set(results)) == 1


def test_every_thread_count_gives_the_same_bytes_for_the_operators_of_decoders(host_library: Path) -> None:
    library, case = Library(host_library), chain_case()
    expected = run_plan(read_plan(case.data), list(case.inputs))[0]
    assert np.unique(expected).size > 100
    for threads in (1, 2, 3, 7):
        with library.open(case.data, threads=threads) as model:
            assert np.array_equal(model.run(list(case.inputs))[0], expected), threads
