"""Runs a measured program on an emulated arm64 CPU and reads the measurements."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sdkgen.bench.cases import Cpu, Identity
from sdkgen.bench.counts import Counts, parse
from sdkgen.errors import ProofError, ToolchainError
from sdkgen.toolchain.arm64_gcc import Arm64Gcc
from sdkgen.toolchain.qemu import Qemu

TIMEOUT_SECONDS = 900
NEWEST_QEMU = 8
"""Newest usable release: QEMU 9 changed the plugin interface, and Debian's qemu-user since then loads no plugins."""

# Guest memory in one reserved block: addresses are equal in every run, and its mappings never merge with QEMU's own.
_RESERVED = "0x8000000000"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One process: it loaded a model and ran it twice.

    Attributes:
        counts: executed instructions; the second run is the warm one.
        anon_bytes: peak of the anonymous memory that loading and running added.
        scores: float32, the outputs of the second run.
        xnnpack_base: address at which XNNPACK's library was loaded, or 0.
    """

    counts: Counts
    anon_bytes: int
    scores: npt.NDArray[np.float32]
    xnnpack_base: int


def counting_qemu() -> Qemu:
    """Find a QEMU that can load the instruction counter.

    Raises:
        ToolchainError: there is none.
    """
    qemu = Qemu.require()
    options = subprocess.run([str(qemu.executable), "--help"], capture_output=True, text=True, check=False).stdout
    if "-plugin" not in options or int(qemu.version.split(".")[0]) > NEWEST_QEMU:
        raise ToolchainError(
            f"{qemu.executable} {qemu.version} cannot count instructions: it takes no plugins of interface version 1.",
            remedy=f"QEMU 4.2 to {NEWEST_QEMU}.2 built with plugins can; the qemu-user of Debian 12 is one.",
        )
    return qemu


def measure(
    qemu: Qemu, cpu: Cpu, *, counter: Path, program: Path, model: Path, input_file: Path, folder: Path
) -> Measurement:
    """Run `program` on one network.

    Args:
        counter: the plugin made of native/tools/bench/instruction_counter.c.
        model: a .pte for the program's engine.
        input_file: raw float32.
        folder: for the root file system of the emulated program.

    Raises:
        ProofError: the program failed, or did not end in time.
    """
    root = _system(folder, cpu.identity)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        counts, output = Path(temporary) / "counts.jsonl", Path(temporary) / "scores.bin"
        emulator = [str(qemu.executable), "-R", _RESERVED, "-L", str(root), "-cpu", cpu.name]
        plugin = ["-plugin", f"{counter},out={counts}"]
        command = [*emulator, *plugin, str(program), str(model), str(input_file), str(output)]
        try:
            # An empty environment: the C library's start-up code depends on it.
            answer = subprocess.run(
                command, env={}, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ProofError(f"{program.name} on {cpu.name}: no end within {TIMEOUT_SECONDS} s") from error
        if answer.returncode != 0:
            words = answer.stderr.strip().splitlines()[-3:]
            raise ProofError(f"{program.name} on {cpu.name} failed ({answer.returncode}): {' / '.join(words)}")
        printed = json.loads(answer.stdout)
        return Measurement(
            counts=parse(counts.read_text()),
            anon_bytes=printed["anon_bytes"],
            scores=np.fromfile(output, np.float32),
            xnnpack_base=printed.get("xnnpack_base", 0),
        )


def _system(folder: Path, identity: Identity) -> Path:
    """Make a root folder for QEMU's -L: the C library, and one CPU with the identity, independent of this machine."""
    root = folder / "system" / f"{identity.implementer:02x}-{identity.part:03x}-{identity.variant}"
    files = {
        "proc/cpuinfo": f"processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n"
        f"CPU implementer\t: {identity.implementer:#04x}\nCPU architecture: 8\nCPU variant\t: {identity.variant:#x}\n"
        f"CPU part\t: {identity.part:#05x}\nCPU revision\t: {identity.revision}\n\n",
        "sys/devices/system/cpu/possible": "0\n",
        "sys/devices/system/cpu/present": "0\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if not (root / "lib").is_symlink():
        (root / "lib").symlink_to(Arm64Gcc.libraries)
    return root
