"""Terms of an operator's instruction count: amounts of work by name, each of one loop.

The families of operators count their own work (sdkgen/plan/operators). The names are the same for all tiers; the fit
gives each tier its own cost per unit, or 0 where a tier has no such loop.
"""

from collections.abc import Mapping

from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import operator_types


def family(operator: OperatorShape) -> str:
    """Return the family of loops; one set of costs describes all operators of a family."""
    return operator_types()[operator.kind].family(operator)


def terms(operator: OperatorShape) -> Mapping[str, float]:
    """Return the amount of each kind of work, by "<family>.<term>".

    A convolution is two families: its windows are gathered, then multiplied like the rows of a gemm.
    """
    name = family(operator)
    work = operator_types()[operator.kind].work(operator)
    return {term if "." in term else f"{name}.{term}": float(amount) for term, amount in work.items()}
