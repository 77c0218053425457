"""How outputs are compared, and how failures become verdicts."""

import numpy as np
import pytest

from sdkgen.errors import ProofError, ToolchainError
from sdkgen.prove.comparison import decibels, first_difference, max_difference, snr_db
from sdkgen.prove.spread import spread
from sdkgen.prove.verdict import judge
from sdkgen.runtime import RuntimeStatusError
from sdkgen.samples import Sample
from sdkgen.types import Proof


def outputs(*values: float) -> tuple[np.ndarray, ...]:
    return (np.array(values, np.float32),)


def test_snr_is_over_all_runs_together() -> None:
    reference = [outputs(3, 4), outputs(0, 5)]
    value = [outputs(3, 4), outputs(0, 5.5)]
    assert snr_db(reference, value) == pytest.approx(10 * np.log10(50 / 0.25))


def test_no_difference_is_none_and_no_signal_is_finite() -> None:
    assert snr_db([outputs(1, 2)], [outputs(1, 2)]) is None
    assert decibels(0.0, 1.0) == -300


def test_first_difference_sees_one_flipped_bit() -> None:
    reference = outputs(1, 2, 3)
    flipped = reference[0].copy()
    flipped.view(np.uint32)[1] ^= 1
    assert first_difference(["a", "b"], [reference, reference], [reference, (flipped,)]).startswith("b: 1 of 3")
    assert first_difference(["a"], [reference], [reference]) == ""


def test_first_difference_tells_zero_from_minus_zero() -> None:
    assert first_difference(["a"], [outputs(0.0)], [outputs(-0.0)])


def test_first_difference_sees_another_length() -> None:
    assert "1 numbers instead of 2" in first_difference(["a"], [outputs(1, 2)], [outputs(1)])


def test_max_difference() -> None:
    assert max_difference([outputs(1, 2)], [outputs(1.5, 1)]) == 1.0


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ToolchainError("qemu is needed", remedy="Install it."), "not_run"),
        (ProofError("differs"), "failed"),
        (RuntimeStatusError("sg_model_open", 4, "damaged"), "failed"),
    ],
)
def test_judge_turns_errors_into_verdicts(error: Exception, status: str) -> None:
    def prove() -> Proof:
        raise error

    proof = judge("claim", "host", prove)
    assert (proof.name, proof.host, proof.status) == ("claim", "host", status)
    assert "\n" not in proof.reason
    assert str(error).split("\n")[0] in proof.reason


def sample(name: str) -> Sample:
    return Sample(name=name, picture=None, inputs=())


def test_spread_takes_different_files_first() -> None:
    samples = [sample(f"{name}{view}") for name in ("a", "b", "c") for view in ("", "#1", "#2")]
    assert [s.name for s in spread(samples, 3)] == ["a", "b", "c"]
    assert [s.name for s in spread(samples, 2)] == ["a", "b"]
    assert [s.name for s in spread(samples, 5)] == ["a", "b", "c", "a#1", "b#1"]
    assert len(spread(samples, 100)) == 9
