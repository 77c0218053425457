"""Compression passes in a spec: the declaration of a pass's options and rank, and the check of their order."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from sdkgen import registry
from sdkgen.schema import Table
from sdkgen.spec.tables import TEACHERS_PART, TEMPERATURE, THREADS, Fraction, Rate, Temperature, Threads
from sdkgen.types import PassSummary

PASSES_PACKAGE = "sdkgen.compress.passes"


class PassTable(Table, ABC):
    """One validated entry of [[compress]]: the fields are the options of the pass, the class declares its rank.

    A pass is one file in sdkgen/compress/passes or in a plug-in folder, with a class registered by
    `@register("pass", NAME)`. Specs are checked without torch, so that such a file must import without it.

    Attributes:
        name: the value of the key `pass`.
        rank: passes run in ascending rank: 10 channels are removed, 20 layers are replaced, 30 weights become 0, 40
            weights are clustered, 50 BatchNorm is folded, 60 channels are scaled, 90 the network is quantised.
        reason: why a pass of a lower rank must not follow, a clause that starts with "it".
        needs_training: whether the pass is invalid without a table [training].
        yields_int8: whether the network is int8 afterwards; every spec has exactly one such pass.
        undone_by: later passes, allowed by their rank, that would undo this one, each with the reason.
        undoes: earlier passes, allowed by their rank, that this one would undo, each with the reason.
        leaves_zeros: whether many single weights are 0 afterwards, which an engine may store as a mask.
        prepared_by: passes that a search runs before this one without listing them.
    """

    name: ClassVar[str]
    rank: ClassVar[int]
    reason: ClassVar[str]
    needs_training: ClassVar[bool] = False
    yields_int8: ClassVar[bool] = False
    undone_by: ClassVar[Mapping[str, str]] = {}
    undoes: ClassVar[Mapping[str, str]] = {}
    leaves_zeros: ClassVar[bool] = False
    prepared_by: ClassVar[tuple[str, ...]] = ()

    pass_: str | None = Field(default=None, alias="pass", description="the name of the pass")

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that the spec sets, without defaults."""
        return self.model_dump(exclude_unset=True, exclude={"pass_"})

    @property
    def palette_bits(self) -> int:
        """Bits of an index into the distinct values that it leaves per layer, which an engine may store, or 0."""
        return 0

    @classmethod
    @abstractmethod
    def summary(cls, before: Mapping[str, Any], after: Mapping[str, Any]) -> PassSummary:
        """Summarise gain and cost of the pass, from the figures measured before and after it."""


class FineTuneTable(PassTable):
    """A pass on the module after which the network may be trained again.

    Attributes:
        temperature, distil_weight: default to those of [training.teacher].
        threads: defaults to those of [training].
    """

    epochs: Annotated[int, Field(ge=0, le=10_000)] = Field(default=0, description="epochs of training after the pass")
    learning_rate: Rate = Field(default=0.001, description="a number above 0")
    distil: bool = Field(default=False, description="true or false: whether [training.teacher] teaches")
    temperature: Temperature | None = Field(default=None, description=TEMPERATURE)
    distil_weight: Fraction | None = Field(default=None, description=TEACHERS_PART)
    threads: Threads | None = Field(default=None, description=THREADS)


def passes() -> Mapping[str, type[PassTable]]:
    """Return every pass by name, in the order in which a spec lists them."""
    # Not a literal: a step that reads the spec depends on the text of the spec, not on the code of the passes.
    registry.discover(PASSES_PACKAGE)
    tables: list[type[PassTable]] = [registry.lookup("pass", name) for name in registry.names("pass")]
    return {table.name: table for table in sorted(tables, key=lambda table: (table.rank, table.name))}


def quantisers() -> tuple[str, ...]:
    """Return the passes after which the network is int8."""
    return tuple(name for name, table in passes().items() if table.yields_int8)


def undone(earlier: str, later: str) -> str | None:
    """Return the reason why `later` would undo `earlier`, though their ranks allow this order; None without one."""
    found = passes()
    return found[earlier].undone_by.get(later) or found[later].undoes.get(earlier)


def order_mistakes(names: Sequence[str | None], *, has_training: bool) -> Iterator[tuple[int | None, str]]:
    """Check the passes of a spec as a whole: yields an index (None = all of them) and a sentence per mistake.

    Args:
        names: in the order of the spec; None for an entry that is wrong by itself.
        has_training: whether the spec has a table [training].
    """
    tables = passes()
    for index, name in enumerate(names):
        if name is None:
            continue
        if name in names[:index]:
            yield index, f'"{name}" is listed twice; one pass of a kind is enough'
            continue
        for earlier in names[:index]:
            if earlier is not None and tables[earlier].rank > tables[name].rank:
                yield index, f'"{name}" must come before "{earlier}": {tables[earlier].reason}'
                break
            if earlier is not None and (reason := undone(earlier, name)):
                yield index, f'"{name}" cannot follow "{earlier}": {reason}'
                break
        if tables[name].needs_training and not has_training:
            yield index, f'"{name}" trains the network: it needs the table [training]'
    found = list(dict.fromkeys(name for name in names if name is not None and tables[name].yields_int8))
    if names and None not in names and not found:
        yield None, f"the last pass must be {quoted(quantisers(), 'or')}: the runtime executes int8 networks only"
    if len(found) > 1:
        yield None, f"{quoted(sorted(found), 'and')} both quantise; leave one of them out"


def quoted(names: Sequence[str], conjunction: str) -> str:
    """Join quoted names: '"a", "b" or "c"'."""
    words = [f'"{name}"' for name in names]
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
