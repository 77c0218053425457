"""The order of the stages: `python -m sdkgen STEP` runs one of them between files, for SCons or by hand."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sdkgen.command_line import exit_code
from sdkgen.spec.values import ClassificationTask, SdkSpec
from sdkgen.types import Proof

if TYPE_CHECKING:
    from sdkgen.compress.network import Training
    from sdkgen.compress.training.data import LabelledData


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a build's files stand.

    Attributes:
        build: private to the build of one SDK, build/<sdk>.
        host: what is built once for this machine, build/host.
        dist: what users get, dist/<sdk>.
        targets: the platforms that the report is about.
    """

    build: Path
    host: Path
    dist: Path
    targets: tuple[str, ...]

    @property
    def train(self) -> Path:
        """network.safetensors, teacher.safetensors, train.json; only for a spec that trains."""
        return self.build / "train"

    @property
    def compress(self) -> Path:
        """float.pt2, quantized.pt2, compress.json; for a spec that trains predictions.json."""
        return self.build / "compress"

    @property
    def search(self) -> Path:
        """What a search under a budget found; only where one was made."""
        return self.build / "search" / "front.json"

    @property
    def export(self) -> Path:
        """<sdk>.pte, export.json."""
        return self.build / "export"

    @property
    def android(self) -> Path:
        """api/, classes.jar, sources.jar, jni/<abi>/, maven/, sizes.json."""
        return self.build / "android"

    @property
    def ios(self) -> Path:
        """api/, c_target/, coreml/, coreml.json, slices/<slice>/<architecture>/, dist/, sizes.json."""
        return self.build / "ios"

    @property
    def prove(self) -> Path:
        """One JSON list of proofs per proof step."""
        return self.build / "prove"


def train(spec: SdkSpec, layout: Layout) -> None:
    """Train the network of the spec, and its teacher; what was trained before comes from the cache."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.compress.training import train as stage
    from sdkgen.models import load, load_teacher
    from sdkgen.toolchain.cache import cache_root

    settings = spec.training
    assert settings is not None, "SConstruct has this step only for a spec with [training]"
    trainees = []
    if settings.teacher is not None:
        trainees.append(
            stage.Trainee(
                role="teacher",
                module=load_teacher(spec).module.requires_grad_(True),
                epochs=settings.teacher.epochs,
                learning_rate=settings.teacher.learning_rate,
                identity=training_identity(spec, role="teacher"),
            )
        )
    if spec.model.weights is None:
        trainees.append(
            stage.Trainee(
                role="network",
                module=load(spec).module.requires_grad_(True),
                epochs=settings.epochs,
                learning_rate=settings.learning_rate,
                identity=training_identity(spec, role="network"),
                taught=settings.teacher is not None and settings.teacher.weight > 0,
            )
        )
    stage.train(settings, trainees, _labelled_data(spec), cache=cache_root() / "trained", folder=layout.train)


def training_identity(spec: SdkSpec, *, role: str) -> str:
    """What decides about trained weights beside the data: parts of the spec, and the Python files beside it.

    A teacher does not depend on the network that it teaches, so that it is trained once for many of them.
    """
    from sdkgen.files import sha256_file
    from sdkgen.spec import section_json

    settings = spec.training
    assert settings is not None
    if role == "teacher":
        assert settings.teacher is not None
        teacher = replace(settings.teacher, temperature=1.0, weight=0.0, hint=None, hint_weight=1.0)
        settings = replace(settings, epochs=0, learning_rate=0.0, teacher=teacher)
    sections = section_json(replace(spec, training=settings), "input", "task", "training")
    model = section_json(spec, "model") if role == "network" else ""
    sources = sorted(spec.origin.parent.rglob("*.py"))
    return "\n".join([role, sections, model, *map(sha256_file, sources)])


def _labelled_data(spec: SdkSpec) -> "LabelledData":
    from sdkgen.compress.training.data import labelled_data
    from sdkgen.models import load_data

    assert spec.training is not None and isinstance(spec.task, ClassificationTask)
    shape, classes = spec.inputs[0].shape[1:], len(spec.task.labels)
    return labelled_data(load_data(spec), shape=shape, classes=classes, origin=spec.training.data)


def compress(spec: SdkSpec, layout: Layout) -> None:
    """Load the float model, apply the passes of the spec, save both programs."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    import torch

    from sdkgen.compress import run
    from sdkgen.models import load
    from sdkgen.runtime import Library
    from sdkgen.samples import calibration_samples

    library = Library(layout.host / library_name("sdkgen_image"))
    trained = layout.train / "network.safetensors" if spec.training and spec.model.weights is None else None
    model = load(spec, trained)
    calibration = [tuple(torch.from_numpy(array) for array in s.inputs) for s in calibration_samples(spec, library)]
    training = _training(spec, layout) if spec.training else None
    run.save(run.compress(spec, model.module, model.example_inputs, calibration, training), layout.compress)


