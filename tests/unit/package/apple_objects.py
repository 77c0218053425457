"""Small static libraries for Apple's systems, compiled by zig from a line of C."""

import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sdkgen.package.xcframework import Archives
from sdkgen.targets.ios import SLICES, IosTarget
from sdkgen.toolchain.zig import Zig

TARGET = IosTarget(min_ios="16.0", min_macos="13.0", engines=("coreml", "neon"), coreml="int8_weights")
SOURCE = """
void *malloc(unsigned long);
static int counter = 3;
static const char text[] = "hello";
__attribute__((visibility("hidden"))) int photo_tagger_inner(int x) { return x + counter++; }
void *photo_tagger_open(int x) { return malloc((unsigned long)photo_tagger_inner(x + text[x & 3])); }
"""


@cache
def static_library(target: str, source: str = SOURCE, objects: int = 1) -> bytes:
    """An archive with `objects` members, the source in the last; the others define photo_tagger_part0 and so on."""
    zig = Zig.require()
    with TemporaryDirectory() as folder:
        names = []
        for index in range(objects):
            last = index == objects - 1
            # Names longer than the 16 bytes of an archive's header, of even and odd length.
            name = f"a_rather_long_name_{'x' * index}"
            code = source if last else f"int photo_tagger_part{index}(void) {{ return {index}; }}\n"
            (Path(folder) / f"{name}.c").write_text(code)
            flags = ["-O1", "-g0", "-ffreestanding", "-w", "-c", "-o", f"{name}.o", f"{name}.c"]
            _run([*zig.cc(target), *flags], folder, zig)
            names.append(f"{name}.o")
        _run([str(zig.executable), "ar", "--format=darwin", "rcsD", "out.a", *names], folder, zig)
        return (Path(folder) / "out.a").read_bytes()


def _run(command: list[str], folder: str, zig: Zig) -> None:
    environment = os.environ | zig.environment()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def archives() -> Archives:
    """What the native build leaves behind: a library for each architecture of each slice."""
    return {s.name: {a: static_library(s.zig_target(a, TARGET)) for a in s.architectures} for s in SLICES}
