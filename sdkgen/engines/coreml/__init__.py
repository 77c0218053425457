"""The Core ML engine: converts the compressed PyTorch programs to an .mlpackage whose bytes depend on nothing else."""

from sdkgen.engines.coreml.engine import CoreMl

__all__ = ["CoreMl"]
