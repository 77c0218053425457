"""Proves the Kotlin API by running it on a JVM over JNI."""

import tempfile
from functools import partial
from pathlib import Path

from sdkgen.documents.api import read_kotlin_manifest
from sdkgen.layout import Layout
from sdkgen.prove import c_api
from sdkgen.prove.api_matches_pytorch import KOTLIN, api_matches_pytorch
from sdkgen.prove.jvm import JvmProgram, run_on_jvm
from sdkgen.prove.machine import MACHINE
from sdkgen.prove.reference import read_reference
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.samples import evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import AndroidFiles
from sdkgen.toolchain.java import Java
from sdkgen.types import Proof


def prove_jvm(spec: SdkSpec, files: Layout) -> list[Proof]:
    """Run kotlin_matches_pytorch on every evaluation view.

    Reads the compiled API, the proof program, the JNI library for this machine, the .pte, the C API, and PyTorch's
    outputs, which `prove_executorch` has stored.

    Raises:
        DataError: the evaluation data cannot be read.
        ToolchainError: the C API has not been built.
    """
    java = Java.find()
    host = f"JVM {java.major}, {MACHINE}" if java else "JVM"
    return [judge(KOTLIN, host, partial(_kotlin, spec, files, host))]


def _kotlin(spec: SdkSpec, files: Layout, host: str) -> Proof:
    java = Java.require()
    library = Library(c_api.require_built(files.c_api))
    samples = evaluation_samples(spec, library)
    reference = read_reference(files.pytorch_outputs)
    android = AndroidFiles(files)
    program = JvmProgram(
        jars=(android.classes, android.proof_program, android.proof_android),
        library_folder=android.host_library.parent,
        asset=read_kotlin_manifest(android.api_manifest).asset,
        model=files.pte,
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
        c_outputs=spec.task.in_c(files.c_api, own),
        host=host,
    )
