"""The proof step of Core ML: the saved package, evaluated without Apple's software, against PyTorch."""

from collections.abc import Sequence
from functools import partial

from sdkgen.layout import Layout
from sdkgen.prove.c_api import require_built
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.coreml_layers import NAME as LAYERS
from sdkgen.prove.coreml_layers import coreml_layers, float_layers, int8_layers
from sdkgen.prove.coreml_matches_pytorch import NAME as MATCHES
from sdkgen.prove.coreml_matches_pytorch import coreml_matches_pytorch
from sdkgen.prove.coreml_package import Package
from sdkgen.prove.coreml_references import HalfParameters, Recording, WeightsOnly, half_normalised, softmax
from sdkgen.prove.integer_reference import IntegerProgram
from sdkgen.prove.machine import FEW_VIEWS, MACHINE
from sdkgen.prove.pytorch import ReferenceProgram
from sdkgen.prove.spread import spread
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.samples import Sample, evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import ios_target
from sdkgen.types import Proof

HOST = f"PyTorch evaluator, {MACHINE}"


def prove_coreml(spec: SdkSpec, files: Layout) -> list[Proof]:
    """Run coreml_matches_pytorch and coreml_layers on the evaluation views.

    Pictures go in as a device gets them: uint8 RGB of the network's size, resized and cropped by the phone's C code.

    Reads the Core ML package and coreml.json, both programs, and the image library built for this machine.

    Raises:
        DataError: the evaluation data cannot be read.
        ToolchainError: the image library has not been built.
        ProofError: the compress step's programs cannot be loaded.
    """
    library = Library(require_built(files.image_library))
    samples = evaluation_samples(spec, library)
    return [
        judge(MATCHES, HOST, partial(_matches, spec, files, library, samples)),
        judge(LAYERS, HOST, partial(_layers, spec, files, library, spread(samples, FEW_VIEWS))),
    ]


def _matches(spec: SdkSpec, files: Layout, library: Library, samples: list[Sample]) -> Proof:
    package = Package(spec, files, library)
    precision = ios_target(spec).coreml
    float_program = ReferenceProgram(files.float_program)
    float32 = [run.outputs for run in package.run(samples, "float32")]
    float16 = [run.outputs for run in package.run(samples, "float16")]
    float_outputs = float_program.run(samples)
    int8_outputs: list[Outputs] | None = None
    expected, evaluated = float_outputs, float32
    if precision == "int8_weights":
        reference = _weights_only(files, package)
        expected = [reference.outputs(sample) for sample in samples]
    elif precision == "int8":
        quantised = ReferenceProgram(files.quantised_program).graph_module
        int8_outputs = IntegerProgram(quantised).outputs(samples)
        few = spread(samples, 2 * FEW_VIEWS)
        expected = _with_half_parameters(spec, HalfParameters(quantised), library, few)
        evaluated = [run.outputs for run in package.run(few, "float64")]
    as_app = softmax if spec.task.coreml.softmax else list
    return coreml_matches_pytorch(
        precision=precision,
        expected=as_app(expected),
        evaluated=evaluated,
        float_outputs=as_app(float_outputs),
        float32=float32,
        float16=float16,
        int8_outputs=None if int8_outputs is None else as_app(int8_outputs),
        agreement=spec.task.agreement,
        host=HOST,
    )


def _with_half_parameters(
    spec: SdkSpec, program: HalfParameters, library: Library, samples: Sequence[Sample]
) -> list[Outputs]:
    results = []
    for sample in samples:
        if spec.image is not None and sample.picture is not None:
            picture = library.crop_to_input(spec.image, sample.picture)
            results.append(program.evaluate([half_normalised(spec.image, picture)]))
        else:
            results.append(program.in_float64(sample))
    return results


def _weights_only(files: Layout, package: Package, chosen: Sequence[str] = ()) -> WeightsOnly:
    quantised = ReferenceProgram(files.quantised_program).graph_module
    original = ReferenceProgram(files.float_program).graph_module
    return WeightsOnly(quantised, original, package.report["float_layers"], chosen)


def _layers(spec: SdkSpec, files: Layout, library: Library, samples: list[Sample]) -> Proof:
    package = Package(spec, files, library)
    precision = ios_target(spec).coreml
    known = len(package.layers)
    if precision == "int8":
        integers = IntegerProgram(ReferenceProgram(files.quantised_program).graph_module)
        rows, compared, differing = int8_layers(package, integers, samples, "float32")
        rounded, _, differing_rounded = int8_layers(package, integers, samples, "float16")
        extra = {
            "values_count": compared,
            "differing_values_count": differing,
            "differing_values_with_float16_rounding_count": differing_rounded,
        }
        return coreml_layers(precision=precision, rows=rows, rounded=rounded, known=known, extra=extra, host=HOST)
    chosen = [row["node"] for row in package.layers]
    if precision == "float16":
        reference = Recording(ReferenceProgram(files.float_program).graph_module, chosen)
    else:
        reference = _weights_only(files, package, chosen)
    return coreml_layers(
        precision=precision,
        rows=float_layers(package, reference, samples, "float32"),
        rounded=float_layers(package, reference, samples, "float16"),
        known=known,
        extra={},
        host=HOST,
    )
