"""The prove stage's three steps: under ExecuTorch and PyTorch, on the JVM, on emulated ARM."""

import platform
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from sdkgen.files import read_json
from sdkgen.prove import c_api
from sdkgen.prove.api_matches_pytorch import KOTLIN, api_matches_pytorch
from sdkgen.prove.arm64_matches_x86_64 import NAME as ARM64
from sdkgen.prove.arm64_matches_x86_64 import arm64_matches_x86_64
from sdkgen.prove.c_api_predicts_as_trained import NAME as TRAINED
from sdkgen.prove.c_api_predicts_as_trained import Batch, c_api_predicts_as_trained, classes_of
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.emulator import CPUS, run_emulated
from sdkgen.prove.executorch_matches_c_api import NAME as EXECUTORCH_C_API
from sdkgen.prove.executorch_matches_c_api import executorch_matches_c_api
from sdkgen.prove.executorch_matches_pytorch import NAME as EXECUTORCH_PYTORCH
from sdkgen.prove.executorch_matches_pytorch import executorch_matches_pytorch
from sdkgen.prove.jvm import JvmProgram, run_on_jvm
from sdkgen.prove.packaged import find_aar, unpack
from sdkgen.prove.preprocessing_matches_torchvision import NAME as PREPROCESSING
from sdkgen.prove.preprocessing_matches_torchvision import Preprocessed, preprocessing_matches_torchvision
from sdkgen.prove.quantised_matches_float import NAME as QUANTISED
from sdkgen.prove.quantised_matches_float import quantised_matches_float
from sdkgen.prove.reference import read_reference, write_reference
from sdkgen.prove.spread import spread
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.samples import Sample, evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.qemu import Qemu
from sdkgen.types import JsonValue, Proof

MACHINE = platform.machine().replace("_", "-")

FEW_VIEWS = 4
"""Views on which every layer and every operator is looked at by itself."""

ARM_VIEWS = 3
"""An emulated run takes seconds."""


@dataclass(frozen=True, kw_only=True)
class HostFiles:
    """What the native step builds for this machine."""

    library: Path
    adapter: Path
    loader: Path


def host_files(host_dir: Path) -> HostFiles:
    """By their fixed names in build/host."""
    suffix = "dylib" if sys.platform == "darwin" else "so"
    return HostFiles(
        library=host_dir / f"libsdkgen.{suffix}",
        adapter=host_dir / f"libsdkgen_executorch.{suffix}",
        loader=host_dir / "android_loader",
    )


def prove_executorch(spec: SdkSpec, build: Path, host_dir: Path) -> list[Proof]:
    """quantised_matches_float, executorch_matches_pytorch, executorch_matches_c_api, preprocessing_matches_torchvision.

    Also writes PyTorch's outputs to build/prove/pytorch_outputs.npz, which `prove_jvm` reads.

    Args:
        build: build/<sdk>, with compress/ and export/ finished.
        host_dir: folder of libsdkgen.so and libsdkgen_executorch.so.

    Raises:
        DataError: the evaluation data cannot be read.
        ToolchainError: libsdkgen.so has not been built.
        ProofError: the compress step's programs cannot be loaded.
    """
    from sdkgen.prove.executorch_host import ExecutorchProgram, host
    from sdkgen.prove.integer_reference import IntegerProgram
    from sdkgen.prove.layers import layer_snr
    from sdkgen.prove.operator_steps import compare_operators
    from sdkgen.prove.pytorch import ReferenceProgram

    built = host_files(host_dir)
    library = Library(c_api.require_built(built.library))
    samples = evaluation_samples(spec, library)
    names = [sample.name for sample in samples]
    few = spread(samples, FEW_VIEWS)
    agreement = spec.task.agreement
    pte = build / "export" / f"{spec.name}.pte"

    float_program = ReferenceProgram(build / "compress" / "float.pt2")
    quantised_program = ReferenceProgram(build / "compress" / "quantized.pt2")
    integer_program = IntegerProgram(quantised_program.graph_module)
    exact = integer_program.outputs(samples)
    write_reference(build, names, exact)

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
        return ExecutorchProgram(c_api.require_built(built.adapter), pte).run(samples)

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
        with library.open(pte) as model:
            own = c_api.run_tensors(model, samples)
        return executorch_matches_c_api(names=names, executorch_outputs=outputs, c_outputs=own, host=host())

    proofs = [
        judge(QUANTISED, f"PyTorch, {MACHINE}", quantised),
        judge(EXECUTORCH_PYTORCH, host(), with_pytorch),
        judge(EXECUTORCH_C_API, host(), with_c_api),
    ]
    if spec.image is not None:
        proofs.append(judge(PREPROCESSING, f"C API, {MACHINE}", partial(_preprocessing, spec, library, pte, samples)))
    return proofs


