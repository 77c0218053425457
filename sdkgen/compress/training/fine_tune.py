"""Trains a network again after a pass has changed it, as that pass's options say: from labels, or by the teacher."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from sdkgen.compress.network import Network
from sdkgen.compress.threads import torch_threads
from sdkgen.compress.training.fit import FitResult, FitSettings, fit
from sdkgen.compress.training.loss import Distillation
from sdkgen.errors import CompressionError, SpecError
from sdkgen.types import JsonValue

# Defaults of sdkgen.spec.passes.FineTuneTable.
DEFAULTS: Mapping[str, JsonValue] = {
    "epochs": 0,
    "learning_rate": 0.001,
    "distil": False,
    "temperature": None,
    "distil_weight": None,
    "threads": None,
}


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """The options that every pass on the module shares."""

    epochs: int
    learning_rate: float
    distillation: Distillation | None
    threads: int


def fine_tuning(name: str, network: Network, options: Mapping[str, JsonValue]) -> FineTuning:
    """Read the shared options of the pass `name`.

    Raises:
        SpecError: epochs without [training], or distil without [training.teacher].
    """
    chosen = {**DEFAULTS, **{key: value for key, value in options.items() if key in DEFAULTS}}
    if chosen["epochs"] and network.training is None:
        raise SpecError(
            f"pass {name}: epochs = {chosen['epochs']}, but the spec has no table [training]",
            remedy="Add [training], or leave epochs out.",
        )
    own = network.training.settings.threads if network.training is not None else 1
    return FineTuning(
        epochs=chosen["epochs"],
        learning_rate=chosen["learning_rate"],
        distillation=_distillation(name, network, chosen) if chosen["distil"] else None,
        threads=own if chosen["threads"] is None else chosen["threads"],
    )


def _distillation(name: str, network: Network, chosen: Mapping[str, JsonValue]) -> Distillation:
    """As [training.teacher] says, unless the pass says otherwise."""
    teacher = network.training.settings.teacher if network.training is not None else None
    if teacher is None:
        raise SpecError(f"pass {name}: distil = true needs the table [training.teacher]")
    temperature, weight = chosen["temperature"], chosen["distil_weight"]
    return Distillation(
        temperature=teacher.temperature if temperature is None else temperature,
        weight=teacher.weight if weight is None else weight,
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
) -> FitResult | None:
    """Train `module`, which the pass `name` made from the network's, in place; None when there is nothing to do.

    Args:
        step: of a pass that trains more than once; part of the checkpoint's name.
        after_step, on_epoch: see FitSettings.

    Raises:
        CompressionError: the loss is not finite any more.
    """
    training = network.training
    if tuning.epochs == 0 or training is None:
        return None
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
        return fit(module, training.data.train, settings, checkpoint=file, identity=identity, teacher=training.teacher)


def weights_digest(module: nn.Module) -> str:
    """SHA-256 over names and values of all parameters and buffers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode())
        # A copy: numpy() fixes the storage of what it shares, and observers resize theirs.
        digest.update(tensor.detach().clone().contiguous().numpy().tobytes())
    return digest.hexdigest()


def weighted_layers(module: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """The convolutions and linear layers by their path, in the order of the module."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)}


def refuse_no_layer(name: str, layers: Mapping[str, object]) -> None:
    """Raise CompressionError when a pass found no layer to work on."""
    if not layers:
        raise CompressionError(
            f"pass {name} applies to no layer of the network: it has no suitable convolution or linear layer",
            remedy="Remove the pass from the spec.",
        )


def accumulate_gradients(network: Network, module: nn.Module, batches: int) -> None:
    """Leave in `.grad` of every parameter the gradient of the mean loss over the first `batches` training batches."""
    training = network.training
    assert training is not None
    seed, size = training.settings.seed, training.settings.batch_size
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(training.data.train), generator=generator)[: batches * size]
    module.zero_grad(set_to_none=True)
    for inputs, labels in training.data.train.batches(size, order, seed=seed):
        nn.functional.cross_entropy(module(inputs), labels).backward()  # type: ignore[no-untyped-call]  # torch's
