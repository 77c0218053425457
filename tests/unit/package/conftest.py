"""A finished build of a small SDK, as the package stage finds it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen import files
from sdkgen.documents.export import write_export
from sdkgen.generate.build import generate
from sdkgen.package.archive import write_archive
from sdkgen.package.kotlin import write_sources_jar
from sdkgen.targets.android import ABIS
from sdkgen.toolchain.zig import Zig
from tests.consumers.kotlin.kotlin_build import tagger_plan
from tests.documents import export_document
from tests.golden.kotlin_specs import FINGERPRINT, PHOTO_TAGGER

SOURCE = "int JNI_OnLoad(void *vm, void *reserved) { return vm == reserved ? -1 : 0x10006; }\n"
OPERATORS = [
    {"layer": "", "kind": "quantize"},
    {"layer": "pool", "kind": "avg_pool"},
    {"layer": "classifier", "kind": "conv"},
]

Linker = Callable[..., bytes]


@pytest.fixture(scope="session")
def link(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    """Links a shared library for an Android ABI from C source; keyword arguments change what a good one has."""
    if Zig.find() is None:
        pytest.skip("no zig: run ./sconsw once")
    zig = Zig.require()

    def link(
        abi: str = "arm64-v8a", source: str = SOURCE, soname: str = "libphoto_tagger.so", page: int = 16384, *extra: str
    ) -> bytes:
        folder = tmp_path_factory.mktemp("link")
        (folder / "library.c").write_text(source)
        flags = ["-shared", "-fPIC", "-nostdlib", f"-Wl,-soname,{soname}", f"-Wl,-z,max-page-size={page}"]
        command = [*zig.cc(ABIS[abi].zig_target), *flags, "-o", "out.so", "library.c", *extra]
        environment = os.environ | zig.environment()
        result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
        assert result.returncode == 0, result.stderr
        return (folder / "out.so").read_bytes()

    return link


@pytest.fixture
def finished_build(tmp_path: Path, link: Linker) -> Path:
    """The folder that the earlier stages leave behind for PHOTO_TAGGER."""
    build = tmp_path / "build"
    generate(PHOTO_TAGGER, build / "android" / "api", fingerprint=FINGERPRINT)
    write_sources_jar(build / "android" / "api", build / "android" / "sources.jar")
    classes = {f"com/example/phototagger/{name}.class": name.encode() * 200 for name in ("PhotoTagger", "Category")}
    write_archive(build / "android" / "classes.jar", classes)
    files.write_bytes(build / "export" / "photo_tagger.pte", b"ET12" + bytes(252) + tagger_plan(FINGERPRINT))
    write_export(build / "export" / "export.json", export_document(OPERATORS))
    for abi in PHOTO_TAGGER.targets["android"].abis:
        files.write_bytes(build / "android" / "jni" / abi / "libphoto_tagger.so", link(abi))
    return build
