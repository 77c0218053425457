"""The C target carries its SDK's own names, compiles as SwiftPM compiles it, and rounds as the build does."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sdkgen.errors import PackageError
from sdkgen.package.apple_sources import c_target_files, renamed, write_c_target
from sdkgen.toolchain.zig import Zig

NATIVE = Path(__file__).resolve().parents[3] / "native"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sg_model_open(SG_OK)", "pet_model_open(PET_OK)"),
        ("typedef struct sg_##family##_args", "typedef struct pet_##family##_args"),
        ("#ifndef SDKGEN_H", "#ifndef PET_H"),
        ('#include "../include/sdkgen.h"', '#include "../include/pet.h"'),
        ('#include "kernels.inc"', '#include "kernels.inc.h"'),
        ("msg_size, USG_X, /* made by sdkgen */", "msg_size, USG_X, /* made by sdkgen */"),
    ],
)
def test_renamed(before: str, after: str) -> None:
    assert renamed(before, "pet") == after


def test_files(tmp_path: Path) -> None:
    artifacts = write_c_target(NATIVE, "pet_finder", tmp_path / "c", module="CPetFinder")
    content = c_target_files(NATIVE, "pet_finder", "CPetFinder")
    assert [a.path for a in artifacts] == list(content) == sorted(content)
    assert {path.split("/")[0] for path in content} == {"image", "include", "kernels", "runtime"}
    assert [path for path in content if path.startswith("include/")] == [
        "include/module.modulemap",
        "include/pet_finder.h",
    ]
    assert content["include/module.modulemap"] == b'module CPetFinder {\n    header "pet_finder.h"\n    export *\n}\n'
    sources = [data for path, data in content.items() if path.endswith((".c", ".h"))]
    assert all(data.startswith(b"/* SPDX-License-Identifier: Apache-2.0 */\n") for data in sources)
    # Other suffixes make SwiftPM warn.
    assert {Path(path).suffix for path in content} == {".c", ".h", ".modulemap"}
    left = {path: re.findall(rb"\b(?:sg_|SG_|SDKGEN_H|sdkgen\.h)\w*", data) for path, data in content.items()}
    assert not {path: names for path, names in left.items() if names}


def test_an_incomplete_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"sdkgen\.h is not there"):
        c_target_files(tmp_path, "pet", "CPet")
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("target", ["aarch64-ios.16.0", "x86_64-macos.13.0"])
def test_no_compiler_fuses_a_multiplication_with_an_addition(target: str, tmp_path: Path) -> None:
    """Clang's own default is to fuse; SwiftPM passes no other. With the pragma there is no llvm.fmuladd in the code."""
    write_c_target(NATIVE, "pet", tmp_path / "c", module="CPet")
    sources = sorted((tmp_path / "c").rglob("*.c"))
    assert len(sources) > 50
    contrast = tmp_path / "contrast.c"
    contrast.write_text("float a, b, c;\nfloat f(void);\nfloat f(void) { return a * b + c; }\n")
    flags = ["-std=c11", "-O1", "-ffp-contract=on", "-Xclang", "-disable-llvm-passes", "-Wall", "-Wextra", "-Werror"]

    def fuses(source: Path) -> bool:
        code = source.with_suffix(".ll")
        options = [*flags, "-Wno-unused-command-line-argument", "-ffreestanding", "-emit-llvm", "-S", "-o", str(code)]
        command = [*Zig.require().cc(target), *options, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return "llvm.fmuladd" in code.read_text()

    assert fuses(contrast), "the check would see nothing"
    with ThreadPoolExecutor() as pool:
        wrong = [source.name for source, found in zip(sources, pool.map(fuses, sources), strict=True) if found]
    assert not wrong
