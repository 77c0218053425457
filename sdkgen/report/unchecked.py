"""In plain words, what a reader of the report might believe was checked and was not."""

from collections.abc import Sequence

from sdkgen.report.budgets import ACCURACY_PROOF
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Proof

_STORES = {"android": "Google Play", "ios": "the App Store"}


def not_checked(spec: SdkSpec, proofs: Sequence[Proof], platforms: Sequence[str]) -> list[str]:
    """Sentences, the proofs that were not run first."""
    words = [f"{proof.name}: {proof.reason}" for proof in proofs if proof.status == "not_run"]
    if all(proof.name != ACCURACY_PROOF for proof in proofs):
        words.append("Whether the quantised network agrees with the float network: no such proof is in this build.")
    if "android" in platforms:
        words += _android(proofs)
    if "ios" in platforms:
        words += _ios(spec)
    words.append("Latency: no figure on this page is a time.")
    words += spec.task.limitations
    words.append(
        f"What {' and '.join(_STORES[name] for name in platforms)} will measure: download sizes are "
        "estimated from compressed files, and what the rest of the app weighs comes on top."
    )
    return words


def _android(proofs: Sequence[Proof]) -> list[str]:
    executed = any(proof.name == "arm64_matches_x86_64" and proof.status != "not_run" for proof in proofs)
    return [
        "A physical phone: the ARM code ran under an emulator, which shows its results "
        "and says nothing about speed, heat or battery."
        if executed
        else "The ARM code was built and inspected; it was not executed, neither emulated nor on a phone.",
        "Android itself: the Kotlin was executed on a desktop JVM if a proof says so, never on Android's own runtime, "
        "and camera, asset and lifecycle code of an app is outside this build.",
    ]


def _ios(spec: SdkSpec) -> list[str]:
    words = [
        "An iPhone, a simulator, a Mac, Xcode: none was there. The XCFramework's libraries were built and inspected, "
        "not executed; the Swift was executed on Linux if a proof says so, where Apple's frameworks are absent.",
        "The size of the Swift code in an app: Xcode compiles it with the app, and it is not counted above.",
    ]
    if "coreml" in spec.require_ios().engines:
        words.insert(
            1,
            "Core ML itself: graph, weights and rounding of the Core ML package were evaluated from the saved file; "
            "how a device's CPU, GPU or Neural Engine computes them was not. A device keeps a compiled copy of the "
            "package in its caches, which no size above counts.",
        )
    return words
