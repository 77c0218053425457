"""The value that flows between passes on the module: a network that can still be trained, and what to train it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import nn

from sdkgen.compress.program import Program, Sample
from sdkgen.compress.training.data import LabelledData
from sdkgen.spec.values import TrainingSpec
from sdkgen.types import JsonValue, PassReport


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a pass needs to train.

    Attributes:
        settings: of the spec.
        data: training and evaluation samples.
        teacher: trained, in eval mode, without gradients; or None.
        folder: for checkpoints, so that an interrupted fine-tuning goes on; one subfolder per pass.
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
    """

    module: nn.Module
    example_inputs: Sample
    calibration: tuple[Sample, ...]
    training: Training | None


class ModulePass(Protocol):
    """What `@register("compress_module", NAME)` decorates.

    A pass that quantises while it trains returns the quantised Program; every other returns a Network.
    """

    def __call__(self, network: Network, options: Mapping[str, JsonValue]) -> tuple[Network | Program, PassReport]: ...
