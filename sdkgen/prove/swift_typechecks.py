"""Claim: the package is clean Swift, also where only Apple's systems compile it."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from sdkgen import files
from sdkgen.errors import ProofError
from sdkgen.prove.swift_package import SwiftWork, first_complaint
from sdkgen.types import Proof

NAME = "swift_typechecks"
STUBS = Path(__file__).resolve().parents[2] / "templates" / "swift" / "apple_stubs"
# In the order in which they import each other.
MODULES = ("CoreGraphics", "ImageIO", "CoreVideo", "CoreImage", "UIKit", "CryptoKit", "CoreML")
_BUNDLE = "Module.swift"


def swift_typechecks(work: SwiftWork, c_module: str, host: str) -> Proof:
    """Load the manifest, check the format, and type-check the package and its tests.

    Raises:
        ProofError: one of them fails, or warns.
    """
    manifest = json.loads(work.check("swift package dump-package", "swift", "package", "dump-package"))
    if [product["name"] for product in manifest["products"]] != [work.module]:
        raise ProofError(f"the manifest does not state the one product {work.module}")
    _lint(work)
    sources = _sources(work.package / "Sources" / work.module)
    tests = _sources(work.package / "Tests")
    modes = _language_modes(work.swift.version)
    _typecheck(work, work.package / "Sources" / c_module / "include", sources, tests, modes)
    metrics = {
        "swift_files_count": len(sources) + len(tests),
        "apple_branches_count": sum(p.read_text(encoding="utf-8").count("#if canImport(") for p in (*sources, *tests)),
        "apple_modules_count": len(MODULES),
        "warnings_count": 0,
    }
    summary = " and ".join(modes)
    reason = (
        f"{metrics['swift_files_count']} files without a warning as Swift {summary} under strict concurrency, their "
        f"{metrics['apple_branches_count']} branches for Apple's systems against declarations written from Apple's "
        "documentation; the format is clean, the manifest loads. Nobody has compiled them on a Mac here."
    )
    return Proof(name=NAME, host=host, status="passed", reason=reason, metrics=metrics)


def _sources(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.swift"))
    if not found:
        raise ProofError(f"{folder.name} holds no Swift")
    return found


def _lint(work: SwiftWork) -> None:
    """Lint by the package's own .swift-format: all public declarations are documented, `!` is forbidden."""
    what = ["Package.swift", f"Sources/{work.module}", "Tests"]
    result = work.run("swift", "format", "lint", "--strict", "--recursive", "--configuration", ".swift-format", *what)
    if result.returncode != 0:
        raise ProofError(f"swift format: {first_complaint(result.stdout + result.stderr)}")


def _language_modes(version: str) -> list[str]:
    """Return the language modes: 5, which the manifest declares, and 6 where the compiler supports it."""
    return ["5", "6"] if int(version.split(".")[0]) >= 6 else ["5"]


def _typecheck(
    work: SwiftWork, c_headers: Path, sources: Sequence[Path], tests: Sequence[Path], modes: Sequence[str]
) -> None:
    apple = _apple_modules(work)
    folder = work.folder / "typecheck"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for mode in modes:
        flags = ["-I", ".", "-I", str(apple), "-I", str(c_headers), "-swift-version", mode, "-warnings-as-errors"]
        flags += ["-strict-concurrency=complete"] if mode == "5" else []
        _compile(work, folder, work.module, [*map(str, sources), str(apple / _BUNDLE)], flags)
        _compile(work, folder, f"{work.module}Tests", [*map(str, tests)], flags)
    shutil.rmtree(folder)


def _apple_modules(work: SwiftWork) -> Path:
    """Return the folder of the compiled declarations; recompile only when they or the compiler have changed."""
    digest = hashlib.sha256(work.swift.version.encode())
    for module in (*MODULES, _BUNDLE.removesuffix(".swift")):
        digest.update((STUBS / f"{module}.swift").read_bytes())
    folder = work.folder / f"apple-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        with files.atomic_directory(folder) as temporary:
            for path in STUBS.glob("*.swift"):
                shutil.copyfile(path, temporary / path.name)
            for module in MODULES:
                # With library evolution, as Apple's frameworks are: a switch over their enumerations needs a default.
                flags = ["-parse-as-library", "-enable-library-evolution", "-I", "."]
                _compile(work, temporary, module, [f"{module}.swift"], flags)
    return folder


def _compile(work: SwiftWork, folder: Path, module: str, sources: Sequence[str], flags: Sequence[str]) -> None:
    command = ["swiftc", "-emit-module", "-module-name", module, "-emit-module-path", f"{module}.swiftmodule"]
    result = work.run(*command, *flags, *sources, folder=folder)
    if result.returncode != 0:
        raise ProofError(f"{module} for Apple's systems: {first_complaint(result.stdout + result.stderr)}")
