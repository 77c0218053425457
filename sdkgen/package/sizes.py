"""Measures what the SDK adds to an app: the download per ABI as Google Play measures it, installed size, breakdown.

Play's figure is the compressed download for one device; bundletool's `get-size` estimates it as min(APK, gzip of the
APK). Here the same is done to an archive of what the SDK adds to that APK. Dalvik code is estimated from the class
files, which is an upper bound: a dex file stores shared names once, and R8 removes what the app does not use.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence

from sdkgen.documents.export import OperatorRow
from sdkgen.package.aar import library_name
from sdkgen.package.archive import archive_bytes, deflated_bytes, gzip_bytes
from sdkgen.package.breakdown import apportioned, split
from sdkgen.package.model_layers import layer_bytes
from sdkgen.package.native_library import NativeLibrary
from sdkgen.spec.values import SdkSpec
from sdkgen.types import JsonValue


def measure(
    spec: SdkSpec,
    *,
    classes: bytes,
    model: bytes,
    libraries: Mapping[str, bytes],
    facts: Mapping[str, NativeLibrary],
    operators: Sequence[OperatorRow],
) -> dict[str, JsonValue]:
    """Return the content of sizes.json.

    Args:
        classes: classes.jar.
        model: the .pte.
        libraries, facts: by ABI.
        operators: `ops` of export.json.

    Returns:
        `abis` {abi: {download_bytes, installed_bytes}}; `breakdown` [{part, name, bytes, download_bytes}], where the
        names of native code contain the ABI and the rest is downloaded with each; `native` {abi: facts}.
    """
    code = _class_files(classes)
    abis = {}
    for abi in libraries:
        apk = _contribution(spec, abi, libraries[abi], model, b"".join(code.values()))
        abis[abi] = {"download_bytes": min(len(apk), gzip_bytes(apk)), "installed_bytes": len(apk)}
    breakdown = [
        *split(
            "model", f"assets/{spec.name}/{spec.name}.pte", model, layer_bytes(model, operators), "structure and labels"
        ),
        *split("kotlin", "classes.dex", b"".join(code.values()), code, ""),
    ]
    for abi in libraries:
        name = f"jni/{abi}/{library_name(spec)}"
        sections = facts[abi].sections
        breakdown += apportioned(
            "native",
            name,
            deflated_bytes(libraries[abi]),
            {**sections, "headers and padding": facts[abi].headers_bytes},
            # Padding is zeros, which compress to nothing worth counting.
            {**sections, "headers and padding": 0},
        )
    return {"abis": abis, "breakdown": breakdown, "native": {abi: facts[abi].to_json() for abi in libraries}}


def _contribution(spec: SdkSpec, abi: str, library: bytes, model: bytes, code: bytes) -> bytes:
    """Build the SDK's part of an app's APK for one ABI, with model and library uncompressed for mapping."""
    names = {
        f"lib/{abi}/{library_name(spec)}": library,
        f"assets/{spec.name}/{spec.name}.pte": model,
        "classes.dex": code,
    }
    return archive_bytes(names, stored=frozenset(names) - {"classes.dex"})


def _class_files(jar: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(jar)) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".class")}
