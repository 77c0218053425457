"""Proves the model itself: compares PyTorch, ExecuTorch and the C API on this machine."""

from functools import cache, partial
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.prove import c_api
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.executorch_host import ExecutorchProgram, host
from sdkgen.prove.executorch_matches_c_api import NAME as EXECUTORCH_C_API
from sdkgen.prove.executorch_matches_c_api import executorch_matches_c_api
from sdkgen.prove.executorch_matches_pytorch import NAME as EXECUTORCH_PYTORCH
from sdkgen.prove.executorch_matches_pytorch import executorch_matches_pytorch
from sdkgen.prove.integer_reference import IntegerProgram
from sdkgen.prove.layers import layer_snr
from sdkgen.prove.machine import FEW_VIEWS, MACHINE
from sdkgen.prove.operator_steps import compare_operators
from sdkgen.prove.preprocessing_matches_torchvision import NAME as PREPROCESSING
from sdkgen.prove.preprocessing_matches_torchvision import (
    Preprocessed,
    pictures_of_all_shapes,
    preprocessing_matches_torchvision,
)
from sdkgen.prove.pytorch import ReferenceProgram
from sdkgen.prove.quantised_matches_float import NAME as QUANTISED
from sdkgen.prove.quantised_matches_float import quantised_matches_float
from sdkgen.prove.reference import write_reference
from sdkgen.prove.spread import spread
from sdkgen.prove.verdict import judge
from sdkgen.runtime import ByteImage, Library
from sdkgen.samples import Sample, evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Proof


def prove_executorch(spec: SdkSpec, files: Layout) -> list[Proof]:
    """Run the proofs of the model on every evaluation view.

    They are quantised_matches_float, executorch_matches_pytorch, executorch_matches_c_api and
    preprocessing_matches_torchvision.

    Also writes `files.pytorch_outputs`: the outputs of every evaluation view, for the proofs on other hosts. Reads both
    programs, the .pte, and the C API and ExecuTorch adapter built for this machine.

    Raises:
        DataError: the evaluation data cannot be read.
        ToolchainError: the C API has not been built.
        ProofError: the compress step's programs cannot be loaded.
    """
    library = Library(c_api.require_built(files.c_api))
    samples = evaluation_samples(spec, library)
    names = [sample.name for sample in samples]
    few = spread(samples, FEW_VIEWS)
    agreement = spec.task.agreement

    float_program = ReferenceProgram(files.float_program)
    quantised_program = ReferenceProgram(files.quantised_program)
    integer_program = IntegerProgram(quantised_program.graph_module)
    exact = integer_program.outputs(samples)
    write_reference(files.pytorch_outputs, names, exact)

    def quantised() -> Proof:
        return quantised_matches_float(
            names=names,
            float_outputs=float_program.run(samples),
            quantised_outputs=exact,
            per_layer=layer_snr(float_program.graph_module, quantised_program.graph_module, few),
            agreement=agreement,
            host=f"PyTorch, {MACHINE}",
        )

    @cache
    def under_executorch() -> list[Outputs]:
        return ExecutorchProgram(c_api.require_built(files.executorch_adapter), files.pte).run(samples)

    def with_pytorch() -> Proof:
        return executorch_matches_pytorch(
            names=names,
            exact_outputs=exact,
            executorch_outputs=under_executorch(),
            float32_outputs=quantised_program.run(samples),
            steps=compare_operators(quantised_program.graph_module, integer_program, few),
            agreement=agreement,
            host=host(),
        )

    def with_c_api() -> Proof:
        outputs = under_executorch()
        with library.open(files.pte) as model:
            own = c_api.run_tensors(model, samples)
        return executorch_matches_c_api(names=names, executorch_outputs=outputs, c_outputs=own, host=host())

    proofs = [
        judge(QUANTISED, f"PyTorch, {MACHINE}", quantised),
        judge(EXECUTORCH_PYTORCH, host(), with_pytorch),
        judge(EXECUTORCH_C_API, host(), with_c_api),
    ]
    if spec.image is not None:
        preprocessing = partial(_preprocessing, spec, library, files.pte, samples)
        proofs.append(judge(PREPROCESSING, f"C API, {MACHINE}", preprocessing))
    return proofs


def _preprocessing(spec: SdkSpec, library: Library, pte: Path, samples: list[Sample]) -> Proof:
    image = spec.image
    assert image is not None
    with library.open(pte) as model:

        def prepared(name: str, picture: ByteImage) -> Preprocessed:
            return Preprocessed(
                name=name,
                picture=picture,
                resized=library.crop_to_input(image, picture),
                tensor=model.preprocess(picture),
            )

        views = [prepared(sample.name, sample.picture) for sample in samples if sample.picture is not None]
        shapes = [prepared(name, picture) for name, picture in pictures_of_all_shapes(image)]
        info = model.inputs[0]
    return preprocessing_matches_torchvision(
        spec=image, views=views, shapes=shapes, scale=info.scale, zero_point=info.zero_point, host=f"C API, {MACHINE}"
    )
