"""iOS and macOS: the slices of an XCFramework, and the rules of the App Store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sdkgen.errors import PackageError
from sdkgen.registry import register
from sdkgen.spec.values import IosTarget, SdkSpec
from sdkgen.targets.base import MEGABYTE, StoreLimit
from sdkgen.types import Limit

_ZIG_ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}


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
"""What a user's phone gets, and therefore what sizes are given for."""
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
    """How large an App Clip may be, uncompressed and thinned, on the systems first … last (None: and later)."""

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
    """Hold the SDK's own contribution against every rule; the rest of the app comes on top.

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


def advisory(sizes: Mapping[str, Any], spec: SdkSpec) -> tuple[Limit, ...]:
    """The limits of App Clips on the systems that the SDK runs on: they bind only who puts it into an App Clip."""
    oldest = int(spec.require_ios().min_ios.split(".")[0])
    value = _device(sizes["abis"], ("installed_bytes",))["installed_bytes"]
    return tuple(clip.limit.hold(value) for clip in CLIP_LIMITS if clip.last is None or clip.last >= oldest)


def _device(measured: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, int]:
    try:
        return {key: int(measured[DEVICE.name][key]) for key in keys}
    except KeyError as error:
        raise PackageError(
            f"the package's measurements lack {error}, which a limit of the App Store needs",
            remedy="Build again from the package step: `./sconsw -c`, then the same command.",
        ) from error


@register("target", "ios")
class Ios:
    """The target as plug-in; see `sdkgen.targets.base.Target`."""

    name = "ios"
    download_limit = CELLULAR_LIMIT
    limits = staticmethod(limits)
    advisory = staticmethod(advisory)
