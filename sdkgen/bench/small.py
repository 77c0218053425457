"""Prepares the small networks: our .pte and an input for each, remade when any of their inputs has changed."""

import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sdkgen.bench.prepare import PACKAGE
from sdkgen.files import write_bytes, write_text

SMALL = ("separable_24", "separable_16", "separable_21", "separable_10_5x5", "separable_24_5x5", "separable_32_7x7",
         "separable_12_7x7", "separable_20_7x7", "separable_14_dilated", "separable_13", "plain_24", "plain_13",
         "plain_16_5x5", "plain_24_5x5", "plain_16_grouped", "plain_20_grouped", "plain_12_grouped", "plain_14_dilated",
         "plain_18_dilated", "mixed_24", "mixed_34", "mixed_20", "mixed_40", "squeezed_16", "squeezed_11",
         "squeezed_20", "squeezed_25", "upsampled_8", "upsampled_9", "upsampled_13", "upsampled_16", "shuffled_2",
         "shuffled_3", "shuffled_4", "shuffled_5", "shuffled_6", "shuffled_8", "gated_16", "gated_21", "gated_18",
         "gated_24")  # fmt: skip
"""Keys of small_networks.NETWORKS, which imports torch."""
_SOURCES = (
    "compress/**/*.py",
    "plan/**/*.py",
    "fx/*.py",
    "export/*.py",
    "toolchain/python.lock",
    "bench/networks.py",
    "bench/small*.py",
)


@dataclass(frozen=True, kw_only=True)
class SmallNetwork:
    """`model`: .pte; `input_file`: raw float32."""

    name: str
    model: Path
    input_file: Path


def prepare_all(names: Sequence[str], folder: Path) -> list[SmallNetwork]:
    """Make the files of the small networks below `folder`."""
    networks = [
        SmallNetwork(name=name, model=folder / f"{name}.pte", input_file=folder / f"{name}.input.bin") for name in names
    ]
    stamp, key = folder / "key", _key()
    known = stamp.is_file() and stamp.read_text() == key
    if not known or not all(n.model.is_file() and n.input_file.is_file() for n in networks):
        stamp.unlink(missing_ok=True)
        for network in networks:
            _make(network)
        write_text(stamp, key)
    return networks


def _make(network: SmallNetwork) -> None:
    from sdkgen.log_filters import silence_import_noise

    silence_import_noise()
    import torch

    from sdkgen.bench.lowering import CALIBRATION_SAMPLES, PTQ
    from sdkgen.bench.networks import SEED
    from sdkgen.bench.small_networks import NETWORKS, SIDE
    from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
    from sdkgen.compress.program import capture
    from sdkgen.engines.neon.backend import Request
    from sdkgen.engines.neon.pte import build_pte

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    samples = [(torch.randn((1, 3, SIDE, SIDE), generator=generator),) for _ in range(CALIBRATION_SAMPLES)]
    with contextlib.redirect_stderr(io.StringIO()):  # the stage's progress
        program, _ = FoldBatchNorm().run(capture(NETWORKS[network.name](), samples[0], samples))
        program, _ = PTQ.run(program)
    made = build_pte(program.exported, Request(fingerprint=1, labels=(), image=None))
    write_bytes(network.model, made.data)
    write_bytes(network.input_file, samples[0][0].numpy().tobytes())


def _key() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in PACKAGE.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()
