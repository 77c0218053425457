"""Packages of the test specs as they would be shipped, and a program that consumes two of them at once."""

from pathlib import Path

import numpy as np

from sdkgen.files import read_json
from sdkgen.generate.swift_package import MANIFEST, generate_swift
from sdkgen.package.apple_sources import write_c_target
from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.packing import pack_convolution
from sdkgen.plan.writer import write_plan
from sdkgen.spec.values import SdkSpec, TensorInput
from tests.consumers.kotlin.kotlin_build import round_trip_plan
from tests.golden.kotlin_specs import AWKWARD, FINGERPRINT, NAMES, NAMES_LABELS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NOT_SHIPPED = ("proof/", "BinaryPackage.swift")


def write_package(spec: SdkSpec, folder: Path, model: bytes = b"") -> tuple[str, str]:
    """The package of `spec` in `folder/<module>`; returns the names of its module and its C module."""
    api = folder / "api" / spec.name
    artifacts = generate_swift(spec, api, fingerprint=FINGERPRINT)
    manifest = read_json(api / MANIFEST)
    package = folder / manifest["module"]
    for artifact in artifacts:
        if not artifact.path.startswith(NOT_SHIPPED):
            (package / artifact.path).parent.mkdir(parents=True, exist_ok=True)
            (package / artifact.path).write_bytes((api / artifact.path).read_bytes())
    sources = package / "Sources"
    write_c_target(ROOT / "native", spec.name, sources / manifest["c_module"], module=manifest["c_module"])
    resources = sources / manifest["module"] / "Resources"
    for name in manifest["resources"]:
        if name.endswith(".mlpackage"):
            (resources / name).mkdir()
            (resources / name / "Manifest.json").write_text("{}")
        elif name.endswith(".pte"):
            (resources / name).write_bytes(model)
    return manifest["module"], manifest["c_module"]


def write_consumer(folder: Path) -> Path:
    """A package that depends on two SDKs, with the tests that they bring along and those of this folder."""
    modules = [write_package(AWKWARD, folder, round_trip_plan())[0], write_package(NAMES, folder, names_plan())[0]]
    consumer = folder / "Consumer"
    targets = []
    for module in modules:
        dependency = f'.product(name: "{module}", package: "{module}")'
        targets.append(f'.testTarget(name: "{module}Tests", dependencies: [{dependency}])')
        test = f"Tests/{module}Tests/{module}Tests.swift"
        (consumer / test).parent.mkdir(parents=True)
        (consumer / test).write_bytes((folder / module / test).read_bytes())
    products = ", ".join(f'.product(name: "{module}", package: "{module}")' for module in modules)
    targets.append(f'.testTarget(name: "ConsumerTests", dependencies: [{products}])')
    for source in HERE.glob("*.swift"):
        (consumer / "Tests" / "ConsumerTests").mkdir(parents=True, exist_ok=True)
        (consumer / "Tests" / "ConsumerTests" / source.name).write_bytes(source.read_bytes())
    packages = ", ".join(f'.package(path: "../{module}")' for module in modules)
    (consumer / "Package.swift").write_text(
        "// swift-tools-version: 5.9\nimport PackageDescription\n\n"
        f'let package = Package(name: "Consumer", platforms: [.macOS("13.0")], dependencies: [{packages}], '
        f"targets: [{', '.join(targets)}])\n"
    )
    return consumer


def names_plan() -> bytes:
    """Every input in steps of 1/64, side by side, times weights of which each class has its own."""
    steps = Quantisation(scale=1 / 64, zero_point=0)
    inputs = [entry for entry in NAMES.inputs if isinstance(entry, TensorInput)]
    width = sum(entry.shape[1] for entry in inputs)
    tensors: list[Tensor] = []
    for entry in inputs:
        tensors.append(Tensor(n=1, h=1, w=1, c=entry.shape[1], rank=2, quantisation=None, location="input"))
        tensors.append(Tensor(n=1, h=1, w=1, c=entry.shape[1], rank=2, quantisation=steps))
    joined = len(tensors)
    classes = len(NAMES_LABELS)
    tensors.append(Tensor(n=1, h=1, w=1, c=width, rank=2, quantisation=steps))
    tensors.append(Tensor(n=1, h=1, w=1, c=classes, rank=2, quantisation=None, location="output"))
    operators = [
        Operator(kind=Kind.QUANTIZE, input0=2 * i, output=2 * i + 1, layer="", scales=(64.0, 0.0))
        for i in range(len(inputs))
    ]
    offset = 0
    for index, entry in enumerate(inputs):
        operators.append(
            Operator(
                kind=Kind.RESCALE,
                input0=2 * index + 1,
                output=joined,
                layer="",
                scales=(1.0, 0.0),
                channel_offset=offset,
            )
        )
        offset += entry.shape[1]
    weights = np.zeros((classes, width, 1, 1), np.int8)
    weights[np.arange(classes) % classes, np.arange(classes) % width] = 64
    scale, bias = np.full(classes, 1 / 64 / 64, np.float32), -np.arange(classes, dtype=np.int32)
    packed = pack_convolution(weights, bias, scale, 1)
    operators.append(Operator(kind=Kind.GEMM, input0=joined, output=joined + 1, layer="", weights=packed))
    graph = Graph(
        tensors=tuple(tensors),
        operators=tuple(operators),
        inputs=tuple(range(0, joined, 2)),
        outputs=(joined + 1,),
    )
    return write_plan(graph, fingerprint=FINGERPRINT, labels=NAMES_LABELS).data
