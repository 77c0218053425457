"""Quantises one of the networks and lowers the one quantised program for both engines."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from sdkgen.bench.entry import PlanEntry
from sdkgen.bench.networks import NETWORKS, inputs
from sdkgen.bench.xnnpack import lower_to_xnnpack
from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.passes.int8_ptq import Int8Ptq
from sdkgen.compress.program import capture
from sdkgen.engines.neon.backend import Request
from sdkgen.engines.neon.pte import build_pte
from sdkgen.plan.band_choice import Banded

CALIBRATION_SAMPLES = 2
PTQ = Int8Ptq(activation_range="min_max", weight_range="min_max")
"""Fast settings; the choice of ranges does not change the executed instructions."""


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """Contents of the files, and facts about them (see prepare.Network)."""

    sdkgen: bytes
    xnnpack: bytes
    input_file: bytes
    macs: int
    operators: tuple[PlanEntry, ...]
    delegates: int
    outside: int


def lower(name: str) -> Lowered:
    """Fold, quantise with our own quantizer, and lower to our plan and to XNNPACK."""
    torch.set_num_threads(1)  # the order of float sums depends on the number of threads, and so do the ranges
    samples = inputs(CALIBRATION_SAMPLES)
    with contextlib.redirect_stderr(io.StringIO()):  # the stage's progress
        program, _ = FoldBatchNorm().run(capture(NETWORKS[name](), samples[0], samples))
        program, _ = PTQ.run(program)
    ours = build_pte(program.exported, Request(fingerprint=1, labels=(), image=None))
    theirs = lower_to_xnnpack(program.exported, samples[0])
    graph = ours.lowered.graph
    return Lowered(
        sdkgen=ours.data,
        xnnpack=theirs.data,
        input_file=samples[0][0].numpy().tobytes(),
        macs=graph.macs,
        operators=tuple(_entries(ours.lowered.banded)),
        delegates=theirs.delegates,
        outside=theirs.outside,
    )


def _entries(banded: Banded) -> Iterator[PlanEntry]:
    """Yield the units after which the runtime sets a marker: bands, and operators outside of all bands."""
    bands = {band.first: band.operators for band in banded.bands}
    index = 0
    while index < len(banded.graph.operators):
        part = [banded.graph.operators[i] for i in bands.get(index, range(index, index + 1))]
        index += len(part)
        if len(part) == 1:
            yield PlanEntry(kind=part[0].kind.name, layer=part[0].layer, macs=part[0].macs)
        else:
            macs = sum(operator.macs for operator in part)
            yield PlanEntry(kind="band", layer=f"{part[0].layer} to {part[-1].layer}", macs=macs)
