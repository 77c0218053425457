"""Extracts from the AAR the files that an app would run: the native library of one ABI and the model."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from sdkgen.errors import ProofError


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """Files copied from the AAR, byte for byte."""

    library: Path
    model: Path


def find_aar(maven: Path) -> Path:
    """Return the one AAR of a Maven repository.

    Raises:
        ProofError: there is none, or several.
    """
    found = sorted(maven.rglob("*.aar"))
    if len(found) != 1:
        raise ProofError(
            f"{len(found)} AARs below {maven}, expected one",
            remedy="Build again: scons target=android.",
        )
    return found[0]


def unpack(aar: Path, abi: str, folder: Path) -> Packaged:
    """Copy jni/<abi>/lib….so and the one .pte of the AAR into `folder`.

    Raises:
        ProofError: the AAR does not hold exactly one of each, or is damaged.
    """
    try:
        with zipfile.ZipFile(aar) as archive:
            names = sorted(archive.namelist())
            libraries = [n for n in names if n.startswith(f"jni/{abi}/") and n.endswith(".so")]
            models = [n for n in names if n.startswith("assets/") and n.endswith(".pte")]
            if len(libraries) != 1 or len(models) != 1:
                raise ProofError(
                    f"{aar.name} holds {len(libraries)} {abi} libraries and {len(models)} models, expected one each"
                )
            packaged = Packaged(library=folder / Path(libraries[0]).name, model=folder / Path(models[0]).name)
            packaged.library.write_bytes(archive.read(libraries[0]))
            packaged.model.write_bytes(archive.read(models[0]))
    except (OSError, zipfile.BadZipFile) as error:
        raise ProofError(f"{aar} cannot be read: {error}") from error
    return packaged
