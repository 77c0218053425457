"""Runs the packaged arm64 library under qemu by way of native/tools/android_loader."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sdkgen.errors import ProofError
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.packaged import Packaged
from sdkgen.samples import Sample
from sdkgen.toolchain.qemu import Qemu
from sdkgen.types import JsonValue

CPUS = ("cortex-a53", "neoverse-n1", "max,sve=off,sme=off")
"""Emulated CPUs, one per tier of kernels: NEON of armv8.0, SDOT, and SMMLA (without SVE and SME, which qemu 7.2
computes wrongly)."""

TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """Results of one process: the JSON that the loader printed, and the outputs, one tuple per sample."""

    loader: Mapping[str, JsonValue]
    outputs: list[Outputs]


def run_emulated(
    *,
    qemu: Qemu,
    cpu: str,
    loader: Path,
    packaged: Packaged,
    fingerprint: int,
    samples: Sequence[Sample],
    output_shapes: Sequence[tuple[int, ...]],
    folder: Path,
) -> Emulated:
    """Run every sample in one process on one emulated CPU.

    Args:
        loader: the static arm64 program android_loader.
        output_shapes: of the network's outputs, in order.
        folder: for input and output files; private to this call.

    Raises:
        ProofError: the loader refuses the library, the SDK answers with an error, or the time is up.
    """
    arguments: list[str] = []
    results = [folder / f"output{index}.bin" for index in range(len(samples))]
    for index, (sample, result) in enumerate(zip(samples, results, strict=True)):
        source = folder / f"input{index}.bin"
        if sample.picture is not None:
            height, width = sample.picture.shape[:2]
            source.write_bytes(sample.picture.tobytes())
            arguments += ["image", f"{width}x{height}", str(source), str(result)]
        else:
            source.write_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in sample.inputs))
            arguments += ["tensor", str(source), str(result)]
    command = qemu.command(
        cpu, str(loader), str(packaged.library), str(packaged.model), "1", f"{fingerprint:#x}", *arguments
    )
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise ProofError(f"no answer from the emulated library within {TIMEOUT_SECONDS} s") from error
    if answer.returncode != 0:
        words = answer.stderr.strip().splitlines()
        raise ProofError(f"exit code {answer.returncode}: {words[-1] if words else 'no message'}")
    return Emulated(
        loader=json.loads(answer.stdout), outputs=[_read_outputs(result, output_shapes) for result in results]
    )


def _read_outputs(path: Path, shapes: Sequence[tuple[int, ...]]) -> Outputs:
    numbers = np.fromfile(path, np.float32)
    sizes = [int(np.prod(shape)) for shape in shapes]
    if numbers.size != sum(sizes):
        raise ProofError(f"the emulated library gave {numbers.size} numbers, the model has {sum(sizes)}")
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    return tuple(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
