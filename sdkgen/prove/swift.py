"""The prove stage's step for iOS: the shipped Swift package, built and run on this machine."""

import sys
from dataclasses import replace
from functools import partial

from sdkgen.documents.api import read_swift_manifest
from sdkgen.layout import Layout
from sdkgen.prove import c_api
from sdkgen.prove.api_matches_pytorch import SWIFT, api_matches_pytorch
from sdkgen.prove.machine import MACHINE
from sdkgen.prove.reference import read_reference
from sdkgen.prove.swift_package import SwiftWork, answers, compile_package, prepare, run_tests
from sdkgen.prove.swift_typechecks import NAME as TYPECHECKS
from sdkgen.prove.swift_typechecks import swift_typechecks
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.samples import evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import IosFiles, ios_target
from sdkgen.toolchain.swift import Swift
from sdkgen.types import Proof


def prove_swift(spec: SdkSpec, files: Layout) -> list[Proof]:
    """Run swift_matches_pytorch, on every evaluation view, and swift_typechecks.

    Reads the packages, the generated API, the .pte, the C API, and PyTorch's outputs, which `prove_executorch` has
    stored. Swift's build products stay in `IosFiles.swift` and are reused.

    Raises:
        DataError: the evaluation data cannot be read.
    """
    swift = Swift.find()
    host = f"Swift {swift.version}, {sys.platform}, {MACHINE}" if swift else "Swift"
    return [
        judge(SWIFT, host, partial(_matches, spec, files, host)),
        judge(TYPECHECKS, host, partial(_typechecks, files, host)),
    ]


def _work(files: Layout) -> tuple[SwiftWork, str]:
    """Return the work folder that holds the shipped package, and the name of the package's C module."""
    ios = IosFiles(files)
    manifest = read_swift_manifest(ios.api_manifest)
    return prepare(Swift.require(), ios.swift, manifest.module, ios.packages, ios.api), manifest.c_module


def _matches(spec: SdkSpec, files: Layout, host: str) -> Proof:
    work, _ = _work(files)
    compile_package(work)
    tests = run_tests(work)
    if "neon" not in ios_target(spec).engines:
        reason = f"It compiles and {tests} of its tests pass; its one engine, Core ML, is not on this machine."
        return Proof(name=SWIFT, host=host, status="not_run", reason=reason, metrics={"tests_count": tests})
    library = Library(c_api.require_built(files.c_api))
    samples = evaluation_samples(spec, library)
    reference = read_reference(files.pytorch_outputs)
    with library.open(files.pte) as model:
        own = c_api.run_as_app(model, samples)
    proof = api_matches_pytorch(
        name=SWIFT,
        language="Swift",
        task=spec.task,
        names=[sample.name for sample in samples],
        answers=answers(work, samples),
        pytorch_outputs=[reference[sample.name] for sample in samples],
        c_outputs=spec.task.in_c(files.c_api, own),
        host=host,
    )
    if proof.status != "passed":
        return proof
    reason = f"{proof.reason} {tests} tests of the package pass, built for release without a warning."
    return replace(proof, reason=reason, metrics={**proof.metrics, "tests_count": tests})


def _typechecks(files: Layout, host: str) -> Proof:
    if sys.platform == "darwin":
        reason = "Not needed: on this Mac swift_matches_pytorch compiles these branches against Apple's own frameworks."
        return Proof(name=TYPECHECKS, host=host, status="not_run", reason=reason)
    work, c_module = _work(files)
    return swift_typechecks(work, c_module, host)
