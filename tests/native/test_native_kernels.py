"""Every row of every kernels.inc equals its reference bit for bit, on a CPU of each tier; none is left unexecuted."""

import json
import platform
import re
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sdkgen.plan.operator_type import Kind
from sdkgen.scons_tools import flags
from sdkgen.toolchain.zig import Zig
from tests.conftest import ROOT, missing
from tests.native.objects import compiled, program, runtime_sources, zig_compiler

LANES = ("cortex-a53", "neoverse-n1", "max,sve=off,sme=off")
ROW = re.compile(r"^ +(?:SG_(\w+)\(ROW, |ROW\()(\w+),", re.MULTILINE)
CONVOLUTIONS = {
    "conv_s8": re.compile("_(s8|f32)_"),
    "conv_image_s8": re.compile("_s8_s8_"),
    "conv_transpose_s8": re.compile("_(s8|f32)_"),
}
"""They multiply by gemm_s8 and have no kernels.inc of their own; the outputs that each has."""


def qemu() -> str:
    path = shutil.which("qemu-aarch64")
    if path is None:
        missing("qemu-aarch64", "apt-get install qemu-user")
    return str(path)


def compile_driver(folder: Path, machine: str, target: str, *link: str) -> Path:
    """tests/native/kernel_driver.c with the kernels, compiled with the flags of the product."""
    drivers = sorted((ROOT / "tests" / "native").glob("kernel_*.c"))
    objects = compiled(zig_compiler(machine, target, flags.C), runtime_sources())
    objects += compiled(zig_compiler(f"{machine}-hosted", target, flags.HOSTED_C), drivers)
    return program(zig_compiler(machine, target, ()), folder / "kernel_driver", objects, *link)


@pytest.fixture(scope="module")
def arm64_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_driver(tmp_path_factory.mktemp("arm64"), "arm64", "aarch64-linux-musl", "-static")


def executed(command: list[str]) -> dict[str, int]:
    """Rows that the driver compared, with the number of cases; a difference fails the test with the case."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    words = [line.split() for line in done.stdout.splitlines()]
    kinds = [(int(word[1]), word[2]) for word in words if word[0] == "named"]
    assert kinds == [(kind.number, kind.name) for kind in Kind], "an error can name every operator"
    return {word[1]: int(word[2]) for word in words if word[0] == "executed"}


def rows(machine: str) -> set[str]:
    """Names in all kernels.inc that a machine has, and every convolution by every kernel of gemm_s8."""
    names = {path.parent.name: _names(path, machine) for path in ROOT.glob("native/kernels/*/kernels.inc")}
    gemm = names["gemm_s8"]
    return set().union(*names.values()) | {
        f"{family}:{name}" for family, outputs in CONVOLUTIONS.items() for name in gemm if outputs.search(name)
    }


def _names(path: Path, machine: str) -> set[str]:
    return {name for prefix, name in ROW.findall(path.read_text()) if prefix == "" or prefix.startswith(machine)}


@pytest.fixture(scope="module")
def arm64_lanes(arm64_driver: Path) -> dict[str, dict[str, int]]:
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda cpu: executed([qemu(), "-cpu", cpu, str(arm64_driver)]), LANES)
        return dict(zip(LANES, answers, strict=True))


def test_every_arm64_row_is_executed_and_exact(arm64_lanes: dict[str, dict[str, int]]) -> None:
    together = set().union(*arm64_lanes.values())
    assert len(together) > 50 and together == rows("ARM64")
    assert min(cases for lane in arm64_lanes.values() for cases in lane.values()) >= 6


def test_each_lane_runs_its_tiers(arm64_lanes: dict[str, dict[str, int]]) -> None:
    tiers = {cpu: {name.rpartition("__")[2] for name in names} for cpu, names in arm64_lanes.items()}
    assert tiers["cortex-a53"] == {"ref", "neon"}
    assert tiers["neoverse-n1"] == {"ref", "neon", "neondot"}
    assert tiers["max,sve=off,sme=off"] == {"ref", "neon", "neondot", "neoni8mm"}


@pytest.fixture(scope="module")
def x86_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    if platform.machine() != "x86_64":
        pytest.skip("this machine is no x86-64")
    return executed([str(compile_driver(tmp_path_factory.mktemp("host"), "host", Zig.host_target()))])


@pytest.mark.parametrize(("isa", "flag"), [("ref", ""), ("avx2", "avx2"), ("avx512vnni", "avx512_vnni")])
def test_every_x86_row_is_executed_and_exact(isa: str, flag: str, x86_rows: dict[str, int]) -> None:
    present = re.findall(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[0].split()
    if flag and flag not in present:
        pytest.skip(f"this CPU has no {flag}, and no emulator at hand executes it")
    wanted = {name for name in rows("X86_64") if name.endswith(f"__{isa}")}
    assert wanted and wanted == {name for name in x86_rows if name.endswith(f"__{isa}")}


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The QEMU plugin of native/tools/bench that counts executed instructions by class."""
    from sdkgen.bench import build, emulate
    from sdkgen.errors import ToolchainError

    try:
        emulate.counting_qemu()
    except ToolchainError as error:
        missing("a QEMU that counts instructions", str(error))
    return build.instruction_counter(ROOT, tmp_path_factory.mktemp("counter"))


@pytest.mark.parametrize(
    ("cpu", "present", "absent"),
    [
        ("cortex-a53", {"smull", "smlal"}, {"dot", "mmla"}),
        ("neoverse-n1", {"dot"}, {"mmla"}),
        ("max,sve=off,sme=off", {"mmla", "dot"}, set()),
    ],
)
def test_the_shipped_library_uses_what_the_cpu_has(
    cpu: str, present: set[str], absent: set[str], demo_build: Path, counter: Path, tmp_path: Path
) -> None:
    """The .so of the AAR holds every tier, and executes no instruction that the CPU lacks."""
    aar = next((demo_build / "android" / "maven").rglob("*.aar"))
    with zipfile.ZipFile(aar) as archive:
        archive.extract("jni/arm64-v8a/libphoto_tagger.so", tmp_path)
    picture = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    (tmp_path / "input.bin").write_bytes(picture.tobytes())
    loader = demo_build.parent / "host" / "android_loader"
    model = demo_build / "export" / "photo_tagger.pte"
    library = tmp_path / "jni" / "arm64-v8a" / "libphoto_tagger.so"
    arguments = [
        str(library),
        str(model),
        "1",
        "0",
        "image",
        "400x300",
        str(tmp_path / "input.bin"),
        str(tmp_path / "out"),
    ]
    counts = tmp_path / "counts.jsonl"
    command = [qemu(), "-cpu", cpu, "-plugin", f"{counter},out={counts}", str(loader)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    records = map(json.loads, counts.read_text().splitlines())
    (classes,) = (record for record in records if record.get("mark") == "other")
    assert all(classes.get(name, 0) > 100_000 for name in present), classes
    assert all(classes.get(name, 0) == 0 for name in absent), classes
