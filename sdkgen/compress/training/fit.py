"""The training loop: deterministic, with progress, and resumed after an interruption at the last finished epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from sdkgen.compress.training.checkpoint import Checkpoint
from sdkgen.compress.training.data import Split
from sdkgen.compress.training.loss import Distillation
from sdkgen.compress.training.objective import Objective, objective_for
from sdkgen.compress.training.progress import Progress
from sdkgen.errors import CompressionError, DataError

WARM_UP = 0.2
"""Fraction of the steps in which the learning rate rises (one-cycle policy, Smith and Topin, arXiv:1708.07120)."""


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """One training.

    Attributes:
        label: of the training, for the progress line.
        learning_rate: the highest of the cycle.
        distillation: needs a teacher.
        on_epoch: called before every epoch with its index, on the module; for example to freeze statistics.
        after_step: called after every step of the optimiser; for example to put pruned weights back to 0.
    """

    label: str
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int
    distillation: Distillation | None = None
    on_epoch: Callable[[int], None] | None = None
    after_step: Callable[[], None] | None = None


def fit(
    module: nn.Module,
    split: Split,
    settings: FitSettings,
    *,
    checkpoint: Path,
    identity: str,
    teacher: nn.Module | None = None,
) -> None:
    """Train `module` in place by AdamW and leave it in eval mode (a GraphModule stays in the mode it has).

    The same module, data, settings and number of torch threads give the same weights, also when the run was
    interrupted: all random numbers come from a generator seeded with (seed, epoch).

    Args:
        checkpoint: file that is written after every epoch and never removed; a finished training is not repeated.
        identity: text that a checkpoint must contain to be resumed: everything that the result depends on.
        teacher: in eval mode.

    Raises:
        CompressionError: the loss is not finite any more.
        DataError: a sample is wrong, or there is only one.
    """
    if len(split) < 2:
        raise DataError(
            f"{split.origin}: there is one {split.name} sample; BatchNorm has no variance of one",
            remedy="Return at least two samples, and for a network that learns some hundred of every class.",
        )
    example, _ = next(split.batches(2))
    torch.manual_seed(settings.seed)  # the numbers that a hint's projection begins with
    with objective_for(module, teacher, settings.distillation, example) as objective:
        modules = [module, *objective.learned]
        parameters = [p for part in modules for p in part.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
        schedule = _schedule(optimiser, settings, steps=settings.epochs * -(-len(split) // settings.batch_size))
        store = Checkpoint(checkpoint, identity)
        losses = store.restore(modules, optimiser, schedule)
        resumed_at = len(losses)
        progress = Progress(settings.label, first=resumed_at, epochs=settings.epochs, samples=len(split))
        for epoch in range(resumed_at, settings.epochs):
            if settings.on_epoch is not None:
                settings.on_epoch(epoch)
            _set_training(module, on=True)
            losses.append(_epoch(objective, split, settings, epoch, optimiser, schedule, progress))
            store.save(modules, optimiser, schedule, losses)
            progress.finished(epoch, losses[-1])
    _set_training(module, on=False)


def _schedule(
    optimiser: torch.optim.Optimizer, settings: FitSettings, *, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the one-cycle schedule; without its warm-up where that would take at most one step."""
    if steps * WARM_UP > 1:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser, settings.learning_rate, total_steps=steps, pct_start=WARM_UP
        )
    # OneCycleLR divides by the steps of the warm-up less one, and trains a single step with almost no learning rate.
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=max(1, steps))


def _epoch(
    objective: Objective,
    split: Split,
    settings: FitSettings,
    epoch: int,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    progress: Progress,
) -> float:
    """Train on every sample once, in this epoch's own order; return the mean loss."""
    seed = settings.seed * 100_003 + epoch
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(split), generator=generator)
    total, seen = 0.0, 0
    for inputs, labels in split.batches(settings.batch_size, order, seed=seed):
        if len(labels) < 2:
            continue  # BatchNorm has no variance of one sample
        optimiser.zero_grad(set_to_none=True)
        value = objective.loss(inputs, labels)
        value.backward()  # type: ignore[no-untyped-call]  # torch declares no types for it
        optimiser.step()
        schedule.step()
        if settings.after_step is not None:
            settings.after_step()
        total, seen = total + float(value.detach()) * len(labels), seen + len(labels)
        progress.seen(epoch, seen, total / seen)
    mean = total / max(1, seen)
    if not math.isfinite(mean):
        raise CompressionError(
            f"{settings.label}: the loss of epoch {epoch + 1} is {mean}",
            remedy="Lower the learning_rate; it is in [training] or with the pass.",
        )
    return mean


def _set_training(module: nn.Module, *, on: bool) -> None:
    # An exported GraphModule refuses train() and eval(): the mode of its graph was fixed by the export.
    if not isinstance(module, torch.fx.GraphModule):
        module.train(on)
