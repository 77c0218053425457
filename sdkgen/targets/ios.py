"""iOS and macOS: the slices of an XCFramework, and the rules of the App Store."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from sdkgen.errors import PackageError
from sdkgen.layout import Layout
from sdkgen.native_tree import NATIVE, c_target_paths
from sdkgen.registry import register
from sdkgen.schema import Reading, Table, one_of, unique_names
from sdkgen.spec.values import Budgets, SdkSpec
from sdkgen.targets.base import MEGABYTE, NativeBuilder, StoreLimit, Target
from sdkgen.targets.engine import engine_names, selected
from sdkgen.types import Limit, Proof

_ZIG_ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}


def _system_version(lowest: int) -> AfterValidator:
    """Validate "16.4", at least `lowest`; Apple's numbers jump from 18 (iOS) and 15 (macOS) to 26, the next year's."""

    def check(value: str) -> str:
        matched = re.fullmatch(r"([1-9]\d?)\.(0|[1-9]\d?)", value, re.ASCII)
        if not matched or int(matched[1]) < lowest:
            raise ValueError
        last = lowest + 2  # iOS 16, 17, 18; macOS 13, 14, 15
        if last < int(matched[1]) < 26:
            raise ValueError(f"there is no version {matched[1]}: after {last} came 26")
        return value

    return AfterValidator(check)


class IosTable(Table):
    min_ios: Annotated[str, _system_version(16)] = Field(
        default="16.0", description='an iOS version in quotes such as "16.0", at least 16.0'
    )
    min_macos: Annotated[str, _system_version(13)] = Field(
        default="13.0", description='a macOS version in quotes such as "13.0", at least 13.0'
    )
    engines: Annotated[
        list[Annotated[str, one_of(lambda: engine_names("ios"))]], Field(min_length=1), AfterValidator(unique_names)
    ] = Field(default=["coreml", "neon"], description='a non-empty list of engines such as "coreml" and "neon"')
    coreml: Literal["float16", "int8_weights", "int8"] = "int8_weights"


@dataclass(frozen=True, kw_only=True)
class IosTarget:
    """The table [targets.ios]: the Swift package for iOS and macOS.

    Attributes:
        min_ios, min_macos: oldest system it runs on, "major.minor".
        engines: in the order of preference; the API uses the first by default.
        coreml: arithmetic of the Core ML program: float16 throughout, int8 weights with float16 activations, or int8
            weights and activations ("int8", from iOS 17 and macOS 14).
    """

    min_ios: str
    min_macos: str
    engines: tuple[str, ...]
    coreml: Literal["float16", "int8_weights", "int8"]


def ios_target(spec: SdkSpec) -> IosTarget:
    """Return the table [targets.ios] of a spec.

    Raises:
        SpecError: the spec has none.
    """
    target: IosTarget = Ios().value(spec)
    return target


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One platform of an XCFramework.

    Attributes:
        name: folder in the XCFramework, also its LibraryIdentifier.
        platform, variant: SupportedPlatform and SupportedPlatformVariant of the Info.plist; no variant is "".
        architectures: as Apple names them, sorted.
    """

    name: str
    platform: Literal["ios", "macos"]
    variant: Literal["", "simulator"]
    architectures: tuple[str, ...]

    def min_os(self, target: IosTarget) -> str:
        """The oldest system that the slice is built for."""
        return target.min_ios if self.platform == "ios" else target.min_macos

    def zig_target(self, architecture: str, target: IosTarget) -> str:
        """Target triple for `zig cc -target`, deployment target included."""
        system = f"{self.platform}.{self.min_os(target)}"
        return "-".join(filter(None, (_ZIG_ARCHITECTURES[architecture], system, self.variant)))


DEVICE = Slice(name="ios-arm64", platform="ios", variant="", architectures=("arm64",))
"""The slice of users' devices, to which all reported sizes refer."""
SLICES: tuple[Slice, ...] = (
    DEVICE,
    Slice(name="ios-arm64_x86_64-simulator", platform="ios", variant="simulator", architectures=("arm64", "x86_64")),
    Slice(name="macos-arm64_x86_64", platform="macos", variant="", architectures=("arm64", "x86_64")),
)

