"""Nodes of the native libraries: one object per source and platform, then the links."""

import importlib.metadata
import importlib.util
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen.errors import ToolchainError
from sdkgen.scons_tools import flags
from sdkgen.scons_tools.actions import command_node
from sdkgen.targets.android import Abi
from sdkgen.toolchain.android_sdk import Ndk
from sdkgen.toolchain.zig import Zig

HERE = Path(__file__).parent
RUNTIME = ("native/kernels/**/*.c", "native/runtime/**/*.c", "native/image/*.c")
IMAGE = ("native/image/*.c", "native/runtime/status.c")
JNI = Path("native/adapters/jni/jni.c")


def sources(patterns: Sequence[str]) -> list[Path]:
    """C files of the checkout that match, sorted; SCons runs at its top."""
    return sorted(path for pattern in patterns for path in Path().glob(pattern))


class Native:
    """Makes the nodes of one build. `build` is build/, shared by all SDKs."""

    def __init__(self, env: Any, build: Path) -> None:
        self._env = env
        self._build = build
        self._zig = Zig.require()
        self._ndk = Ndk.find()
        self._objects: dict[Path, Any] = {}

    def host_objects(self, patterns: Sequence[str]) -> list[Any]:
        """Objects for this machine, with the public C API visible."""
        compiler = self._zig.cc(self._zig.host_target())
        folder = self._build / "host" / "obj"
        return [self._object(folder, path, compiler, (*flags.C, *flags.EXPORTED), "host") for path in sources(patterns)]

    def host_library(self, folder: Path, name: str, objects: Sequence[Any]) -> Any:
        """lib<name> for this machine."""
        command = [*flags.host_link(self._zig, name), "-o", "{output}", *map(str, objects)]
        target = folder / flags.host_library_name(name)
        return self._command(target, objects, command, f"link {target.name} for this machine")

    def host_jni_object(self, folder: Path, android_package: str) -> Any:
        """jni.c for a JVM on this machine."""
        compiler = self._zig.cc(self._zig.host_target())
        options = (*flags.C, *flags.EXPORTED, flags.jni_class_define(android_package))
        return self._object(folder, JNI, compiler, options, "host")

    def android_library(self, folder: Path, sdk: str, abi: Abi, android_package: str, min_sdk: int) -> Any:
        """folder/<abi>/lib<sdk>.so; the package step holds it against what an Android device loads."""
        compiler = self._android_compiler(abi, min_sdk)
        options = flags.C
        shared = self._build / "android" / abi.name
        objects = [self._object(shared / "obj", path, compiler, options, abi.name) for path in sources(RUNTIME)]
        private = folder.parent / "obj" / abi.name
        objects.append(
            self._object(private, JNI, compiler, (*options, flags.jni_class_define(android_package)), abi.name)
        )
        stubs = [] if self._ndk else self._stubs(shared, abi)
        exports = (HERE / "jni_exports.map").relative_to(Path.cwd())
        arguments = flags.android_link(sdk, exports)
        if self._ndk:
            linker = [*compiler, *(a if a == "-shared" else f"-Wl,{a}" for a in arguments), "-lc", "-llog", "-lm"]
        else:
            linker = [str(self._zig.executable), "ld.lld", *arguments]
        command = [*linker, "-o", "{output}", *map(str, objects), *map(str, stubs)]
        library = self._command(
            folder / abi.name / f"lib{sdk}.so", [*objects, *stubs], command, f"link lib{sdk}.so for {abi.name}"
        )
        self._env.Depends(library, str(exports))
        return library

    def executorch_adapter(self, folder: Path, objects: Sequence[Any]) -> Any:
        """The runtime as an ExecuTorch backend for this machine.

        Raises:
            ToolchainError: the executorch wheel, which carries headers and library, is not installed.
        """
        spec = importlib.util.find_spec("executorch")
        if spec is None or not spec.submodule_search_locations:
            raise ToolchainError("executorch is not installed.", remedy="Run ./sconsw once.")
        wheel = Path(spec.submodule_search_locations[0])
        portable = wheel / "include/executorch/runtime/core/portable_type/c10"
        compiler = [*self._zig.cxx(self._zig.host_target()), "-std=c++17", "-O2", "-g0", "-fPIC", "-fvisibility=hidden"]
        compiler += ["-DC10_USING_CUSTOM_GENERATED_MACROS", *("-Wall", "-Wextra", "-Werror", f"-I{flags.INCLUDE}")]
        compiler += ["-isystem", str(wheel / "include"), "-isystem", str(portable)]
        adapters = [
            self._object(self._build / "host" / "obj", path, compiler, (), "host")
            for path in sources(["native/adapters/executorch/*.cpp"])
        ]
        name = "sdkgen_executorch"
        # Linked as C: the one C++ runtime in the process is ExecuTorch's own; it defines what is left undefined here.
        link = [*self._zig.cc(self._zig.host_target()), "-shared", "-g0", "-s", *flags.UNDEFINED_ALLOWED]
        inputs = [*adapters, *objects]
        libraries = [f"-L{wheel / 'lib'}", "-lexecutorch", f"-Wl,-rpath,{wheel / 'lib'}"]
        command = [*link, "-o", "{output}", *map(str, inputs), *libraries]
        node = self._command(folder / flags.host_library_name(name), inputs, command, "link the ExecuTorch adapter")
        self._env.Depends(node, self._env.Value(f"executorch {importlib.metadata.version('executorch')}"))
        return node

    def android_loader(self, folder: Path) -> Any:
        """A static arm64 Linux program that loads an Android library under emulation."""
        compiler = self._zig.cc("aarch64-linux-musl")
        objects = [
            self._object(folder / "obj-arm64", path, compiler, flags.HOSTED_C, "arm64 Linux")
            for path in sources(["native/tools/android_loader/*.c"])
        ]
        command = [*compiler, "-static", "-s", "-o", "{output}", *map(str, objects)]
        return self._command(folder / "android_loader", objects, command, "link android_loader for arm64 Linux")

    def _android_compiler(self, abi: Abi, min_sdk: int) -> list[str]:
        return self._ndk.cc(abi.zig_target, min_sdk) if self._ndk else self._zig.cc(abi.zig_target)

    def _stubs(self, folder: Path, abi: Abi) -> list[Any]:
        """libc, liblog and libm as Android names and versions them, empty; for linking only."""
        table = tomllib.loads((HERE / "android_stubs.toml").read_text())["libraries"]
        versions = self._text(folder / "stubs" / "versions.map", "LIBC { global: *; };\n")
        nodes = []
        for name, symbols in sorted(table.items()):
            code = "".join(f"void {symbol}(void) {{}}\n" for symbol in sorted(symbols)) or "typedef int nothing;\n"
            source = self._text(folder / "stubs" / f"{name}.c", code)
            compiler = [*self._zig.cc(abi.zig_target), "-w", "-ffreestanding", "-fno-builtin", "-fPIC", "-g0"]
            compiler += ["-c", "-o", "{output}", str(source)]
            item = self._command(folder / "stubs" / f"{name}.o", [source], compiler, "", passing=True)
            linker = [str(self._zig.executable), "ld.lld", "-shared", f"-soname={name}.so"]
            linker += [f"--version-script={versions}", "-o", "{output}", str(item)]
            title = f"stub of {name}.so for {abi.name}"
            library = folder / "stubs" / f"{name}.so"
            nodes.append(self._command(library, [item, versions], linker, title, passing=True))
        return nodes

    def _text(self, path: Path, content: str) -> Any:
        return self._env.Command(str(path), self._env.Value(content), self._env["TEXT_ACTION"])[0]

    def _object(self, folder: Path, source: Path, compiler: Sequence[str], options: Sequence[str], place: str) -> Any:
        target = folder / source.relative_to("native").with_suffix(".o")
        if target in self._objects:  # in more than one library
            return self._objects[target]
        command = [*compiler, *options, "-c", "-o", "{output}", str(source)]
        title = f"compile {source} for {place}"
        self._objects[target] = self._command(target, [str(source)], command, title, passing=True)
        return self._objects[target]

    def _command(
        self,
        target: Path,
        inputs: Sequence[Any],
        command: Sequence[str],
        title: str,
        *,
        passing: bool = False,
    ) -> Any:
        node = command_node(
            self._env,
            str(target),
            list(inputs),
            command,
            title=title,
            passing=passing,
            variables=self._zig.environment(),
        )[0]
        self._env.Depends(node, self._env.Value(f"zig {self._zig.version}"))
        return node
