"""Nodes of the native libraries: one object per source and platform, then the links."""

import importlib.metadata
import importlib.util
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen.errors import ToolchainError
from sdkgen.layout import Layout
from sdkgen.native_tree import shipped_sources
from sdkgen.scons_tools import flags
from sdkgen.scons_tools.actions import command_node
from sdkgen.targets.android import Abi
from sdkgen.toolchain.android_sdk import Ndk
from sdkgen.toolchain.zig import Zig

HERE = Path(__file__).parent
NATIVE = Path("native")
IMAGE = ("native/image/*.c", "native/runtime/status.c")
JNI = Path("native/adapters/jni/jni.c")


def sources(patterns: Sequence[str]) -> list[Path]:
    """Return the C files of the checkout that match, sorted; SCons runs at its top."""
    return sorted(path for pattern in patterns for path in Path().glob(pattern))


def runtime_sources() -> list[Path]:
    """Return the C files that SDKs carry, sorted."""
    return [path for path in shipped_sources(NATIVE) if path.suffix == ".c"]


class Native:
    """Makes the nodes of one build. `build` is build/, shared by all SDKs."""

    def __init__(self, env: Any, build: Path) -> None:
        self._env = env
        self._build = build
        self._zig = Zig.require()
        self._ndk = Ndk.find()
        self._objects: dict[Path, Any] = {}

    def host_objects(self, files: Sequence[Path]) -> list[Any]:
        """Make the objects for this machine, with the public C API visible."""
        compiler = self._zig.cc(self._zig.host_target())
        folder = self._build / "host" / "obj"
        return [self._object(folder, path, compiler, (*flags.C, *flags.EXPORTED), "host") for path in files]

    def host_library(self, path: Path, name: str, objects: Sequence[Any]) -> Any:
        """Make the shared library `name` for this machine at `path`."""
        command = [*flags.host_link(self._zig, name), "-o", "{output}", *map(str, objects)]
        return self._command(path, objects, command, f"link {path.name} for this machine")

    def host_libraries(self, files: Layout) -> None:
        """Make the libraries and programs that are built once for this machine, for all SDKs."""
        runtime = self.host_objects(runtime_sources())
        self.host_library(files.image_library, "sdkgen_image", self.host_objects(sources(IMAGE)))
        self.host_library(files.c_api, "sdkgen", runtime)
        self.executorch_adapter(files.executorch_adapter, runtime)
        self.android_loader(files.android_loader)

    def host_jni_library(self, path: Path, sdk: str, android_package: str) -> Any:
        """Make the JNI library for a JVM on this machine at `path`."""
        compiler = self._zig.cc(self._zig.host_target())
        options = (*flags.C, *flags.EXPORTED, flags.jni_class_define(android_package))
        adapter = self._object(path.parent / "obj", JNI, compiler, options, "host")
        return self.host_library(path, sdk, [*self.host_objects(runtime_sources()), adapter])

    def apple_static_library(
        self,
        path: Path,
        *,
        sdk: str,
        sources: Sequence[Path],
        root: Path,
        objects: Path,
        zig_target: str,
        place: str,
        smallest: bool,
    ) -> Any:
        """Make a static library for one of Apple's systems at `path`, see `sdkgen.targets.base.NativeBuilder`."""
        compiler = [*self._zig.cc(zig_target), *flags.APPLE_C, flags.exported(sdk), *(["-Os"] if smallest else [])]
        compiled = []
        for source in sources:
            name = source.relative_to(root).with_suffix(".o")
            command = [*compiler, "-c", "-o", "{output}", str(source)]
            compiled.append(
                self._command(objects / name, [str(source)], command, f"compile {name} for {place}", passing=True)
            )
        # One object, in which only the public API is global: smaller, and no kernel's name can clash.
        whole = objects / f"{sdk}.o"
        link = [*self._zig.cc(zig_target), "-r", "-nostdlib", "-o", "{output}", *map(str, compiled)]
        joined = self._command(whole, compiled, link, f"join {whole.name} for {place}")
        # r: insert, c: a new archive, s: with its table of symbols, D: no dates and owners
        archive = [str(self._zig.executable), "ar", "--format=darwin", "rcsD", "{output}", str(joined)]
        return self._command(path, [joined], archive, f"archive {path.name} for {place}")

    def android_library(self, path: Path, sdk: str, abi: Abi, android_package: str, min_sdk: int) -> Any:
        """Make the JNI library of one ABI at `path`; the package step checks it against Android's rules."""
        compiler = self._android_compiler(abi, min_sdk)
        options = flags.C
        shared = self._build / "android" / abi.name
        objects = [self._object(shared / "obj", path, compiler, options, abi.name) for path in runtime_sources()]
        private = path.parents[2] / "obj" / abi.name
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
        library = self._command(path, [*objects, *stubs], command, f"link lib{sdk}.so for {abi.name}")
        self._env.Depends(library, str(exports))
        return library

    def executorch_adapter(self, path: Path, objects: Sequence[Any]) -> Any:
        """Make the runtime as an ExecuTorch backend for this machine, at `path`.

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
        # Linked as C: the one C++ runtime in the process is ExecuTorch's own; it defines what is left undefined here.
        link = [*self._zig.cc(self._zig.host_target()), "-shared", "-g0", "-s", *flags.UNDEFINED_ALLOWED]
        inputs = [*adapters, *objects]
        libraries = [f"-L{wheel / 'lib'}", "-lexecutorch", f"-Wl,-rpath,{wheel / 'lib'}"]
        command = [*link, "-o", "{output}", *map(str, inputs), *libraries]
        node = self._command(path, inputs, command, "link the ExecuTorch adapter")
        self._env.Depends(node, self._env.Value(f"executorch {importlib.metadata.version('executorch')}"))
        return node

    def android_loader(self, path: Path) -> Any:
        """Make the static arm64 Linux program that loads an Android library under emulation, at `path`."""
        compiler = self._zig.cc("aarch64-linux-musl")
        objects = [
            self._object(path.parent / "obj-arm64", source, compiler, flags.HOSTED_C, "arm64 Linux")
            for source in sources(["native/tools/android_loader/*.c"])
        ]
        command = [*compiler, "-static", "-s", "-o", "{output}", *map(str, objects)]
        return self._command(path, objects, command, "link android_loader for arm64 Linux")

    def _android_compiler(self, abi: Abi, min_sdk: int) -> list[str]:
        return self._ndk.cc(abi.zig_target, min_sdk) if self._ndk else self._zig.cc(abi.zig_target)

    def _stubs(self, folder: Path, abi: Abi) -> list[Any]:
        """Make empty libc, liblog and libm with Android's names and versions, for linking only."""
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
        target = folder / source.relative_to(NATIVE).with_suffix(".o")
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
