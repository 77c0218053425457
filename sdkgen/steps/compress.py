"""The step `compress`: folds, compresses, calibrates and quantises the network."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.steps.train import trained_roles
from sdkgen.steps.training_data import load_labelled_data


@register("step", "compress")
class Compress(Step):
    """Loads the float network, applies the passes of the spec, saves the float and the quantised program."""

    name = "compress"
    title = "compress: fold, calibrate, quantise"
    sections = ("model", "input", "task", "data", "training", "compress")
    data_files = ("sdkgen/latency/costs.json",)
    shows_progress = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        trained = map(files.trained_weights, trained_roles(spec))
        report = [files.train_report] if spec.training else []
        return [
            *(*spec.model.files(spec.origin.parent), *spec.data.calibration),
            *(*report, *trained, files.image_library),
        ]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        predictions = [files.predictions] if spec.training else []
        return [files.float_program, files.quantised_program, files.compress_report, *predictions]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        import torch

        from sdkgen.compress import run
        from sdkgen.compress.network import Training
        from sdkgen.models.load import load, load_teacher
        from sdkgen.runtime import Library
        from sdkgen.samples import calibration_samples

        spec, files = build.spec, build.files
        settings, training = spec.training, None
        trained = files.trained_weights("network") if settings and not spec.model.has_weights else None
        model = load(spec, trained)
        samples = calibration_samples(spec, Library(files.image_library))
        calibration = [tuple(torch.from_numpy(array) for array in sample.inputs) for sample in samples]
        if settings is not None:
            teacher = load_teacher(spec, files.trained_weights("teacher")).module if settings.teacher else None
            training = Training(
                settings=settings, data=load_labelled_data(spec), teacher=teacher, folder=files.pass_checkpoints
            )
        compressed = run.compress(
            spec, model.module, model.example_inputs, calibration, training, exported=model.program
        )
        run.save(compressed, files.compress_report.parent)
