"""costs.json: instructions per unit of work and tier, fitted by `python -m sdkgen.bench.fit_costs`."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdkgen.latency.terms import family, terms
from sdkgen.plan.operator_shape import OperatorShape

FILE = Path(__file__).with_name("costs.json")
TIERS = ("neon", "neondot", "neoni8mm")
"""armv8.0, SDOT (armv8.2) and SMMLA (armv8.6), as native/kernels names them."""
TIER_NAMES: Mapping[str, str] = {"neon": "armv8.0", "neondot": "SDOT", "neoni8mm": "SMMLA"}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Modelled instructions of one network.

    Attributes:
        instructions: of one inference on one thread, by tier; without the operators of `unknown`.
        unknown: operators that the plan does not have, by name, and those without a measured cost, by family; sorted,
            () when the figures are complete.
    """

    instructions: Mapping[str, int]
    unknown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Fitted costs.

    Attributes:
        per_unit: by tier and "<family>.<term>", instructions per unit of that work.
        errors: by tier and network, relative error of that network's count when it was left out of the fit.
    """

    per_unit: Mapping[str, Mapping[str, float]]
    errors: Mapping[str, Mapping[str, float]]

    @property
    def families(self) -> frozenset[str]:
        """The families with measured costs."""
        return frozenset(term.rsplit(".", 1)[0] for costs in self.per_unit.values() for term in costs)

    def estimate(self, operators: Iterable[OperatorShape], unknown: Iterable[str] = ()) -> Estimate:
        """Sum the costs over the operators of a network; `unknown` names its further operators."""
        known = self.families
        listed = list(operators)
        counted = [terms(operator) for operator in listed if family(operator) in known]
        return Estimate(
            instructions={
                tier: round(sum(costs.get(term, 0.0) * amount for work in counted for term, amount in work.items()))
                for tier, costs in self.per_unit.items()
            },
            unknown=tuple(sorted({*unknown, *({family(operator) for operator in listed} - known)})),
        )


@functools.cache
def load() -> Costs:
    """Read the costs that this package contains."""
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return Costs(
        per_unit=document["instructions_per_unit"],
        errors={tier: error["networks"] for tier, error in document["left_out_errors"].items()},
    )
