"""Makes the files of a network once: both engines' .pte of the one quantised program, an input, its operators."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from sdkgen.bench.entry import PlanEntry
from sdkgen.files import read_json, write_json

PACKAGE = Path(__file__).resolve().parents[1]
_SOURCES = ("compress/**/*.py", "plan/**/*.py", "fx/*.py", "export/*.py", "models/*.py", "toolchain/python.lock",
            "bench/networks.py", "bench/lowering.py", "bench/xnnpack.py",
            "../sample_apps/photo_tagger/*.py", "../sample_apps/photo_tagger/sdk.toml")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network, ready to run.

    Attributes:
        sdkgen, xnnpack: the .pte of each engine.
        input_file: raw float32.
        macs: multiply-accumulates of one run.
        operators: of our plan, in order.
        delegates: number of XNNPACK calls in its .pte.
        outside: number of operators in it that other kernels run.
    """

    name: str
    sdkgen: Path
    xnnpack: Path
    input_file: Path
    macs: int
    operators: tuple[PlanEntry, ...]
    delegates: int
    outside: int


def prepare(name: str, folder: Path) -> Network:
    """Return the network's files below `folder`, remade when any of their inputs has changed."""
    record = folder / f"{name}.json"
    files = {key: folder / f"{name}.{ending}" for key, ending in _ENDINGS.items()}
    key = _key()
    known = read_json(record) if record.is_file() and all(path.is_file() for path in files.values()) else {}
    if known.get("key") != key:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.bench.lowering import lower

        record.unlink(missing_ok=True)
        lowered = lower(name)
        for part, path in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(getattr(lowered, part))
        known = {
            "key": key,
            "macs": lowered.macs,
            "operators": [asdict(operator) for operator in lowered.operators],
            "delegates": lowered.delegates,
            "outside": lowered.outside,
        }
        write_json(record, known)
    return Network(
        name=name,
        **files,
        macs=known["macs"],
        operators=tuple(PlanEntry(**operator) for operator in known["operators"]),
        delegates=known["delegates"],
        outside=known["outside"],
    )


_ENDINGS = {"sdkgen": "sdkgen.pte", "xnnpack": "xnnpack.pte", "input_file": "input.bin"}


def _key() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in PACKAGE.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()
