"""The Android SDK: native libraries, Kotlin API, Maven repository, and their proofs."""

from sdkgen.scons_tools.publish import publish_tree
from sdkgen.scons_tools.recipes.common import Model, Platform, Sdk, templates
from sdkgen.targets.android import ABIS
from sdkgen.toolchain.android_sdk import AndroidSdk
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.qemu import Qemu


def android(sdk: Sdk, model: Model) -> Platform:
    """From the model to dist/<sdk>/android.

    Raises:
        SpecError: the spec has no Android target.
    """
    build, host, native, target = sdk.build, sdk.host, sdk.host.native, sdk.spec.require_android()
    jni = [
        native.android_library(build / "android" / "jni", sdk.name, ABIS[abi], target.package, target.min_sdk)
        for abi in target.abis
    ]
    host_jni_object = native.host_jni_object(build / "host" / "obj", target.package)
    host_jni = native.host_library(build / "host", sdk.name, [*host.objects, host_jni_object])
    (api,) = sdk.steps.step(
        "generate",
        title="generate: the Kotlin API",
        sections=["sdk", "input", "task", "android"],
        values=[sdk.fingerprint],
        reads=templates("kotlin"),
        fills=[build / "android" / "api"],
    )
    classes, sources, proof_programs = sdk.steps.step(
        "kotlin",
        title="kotlin: compile the API",
        sections=["sdk", "input", "task", "android"],
        values=[sdk.fingerprint],
        tools=[Kotlinc, Java, AndroidSdk],
        reads=[api, *templates("kotlin/android_stubs", "kotlin/proof", "kotlin/tasks")],
        writes=[build / "android" / f for f in ("classes.jar", "sources.jar")],
        fills=[build / "android" / "proof"],
    )
    sizes, maven = sdk.steps.step(
        "package",
        title="package: the Maven repository",
        sections=["sdk", "input", "task", "android"],
        values=[sdk.fingerprint],
        reads=[api, classes, sources, model.pte, model.export_json, *jni],
        writes=[build / "android" / "sizes.json"],
        fills=[build / "android" / "maven"],
    )
    jvm = sdk.steps.step(
        "prove_jvm",
        title="prove: the Kotlin API on a JVM",
        sections=["sdk", "input", "task", "data", "android"],
        tools=[Kotlinc, Java],
        reads=[api, classes, proof_programs, model.pte, model.outputs, *sdk.evaluation, host_jni, host.c_api],
        writes=[build / "prove" / "jvm.json"],
    )
    # The library and the model that the AAR carries decide; the AAR itself changes with every template.
    arm = sdk.steps.step(
        "prove_arm",
        title="prove: the arm64 library under emulation",
        sections=["sdk", "input", "task", "data", "android"],
        values=[sdk.fingerprint],
        tools=[Qemu],
        reads=[*jni, model.pte, *sdk.evaluation, host.c_api, host.loader],
        after=[maven],
        writes=[build / "prove" / "arm.json"],
    )
    results, records = sdk.dist / "android", build / "published"
    published = [
        publish_tree(sdk.env, build / "android" / part, results / part, records / f"{part}.json")
        for part in ("api", "maven")
    ]
    return Platform(results=[sizes], proofs=[*jvm, *arm], published=published, tools=[Kotlinc, Java, Qemu])
