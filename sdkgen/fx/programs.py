"""Loads an exported program that an earlier step saved."""

import logging
import zipfile
from pathlib import Path

import torch
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed, which the program's file names
from torch.export import ExportedProgram

from sdkgen.errors import ExportError


def load_program(path: Path) -> ExportedProgram:
    """Load the program that the compress stage saved, float or PT2E-converted.

    Raises:
        ExportError: the file is missing or is not a program of this PyTorch.
    """
    if not path.is_file():
        raise ExportError(f"{path.name} is missing in {path.parent.name}/", remedy="Run the compress step first.")
    logger = logging.getLogger("torch.export")
    logger.disabled = True  # it prints a traceback before it raises
    try:
        return torch.export.load(path)
    except (OSError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise ExportError(
            f"{path.name} cannot be loaded: {str(error).splitlines()[0]}", remedy="Run the compress step again."
        ) from error
    finally:
        logger.disabled = False
