"""The proof of the arm64 library: it runs under emulation on a core of each tier."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sdkgen.documents.api import read_kotlin_manifest
from sdkgen.layout import Layout
from sdkgen.prove import c_api
from sdkgen.prove.arm64_matches_x86_64 import NAME as ARM64
from sdkgen.prove.arm64_matches_x86_64 import arm64_matches_x86_64
from sdkgen.prove.emulator import CPUS, run_emulated
from sdkgen.prove.packaged import find_aar, unpack
from sdkgen.prove.spread import spread
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.samples import evaluation_samples
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import AndroidFiles
from sdkgen.toolchain.qemu import Qemu
from sdkgen.types import Proof

ARM_VIEWS = 3
"""Number of views; few, because one emulated inference takes seconds."""


def prove_arm(spec: SdkSpec, files: Layout, fingerprint: int) -> list[Proof]:
    """Run arm64_matches_x86_64, once per emulated CPU, on a few views of as many different photographs.

    Args:
        files: the AAR below `AndroidFiles.maven`, the C API and `android_loader` are read.
        fingerprint: of the spec, as the Kotlin class passes it when it opens the model.

    Raises:
        DataError: the evaluation data cannot be read.
    """
    prove = partial(_arm64, spec, files, fingerprint)
    with ThreadPoolExecutor(max_workers=len(CPUS)) as pool:
        return list(pool.map(lambda cpu: judge(ARM64, f"qemu-aarch64 {cpu}", partial(prove, cpu)), CPUS))


def _arm64(spec: SdkSpec, files: Layout, fingerprint: int, cpu: str) -> Proof:
    qemu = Qemu.require()
    android = AndroidFiles(files)
    loader = c_api.require_built(files.android_loader)
    library = Library(c_api.require_built(files.c_api))
    samples = spread(evaluation_samples(spec, library), ARM_VIEWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packaged = unpack(find_aar(android.maven), "arm64-v8a", folder)
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
        jni_class=read_kotlin_manifest(android.api_manifest).jni_class,
        labels_count=len(spec.task.class_names),
        host=f"qemu-aarch64 {qemu.version}, {cpu}",
    )
