"""Runs the proof program, Kotlin on the SDK's public API, on a JVM with the host build of the native library."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sdkgen.errors import ProofError, ToolchainError
from sdkgen.samples import Sample
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.types import JsonValue

MAIN_CLASS = "sdkgen.proof.ProofMainKt"
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class JvmProgram:
    """A program for the JVM.

    Attributes:
        jars: the SDK's classes, the compiled proof program, the Android classes for the host.
        library_folder: holds lib<sdk>.so for this machine.
        asset: name of the model among the app's assets, such as "photo_tagger/photo_tagger.pte".
        model: the .pte to be found under that name.
    """

    jars: tuple[Path, ...]
    library_folder: Path
    asset: str
    model: Path


def run_on_jvm(
    java: Java, program: JvmProgram, samples: Sequence[Sample], folder: Path
) -> list[Mapping[str, JsonValue]]:
    """Run the program; return one JSON object per sample, as templates/kotlin/proof prints them.

    Args:
        folder: for the input files and the assets; private to this call.

    Raises:
        ToolchainError: the Kotlin library or a compiled part is missing.
        ProofError: the program fails, or answers other than one line per sample.
    """
    kotlinc = Kotlinc.require()
    assets = folder / "assets"
    for path in program.jars:
        if not path.is_file():
            raise ToolchainError(f"{path} has not been built.", remedy="Build again: scons target=android.")
    (assets / program.asset).parent.mkdir(parents=True)
    shutil.copyfile(program.model, assets / program.asset)
    inputs = [_write_input(sample, folder / f"input{index}.bin") for index, sample in enumerate(samples)]
    class_path = os.pathsep.join(str(path) for path in (*program.jars, kotlinc.stdlib, kotlinc.coroutines))
    command = [
        *[str(java.java), *java.jvm_flags(), "-Xcheck:jni", f"-Djava.library.path={program.library_folder}"],
        *["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", class_path, MAIN_CLASS, str(assets)],
        *map(str, inputs),
    ]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise ProofError(f"no answer from the JVM within {TIMEOUT_SECONDS} s") from error
    if answer.returncode != 0:
        words = [line for line in answer.stderr.splitlines() if line.strip() and not line.startswith("\tat ")]
        raise ProofError(f"the JVM ended with exit code {answer.returncode}: {words[0] if words else 'no message'}")
    return _answers(answer.stdout, len(samples))


def _answers(output: str, count: int) -> list[Mapping[str, JsonValue]]:
    try:
        # -Xcheck:jni may print warnings between the answers
        answers = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    except ValueError as error:
        raise ProofError(f"the proof program's answer is no JSON: {error}") from error
    warnings = [line for line in output.splitlines() if line.startswith("WARNING")]
    if warnings:
        raise ProofError(f"-Xcheck:jni: {warnings[0]}")
    if len(answers) != count:
        raise ProofError(f"the proof program answered {len(answers)} of {count} inputs")
    return answers


def _write_input(sample: Sample, path: Path) -> Path:
    """Write an input file, little-endian: width, height, 0xAARRGGBB row by row; or the float32 tensors in order."""
    if sample.picture is None:
        path.write_bytes(b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in sample.inputs))
        return path
    height, width = sample.picture.shape[:2]
    red, green, blue = (sample.picture[:, :, channel].astype(np.uint32) for channel in range(3))
    colours = np.uint32(0xFF000000) | red << 16 | green << 8 | blue
    path.write_bytes(np.array([width, height], "<u4").tobytes() + colours.astype("<u4").tobytes())
    return path
