"""Android: ABIs, the range of minSdk, and the rules of Google Play and the platform."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from sdkgen.errors import PackageError
from sdkgen.layout import Layout, shared_library
from sdkgen.registry import register
from sdkgen.schema import Reading, Table, unique_names
from sdkgen.spec.values import Budgets, SdkSpec
from sdkgen.targets.base import MEGABYTE, NativeBuilder, StoreLimit, Target
from sdkgen.types import Limit, Proof


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
"""ABIs by name, in the order of reports."""

# Java Language Specification 17, §3.9 (with the literals), and the hard keywords of the Kotlin grammar.
_KEYWORDS = """
abstract assert boolean break byte case catch char class const continue default do double else enum extends
false final finally float for goto if implements import instanceof int interface long native new null package
private protected public return short static strictfp super switch synchronized this throw throws transient true
try void volatile while as fun in is object typealias typeof val var when
"""
KEYWORDS = frozenset(_KEYWORDS.split())
# kotlinc and the Android class loader reserve these.
RESERVED_PACKAGES = frozenset({"java", "javax", "kotlin", "kotlinx", "android", "androidx", "dalvik"})


def _java_package(value: str) -> str:
    segments = value.split(".")
    if len(segments) < 2 or not all(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", segment) for segment in segments):
        raise ValueError
    for segment in segments:
        if segment in KEYWORDS:
            raise ValueError(f'"{segment}" is a keyword of Java or Kotlin and cannot be part of a package name')
    if segments[0] in RESERVED_PACKAGES:
        raise ValueError(f'packages below "{segments[0]}" are reserved for the platform')
    return value


class AndroidTable(Table):
    package: Annotated[str, AfterValidator(_java_package)] = Field(
        description='a Java package of at least two segments such as "com.example.phototagger"'
    )
    min_sdk: Annotated[int, Field(ge=26, le=99)] = Field(default=26, description="an Android API level, at least 26")
    abis: Annotated[list[Literal["arm64-v8a", "x86_64"]], Field(min_length=1), AfterValidator(unique_names)] = Field(
        default=["arm64-v8a", "x86_64"], description='a non-empty list of "arm64-v8a" and "x86_64"'
    )


@dataclass(frozen=True, kw_only=True)
class AndroidTarget:
    """The table [targets.android].

    Attributes:
        package: of the Kotlin classes, dotted.
        min_sdk: API level of the oldest Android that the SDK runs on.
        abis: subset of ("arm64-v8a", "x86_64"), in that order.
    """

    package: str
    min_sdk: int
    abis: tuple[str, ...]


def android_target(spec: SdkSpec) -> AndroidTarget:
    """Return the table [targets.android] of a spec.

    Raises:
        SpecError: the spec has none.
    """
    target: AndroidTarget = Android().value(spec)
    return target


PAGE_BYTES = 16 * 1024
"""Required alignment of LOAD segments of 64-bit libraries."""

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
    """Compare the SDK's own contribution with every rule; the rest of the app is not included.

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


@dataclass(frozen=True)
class AndroidFiles:
    """The files of the Android SDK in a build."""

    layout: Layout

    @property
    def folder(self) -> Path:
        return self.layout.target("android")

    @property
    def api(self) -> Path:
        """Folder of the generated Kotlin, proguard.txt and manifest.json."""
        return self.folder / "api"

    @property
    def api_manifest(self) -> Path:
        return self.api / "manifest.json"

    @property
    def classes(self) -> Path:
        return self.folder / "classes.jar"

    @property
    def sources(self) -> Path:
        return self.folder / "sources.jar"

    @property
    def proof(self) -> Path:
        """Folder of the compiled proof program and the Android classes that it runs on."""
        return self.folder / "proof"

    @property
    def proof_program(self) -> Path:
        return self.proof / "program.jar"

    @property
    def proof_android(self) -> Path:
        return self.proof / "android.jar"

    def library(self, abi: str) -> Path:
        """The JNI library of one ABI."""
        return self.folder / "jni" / abi / f"lib{self.layout.name}.so"

    @property
    def host_library(self) -> Path:
        """The JNI library for a JVM on this machine."""
        return self.layout.build / "host" / shared_library(self.layout.name)

    @property
    def maven(self) -> Path:
        """Folder of the Maven repository."""
        return self.folder / "maven"

    @property
    def sizes(self) -> Path:
        return self.layout.sizes("android")


@register("target", "android")
class Android(Target):
    """Android: an AAR in a Maven repository."""

    table = AndroidTable
    name = "android"
    title = "Android"
    summary = "the Android SDK below dist/<sdk>/, proven and reported (the default)"
    store = "Google Play"
    download_limit = MODULE_LIMIT
    download_budget = "download_bytes"
    download_words = ""
    budget_title = "download of one ABI, at most"

    @staticmethod
    def read(table: AndroidTable, reading: Reading) -> AndroidTarget:
        return AndroidTarget(
            package=table.package, min_sdk=table.min_sdk, abis=tuple(abi for abi in ABIS if abi in table.abis)
        )

    def native(self, builder: NativeBuilder, spec: SdkSpec, files: Layout) -> None:
        target, android = android_target(spec), AndroidFiles(files)
        for abi in target.abis:
            builder.android_library(android.library(abi), spec.name, ABIS[abi], target.package, target.min_sdk)
        builder.host_jni_library(android.host_library, spec.name, target.package)

    def reported(self, spec: SdkSpec, files: Layout) -> tuple[Path, ...]:
        return (AndroidFiles(files).sizes,)

    def published(self, files: Layout) -> Mapping[str, tuple[Path, Path]]:
        android, results = AndroidFiles(files), files.dist / "android"
        return {"api": (android.api, results / "api"), "maven": (android.maven, results / "maven")}

    def limits(self, sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
        return limits(sizes, native)

    def facts(self, spec: SdkSpec) -> dict[str, Any]:
        target = spec.targets.get(self.name)
        return {"package": target and target.package, "min_sdk": target and target.min_sdk}

    def limitations(self, spec: SdkSpec, proofs: Sequence[Proof]) -> list[str]:
        executed = any(proof.name == "arm64_matches_x86_64" and proof.status != "not_run" for proof in proofs)
        return [
            "A physical phone: the ARM code ran under an emulator, which shows its results "
            "and says nothing about speed, heat or battery."
            if executed
            else "The ARM code was built and inspected; it was not executed, neither emulated nor on a phone.",
            "Android itself: the Kotlin was executed on a desktop JVM if a proof says so, never on Android's own "
            "runtime, and camera, asset and lifecycle code of an app is outside this build.",
        ]

    def budget(self, budgets: Budgets) -> int | None:
        return budgets.download_bytes
