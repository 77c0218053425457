"""Android: ABIs, the range of minSdk, and the rules of Google Play and the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sdkgen.errors import PackageError
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.base import MEGABYTE, StoreLimit
from sdkgen.types import Limit


@dataclass(frozen=True, kw_only=True)
class Abi:
    """One Android ABI.

    Attributes:
        name: as in `jni/<name>/` of an AAR.
        zig_target: target triple for `zig cc -target`; the NDK's clang takes the same with the API level appended.
        elf_machine: `e_machine` of the ELF header, as pyelftools names it.
        pointer_bits: 64-bit ABIs fall under the 16 KB page rule.
    """

    name: str
    zig_target: str
    elf_machine: str
    pointer_bits: int


ABIS: Mapping[str, Abi] = MappingProxyType(
    {
        "arm64-v8a": Abi(
            name="arm64-v8a", zig_target="aarch64-linux-android", elf_machine="EM_AARCH64", pointer_bits=64
        ),
        "x86_64": Abi(name="x86_64", zig_target="x86_64-linux-android", elf_machine="EM_X86_64", pointer_bits=64),
    }
)
"""By name, in the order in which reports list them."""

MIN_SDK_LOWEST = 21
"""Android 5.0, the first release with 64-bit ABIs."""
MIN_SDK_HIGHEST = 36
"""Android 16; a higher minSdk than any release is a typing error."""

PAGE_BYTES = 16 * 1024
"""What LOAD segments of 64-bit libraries must be aligned to."""

MODULE_LIMIT = StoreLimit(
    rule="Google Play: base or feature module, compressed download",
    limit=200 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source="Play Console help, answer 9859372",
    checked="2026-11-22",
    note="copies of the page say 200 MB or 500 MB; the stricter is applied",
)
WIFI_LIMIT = StoreLimit(
    rule="Google Play: above this, users are warned to use Wi-Fi",
    limit=200 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source="Google Play help, answer 2481797",
    checked="2026-11-22",
    note="not confirmed from the page itself",
)
ASSET_PACK_LIMIT = StoreLimit(
    rule="Google Play: one asset or AI pack, if the model is delivered as one",
    limit=1_500 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source="Play Console help, answer 9859372; Play for On-device AI",
    checked="2026-11-22",
)
INSTALL_TIME_LIMIT = StoreLimit(
    rule="Google Play: all modules and install-time packs together",
    limit=4_000 * MEGABYTE,
    unit="bytes",
    bound="at_most",
    source="Play Console help, answer 9859372; Play for On-device AI",
    checked="2026-11-22",
)
PAGE_LIMIT = StoreLimit(
    rule="Android: alignment of LOAD segments in 64-bit libraries (16 KB pages)",
    limit=PAGE_BYTES,
    unit="bytes",
    bound="at_least",
    source="developer.android.com/16kb-page-size",
    checked="2026-11-22",
    note="required of new apps and updates targeting Android 15 and later since 2025-11-01",
)
STORE_LIMITS: tuple[StoreLimit, ...] = (MODULE_LIMIT, WIFI_LIMIT, ASSET_PACK_LIMIT, INSTALL_TIME_LIMIT, PAGE_LIMIT)


def limits(sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Hold the SDK's own contribution against every rule; the rest of the app comes on top.

    Args:
        sizes: the package stage's sizes.json; `abis[abi].download_bytes` and `breakdown[]` are read.
        native: `{abi: {"load_alignment_bytes": int, …}}`, the smallest alignment of the library's LOAD segments.

    Raises:
        PackageError: a measurement that a rule needs is missing.
    """
    try:
        download = max(int(entry["download_bytes"]) for entry in sizes["abis"].values())
        model = sum(int(part["download_bytes"]) for part in sizes["breakdown"] if part["part"] == "model")
        alignments = [
            int(native[abi]["load_alignment_bytes"])
            for abi in sorted(sizes["abis"])
            if abi not in ABIS or ABIS[abi].pointer_bits == 64
        ]
    except (KeyError, ValueError) as error:
        raise PackageError(
            f"the package's measurements lack {error}, which a limit of Google Play needs",
            remedy="Build again from the package step: `./sconsw -c`, then the same command.",
        ) from error
    verdicts = [
        MODULE_LIMIT.hold(download),
        WIFI_LIMIT.hold(download),
        ASSET_PACK_LIMIT.hold(model),
        INSTALL_TIME_LIMIT.hold(download),
    ]
    if alignments:
        verdicts.append(PAGE_LIMIT.hold(min(alignments)))
    return tuple(verdicts)


def advisory(sizes: Mapping[str, Any], spec: SdkSpec) -> tuple[Limit, ...]:
    """None: instant apps, which had a limit of their own, ended in December 2025."""
    return ()


@register("target", "android")
class Android:
    """The target as plug-in; see `sdkgen.targets.base.Target`."""

    name = "android"
    download_limit = MODULE_LIMIT
    limits = staticmethod(limits)
    advisory = staticmethod(advisory)
