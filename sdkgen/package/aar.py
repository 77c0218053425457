"""The AAR: an Android library as Gradle takes it. Format: developer.android.com, "Anatomy of an AAR file"."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from sdkgen.package.archive import archive_bytes
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import android_target

_METADATA = """\
aarFormatVersion=1.0
aarMetadataVersion=1.0
minCompileSdk=1
minCompileSdkExtension=0
minAndroidGradlePluginVersion=1.0.0
"""


def library_name(spec: SdkSpec) -> str:
    """File name of the native library: `System.loadLibrary(spec.name)`."""
    return f"lib{spec.name}.so"


def aar_bytes(spec: SdkSpec, *, classes: bytes, rules: bytes, model: bytes, libraries: Mapping[str, bytes]) -> bytes:
    """Build the archive; every entry is compressed, since Gradle unpacks it and packs the app anew.

    Args:
        classes: classes.jar.
        rules: ProGuard rules for the app that uses the library.
        model: the .pte.
        libraries: by ABI.
    """
    entries = {
        "AndroidManifest.xml": manifest(spec).encode(),
        "classes.jar": classes,
        "R.txt": b"",
        "proguard.txt": rules,
        "META-INF/com/android/build/gradle/aar-metadata.properties": _METADATA.encode(),
        f"assets/{spec.name}/{spec.name}.pte": model,
        **{f"jni/{abi}/{library_name(spec)}": data for abi, data in libraries.items()},
    }
    return archive_bytes(entries)


def manifest(spec: SdkSpec) -> str:
    """Return AndroidManifest.xml: the namespace and the lowest Android API level. It requests no permission."""
    android = android_target(spec)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<manifest xmlns:android="http://schemas.android.com/apk/res/android"\n'
        f"    package={quoteattr(android.package)}>\n"
        f'    <uses-sdk android:minSdkVersion="{android.min_sdk}" />\n'
        "</manifest>\n"
    )
