"""Builds the SDKs of all test specs, their JNI library for this machine, models, and the test programs."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sdkgen.generate.api_model import build_api
from sdkgen.generate.build import generate
from sdkgen.generate.kotlin import render_proof
from sdkgen.package.kotlin import HOST_ANDROID, compile_program, compile_sdk
from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor, Window
from sdkgen.plan.image_table import image_record
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.packing import pack_convolution
from sdkgen.plan.writer import write_plan
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.zig import Zig
from tests.golden.kotlin_specs import AWKWARD, FINGERPRINT, LABELS, PHOTO_TAGGER, SPECS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Everything that a test program needs to run on this machine's JVM."""

    folder: Path
    api: Path
    sdk_jar: Path
    program_jar: Path
    libraries: Path
    runtime_library: Path

    def run(self, main_class: str, *arguments: str, libraries: Path | None = None) -> subprocess.CompletedProcess[str]:
        java, kotlinc = Java.require(), Kotlinc.require()
        jars = [self.program_jar, self.sdk_jar, kotlinc.stdlib, kotlinc.coroutines, kotlinc.test]
        flags = ["-Xcheck:jni", f"-Djava.library.path={libraries or self.libraries}"]
        encodings = ["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"]
        command = [str(java.java), *java.jvm_flags(), *flags, *encodings, "-cp", os.pathsep.join(map(str, jars))]
        return subprocess.run(
            [*command, main_class, *arguments], capture_output=True, encoding="utf-8", check=False, timeout=300
        )


def build_consumer(folder: Path) -> Consumer:
    """Generate, compile and link everything into `folder`."""
    api = folder / "api"
    for name, spec in SPECS.items():
        # One compilation for all: their packages differ.
        generate(spec, folder / "generated" / name, fingerprint=FINGERPRINT)
        for source in sorted((folder / "generated" / name / "kotlin").rglob("*.kt")):
            target = api / "kotlin" / source.relative_to(folder / "generated" / name / "kotlin")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    compile_sdk(api, "test", folder / "classes.jar")
    programs = [*HERE.glob("*.kt"), *HOST_ANDROID.rglob("*.kt")]
    for name, spec in SPECS.items():
        path = folder / "proof" / name / "ProofMain.kt"
        path.parent.mkdir(parents=True)
        text = render_proof(build_api(spec, FINGERPRINT, "android"))
        path.write_text(text.replace("package sdkgen.proof", f"package sdkgen.proof.{name}_sdk", 1))
        programs.append(path)
    compile_program(programs, [folder / "classes.jar"], folder / "program.jar")
    write_models(folder)
    return Consumer(
        folder=folder,
        api=api,
        sdk_jar=folder / "classes.jar",
        program_jar=folder / "program.jar",
        libraries=build_libraries(folder),
        runtime_library=folder / "libraries" / "libsdkgen.so",
    )


def write_models(folder: Path) -> None:
    """Plans as the SDKs expect them, in the places where the Kotlin tests look."""
    tagger = tagger_plan(FINGERPRINT)
    name = "photo_tagger/photo_tagger.pte"
    contents = {
        f"assets/{name}": tagger,
        f"apk4/{name}": b"PK\3\4" + tagger,
        f"apk5/{name}": b"PK\3\4\0" + tagger,
        "foreign.pte": tagger_plan(FINGERPRINT + 1),
        "object.pte": round_trip_plan(),
    }
    for path, data in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def tagger_plan(fingerprint: int) -> bytes:
    """Quantise, 4 x 4 average pooling, 4 x 6 convolution to one logit per label."""
    height, width = 16, 24
    pixels, pooled = Quantisation(scale=0.03125, zero_point=-3), Quantisation(scale=0.015625, zero_point=5)
    tensors = (
        Tensor(n=1, h=height, w=width, c=3, rank=4, quantisation=None, location="input"),
        Tensor(n=1, h=height, w=width, c=3, rank=4, quantisation=pixels),
        Tensor(n=1, h=4, w=6, c=3, rank=4, quantisation=pooled),
        Tensor(n=1, h=1, w=1, c=len(LABELS), rank=2, quantisation=None, location="output"),
    )
    random = np.random.default_rng(7)
    weights = random.integers(-127, 128, (len(LABELS), 3, 4, 6), dtype=np.int8)
    bias = random.integers(-500, 500, len(LABELS), dtype=np.int32)
    scale = np.full(len(LABELS), 2.0**-14, np.float32)
    ones = (1, 1)
    operators = (
        Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(32.0, 0.0)),
        Operator(
            kind=Kind.AVG_POOL,
            input0=1,
            output=2,
            layer="pool",
            window=Window(kernel=(4, 4), stride=(4, 4)),
            scales=(2.0, 0.0),
        ),
        Operator(
            kind=Kind.CONV,
            input0=2,
            output=3,
            layer="classifier",
            weights=pack_convolution(weights, bias, scale, 1),
            window=Window(kernel=(4, 6), stride=ones),
            groups=1,
        ),
    )
    graph = Graph(tensors=tensors, operators=operators, inputs=(0,), outputs=(3,))
    assert PHOTO_TAGGER.image is not None
    record = image_record(PHOTO_TAGGER.image, graph)
    return write_plan(graph, fingerprint=fingerprint, labels=LABELS, image=record).data


