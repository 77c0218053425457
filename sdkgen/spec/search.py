"""The table [search]: the choices that vary between the trials of a search, its limits, and its validation."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, Field

from sdkgen.schema import Line, Location, Table
from sdkgen.spec.passes import FineTuneTable, PassTable, passes, quantisers, quoted
from sdkgen.spec.tables import THREADS, Fraction, Json, Pixels, Threads
from sdkgen.spec.values import Knob, KnobRange, SearchLimits, SearchPass, SearchSpec

Mistake = tuple[Location, str]

_KNOB = "a value, a list of values to choose from, or a range such as {min = 0.3, max = 0.9}"


def _storage(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+_]*://.+", value):
        raise ValueError
    return value


class LimitsTable(Table):
    download_bytes: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="a whole number of bytes above 0: the weights as int8, compressed as a store does"
    )
    macs: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="a whole number of multiply-accumulates above 0"
    )
    instructions: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="a whole number of modelled instructions above 0"
    )
    min_top1: Fraction | None = Field(default=None, description="a fraction of correct answers, between 0 and 1")


class SearchTable(Table):
    trials: Annotated[int, Field(ge=1, le=100_000)] = Field(default=30, description="a whole number, at least 1")
    sampler: Literal["tpe", "nsga2"] = "tpe"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(default=0, description="a whole number, at least 0")
    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=1, description="epochs of fine-tuning after every pass that trains, at least 1"
    )
    threads: Threads = Field(default=1, description=THREADS)
    storage: Annotated[Line, AfterValidator(_storage)] | None = Field(
        default=None,
        description='a database URL such as "sqlite:////srv/search.db" or "postgresql://user@host/database"',
    )
    tier: Literal["neon", "neondot", "neoni8mm"] = "neondot"
    prefer: Literal["accuracy", "download", "latency"] = "accuracy"
    limits: LimitsTable | None = Field(default=None, description="a table [search.limits]")
    arguments: dict[str, Annotated[list[Json], Field(min_length=1)]] = Field(
        default={}, description="a table: for each argument of the model's factory a list of values to choose from"
    )
    sizes: list[Annotated[list[Pixels], Field(min_length=2, max_length=2)]] = Field(
        default=[], description="a list of [height, width] in pixels to choose from"
    )
    passes: Annotated[list[dict[str, Json]], Field(min_length=1)] = Field(
        description='a list of tables [[search.passes]], each with pass = "…" and its options'
    )


def candidates(table: SearchTable) -> Iterator[tuple[Location, str, dict[str, Any]]]:
    """Yield the tables of [[compress]] that the search may write, for validation: location, name, and the table.

    Every value of a list and both ends of a range occur in one of them.
    """
    known = passes()
    for index, entry in enumerate(table.passes):
        name = entry.get("pass")
        if not isinstance(name, str) or name not in known:
            continue
        options = {key: value for key, value in entry.items() if key != "pass"}
        if any(True for key, value in options.items() for _ in _knob_mistakes((), name, key, value)):
            continue  # reported by search_mistakes
        values = {key: _values(value) for key, value in options.items()}
        first = {key: listed[0] for key, listed in values.items()}
        where = ("search", "passes", index)
        yield where, name, {"pass": name, **first}
        for key, listed in values.items():
            for value in listed[1:]:
                yield where, name, {"pass": name, **first, key: value}


def search_mistakes(table: SearchTable, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Check constraints across keys and tables.

    Args:
        document: the whole file, for the other tables that [search] refers to.
    """
    if "training" not in document:
        yield ("search",), "needs the table [training]: trials are compared by their accuracy on labelled data"
    if table.arguments and "weights" in _table(document, "model"):
        yield (
            ("search", "arguments"),
            "cannot vary a network whose weights are given; remove [model] weights, so that each is trained",
        )
    if table.sizes and _table(document, "input").get("kind") != "image":
        yield ("search", "sizes"), 'only images can be resized; remove it with input kind "tensor"'
    known = passes()
    automatic = {name: pass_.name for pass_ in known.values() for name in pass_.prepared_by}
    names = [entry.get("pass") for entry in table.passes]
    for index, (name, entry) in enumerate(zip(names, table.passes, strict=True)):
        where: Location = ("search", "passes", index)
        if isinstance(name, str) and name in automatic:
            yield (*where, "pass"), f'"{name}" runs by itself before "{automatic[name]}"; remove it'
        elif name in names[:index]:
            yield (*where, "pass"), f'"{name}" is listed twice; give its options as lists or ranges'
        for key, value in entry.items():
            if key != "pass" and name in known:
                yield from _knob_mistakes((*where, key), str(name), key, value)
    if not set(names) & set(quantisers()):
        listed = quoted(quantisers(), "nor")
        yield ("search", "passes"), f"neither {listed} is listed; every trial must end in one of them"


def _knob_mistakes(where: Location, name: str, key: str, value: Any) -> Iterator[Mistake]:
    if isinstance(value, list) and not value:
        yield where, f"expected {_KNOB}, not an empty list"
    if not isinstance(value, dict):
        return
    if set(value) != {"min", "max"} or any(
        isinstance(v, bool) or not isinstance(v, int | float) for v in value.values()
    ):
        yield where, f"expected {_KNOB}"
    elif value["min"] >= value["max"]:
        yield where, f"the range is empty: min = {value['min']} is not below max = {value['max']}"
    elif get_origin(_annotation(name, key)) is Literal:
        yield where, "takes single values only; write a list of those to choose from"


def _annotation(name: str, key: str) -> Any:
    found = passes()[name].model_fields.get(key)
    return None if found is None else found.annotation


def _values(knob: Any) -> list[Any]:
    """Return representatives: all of a list, the ends of a range, or the value."""
    if isinstance(knob, dict):
        return [knob["min"], knob["max"]]
    return list(knob) if isinstance(knob, list) else [knob]


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def search_spec(table: SearchTable) -> SearchSpec:
    """Return the frozen value; the passes are in the order in which a trial runs them."""
    known = passes()
    ordered = sorted(table.passes, key=lambda entry: known[str(entry["pass"])].rank)
    limits = table.limits or LimitsTable()
    return SearchSpec(
        trials=table.trials,
        sampler=table.sampler,
        seed=table.seed,
        storage=table.storage,
        tier=table.tier,
        prefer=table.prefer,
        limits=SearchLimits(**limits.model_dump()),
        arguments={name: tuple(values) for name, values in table.arguments.items()},
        sizes=tuple((size[0], size[1]) for size in table.sizes),
        passes=tuple(_search_pass(entry, table, known[str(entry["pass"])]) for entry in ordered),
    )


def _search_pass(entry: Mapping[str, Any], table: SearchTable, kind: type[PassTable]) -> SearchPass:
    options = {key: value for key, value in entry.items() if key != "pass"}
    if issubclass(kind, FineTuneTable):
        options = {"epochs": table.epochs, "threads": table.threads, **options}
    knobs: dict[str, Knob] = {}
    for key, value in options.items():
        if isinstance(value, dict):
            knobs[key] = KnobRange(low=value["min"], high=value["max"])
        elif isinstance(value, list):
            knobs[key] = tuple(value)
    return SearchPass(name=kind.name, fixed={key: v for key, v in options.items() if key not in knobs}, knobs=knobs)