_BUILD_SIZES = "App Store Connect help, Maximum build file sizes"
CELLULAR_LIMIT = StoreLimit(
    rule="App Store: above this, users on a mobile network are asked first",
    limit=200 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source="press reports of 2019-05; a setting of the user since iOS 13",
    checked="2026-11-22",
    note="Apple documents no number",
)
APP_LIMIT = StoreLimit(
    rule="App Store: whole app, uncompressed",
    limit=4_000 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source=_BUILD_SIZES,
    checked="2026-11-22",
)
TEXT_LIMIT = StoreLimit(
    rule="App Store: __TEXT of all executables together",
    limit=500 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source=_BUILD_SIZES,
    checked="2026-11-22",
)
STORE_LIMITS: tuple[StoreLimit, ...] = (CELLULAR_LIMIT, APP_LIMIT, TEXT_LIMIT)


@dataclass(frozen=True, kw_only=True)
class ClipLimit:
    """Largest size of an App Clip, uncompressed and thinned, on the systems first … last (None: and later)."""

    first: int
    last: int | None
    limit: StoreLimit


def _clip(systems: str, megabytes: int, note: str = "") -> StoreLimit:
    return StoreLimit(
        rule=f"App Clip on {systems}, uncompressed and thinned",
        limit=megabytes * MEGABYTE,
        unit="bytes",
        bound="at_most",
        source=f"{_BUILD_SIZES}; App Clips updates",
        checked="2026-11-22",
        note=note,
    )


CLIP_LIMITS: tuple[ClipLimit, ...] = (
    ClipLimit(first=14, last=15, limit=_clip("iOS 14 and 15", 10)),
    ClipLimit(first=16, last=16, limit=_clip("iOS 16", 15)),
    ClipLimit(first=17, last=None, limit=_clip("iOS 17 and later", 100, "invoked digitally, not by an App Clip code")),
)


