"""The step `prove_training`: all labelled evaluation samples through the C API."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.steps.training_data import load_labelled_data, training_assets


@register("step", "prove_training")
class ProveTraining(Step):
    """Compares the C API's classes of all labelled evaluation samples with the trained network's."""

    name = "prove_training"
    title = "prove: the C API predicts what the trained network does"
    sections = ("sdk", "model", "input", "task", "training")
    is_proof = True

    def applies(self, spec: SdkSpec) -> bool:
        return spec.training is not None

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [
            *(files.predictions, files.pte, *spec.model.files(spec.origin.parent)),
            *(*training_assets(spec), files.c_api),
        ]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.training import prove_training

        batches = load_labelled_data(build.spec).evaluation.batches(500)
        proofs = prove_training(build.files, ((inputs.numpy(), labels.numpy()) for inputs, labels in batches))
        write_proofs(build.files.proofs(self.name), proofs)