def _training(spec: SdkSpec, layout: Layout) -> "Training":
    from sdkgen.compress.network import Training
    from sdkgen.models import load_teacher

    settings = spec.training
    assert settings is not None
    teacher = load_teacher(spec, layout.train / "teacher.safetensors").module if settings.teacher else None
    return Training(settings=settings, data=_labelled_data(spec), teacher=teacher, folder=layout.train / "passes")


def export(spec: SdkSpec, layout: Layout) -> None:
    """Lower the quantised program to a plan inside a .pte."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.export import export as stage
    from sdkgen.fx.programs import load_program
    from sdkgen.spec import fingerprint

    stage.export(spec, load_program(layout.compress / "quantized.pt2"), layout.export, fingerprint(spec))


def generate(spec: SdkSpec, layout: Layout) -> None:
    """Write the Kotlin API."""
    from sdkgen.generate.build import generate as stage
    from sdkgen.spec import fingerprint

    stage(spec, layout.android / "api", fingerprint=fingerprint(spec))


def kotlin(spec: SdkSpec, layout: Layout) -> None:
    """Compile the API, and the program that proves it on a JVM."""
    from sdkgen.files import atomic_directory, write_text
    from sdkgen.generate.api_model import build_api
    from sdkgen.generate.kotlin import render_proof
    from sdkgen.package import kotlin as stage
    from sdkgen.spec import fingerprint

    android = layout.android
    stage.compile_sdk(android / "api", spec.name, android / "classes.jar")
    stage.write_sources_jar(android / "api", android / "sources.jar")
    with atomic_directory(android / "proof") as folder:
        write_text(folder / "ProofMain.kt", render_proof(build_api(spec, fingerprint(spec))))
        stage.compile_host_android(folder / "android.jar")
        class_path = [android / "classes.jar", folder / "android.jar"]
        stage.compile_program([folder / "ProofMain.kt"], class_path, folder / "program.jar")


def package(spec: SdkSpec, layout: Layout) -> None:
    """Pack the AAR and its Maven repository, and weigh what an app gains."""
    from sdkgen.package.build import package as stage

    stage(spec, layout.build)


def prove_executorch(spec: SdkSpec, layout: Layout) -> None:
    """Hold PyTorch, ExecuTorch and the C API against each other."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.prove import stage

    _write_proofs(layout.prove / "executorch.json", stage.prove_executorch(spec, layout.build, layout.host))


def prove_training(spec: SdkSpec, layout: Layout) -> None:
    """Run all labelled evaluation samples through the C API."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.prove import stage

    batches = ((inputs.numpy(), labels.numpy()) for inputs, labels in _labelled_data(spec).evaluation.batches(500))
    _write_proofs(layout.prove / "training.json", stage.prove_training(spec, layout.build, layout.host, batches))


def prove_jvm(spec: SdkSpec, layout: Layout) -> None:
    """Run the Kotlin API on a JVM."""
    from sdkgen.prove import stage

    _write_proofs(layout.prove / "jvm.json", stage.prove_jvm(spec, layout.build, layout.host))


def prove_arm(spec: SdkSpec, layout: Layout) -> None:
    """Run the arm64 library of the AAR under emulation."""
    from sdkgen.prove import stage
    from sdkgen.spec import fingerprint

    _write_proofs(layout.prove / "arm.json", stage.prove_arm(spec, layout.build, layout.host, fingerprint(spec)))


def generate_swift(spec: SdkSpec, layout: Layout) -> None:
    """Write the Swift API."""
    from sdkgen.generate.swift_package import generate_swift as stage
    from sdkgen.spec import fingerprint

    stage(spec, layout.ios / "api", fingerprint=fingerprint(spec))


def apple_native(spec: SdkSpec, layout: Layout) -> None:
    """Write the C target of the Swift package."""
    from sdkgen.generate.api_model import build_api
    from sdkgen.generate.swift import c_module_name
    from sdkgen.package.apple_sources import NATIVE, write_c_target
    from sdkgen.spec import fingerprint

    module = c_module_name(build_api(spec, fingerprint(spec)))
    write_c_target(NATIVE, spec.name, layout.ios / "c_target", module=module)


def coreml(spec: SdkSpec, layout: Layout) -> None:
    """Convert the float or the quantised program for Core ML."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.export.coreml import export_coreml as stage
    from sdkgen.spec import fingerprint

    programs = layout.compress / "float.pt2", layout.compress / "quantized.pt2"
    stage(spec, *programs, layout.ios, fingerprint(spec))


def package_ios(spec: SdkSpec, layout: Layout) -> None:
    """Pack the Swift package and the XCFramework, and weigh what an app gains."""
    from sdkgen.package.ios import package_ios as stage

    stage(spec, layout.build)


