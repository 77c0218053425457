"""The arm64 loader: runs a library as an Android device would, and refuses what a device would refuse."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from sdkgen.toolchain.qemu import Qemu
from sdkgen.toolchain.zig import Zig
from tests.conftest import ROOT, requires_tool

HERE = Path(__file__).parent
ANDROID = "aarch64-linux-android"
REFUSED, SDK_ERROR, USAGE = 3, 5, 2
PIXELS = bytes(range(100, 112))  # 2 x 2, R G B

Compile = Callable[..., Path]
Load = Callable[..., "subprocess.CompletedProcess[str]"]
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def loader(zig_compile: Compile) -> Path:
    sources = sorted((ROOT / "native/tools/android_loader").glob("*.c"))
    flags = ["-static", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
    return zig_compile("android_loader", "aarch64-linux-musl", *flags, *sources)


@pytest.fixture(scope="module")
def libc(zig_compile: Compile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stubs")
    (folder / "libc.c").write_text(
        "void malloc(void) {} void free(void) {} void memcpy(void) {} void getpid(void) {}\n"
    )
    (folder / "libc.map").write_text("LIBC { global: *; };\n")
    return zig_compile(
        "libc.so",
        ANDROID,
        *["-ffreestanding", "-fno-builtin", "-w", "-shared", "-nostdlib", "-Wl,-soname,libc.so"],
        f"-Wl,--version-script={folder / 'libc.map'}",
        folder / "libc.c",
    )


@pytest.fixture(scope="module")
def build_library(zig_compile: Compile, libc: Path) -> Build:
    """build(name, *flags) -> an Android library of the JNI adapter over the fake model."""

    def build(name: str, *flags: str, page: int = 16384, target: str = ANDROID) -> Path:
        return zig_compile(
            name,
            target,
            *["-O2", "-fPIC", "-ffreestanding", "-fvisibility=hidden", "-shared", "-nostdlib", "-w"],
            *['-DSG_JNI_CLASS="com/example/internal/NativeModel"', f"-I{ROOT / 'native/include'}"],
            *["-Wl,-soname,libfake.so", f"-Wl,-z,max-page-size={page}", "-Wl,-z,relro", "-Wl,-z,now", *flags],
            *[HERE / "fake_model.c", ROOT / "native/adapters/jni/jni.c"],
            *([libc] if target == ANDROID else []),
        )

    return build


@pytest.fixture(scope="module")
def library(build_library: Build) -> Path:
    return build_library("libfake.so")


@pytest.fixture
def load(loader: Path, tmp_path: Path) -> Load:
    """load(library, *arguments) runs the loader with a model beginning FAKE."""
    requires_tool("qemu-aarch64", "apt-get install qemu-user")
    qemu = Qemu.require()

    def run(
        path: Path, *arguments: str, model: bytes = b"FAKE.", fingerprint: str = "0x7"
    ) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "model.pte").write_bytes(model)
        (tmp_path / "pixels.bin").write_bytes(PIXELS)
        command = qemu.command("cortex-a53", str(loader), str(path), "model.pte", "1", fingerprint, *arguments)
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)

    return run


IMAGE = ("image", "2x2", "pixels.bin", "out.bin")


def test_runs_pictures_and_tensors_through_jni(load: Load, library: Path, tmp_path: Path) -> None:
    tensor = np.linspace(-1, 1, 12, dtype=np.float32)
    tensor.tofile(tmp_path / "tensor.bin")
    answer = load(library, *IMAGE, "tensor", "tensor.bin", "out2.bin")
    assert answer.returncode == 0, answer.stderr
    printed = json.loads(answer.stdout)
    assert printed["class"] == "com/example/internal/NativeModel"
    assert printed["abi_version"] == 1
    assert (printed["labels"], printed["output_bytes"], printed["runs"]) == (3, 48, 2)
    assert printed["heap_peak_bytes"] > 0
    expected = np.frombuffer(PIXELS, np.uint8).astype(np.float32) - 128
    assert np.fromfile(tmp_path / "out.bin", np.float32).tolist() == expected.tolist()
    assert np.fromfile(tmp_path / "out2.bin", np.float32).tolist() == (2 * tensor).tolist()


def test_packed_relative_relocations(load: Load, zig_compile: Compile, libc: Path, tmp_path: Path) -> None:
    flags = ["-c", "-O2", "-fPIC", "-ffreestanding", "-fvisibility=hidden", "-w", f"-I{ROOT / 'native/include'}"]
    model = zig_compile("model.o", ANDROID, *flags, HERE / "fake_model.c")
    name = '-DSG_JNI_CLASS="com/example/internal/NativeModel"'
    jni = zig_compile("jni.o", ANDROID, *flags, name, ROOT / "native/adapters/jni/jni.c")
    packed = tmp_path / "librelr.so"
    layout = ["-m", "aarch64linux", "-shared", "-z", "max-page-size=16384", "--pack-dyn-relocs=relr"]
    command = [str(Zig.require().executable), "ld.lld", *layout, "-o", str(packed), str(model), str(jni), str(libc)]
    subprocess.run(command, check=True)
    assert b".relr.dyn" in packed.read_bytes()
    assert load(packed, *IMAGE).returncode == 0


def test_only_the_gnu_symbol_hash(load: Load, build_library: Build) -> None:
    assert load(build_library("libgnuhash.so", "-Wl,--hash-style=gnu"), *IMAGE).returncode == 0


def test_unknown_import_is_named(load: Load, build_library: Build) -> None:
    answer = load(build_library("libimport.so", "-DFAKE_UNKNOWN_IMPORT"), *IMAGE)
    assert answer.returncode == REFUSED
    assert "unknown import: getpid" in answer.stderr


def test_unknown_library_is_named(load: Load, library: Path, tmp_path: Path) -> None:
    data = library.read_bytes()
    assert data.count(b"\0libc.so\0") == 1
    (tmp_path / "needs.so").write_bytes(data.replace(b"\0libc.so\0", b"\0libz.so\0"))
    answer = load(tmp_path / "needs.so", *IMAGE)
    assert answer.returncode == REFUSED
    assert "libz.so" in answer.stderr


def test_refuses_4_kb_pages(load: Load, build_library: Build) -> None:
    answer = load(build_library("lib4k.so", page=4096), *IMAGE)
    assert answer.returncode == REFUSED
    assert "16 KB" in answer.stderr


def test_refuses_another_cpu(load: Load, build_library: Build) -> None:
    answer = load(build_library("libx86.so", target="x86_64-linux-android"), *IMAGE)
    assert answer.returncode == REFUSED
    assert "aarch64" in answer.stderr


@pytest.mark.parametrize("content", [b"", b"text, not ELF", b"\x7fELF", b"\x7fELF" + bytes(200)])
def test_refuses_what_is_no_library(load: Load, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lib.so").write_bytes(content)
    answer = load(tmp_path / "lib.so", *IMAGE)
    assert answer.returncode == REFUSED, answer.stderr


def test_refuses_every_truncation(load: Load, library: Path, tmp_path: Path) -> None:
    data = library.read_bytes()
    with library.open("rb") as stream:
        segments = [s for s in ELFFile(stream).iter_segments() if s["p_type"] == "PT_LOAD"]
    end = max(s["p_offset"] + s["p_filesz"] for s in segments)  # what follows is for debuggers
    for size in [*range(0, end, 499), end - 1]:
        (tmp_path / "cut.so").write_bytes(data[:size])
        answer = load(tmp_path / "cut.so", *IMAGE)
        assert answer.returncode == REFUSED, f"{size} bytes: {answer.returncode} {answer.stderr}"


def test_sdk_errors_are_reported(load: Load, library: Path) -> None:
    for answer in (
        load(library, *IMAGE, model=b"something else"),
        load(library, *IMAGE, fingerprint="0x8"),
        load(library, *IMAGE, model=b"FAKEE"),
    ):
        assert answer.returncode == SDK_ERROR
        assert "status" in answer.stderr
        assert answer.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("image", "2x2", "pixels.bin"),
        ("image", "3x2", "pixels.bin", "o"),
        ("video", "a", "b"),
        ("tensor", "pixels.bin", "o"),
    ],
)
def test_wrong_arguments(load: Load, library: Path, arguments: tuple[str, ...]) -> None:
    assert load(library, *arguments).returncode == USAGE
