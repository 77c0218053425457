"""Training from scratch: first the teacher, then the network of the SDK; weights are cached across builds."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import nn

from sdkgen.compress.threads import torch_threads
from sdkgen.compress.training.data import LabelledData, Split
from sdkgen.compress.training.evaluate import top1
from sdkgen.compress.training.fit import FitSettings, fit
from sdkgen.compress.training.loss import Distillation
from sdkgen.documents.training import DataSizes, TrainDocument, TrainedNetwork, write_train
from sdkgen.files import write_bytes
from sdkgen.spec.values import TrainingSpec

HASHED_SAMPLES = 2048


@dataclass(frozen=True, kw_only=True)
class Trainee:
    """A network to train.

    Attributes:
        role: "network" or "teacher".
        identity: text that changes with everything that its weights depend on, except the data.
        taught: whether it is trained with the teacher, which was trained before it.
    """

    role: str
    module: nn.Module
    epochs: int
    learning_rate: float
    identity: str
    taught: bool = False


def train(settings: TrainingSpec, trainees: list[Trainee], data: LabelledData, *, cache: Path, folder: Path) -> None:
    """Train each of `trainees` and write `<role>.safetensors` and `train.json` into `folder`.

    Args:
        trainees: the teacher first.
        cache: folder that outlives the build; a network that was trained before with the same identity comes from it.

    Raises:
        CompressionError: the loss is not finite any more.
        DataError: a sample is wrong.
    """
    results: dict[str, TrainedNetwork] = {}
    samples = fingerprint(data.train)
    for trainee in trainees:
        identity = hashlib.sha256(
            "\n".join((trainee.identity, samples, torch.__version__, str(settings.threads))).encode()
        ).hexdigest()
        weights = cache / f"{trainee.role}-{identity[:24]}.safetensors"
        if weights.is_file():
            trainee.module.load_state_dict(load_file(weights))
        else:
            with torch_threads(settings.threads):
                fit(
                    trainee.module,
                    data.train,
                    FitSettings(
                        label=f"training the {trainee.role}",
                        epochs=trainee.epochs,
                        batch_size=settings.batch_size,
                        learning_rate=trainee.learning_rate,
                        weight_decay=settings.weight_decay,
                        seed=settings.seed,
                        distillation=_distillation(settings) if trainee.taught else None,
                    ),
                    checkpoint=weights.with_suffix(".checkpoint"),
                    identity=identity,
                    teacher=trainees[0].module if trainee.taught else None,
                )
            write_bytes(weights, save(_contiguous(trainee.module)))
            weights.with_suffix(".checkpoint").unlink(missing_ok=True)
        trainee.module.eval().requires_grad_(False)
        write_bytes(folder / f"{trainee.role}.safetensors", weights.read_bytes())
        results[trainee.role] = TrainedNetwork(
            epochs=trainee.epochs,
            taught=trainee.taught,
            parameters=sum(p.numel() for p in trainee.module.parameters()),
            top1=top1(trainee.module, data.evaluation),
        )
    sizes = DataSizes(training_samples=len(data.train), evaluation_samples=len(data.evaluation))
    document = TrainDocument(data=sizes, network=results.get("network"), teacher=results.get("teacher"))
    write_train(folder / "train.json", document)


def _distillation(settings: TrainingSpec) -> Distillation:
    teacher = settings.teacher
    assert teacher is not None
    return Distillation(
        temperature=teacher.temperature, weight=teacher.weight, hint=teacher.hint, hint_weight=teacher.hint_weight
    )


def fingerprint(split: Split) -> str:
    """Return the SHA-256 over all labels and evenly spread inputs; in practice it differs for two data sets."""
    step = max(1, len(split) // HASHED_SAMPLES)
    digest = hashlib.sha256(split.labels().numpy().tobytes())
    for inputs, _ in split.batches(256, torch.arange(0, len(split), step)):
        digest.update(inputs.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _contiguous(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().contiguous().clone() for name, tensor in module.state_dict().items()}