def round_trip_plan() -> bytes:
    """Every input quantised in steps of 1/64 and dequantised again."""
    steps = Quantisation(scale=1 / 64, zero_point=0)
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    for entry in AWKWARD.inputs:
        n, c, h, w = (*entry.shape, 1, 1)[:4]
        for quantisation, location in ((None, "input"), (steps, "arena"), (None, "output")):
            tensor = Tensor(n=n, h=h, w=w, c=c, rank=len(entry.shape), quantisation=quantisation, location=location)  # type: ignore[arg-type]
            tensors.append(tensor)
        last = len(tensors) - 1
        operators.append(Operator(kind=Kind.QUANTIZE, input0=last - 2, output=last - 1, layer="", scales=(64.0, 0.0)))
        operators.append(Operator(kind=Kind.DEQUANTIZE, input0=last - 1, output=last, layer=""))
    graph = Graph(
        tensors=tuple(tensors),
        operators=tuple(operators),
        inputs=tuple(range(0, len(tensors), 3)),
        outputs=tuple(range(2, len(tensors), 3)),
    )
    return write_plan(graph, fingerprint=FINGERPRINT).data


def build_libraries(folder: Path) -> Path:
    """`libraries/` with the JNI library of two SDKs and the bare C API; `other/` with one of another ABI version."""
    native = ROOT / "native"
    core = sorted(path for part in ("kernels", "runtime", "image") for path in (native / part).rglob("*.c"))
    libraries, other = folder / "libraries", folder / "other"
    libraries.mkdir()
    other.mkdir()
    jni = native / "adapters" / "jni" / "jni.c"
    zig = Zig.require()
    objects = folder / "objects"
    objects.mkdir()
    _cc(zig, ["-c", *map(str, core)], objects)
    built = [str(path) for path in sorted(objects.glob("*.o"))]
    for spec in (PHOTO_TAGGER, AWKWARD):
        jni_class = spec.targets["android"].package.replace(".", "/") + "/internal/NativeModel"
        _cc(
            zig,
            ["-shared", f'-DSG_JNI_CLASS="{jni_class}"', str(jni), *built, "-o", str(libraries / f"lib{spec.name}.so")],
            folder,
        )
    _cc(zig, ["-shared", *built, "-o", str(libraries / "libsdkgen.so")], folder)
    _cc(
        zig,
        [
            "-shared",
            '-DSG_JNI_CLASS="com/example/phototagger/internal/NativeModel"',
            str(jni),
            str(HERE / "other_abi.c"),
            "-o",
            str(other / "libphoto_tagger.so"),
        ],
        folder,
    )
    return libraries


def _cc(zig: Zig, arguments: Sequence[str], folder: Path) -> None:
    flags = ["-std=c11", "-O1", "-fPIC", "-ffp-contract=off", "-Wall", "-Wextra", "-Wno-unused-command-line-argument"]
    command = [*zig.cc(zig.host_target()), *flags, "-I", str(ROOT / "native" / "include"), *arguments]
    environment = os.environ | zig.environment()
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert result.returncode == 0, result.stderr
