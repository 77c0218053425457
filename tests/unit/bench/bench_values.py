"""Small made-up measurements."""

from pathlib import Path

import numpy as np

from sdkgen.bench.counts import Counts
from sdkgen.bench.document import LoopFigure, Result
from sdkgen.bench.emulate import Measurement
from sdkgen.bench.entry import PlanEntry
from sdkgen.bench.prepare import Network

NETWORK = Network(
    name="tiny",
    sdkgen=Path("tiny.sdkgen.pte"),
    xnnpack=Path("tiny.xnnpack.pte"),
    input_file=Path("tiny.input.bin"),
    macs=1600,
    operators=(
        PlanEntry(kind="quantize", layer="x", macs=0),
        PlanEntry(kind="gemm", layer="head", macs=1600),
    ),
    delegates=1,
    outside=0,
)


def result(engine: str, *, cpu: str = "neoverse-n1", scale: int = 1) -> Result:
    """A result whose warm run executed 330 x `scale` instructions, 100 of them SDOT."""
    operators = ({"simd": 30 * scale}, {"dot": 100 * scale, "simd_load": 200 * scale})
    run = {"simd": 30 * scale, "dot": 100 * scale, "simd_load": 200 * scale}
    counts = Counts(
        load={"load": 7 * scale},
        runs=({**run, "integer": 5}, run),
        operators=(operators, operators) if engine == "sdkgen" else ((), ()),
        hot=(),
    )
    measurement = Measurement(counts=counts, anon_bytes=4096 * scale, scores=np.zeros(3, np.float32), xnnpack_base=0)
    return Result(network=NETWORK, cpu=cpu, engine=engine, measurement=measurement)


def loop(kernel: str, engine: str, mac_per_cycle: float) -> LoopFigure:
    """A figure for the SDOT tier on a cortex-a76."""
    return LoopFigure(
        kernel=kernel,
        engine=engine,
        tier="neondot",
        cpu="cortex-a76",
        mac_per_cycle=mac_per_cycle,
        peak=32.0,
        instructions=75,
        macs=1024,
    )


RESULTS = [result("sdkgen"), result("xnnpack", scale=2)]
LOOPS = [loop("sg_gemm_s8_s8_4x16c4__neondot", "sdkgen", 31.0), loop("xnnpack 0x15a9e8", "xnnpack", 24.8)]
