"""The Android SDK and NDK, used when present; compile-only stubs and zig replace them otherwise."""

import os
import platform
import re
import sys
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool


class AndroidSdk(Tool):
    """An installed Android SDK. `android_jar` is that of its newest platform; `version` its API level."""

    name: ClassVar[str] = "the Android SDK"
    remedy: ClassVar[str] = "Install it with a platform (android.jar) and set ANDROID_HOME."

    def __init__(self, android_jar: Path, version: str) -> None:
        self.android_jar = android_jar
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Look in ANDROID_HOME, then in ANDROID_SDK_ROOT."""
        for variable in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
            root = os.environ.get(variable)
            jars = Path(root, "platforms").glob("android-*/android.jar") if root else []
            levels = {int(m.group(1)): jar for jar in jars if (m := re.fullmatch(r"android-(\d+)", jar.parent.name))}
            if levels:
                return cls(levels[max(levels)], str(max(levels)))
        return None


class Ndk(Tool):
    """An installed Android NDK. `bin` holds its clang and lld."""

    name: ClassVar[str] = "the Android NDK"
    remedy: ClassVar[str] = "Install it and set ANDROID_NDK_HOME."

    def __init__(self, bin_folder: Path, version: str) -> None:
        self.bin = bin_folder
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Look in ANDROID_NDK_HOME: its properties file must name a revision, and its compiler for this host exist."""
        root = os.environ.get("ANDROID_NDK_HOME")
        if not root:
            return None
        properties = Path(root) / "source.properties"
        host = "darwin-x86_64" if sys.platform == "darwin" else f"linux-{platform.machine()}"
        bin_folder = Path(root) / "toolchains" / "llvm" / "prebuilt" / host / "bin"
        if not properties.is_file() or not (bin_folder / "clang").is_file():
            return None
        match = re.search(r"^Pkg\.Revision\s*=\s*(\S+)", properties.read_text(), re.MULTILINE)
        return cls(bin_folder, match.group(1)) if match else None

    def cc(self, target: str, min_sdk: int) -> list[str]:
        """Return the command that compiles or links C for "aarch64-linux-android" or "x86_64-linux-android"."""
        return [str(self.bin / "clang"), f"--target={target}{min_sdk}"]
