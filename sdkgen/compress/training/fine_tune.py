"""Trains a network again after a pass has changed it, from labels or by distillation from the teacher."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from sdkgen.compress.network import Network
from sdkgen.compress.threads import torch_threads
from sdkgen.compress.training.fit import FitSettings, fit
from sdkgen.compress.training.loss import Distillation
from sdkgen.errors import SpecError
from sdkgen.spec.passes import FineTuneTable


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """The training after a pass: the options of the pass with the defaults of the spec filled in."""

    epochs: int
    learning_rate: float
    distillation: Distillation | None
    threads: int


def fine_tuning(options: FineTuneTable, network: Network) -> FineTuning:
    """Complete the options of a pass by the defaults of [training] and [training.teacher].

    Raises:
        SpecError: epochs without [training], or distil without [training.teacher].
    """
    if options.epochs and network.training is None:
        raise SpecError(
            f"pass {options.name}: epochs = {options.epochs}, but the spec has no table [training]",
            remedy="Add [training], or leave epochs out.",
        )
    default_threads = network.training.settings.threads if network.training is not None else 1
    return FineTuning(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        distillation=_distillation(options, network) if options.distil else None,
        threads=default_threads if options.threads is None else options.threads,
    )


def _distillation(options: FineTuneTable, network: Network) -> Distillation:
    teacher = network.training.settings.teacher if network.training is not None else None
    if teacher is None:
        raise SpecError(f"pass {options.name}: distil = true needs the table [training.teacher]")
    return Distillation(
        temperature=teacher.temperature if options.temperature is None else options.temperature,
        weight=teacher.weight if options.distil_weight is None else options.distil_weight,
        hint=teacher.hint,
        hint_weight=teacher.hint_weight,
    )


def fine_tune(
    name: str,
    network: Network,
    module: nn.Module,
    tuning: FineTuning,
    *,
    step: str = "",
    after_step: Callable[[], None] | None = None,
    on_epoch: Callable[[int], None] | None = None,
) -> None:
    """Train `module`, which the pass `name` made from the network's, in place; does nothing for 0 epochs.

    Args:
        step: of a pass that trains more than once; part of the checkpoint's name.
        after_step, on_epoch: see FitSettings.

    Raises:
        CompressionError: the loss is not finite any more.
    """
    training = network.training
    if tuning.epochs == 0 or training is None:
        return
    settings = FitSettings(
        label=f"{name}{f' {step}' if step else ''}: fine-tuning",
        epochs=tuning.epochs,
        batch_size=training.settings.batch_size,
        learning_rate=tuning.learning_rate,
        weight_decay=training.settings.weight_decay,
        seed=training.settings.seed,
        distillation=tuning.distillation,
        after_step=after_step,
        on_epoch=on_epoch,
    )
    identity = json.dumps([name, step, repr(tuning), repr(training.settings), weights_digest(module)])
    file = training.folder / f"{name}{f'_{step}' if step else ''}.checkpoint"
    with torch_threads(tuning.threads):
        fit(module, training.data.train, settings, checkpoint=file, identity=identity, teacher=training.teacher)


def weights_digest(module: nn.Module) -> str:
    """Return the SHA-256 over names and values of all parameters and buffers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode())
        # A copy: numpy() fixes the storage of what it shares, and observers resize theirs.
        digest.update(tensor.detach().clone().contiguous().numpy().tobytes())
    return digest.hexdigest()