def limits(sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Compare the SDK's own contribution with every rule; the rest of the app is not included.

    Args:
        sizes: the package stage's sizes.json; `abis["ios-arm64"]` is read.
        native: `{slice: {"text_bytes": int, …}}`.

    Raises:
        PackageError: a measurement that a rule needs is missing.
    """
    device = _device(sizes["abis"], ("download_bytes", "installed_bytes"))
    text = _device(native, ("text_bytes",))["text_bytes"]
    return (
        CELLULAR_LIMIT.hold(device["download_bytes"]),
        APP_LIMIT.hold(device["installed_bytes"]),
        TEXT_LIMIT.hold(text),
    )


def _device(measured: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, int]:
    try:
        return {key: int(measured[DEVICE.name][key]) for key in keys}
    except KeyError as error:
        raise PackageError(
            f"the package's measurements lack {error}, which a limit of the App Store needs",
            remedy="Build again from the package step: `./sconsw -c`, then the same command.",
        ) from error


@dataclass(frozen=True)
class IosFiles:
    """The files of the SDK for Apple's systems in a build."""

    layout: Layout

    @property
    def folder(self) -> Path:
        return self.layout.target("ios")

    @property
    def api(self) -> Path:
        """Folder of the generated Swift package without the C target and the models, and manifest.json."""
        return self.folder / "api"

    @property
    def api_manifest(self) -> Path:
        return self.api / "manifest.json"

    @property
    def c_target(self) -> Path:
        """Folder of the C target: the native sources under the SDK's prefix."""
        return self.folder / "c_target"

    def c_target_files(self) -> list[Path]:
        """Every file of the C target, sorted."""
        return [self.c_target / path for path in c_target_paths(NATIVE, self.layout.name)]

    def library(self, part: Slice, architecture: str) -> Path:
        """The static library of one slice and architecture."""
        return self.folder / "slices" / part.name / architecture / f"lib{self.layout.name}.a"

    def libraries(self) -> list[Path]:
        return [self.library(part, architecture) for part in SLICES for architecture in part.architectures]

    @property
    def packages(self) -> Path:
        """Folder of all shipped files."""
        return self.folder / "dist"

    @property
    def swift(self) -> Path:
        """Folder in which the proof compiles the package; kept and reused."""
        return self.folder / "swift"

    @property
    def sizes(self) -> Path:
        return self.layout.sizes("ios")


def _is_for(architecture: str, source: Path) -> bool:
    """Return whether a kernel, by the instruction set in its name, is for an architecture; else its file is empty."""
    return not source.name.startswith("avx" if architecture == "arm64" else "neon")


def section(
    target: IosTarget,
    sizes: Mapping[str, Any],
    advisory: Sequence[Limit],
    engines: Mapping[str, Mapping[str, Any] | None],
) -> dict[str, Any]:
    """Return the section `ios` of report.json.

    Args:
        sizes: the package step's sizes.json.
        advisory: the limits of App Clips.
        engines: facts of each engine of the target.
    """
    return {
        "engines": list(target.engines),
        # None for an engine that is left out.
        **{engine.name: engines.get(engine.name) for engine in selected(engine_names("ios")) if engine.has_facts},
        "slices": sizes["slices"],
        "xcframework": sizes["xcframework"],
        "app_clip": [asdict(limit) for limit in advisory],
    }


@register("target", "ios")
class Ios(Target):
    """iOS and macOS: a Swift package and an XCFramework."""

    table = IosTable
    name = "ios"
    title = "iOS"
    summary = "the iOS SDK: Swift package, Core ML package, XCFramework"
    store = "the App Store"
    download_limit = CELLULAR_LIMIT
    download_budget = "ios_download_bytes"
    download_words = " for iOS"
    budget_title = "download for iOS, at most"
    budget_keys = ("ios_download_bytes",)
    has_section = True

    @staticmethod
    def read(table: IosTable, reading: Reading) -> IosTarget:
        """Convert [targets.ios]; each engine checks the table, and keys of an engine that is left out are refused."""
        where = ("targets", "ios")
        names = tuple(name for name in engine_names("ios") if name in table.engines)
        for engine in selected(engine_names("ios")):
            if engine.name in names:
                engine.check(table, where, reading)
                continue
            for key in (key for key in engine.keys if key in table.model_fields_set):
                message = f'has no meaning without "{engine.name}" among the engines; remove it'
                reading.wrong((*where, key), message)
        return IosTarget(min_ios=table.min_ios, min_macos=table.min_macos, engines=names, coreml=table.coreml)

    def provide(self) -> None:
        from sdkgen.toolchain.provision import provide_swift

        provide_swift()

    def native(self, builder: NativeBuilder, spec: SdkSpec, files: Layout) -> None:
        target, ios = ios_target(spec), IosFiles(files)
        sources = [path for path in ios.c_target_files() if path.suffix == ".c"]
        for part in SLICES:
            for architecture in part.architectures:
                builder.apple_static_library(
                    ios.library(part, architecture),
                    sdk=spec.name,
                    sources=[path for path in sources if _is_for(architecture, path)],
                    root=ios.c_target,
                    objects=ios.folder / "obj" / part.name / architecture,
                    zig_target=part.zig_target(architecture, target),
                    place=f"{part.name}, {architecture}",
                    smallest=part.variant == "simulator",  # runs on a developer's machine only
                )

    def reported(self, spec: SdkSpec, files: Layout) -> tuple[Path, ...]:
        engines = selected(ios_target(spec).engines)
        return (IosFiles(files).sizes, *(path for engine in engines for path in engine.reported(files)))

    def published(self, files: Layout) -> Mapping[str, tuple[Path, Path]]:
        return {"ios": (IosFiles(files).packages, files.dist / "ios")}

    def limits(self, sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
        return limits(sizes, native)

    def advisory(self, sizes: Mapping[str, Any], spec: SdkSpec) -> tuple[Limit, ...]:
        """Return the limits of App Clips on the SDK's systems; they bind only an SDK in an App Clip."""
        oldest = int(ios_target(spec).min_ios.split(".")[0])
        value = _device(sizes["abis"], ("installed_bytes",))["installed_bytes"]
        return tuple(clip.limit.hold(value) for clip in CLIP_LIMITS if clip.last is None or clip.last >= oldest)

    def facts(self, spec: SdkSpec) -> dict[str, Any]:
        target = spec.targets.get(self.name)
        return {"min_ios": target and target.min_ios, "min_macos": target and target.min_macos}

    def section(
        self, spec: SdkSpec, sizes: Mapping[str, Any], advisory: Sequence[Limit], files: Layout
    ) -> dict[str, Any]:
        target = ios_target(spec)
        return section(target, sizes, advisory, {e.name: e.facts(files) for e in selected(target.engines)})

    def limitations(self, spec: SdkSpec, proofs: Sequence[Proof]) -> list[str]:
        words = [
            "An iPhone, a simulator, a Mac, Xcode: none was there. The XCFramework's libraries were built and "
            "inspected, not executed; the Swift was executed on Linux if a proof says so, where Apple's frameworks "
            "are absent.",
            "The size of the Swift code in an app: Xcode compiles it with the app, and it is not counted above.",
        ]
        # Engines come second, after the systems that were not available.
        words[1:1] = [text for engine in selected(ios_target(spec).engines) for text in engine.limitations()]
        return words

    def budget(self, budgets: Budgets) -> int | None:
        return budgets.download_bytes if budgets.ios_download_bytes is None else budgets.ios_download_bytes
