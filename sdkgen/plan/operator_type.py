"""One kind of operator of the plan: its number in the format, its traits, and the work that it executes."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.registry import discover, lookup, names, register

Work = Mapping[str, int]
"""Amounts by term; a term without a dot belongs to the operator's own family of loops."""

_REGISTRY = "plan operator"


@dataclass(frozen=True, kw_only=True, eq=False)
class OperatorType:
    """Python's description of one operator kind; families register theirs with `register_type`.

    Attributes:
        name: in export.json, the benchmark and the runtime, such as "conv_transpose".
        number: in the plan's operator records (native/README.md).
        operands: number of input tensors.
        weighted: whether it has a packed constant.
        in_place: whether every result depends on the operands' elements at its own index only, so that the result may
            overwrite input 0.
        windowed: whether the extents of its result follow from its window by `Window.output_size`.
        may_band: whether it runs in bands: each row of its result depends on neighbouring rows of the operands.
        writes_part: whether it may write some channels of a larger tensor.
        commutative: whether its two operands may be exchanged.
        scale_per_operand: whether each operand has a multiplier of its own; else one multiplier serves all.
        work: amounts of work of one inference, by term; instruction counts are sums of these.
        loops: name of the family of loops that it runs; operators of a family share their costs. None = `name`.
    """

    name: str
    number: int
    operands: int = 1
    weighted: bool = False
    in_place: bool = False
    windowed: bool = False
    may_band: bool = False
    writes_part: bool = False
    commutative: bool = False
    scale_per_operand: bool = False
    work: Callable[[OperatorShape], Work]
    loops: Callable[[OperatorShape], str] | None = None

    def family(self, shape: OperatorShape) -> str:
        """Return the family of loops that an operator of this shape runs."""
        return self.name if self.loops is None else self.loops(shape)

    def __index__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return self.name


def register_type(operator_type: OperatorType) -> OperatorType:
    """Add a kind to the table.

    Raises:
        ValueError: its name or its number is taken.
    """
    for name in names(_REGISTRY):
        if lookup(_REGISTRY, name).number == operator_type.number:
            raise ValueError(f"{operator_type.name} has the number {operator_type.number} of {name}")
    return register(_REGISTRY, operator_type.name)(operator_type)


@functools.cache
def operator_types() -> Mapping[str, OperatorType]:
    """Return all kinds by name, in the order of their numbers; the families are imported on first use."""
    discover("sdkgen.plan.operators")
    types: list[OperatorType] = [lookup(_REGISTRY, name) for name in names(_REGISTRY)]
    return {operator_type.name: operator_type for operator_type in sorted(types, key=lambda t: t.number)}


@functools.cache
def types_by_number() -> Mapping[int, OperatorType]:
    """Return all kinds by their number in an operator record."""
    return {operator_type.number: operator_type for operator_type in operator_types().values()}


class _Kinds:
    """The registered kinds as attributes in upper case (`Kind.CONV`), by number (`Kind(2)`), and in order."""

    def __getattr__(self, name: str) -> OperatorType:
        found = operator_types().get(name.lower()) if name.isupper() else None
        if found is None:
            raise AttributeError(f"the plan has no operator {name.lower()!r}")
        return found

    def __call__(self, number: int) -> OperatorType:
        return types_by_number()[number]

    def __iter__(self) -> Iterator[OperatorType]:
        return iter(operator_types().values())


Kind = _Kinds()
