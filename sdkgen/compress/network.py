"""The value between passes on the module: a network that can still be trained, and its training data."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from torch import nn
from torch.export import ExportedProgram

from sdkgen.compress.program import ExportedNetwork, Inputs, capture
from sdkgen.compress.training.data import LabelledData
from sdkgen.spec.values import TrainingSpec


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings and data of the training inside passes.

    Attributes:
        settings: of the spec.
        data: training and evaluation samples.
        teacher: trained, in eval mode, without gradients; or None.
        folder: for checkpoints, so that an interrupted fine-tuning resumes; one subfolder per pass.
    """

    settings: TrainingSpec
    data: LabelledData
    teacher: nn.Module | None
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Network:
    """A float32 network between two passes on the module.

    Attributes:
        module: in eval mode, on the CPU; a pass changes a copy.
        example_inputs: float32 tensors with the shapes that the network takes, batch size 1.
        calibration: float32 samples, each shaped like `example_inputs`.
        training: or None without [training] in the spec.
        exported: result of torch.export for `module`, where it was exported before; else None.
    """

    module: nn.Module
    example_inputs: Inputs
    calibration: tuple[Inputs, ...]
    training: Training | None
    exported: ExportedProgram | None = None

    @cached_property
    def program(self) -> ExportedNetwork:
        """The module as an exported program, for measurements and for the passes on the graph; exported once."""
        return capture(self.module, self.example_inputs, self.calibration, self.exported)

    def with_module(self, module: nn.Module) -> "Network":
        """Return the network with another module."""
        return replace(self, module=module, exported=None)
