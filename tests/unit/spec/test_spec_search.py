"""[search] as values, and each invalid entry of it with its line and what to write instead."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen import spec
from sdkgen.errors import SpecError
from sdkgen.spec.values import KnobRange

TRAINING = '[training]\ndata = "data:make"\nepochs = 3\n'
SEARCH = """\
[search]
trials = 40
sampler = "nsga2"
epochs = 2
storage = "postgresql://user@host/searches"
tier = "neoni8mm"
prefer = "latency"
arguments = {width = [0.5, 1.0]}
sizes = [[96, 128], [64, 80]]

[search.limits]
download_bytes = 20_000
min_top1 = 0.9

[[search.passes]]
pass = "int8_qat"
epochs = 4

[[search.passes]]
pass = "structured_pruning"
macs_fraction = {min = 0.3, max = 0.9}
importance = ["l2", "taylor"]
distil = false

[[search.passes]]
pass = "int8_ptq"

[budgets]"""
NO_WEIGHTS = ('weights = "weights.pth"\n', "")


def written(write: Callable[..., Path], text: str, *, training: str = TRAINING) -> Path:
    return write(NO_WEIGHTS, ("[budgets]", training + text))


def test_search_as_values(write: Callable[..., Path]) -> None:
    search = spec.load(written(write, SEARCH)).search
    assert search is not None
    assert (search.trials, search.sampler, search.seed, search.tier) == (40, "nsga2", 0, "neoni8mm")
    assert (search.limits.download_bytes, search.limits.macs, search.limits.min_top1) == (20_000, None, 0.9)
    assert search.arguments == {"width": (0.5, 1.0)}
    assert search.sizes == ((96, 128), (64, 80))
    pruning, ptq, qat = search.passes  # in the order of a spec; the two quantisers have one rank
    assert {ptq.name, qat.name} == {"int8_ptq", "int8_qat"}
    # The table's epochs and threads, unless the pass has its own.
    assert pruning.fixed == {"epochs": 2, "threads": 1, "distil": False}
    assert pruning.knobs == {"macs_fraction": KnobRange(low=0.3, high=0.9), "importance": ("l2", "taylor")}
    assert {entry.name: entry.fixed.get("epochs") for entry in (ptq, qat)} == {"int8_ptq": None, "int8_qat": 4}


def test_a_spec_without_it_has_none(write: Callable[..., Path]) -> None:
    assert spec.load(write()).search is None


def test_the_model_does_not_depend_on_it(write: Callable[..., Path]) -> None:
    with_search = spec.fingerprint(spec.load(written(write, SEARCH)))
    assert with_search == spec.fingerprint(spec.load(written(write, "[budgets]")))


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("trials = 40", "trials = 0", "trials", "a whole number, at least 1, not 0"),
        ('"nsga2"', '"nsga"', "sampler", 'did you mean "nsga2"?'),
        ("trials = 40", "trails = 40", "trails", 'unknown key; did you mean "trials"?'),
        ('"postgresql://user@host/searches"', '"search.db"', "storage", "a database URL such as"),
        ("min_top1 = 0.9", "min_top1 = 90", "limits.min_top1", "between 0 and 1, not 90"),
        ("min_top1 = 0.9", "top1 = 0.9", "limits.top1", 'did you mean "min_top1"?'),
        ("[0.5, 1.0]", "[]", "arguments.width", "for each argument of the model's factory a list"),
        ("[64, 80]]", "[64]]", "sizes[1]", "in pixels to choose from"),
        ("{min = 0.3, max = 0.9}", "{min = 0.9, max = 0.3}", "macs_fraction", "the range is empty: min = 0.9"),
        ("{min = 0.3, max = 0.9}", "{min = 0.3, max = 1.5}", "macs_fraction", "between 0 and 1, not 1.5"),
        ("{min = 0.3, max = 0.9}", "{low = 0.3, max = 0.9}", "macs_fraction", "a range such as {min = 0.3"),
        ("{min = 0.3, max = 0.9}", '{min = "a", max = 0.9}', "macs_fraction", "a range such as {min = 0.3"),
        ("{min = 0.3, max = 0.9}", "[0.5, 2.0]", "macs_fraction", "between 0 and 1, not 2.0"),
        ("{min = 0.3, max = 0.9}", "[]", "macs_fraction", "not an empty list"),
        ('"taylor"', '"tailor"', "importance", 'did you mean "taylor"?'),
        ('["l2", "taylor"]', "{min = 1, max = 2}", "importance", "takes single values only; write a list"),
        ("macs_fraction =", "mac_fraction =", "mac_fraction", 'did you mean "macs_fraction"?'),
        ('"structured_pruning"', '"structured_prunning"', "pass", 'did you mean "structured_pruning"?'),
        ('"structured_pruning"', '"fold_batch_norm"', "pass", 'runs by itself before "int8_ptq"; remove it'),
        ('"int8_ptq"', '"int8_qat"', "pass", "is listed twice; give its options as lists or ranges"),
        ('pass = "int8_ptq"', "bits = 4", "passes[2]", 'the key "pass" is missing'),
    ],
)
def test_mistakes_in_it(write: Callable[..., Path], old: str, new: str, place: str, message: str) -> None:
    assert SEARCH.count(old) == 1
    path = written(write, SEARCH.replace(old, new))
    with pytest.raises(SpecError) as caught:
        spec.load(path)
    said = str(caught.value)
    line = next(part for part in said.splitlines() if place in part)
    assert message in line
    number = int(line.split("sdk.toml:")[1].split(":")[0])
    shown = path.read_text().splitlines()[number - 1]
    assert place.split("[")[0].split(".")[-1] in shown or "[search" in shown


def test_it_needs_training(write: Callable[..., Path]) -> None:
    with pytest.raises(SpecError, match=r"sdk.toml:\d+: \[search\]: needs the table \[training\]: trials are compared"):
        spec.load(written(write, SEARCH, training=""))


def test_it_needs_a_quantiser(write: Callable[..., Path]) -> None:
    text = SEARCH.replace('pass = "int8_ptq"', 'pass = "low_rank"').replace(
        'pass = "int8_qat"', 'pass = "magnitude_pruning"'
    )
    with pytest.raises(SpecError, match='neither "int8_ptq" nor "int8_qat" is listed'):
        spec.load(written(write, text))


def test_given_weights_belong_to_one_network(write: Callable[..., Path]) -> None:
    with pytest.raises(SpecError, match=r"\[search\] arguments: cannot vary a network whose weights are given"):
        spec.load(write(("[budgets]", TRAINING + SEARCH)))
