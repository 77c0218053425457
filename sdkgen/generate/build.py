"""The generate stage: writes the API's files and a manifest of them."""

from pathlib import Path

from sdkgen import files
from sdkgen.documents.api import KotlinManifest, write_manifest
from sdkgen.generate.api_model import build_api
from sdkgen.generate.kotlin import render
from sdkgen.generate.naming import KOTLIN, jni_class
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import Android
from sdkgen.types import Artifact

MANIFEST = "manifest.json"


def generate(spec: SdkSpec, directory: Path, *, fingerprint: int) -> tuple[Artifact, ...]:
    """Write the Kotlin API of `spec` into `directory`, which it replaces.

    Args:
        directory: gets `kotlin/**.kt`, `proguard.txt` and `manifest.json`.
        fingerprint: `sdkgen.spec.fingerprint(spec)`.

    Returns:
        The files without the manifest, paths relative to `directory`, sorted.
    """
    api = build_api(spec, fingerprint, Android.name)
    rendered = render(api)
    with files.atomic_directory(directory) as temporary:
        for path, text in rendered.items():
            files.write_text(temporary / path, text)
        artifacts = tuple(files.artifact(temporary, path) for path in rendered)
        manifest = KotlinManifest(
            name=f"{api.package}.{KOTLIN.type_name(api.name)}",
            jni_class=jni_class(api.package),
            library=api.name,
            asset=api.asset,
            fingerprint=f"0x{fingerprint:016x}",
            files=artifacts,
        )
        write_manifest(temporary / MANIFEST, manifest)
    return artifacts
