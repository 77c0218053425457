"""Objects of the native sources and the test drivers: compiled once per compiler, flags and content, then kept."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sdkgen.native_tree import shipped_sources
from sdkgen.toolchain.zig import Zig
from tests.conftest import ROOT, missing

FOLDER = ROOT / "build" / "native_tests"
_HEADERS = ("native/**/*.h", "native/**/*.inc", "tests/native/*.h")


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """A compiler with the flags of one set of objects.

    Attributes:
        name: of the set, a folder below build/native_tests.
        command: compiler and flags that compile a source.
        version: of the compiler.
        variables: environment variables in addition to the user's.
    """

    name: str
    command: tuple[str, ...]
    version: str
    variables: Mapping[str, str] = field(default_factory=dict)


def zig_compiler(name: str, target: str, flags: Iterable[str]) -> Compiler:
    """The product's compiler for a target triple."""
    zig = Zig.require()
    return Compiler(name=name, command=(*zig.cc(target), *flags), version=zig.version, variables=zig.environment())


def sanitizing_compiler(name: str, flags: Iterable[str]) -> Compiler:
    """clang or gcc of this machine, which have sanitizers; a skip (a failure in CI) where there is neither."""
    found = shutil.which("clang") or shutil.which("gcc")
    if found is None:
        missing("a C compiler with sanitizers", "apt-get install gcc")
    executable = str(found)
    version = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True).stdout
    return Compiler(name=name, command=(executable, *flags), version=version)


def runtime_sources() -> list[Path]:
    """Every C file of the runtime, as the SDKs carry it."""
    return [path for path in shipped_sources() if path.suffix == ".c"]


def compiled(compiler: Compiler, sources: Iterable[Path]) -> list[Path]:
    """Objects of the sources, in their order; those whose key is another are compiled, two at a time.

    The key of an object is the hash of compiler, flags, source and all headers. Tests that run in other processes at
    the same time wait.
    """
    folder = FOLDER / compiler.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock, ThreadPoolExecutor(2) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return list(pool.map(lambda source: _object(compiler, folder, source), sources))


def program(compiler: Compiler, path: Path, objects: Iterable[Path], *arguments: str) -> Path:
    """Link objects into `path` with the compiler's flags."""
    command = [*compiler.command, *map(str, objects), *arguments, "-o", str(path)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **compiler.variables})
    return path


def _object(compiler: Compiler, folder: Path, source: Path) -> Path:
    target = folder / source.relative_to(ROOT).with_suffix(".o")
    stamp = target.with_suffix(".key")
    facts = [*compiler.command, compiler.version, _headers_hash(), source.read_text()]
    key = hashlib.sha256("\0".join(facts).encode()).hexdigest()
    if not (target.is_file() and stamp.is_file() and stamp.read_text() == key):
        target.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        command = [*compiler.command, "-c", "-o", str(target), str(source)]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **compiler.variables})
        stamp.write_text(key)
    return target


@functools.cache
def _headers_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _HEADERS for path in ROOT.glob(pattern)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
