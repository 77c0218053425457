"""The Core ML engine: from the compressed PyTorch programs to an .mlpackage whose bytes depend on nothing else."""

from sdkgen.engines.coreml.engine import CoreMl

__all__ = ["CoreMl"]
