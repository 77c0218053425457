"""The objective that training minimises: loss from labels, and with a teacher distillation and hint loss."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from sdkgen.compress.training.hint import Hint, watching
from sdkgen.compress.training.loss import Distillation, loss
from sdkgen.compress.training.memory_format import Format, fastest_format


class Objective:
    """Loss of one batch; `objective_for` makes it.

    Attributes:
        learned: modules that are trained together with the network: the hint's projection.
    """

    def __init__(
        self,
        module: nn.Module,
        memory: Format,
        *,
        teacher: tuple[nn.Module, Format] | None,
        distillation: Distillation | None,
        hint: Hint | None,
    ) -> None:
        self._module, self._memory = module, memory
        self._teacher, self._distillation, self._hint = teacher, distillation, hint
        self.learned: list[nn.Module] = [] if hint is None else [hint]

    def loss(self, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean loss of the network on a batch: inputs (n, …), labels (n,)."""
        teacher_logits = None
        if self._teacher is not None:
            teacher, memory = self._teacher
            with torch.no_grad():
                teacher_logits = teacher(inputs.contiguous(memory_format=memory))
        logits = self._module(inputs.contiguous(memory_format=self._memory))
        value = loss(logits, labels, teacher_logits, self._distillation)
        if self._hint is not None and self._distillation is not None:
            value = value + self._distillation.hint_weight * self._hint()
        return value


@contextmanager
def objective_for(
    module: nn.Module, teacher: nn.Module | None, distillation: Distillation | None, example: torch.Tensor
) -> Iterator[Objective]:
    """Make the objective of `module`; it uses teacher and hint only with a `distillation`.

    Args:
        teacher: in eval mode.
        example: a batch of inputs, run to determine formats and shapes.

    Raises:
        SpecError: the hint's paths do not fit the networks.
    """
    with fastest_format(module, example) as memory:
        if teacher is None or distillation is None:
            yield Objective(module, memory, teacher=None, distillation=None, hint=None)
            return
        with (
            fastest_format(teacher, example) as teacher_memory,
            watching(module, teacher, distillation, example) as hint,
        ):
            yield Objective(module, memory, teacher=(teacher, teacher_memory), distillation=distillation, hint=hint)
