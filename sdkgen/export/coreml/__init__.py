"""The Core ML package: from the compressed PyTorch programs to an .mlpackage whose bytes depend on nothing else."""

from sdkgen.export.coreml.export import export_coreml

__all__ = ["export_coreml"]
