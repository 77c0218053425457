"""Claim: the arm64 library of the AAR, as packaged, computes on emulated ARM what the C API computes here."""

from collections.abc import Mapping, Sequence

from sdkgen.prove.comparison import Outputs, first_difference
from sdkgen.types import JsonValue, Proof

NAME = "arm64_matches_x86_64"


def arm64_matches_x86_64(
    *,
    names: Sequence[str],
    arm_outputs: Sequence[Outputs],
    x86_outputs: Sequence[Outputs],
    loader: Mapping[str, JsonValue],
    jni_class: str,
    labels_count: int,
    host: str,
) -> Proof:
    """Compare every output byte on every view, and the class for which the library registers its native methods.

    Args:
        loader: what android_loader printed.
        jni_class: "com/example/sdk/internal/NativeModel", the class that the AAR's Kotlin declares.
        labels_count: of the spec.
    """
    metrics: dict[str, JsonValue] = {
        "views_count": len(names),
        "heap_peak_bytes": loader["heap_peak_bytes"],
        "mapped_library_bytes": loader["mapped_library_bytes"],
        "native_methods_count": loader["native_methods"],
    }
    problem = ""
    if loader["class"] != jni_class:
        problem = f"the library registers its methods for {loader['class']}, the Kotlin class is {jni_class}"
    elif loader["labels"] != labels_count:
        problem = f"the model holds {loader['labels']} labels, the spec {labels_count}"
    else:
        problem = first_difference(names, x86_outputs, arm_outputs)
    if problem:
        return Proof(name=NAME, host=host, status="failed", reason=problem + ".", metrics=metrics)
    reason = f"Byte-identical outputs on {len(names)} views, through the JNI methods of the packaged library."
    return Proof(name=NAME, host=host, status="passed", reason=reason, metrics=metrics)
