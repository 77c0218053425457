"""Builds, tests and lints the shipped Swift package in a work folder, and runs the proof program on it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sdkgen.errors import ProofError
from sdkgen.samples import Sample
from sdkgen.toolchain.swift import Swift
from sdkgen.types import JsonValue

TIMEOUT_SECONDS = 900
# Release for tests and proof: apps ship it, the kernels are compiled once, and an unoptimised run of the network
# takes seconds.
BUILD = ("-c", "release", "-Xswiftc", "-warnings-as-errors", "-Xcc", "-Werror")
ROW_GAP = 20
"""Bytes between the rows of a picture, to show that the SDK honours bytesPerRow."""


@dataclass(frozen=True, kw_only=True)
class SwiftWork:
    """A work folder: the package, the proof program, and the compiler's build products.

    Attributes:
        swift: the Swift tool chain that runs there.
        folder: holds `<module>/`, `Proof/` and `scratch/`.
        module: name of the package and its folder.
    """

    swift: Swift
    folder: Path
    module: str

    @property
    def package(self) -> Path:
        """The package as it is shipped."""
        return self.folder / self.module

    @property
    def proof(self) -> Path:
        """The package of the proof program."""
        return self.folder / "Proof"

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in `folder`, by default the package's; the caller checks the exit code.

        Raises:
            ProofError: it does not end.
        """
        try:
            return self.swift.run(
                arguments, folder=folder or self.package, writable=[self.folder], timeout=TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise ProofError(f"{arguments[0]} {arguments[1]} did not end within {TIMEOUT_SECONDS} s") from error

    def check(self, what: str, *arguments: str, folder: Path | None = None) -> str:
        """Run a command that must succeed; return its standard output.

        Raises:
            ProofError: it fails; names `what` and the first complaint.
        """
        result = self.run(*arguments, folder=folder)
        if result.returncode != 0:
            raise ProofError(f"{what} fails: {first_complaint(result.stdout + result.stderr)}")
        return result.stdout


def prepare(swift: Swift, folder: Path, module: str, dist: Path, api: Path) -> SwiftWork:
    """Copy the shipped package and the proof program into `folder`; keep what was compiled there before."""
    work = SwiftWork(swift=swift, folder=folder, module=module)
    (folder / "scratch").mkdir(parents=True, exist_ok=True)
    _mirror(dist / module, work.package)
    if (api / "proof").is_dir():
        _mirror(api / "proof", work.proof)
    return work


def compile_package(work: SwiftWork) -> None:
    """Compile the package and its tests, warnings being errors.

    Raises:
        ProofError: it does not compile.
    """
    work.check("swift build", "swift", "build", "--build-tests", *BUILD, *_scratch(work))


def run_tests(work: SwiftWork) -> int:
    """Run the tests that `compile_package` built; return how many were executed and not skipped.

    Raises:
        ProofError: one fails.
    """
    result = work.run("swift", "test", "--skip-build", *BUILD, *_scratch(work))
    output = result.stdout + result.stderr
    failures = re.findall(r"error: (\S+) : (.*)", output)
    summary = re.findall(r"Executed (\d+) tests?, with (?:(\d+) tests? skipped and )?(\d+) failures?", output)
    if failures:
        raise ProofError(f"the test {failures[0][0]} fails: {failures[0][1]}")
    if result.returncode != 0 or not summary:
        raise ProofError(f"swift test fails: {first_complaint(output)}")
    executed, skipped, _ = summary[-1]
    return int(executed) - int(skipped or 0)


def answers(work: SwiftWork, samples: Sequence[Sample]) -> list[Mapping[str, JsonValue]]:
    """Run the proof program; return one JSON object per sample, as it prints them.

    Raises:
        ProofError: the program does not compile, fails, or does not print one line per sample.
    """
    # The same scratch folder: what the package's own build compiled is not compiled again.
    work.check("swift build of the proof program", "swift", "build", *BUILD, *_scratch(work), folder=work.proof)
    inputs = work.folder / "inputs"
    shutil.rmtree(inputs, ignore_errors=True)
    inputs.mkdir()
    paths = [_write_input(sample, inputs / f"input{index}.bin") for index, sample in enumerate(samples)]
    program = next((work.folder / "scratch").glob("*/release/Proof"), None)
    if program is None:
        raise ProofError("swift build made no proof program")
    output = work.check("the proof program", str(program), *map(str, paths), folder=work.proof)
    shutil.rmtree(inputs)
    try:
        found: list[Mapping[str, JsonValue]] = [json.loads(line) for line in output.splitlines()]
    except ValueError as error:
        raise ProofError(f"the proof program's answer is no JSON: {error}") from error
    if len(found) != len(samples):
        raise ProofError(f"the proof program answered {len(found)} of {len(samples)} inputs")
    return found


def first_complaint(output: str) -> str:
    """Return the first error or warning of a tool's output, else its last line; folders are removed from paths."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    complaints = [line for line in lines if re.search(r"\b(error|warning):", line)]
    line = (complaints or lines[-1:] or ["no message"])[0]
    return re.sub(r"(?<![\w.])/(?:[^\s:]*/)+", "", line)


def _scratch(work: SwiftWork) -> Iterable[str]:
    return "--scratch-path", str(work.folder / "scratch")


def _mirror(source: Path, target: Path) -> None:
    """Make `target` equal to `source`; an equal file keeps its modification time, which Swift's build checks."""
    wanted = {path.relative_to(source): path for path in sorted(source.rglob("*")) if path.is_file()}
    if not wanted:
        raise ProofError(f"{source.name} holds no files", remedy="Build again: scons target=ios.")
    for old in sorted(path for path in target.rglob("*") if path.is_file()):
        if old.relative_to(target) not in wanted:
            old.unlink()
    for relative, path in wanted.items():
        copy = target / relative
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def _write_input(sample: Sample, path: Path) -> Path:
    """Write an input file, little-endian: width, height, bytes per row, rows of RGBA with a gap; or float32 tensors."""
    if sample.picture is None:
        path.write_bytes(b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in sample.inputs))
        return path
    height, width = sample.picture.shape[:2]
    rows = np.full((height, width * 4 + ROW_GAP), 0x5A, np.uint8)
    pixels = np.concatenate([sample.picture, np.full((height, width, 1), 0xFF, np.uint8)], axis=2)
    rows[:, : width * 4] = pixels.reshape(height, width * 4)
    path.write_bytes(np.array([width, height, rows.shape[1]], "<u4").tobytes() + rows.tobytes())
    return path