def prove_training(spec: SdkSpec, build: Path, host_dir: Path, batches: Iterable[Batch]) -> list[Proof]:
    """c_api_predicts_as_trained.

    Args:
        build: build/<sdk>, with compress/predictions.json and export/ finished.
        host_dir: folder of libsdkgen.so.
        batches: the labelled evaluation data of [training].

    Raises:
        DataError: a sample is wrong.
        ToolchainError: libsdkgen.so has not been built.
    """
    library = Library(c_api.require_built(host_files(host_dir).library))
    expected = read_json(build / "compress" / "predictions.json")
    host = f"C API, {MACHINE}"

    def prove() -> Proof:
        with library.open(build / "export" / f"{spec.name}.pte") as model:
            predicted, labels = classes_of(model, batches)
        return c_api_predicts_as_trained(expected=expected, predicted=predicted, labels=labels, host=host)

    return [judge(TRAINED, host, prove)]


def _preprocessing(spec: SdkSpec, library: Library, pte: Path, samples: list[Sample]) -> Proof:
    image = spec.image
    assert image is not None
    with library.open(pte) as model:
        runs = [
            Preprocessed(
                name=sample.name,
                picture=sample.picture,
                resized=library.crop_to_input(image, sample.picture),
                tensor=model.preprocess(sample.picture),
            )
            for sample in samples
            if sample.picture is not None
        ]
        info = model.inputs[0]
    return preprocessing_matches_torchvision(
        spec=image, runs=runs, scale=info.scale, zero_point=info.zero_point, host=f"C API, {MACHINE}"
    )


def prove_jvm(spec: SdkSpec, build: Path, host_dir: Path) -> list[Proof]:
    """kotlin_matches_pytorch, on every evaluation view.

    Args:
        build: build/<sdk>, with android/classes.jar, android/proof/{program,android}.jar, host/lib<sdk>.so, export/
            and, from `prove_executorch`, prove/pytorch_outputs.npz.
        host_dir: folder of libsdkgen.so.

    Raises:
        DataError: the evaluation data cannot be read.
        ToolchainError: libsdkgen.so has not been built.
    """
    java = Java.find()
    host = f"JVM {java.major}, {MACHINE}" if java else "JVM"
    return [judge(KOTLIN, host, partial(_kotlin, spec, build, host_dir, host))]


def _api(build: Path) -> Mapping[str, JsonValue]:
    """What the generate step says about the API: names of class, library and asset."""
    manifest: Mapping[str, JsonValue] = read_json(build / "android" / "api" / "manifest.json")
    return manifest


def _kotlin(spec: SdkSpec, build: Path, host_dir: Path, host: str) -> Proof:
    java = Java.require()
    built = host_files(host_dir)
    library = Library(c_api.require_built(built.library))
    samples = evaluation_samples(spec, library)
    reference = read_reference(build)
    android = build / "android"
    program = JvmProgram(
        jars=(android / "classes.jar", android / "proof" / "program.jar", android / "proof" / "android.jar"),
        library_folder=build / "host",
        asset=_api(build)["asset"],
        model=build / "export" / f"{spec.name}.pte",
    )
    with library.open(program.model) as model:
        own = c_api.run_as_app(model, samples)
    with tempfile.TemporaryDirectory() as folder:
        answers = run_on_jvm(java, program, samples, Path(folder))
    return api_matches_pytorch(
        name=KOTLIN,
        language="Kotlin",
        task=spec.task,
        names=[sample.name for sample in samples],
        answers=answers,
        pytorch_outputs=[reference[sample.name] for sample in samples],
        c_outputs=spec.task.in_c(built.library, own),
        host=host,
    )


def prove_arm(spec: SdkSpec, build: Path, host_dir: Path, fingerprint: int) -> list[Proof]:
    """arm64_matches_x86_64, once per emulated CPU, on a few views of as many different photographs.

    Args:
        build: build/<sdk>, with the AAR below android/maven.
        host_dir: folder of libsdkgen.so and android_loader.
        fingerprint: of the spec, as the Kotlin class passes it when it opens the model.

    Raises:
        DataError: the evaluation data cannot be read.
    """
    prove = partial(_arm64, spec, build, host_dir, fingerprint)
    with ThreadPoolExecutor(max_workers=len(CPUS)) as pool:
        return list(pool.map(lambda cpu: judge(ARM64, f"qemu-aarch64 {cpu}", partial(prove, cpu)), CPUS))


def _arm64(spec: SdkSpec, build: Path, host_dir: Path, fingerprint: int, cpu: str) -> Proof:
    qemu = Qemu.require()
    built = host_files(host_dir)
    loader = c_api.require_built(built.loader)
    library = Library(c_api.require_built(built.library))
    samples = spread(evaluation_samples(spec, library), ARM_VIEWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packaged = unpack(find_aar(build), "arm64-v8a", folder)
        with library.open(packaged.model) as model:
            own = c_api.run_as_app(model, samples)
            shapes = [info.shape for info in model.outputs]
        emulated = run_emulated(
            qemu=qemu,
            cpu=cpu,
            loader=loader,
            packaged=packaged,
            fingerprint=fingerprint,
            samples=samples,
            output_shapes=shapes,
            folder=folder,
        )
    return arm64_matches_x86_64(
        names=[sample.name for sample in samples],
        arm_outputs=emulated.outputs,
        x86_outputs=own,
        loader=emulated.loader,
        jni_class=_api(build)["jni_class"],
        labels_count=len(spec.task.class_names),
        host=f"qemu-aarch64 {qemu.version}, {cpu}",
    )
