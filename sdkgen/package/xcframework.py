"""Builds the XCFramework of the static native library: checks, joins and describes every slice; zips it for SwiftPM.

Layout: developer.apple.com, "Distributing binary frameworks as Swift packages" and "Creating a multiplatform binary
framework bundle"; what `xcodebuild -create-xcframework -library … -headers …` writes.
"""

import plistlib
from collections.abc import Mapping
from dataclasses import dataclass

from sdkgen.errors import PackageError
from sdkgen.package.mach_o import StaticLibrary, read_static_library, universal
from sdkgen.targets.ios import SLICES, IosTarget, Slice

# Functions that the runtime calls (native/runtime/platform.h), and those that compilers generate for loops and
# assignments (clang clears memory by ___bzero on x86-64 macOS; libSystem has it there under that name only).
_LIBC = """
___bzero _bzero _calloc _free _malloc _memcmp _memcpy _memmove _memset _memset_pattern16 _pthread_cond_broadcast
_pthread_cond_destroy _pthread_cond_init _pthread_cond_wait _pthread_create _pthread_join _pthread_mutex_destroy
_pthread_mutex_init _pthread_mutex_lock _pthread_mutex_unlock _sysctlbyname
"""
LIBC = frozenset(_LIBC.split())

Archives = Mapping[str, Mapping[str, bytes]]
"""Static libraries by slice and architecture."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of an SDK: `sdk` of the spec ("photo_tagger"), `framework` ("PhotoTagger"), `module` ("CPhotoTagger")."""

    sdk: str
    framework: str
    module: str

    @property
    def library(self) -> str:
        """File name of the static library."""
        return f"lib{self.sdk}.a"


def check_slices(archives: Archives, names: Names, target: IosTarget) -> dict[str, dict[str, StaticLibrary]]:
    """Check every library; return the facts by slice and architecture.

    Raises:
        PackageError: names everything that is wrong with one: another system, foreign symbols.
    """
    facts: dict[str, dict[str, StaticLibrary]] = {}
    for part in SLICES:
        facts[part.name] = {}
        for architecture in part.architectures:
            library = read_static_library(archives[part.name][architecture])
            facts[part.name][architecture] = library
            _check(library, part, architecture, names, part.min_os(target))
    return facts


def _check(library: StaticLibrary, part: Slice, architecture: str, names: Names, min_os: str) -> None:
    platform = "-".join(filter(None, (part.platform, part.variant)))
    foreign = [name for name in library.defined if not name.startswith(f"_{names.sdk}_")]
    missing = [name for name in library.undefined if name not in LIBC]
    problems = {
        f"it is for {library.architecture}": library.architecture != architecture,
        f"it is for {library.platform} {library.min_os}, not for {platform} {min_os}": (
            (library.platform, library.min_os) != (platform, min_os)
        ),
        f"it defines {', '.join(foreign[:5])}": bool(foreign),
        f"it needs {', '.join(missing[:5])}": bool(missing),
        "it defines nothing": not library.defined,
    }
    found = [problem for problem, is_so in problems.items() if is_so]
    if found:
        raise PackageError(
            f"{names.library} for {part.name}, {architecture}, cannot be shipped: {'; '.join(found)}",
            remedy="Build it with the flags that sdkgen sets; an environment variable may override them.",
        )


def xcframework_files(archives: Archives, names: Names, headers: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files below <framework>.xcframework, by path.

    Args:
        headers: of the C module by file name, its module map among them. They get a folder of their own: Xcode copies
            the headers of all XCFrameworks into one, where two files module.modulemap would clash.
    """
    files = {"Info.plist": info_plist(names)}
    for part in SLICES:
        files[f"{part.name}/{names.library}"] = universal(archives[part.name])
        files |= {f"{part.name}/Headers/{names.module}/{name}": data for name, data in headers.items()}
    return dict(sorted(files.items()))


def info_plist(names: Names) -> bytes:
    """Return the property list by which Xcode selects the library of a platform."""
    libraries = []
    for part in SLICES:
        entry = {
            "BinaryPath": names.library,
            "HeadersPath": "Headers",
            "LibraryIdentifier": part.name,
            "LibraryPath": names.library,
            "SupportedArchitectures": list(part.architectures),
            "SupportedPlatform": part.platform,
        }
        libraries.append(entry | ({"SupportedPlatformVariant": part.variant} if part.variant else {}))
    return plistlib.dumps(
        {
            "AvailableLibraries": libraries,
            "CFBundlePackageType": "XFWK",
            "XCFrameworkFormatVersion": "1.0",
        }
    )
