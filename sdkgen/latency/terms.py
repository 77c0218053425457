"""What an operator's instruction count is a sum of: amounts of work by name, each with the loop that does it.

The families of operators count their own work (sdkgen/plan/operators). The names are the same for all tiers; the fit
gives each tier its own cost per unit, or 0 where a tier has no such loop.
"""

from collections.abc import Mapping

from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import operator_types


def family(operator: OperatorShape) -> str:
    """The family of loops; one set of costs describes all operators of a family."""
    return operator_types()[operator.kind].family(operator)


def terms(operator: OperatorShape) -> Mapping[str, float]:
    """Amount of each kind of work, by "<family>.<term>".

    A convolution is two families: its windows are gathered, then multiplied as the rows of a gemm are.
    """
    name = family(operator)
    work = operator_types()[operator.kind].work(operator)
    return {term if "." in term else f"{name}.{term}": float(amount) for term, amount in work.items()}
