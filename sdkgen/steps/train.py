"""The step `train`: the network of a spec with [training], and its teacher."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from sdkgen.files import sha256_file
from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec import canonical_json, section_json, section_value
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.steps.training_data import load_labelled_data, training_assets


@register("step", "train")
class Train(Step):
    """Trains the network of the spec, unless it names weights, and its teacher; only for a spec that trains."""

    name = "train"
    title = "train"
    sections = ("model", "input", "task", "training")
    shows_progress = True

    def applies(self, spec: SdkSpec) -> bool:
        return spec.training is not None

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [*spec.model.files(spec.origin.parent), *training_assets(spec)]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.train_report, *map(files.trained_weights, trained_roles(spec))]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        train_networks(build.spec, build.files)


def trained_roles(spec: SdkSpec) -> list[str]:
    """Return the networks that a spec trains: "teacher", "network", both or none."""
    if spec.training is None:
        return []
    return [*(["teacher"] if spec.training.teacher else []), *([] if spec.model.has_weights else ["network"])]


def train_networks(spec: SdkSpec, files: Layout) -> None:
    """Train the networks of the spec, the teacher first; a network trained before comes from the cache.

    Raises:
        CompressionError: the loss is not finite any more.
        DataError: a sample is wrong.
        ModelError: a factory cannot be used.
    """
    from sdkgen.compress.training.train import Trainee, train
    from sdkgen.models.load import load, load_teacher
    from sdkgen.toolchain.cache import cache_root

    settings = spec.training
    assert settings is not None
    trainees = []
    if settings.teacher is not None:
        trainees.append(
            Trainee(
                role="teacher",
                module=load_teacher(spec).module.requires_grad_(True),
                epochs=settings.teacher.epochs,
                learning_rate=settings.teacher.learning_rate,
                identity=training_identity(spec, role="teacher"),
            )
        )
    if not spec.model.has_weights:
        trainees.append(
            Trainee(
                role="network",
                module=load(spec).module.requires_grad_(True),
                epochs=settings.epochs,
                learning_rate=settings.learning_rate,
                identity=training_identity(spec, role="network"),
                taught=settings.teacher is not None and settings.teacher.weight > 0,
            )
        )
    train(settings, trainees, load_labelled_data(spec), cache=cache_root() / "trained", folder=files.train)


def training_identity(spec: SdkSpec, *, role: str) -> str:
    """Describe everything but the data that trained weights depend on: parts of the spec, Python files in its folder.

    A teacher does not depend on the network that it teaches, so that it is trained once for many of them.
    """
    settings = spec.training
    assert settings is not None
    if role == "teacher":
        assert settings.teacher is not None
        teacher = replace(settings.teacher, temperature=1.0, weight=0.0, hint=None, hint_weight=1.0)
        settings = replace(settings, epochs=0, learning_rate=0.0, teacher=teacher)
    values = {"input": section_value(spec, "input"), "task": section_value(spec, "task"), "training": asdict(settings)}
    model = section_json(spec, "model") if role == "network" else ""
    sources = sorted(spec.origin.parent.rglob("*.py"))
    return "\n".join([role, canonical_json(values), model, *map(sha256_file, sources)])
