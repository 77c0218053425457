"""Builds arm.json: all measurements, in the format of schema.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sdkgen.bench.counts import Classes, total
from sdkgen.bench.emulate import Measurement
from sdkgen.bench.prepare import Network
from sdkgen.types import JsonValue

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Result:
    """One network by one engine on one emulated CPU."""

    network: Network
    cpu: str
    engine: str
    measurement: Measurement

    @property
    def classes(self) -> Classes:
        """Executed instructions of the warm run, by class."""
        return self.measurement.counts.runs[-1]

    @property
    def instructions(self) -> int:
        """Executed instructions of the warm run."""
        return total(self.classes)

    @property
    def load_instructions(self) -> int:
        """Executed instructions of loading: from the model file to a runnable model."""
        return total(self.measurement.counts.load)

    @property
    def operators(self) -> tuple[Classes, ...]:
        """Executed instructions of the warm run by operator; empty for an engine that does not mark its operators."""
        return self.measurement.counts.operators[-1]


@dataclass(frozen=True, kw_only=True)
class LoopFigure:
    """llvm-mca's figures for a kernel's inner loop; `peak` is the core's best with the tier's instructions alone."""

    kernel: str
    engine: str
    tier: str
    cpu: str
    mac_per_cycle: float
    peak: float
    instructions: int
    macs: int


def build_document(
    results: Sequence[Result],
    loops: Sequence[LoopFigure],
    *,
    agreement_db: Mapping[str, float],
    tools: Mapping[str, str],
) -> JsonValue:
    """Build the content of arm.json.

    Args:
        agreement_db: per network, XNNPACK's scores against ours, 10 log10(signal power / difference power).
        tools: version of everything that the figures depend on.
    """
    networks = {result.network.name: result.network for result in results}
    return {
        "schema": SCHEMA,
        "tools": dict(tools),
        "networks": [
            {
                "model": network.name,
                "macs": network.macs,
                "operators": len(network.operators),
                "xnnpack_delegates": network.delegates,
                "operators_outside_xnnpack": network.outside,
                "agreement_db": round(agreement_db[network.name], 1),
            }
            for network in networks.values()
        ],
        "results": [_result(result) for result in results],
        "mca": [
            {
                "kernel": loop.kernel,
                "engine": loop.engine,
                "tier": loop.tier,
                "cpu": loop.cpu,
                "mac_per_cycle": round(loop.mac_per_cycle, 2),
                "peak": round(loop.peak, 2),
                "loop_instructions": loop.instructions,
                "loop_macs": loop.macs,
            }
            for loop in loops
        ],
    }


def _result(result: Result) -> JsonValue:
    layers = zip(result.network.operators, result.operators, strict=True) if result.operators else ()
    return {
        "model": result.network.name,
        "cpu": result.cpu,
        "engine": result.engine,
        "instructions": result.instructions,
        "by_class": dict(result.classes),
        "load_instructions": result.load_instructions,
        "first_run_instructions": total(result.measurement.counts.runs[0]),
        "anon_bytes": result.measurement.anon_bytes,
        "layers": [
            {
                "kind": operator.kind,
                "layer": operator.layer,
                "macs": operator.macs,
                "instructions": total(classes),
                "by_class": dict(classes),
            }
            for operator, classes in layers
        ],
    }
