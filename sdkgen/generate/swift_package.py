"""The generate stage for iOS: writes the Swift package's files, the program that proves it, and a manifest of them."""

from pathlib import Path

from sdkgen import files
from sdkgen.documents.api import SwiftManifest, write_manifest
from sdkgen.generate.api_model import build_api
from sdkgen.generate.swift import (
    c_module_name,
    module_name,
    render,
    render_binary_manifest,
    render_proof,
    resources,
)
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import Ios
from sdkgen.types import Artifact

MANIFEST = "manifest.json"


def generate_swift(spec: SdkSpec, directory: Path, *, fingerprint: int) -> tuple[Artifact, ...]:
    """Write the Swift package of `spec` into `directory`, which it replaces.

    Args:
        directory: gets the whole package except the C target and the models. It also gets files that are not shipped:
            `proof/**`, a program on the package; `BinaryPackage.swift`, the manifest of the package on the XCFramework,
            in which @XCFRAMEWORK@ (a path) and @XCFRAMEWORK_CHECKSUM@ are to be replaced; and `manifest.json`.
        fingerprint: `sdkgen.spec.fingerprint(spec)`.

    Returns:
        The files without the manifest, paths relative to `directory`, sorted.

    Raises:
        SpecError: the spec has no iOS target, or its names clash in Swift.
    """
    api = build_api(spec, fingerprint, Ios.name)
    rendered = render(api) | {f"proof/{path}": text for path, text in render_proof(api).items()}
    rendered["BinaryPackage.swift"] = render_binary_manifest(api)
    with files.atomic_directory(directory) as temporary:
        for path, text in rendered.items():
            files.write_text(temporary / path, text)
        artifacts = tuple(files.artifact(temporary, path) for path in sorted(rendered))
        manifest = SwiftManifest(
            module=module_name(api),
            c_module=c_module_name(api),
            resources=resources(api),
            fingerprint=f"0x{fingerprint:016x}",
            files=artifacts,
        )
        write_manifest(temporary / MANIFEST, manifest)
    return artifacts