def prove_coreml(spec: SdkSpec, layout: Layout) -> None:
    """Evaluate the Core ML program and hold it against PyTorch."""
    from sdkgen.quiet import silence_import_noise

    silence_import_noise()
    from sdkgen.prove.coreml import prove_coreml as stage

    _write_proofs(layout.prove / "coreml.json", stage(spec, layout.build, layout.host))


def prove_swift(spec: SdkSpec, layout: Layout) -> None:
    """Build and run the packaged Swift package."""
    from sdkgen.prove.swift import prove_swift as stage

    _write_proofs(layout.prove / "swift.json", stage(spec, layout.build, layout.host))


def _write_proofs(path: Path, proofs: Sequence[Proof]) -> None:
    from sdkgen.files import write_json

    write_json(path, [asdict(proof) for proof in proofs])


def report(spec: SdkSpec, layout: Layout) -> None:
    """Gather every result in report.html and report.json."""
    from sdkgen import registry
    from sdkgen.files import read_json
    from sdkgen.report.build import build
    from sdkgen.report.inputs import PlatformInputs, ReportInputs, measure, read_proofs
    from sdkgen.toolchain.versions import tool_versions

    registry.discover("sdkgen.targets")
    platforms = {}
    for name in layout.targets:
        target = registry.lookup("target", name)
        sizes = read_json(layout.build / name / "sizes.json")
        platforms[name] = PlatformInputs(
            sizes=sizes,
            limits=target.limits(sizes, sizes["native"]),
            download_limit_bytes=target.download_limit.limit,
            advisory=target.advisory(sizes, spec),
        )
    has_coreml = "ios" in layout.targets and "coreml" in spec.require_ios().engines
    proofs = [
        name for target in ("model", *layout.targets) for name in PROOFS[target] if name != "coreml" or has_coreml
    ]
    folders = [layout.dist / name for name in ("model", *layout.targets)]
    published = (p.relative_to(layout.dist).as_posix() for f in folders for p in f.rglob("*") if p.is_file())
    inputs = ReportInputs(
        spec=spec,
        compress=read_json(layout.compress / "compress.json"),
        export=read_json(layout.export / "export.json"),
        platforms=platforms,
        coreml=read_json(layout.ios / "coreml.json") if has_coreml else None,
        proofs=read_proofs(layout.prove, proofs),
        artifacts=measure(layout.dist, published),
        environment=tool_versions(),
        search=read_json(layout.search) if layout.search.is_file() else None,
    )
    build(inputs, layout.dist)


def check(spec: SdkSpec, layout: Layout) -> None:
    """Print the verdicts and fail when a proof, a limit or a budget does."""
    from sdkgen.files import read_json, write_text
    from sdkgen.report.check import check as stage

    stage(read_json(layout.dist / "report.json"))
    write_text(layout.build / "checked.txt", "every proof, limit and budget was met\n")


PROOFS = {"model": ("executorch",), "android": ("arm", "jvm"), "ios": ("coreml", "swift")}
"""What the proof steps of the shared model work and of each platform write, below `Layout.prove`."""


def library_name(name: str) -> str:
    """File name of a shared library on this machine."""
    return f"lib{name}.dylib" if sys.platform == "darwin" else f"lib{name}.so"


Step = Callable[[SdkSpec, Layout], None]

STEPS: dict[str, Step] = {
    "train": train,
    "compress": compress,
    "export": export,
    "generate": generate,
    "kotlin": kotlin,
    "package": package,
    "prove_executorch": prove_executorch,
    "prove_training": prove_training,
    "prove_jvm": prove_jvm,
    "prove_arm": prove_arm,
    "coreml": coreml,
    "generate_swift": generate_swift,
    "apple_native": apple_native,
    "package_ios": package_ios,
    "prove_coreml": prove_coreml,
    "prove_swift": prove_swift,
    "report": report,
    "check": check,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one step; a mistake of the user becomes one message and the exit code of its class."""
    parser = argparse.ArgumentParser(prog="python -m sdkgen", description=__doc__)
    parser.add_argument("step", choices=sorted(STEPS))
    parser.add_argument("--spec", type=Path, required=True, help="the sdk.toml")
    parser.add_argument("--build", type=Path, required=True, help="folder of this SDK's intermediate files")
    parser.add_argument("--host", type=Path, required=True, help="folder of the libraries built for this machine")
    parser.add_argument("--dist", type=Path, required=True, help="folder of this SDK's results")
    parser.add_argument("--targets", default="", help="platforms of the report, such as android,ios; all by default")
    options = parser.parse_args(arguments)

    def work() -> None:
        from sdkgen.spec import load

        spec = load(options.spec)
        own = [name for name, target in (("android", spec.android), ("ios", spec.ios)) if target]
        layout = Layout(
            build=options.build.resolve(),
            host=options.host.resolve(),
            dist=options.dist.resolve(),
            targets=tuple(options.targets.split(",") if options.targets else own),
        )
        STEPS[options.step](spec, layout)

    return exit_code(
        work, interrupted="interrupted; a training goes on from its last finished epoch when it is started again"
    )
