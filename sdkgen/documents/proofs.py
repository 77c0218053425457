"""build/<sdk>/prove/<step>.json: the proofs that one step executed, or the reasons why it did not."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sdkgen import files
from sdkgen.errors import ProofError
from sdkgen.types import Proof


def write_proofs(path: Path, proofs: Sequence[Proof]) -> None:
    """Write the proofs of one step, in their order."""
    files.write_json(path, [asdict(proof) for proof in proofs])


def read_proofs(path: Path) -> tuple[Proof, ...]:
    """Read the proofs of one step.

    Raises:
        ProofError: the step left no file, no proof in it, or something that is no proof.
    """
    try:
        proofs = tuple(Proof(**entry) for entry in files.read_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise ProofError(
            f"the proofs of {path.stem} cannot be read: {error}", remedy="Build again; every proof must be executed."
        ) from error
    if not proofs:
        raise ProofError(f"{path.name} holds no proof", remedy="Build again; every proof must be executed.")
    return proofs
