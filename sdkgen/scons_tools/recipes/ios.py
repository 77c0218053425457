"""The iOS SDK: Core ML program, static libraries, Swift package, XCFramework, and their proofs."""

from pathlib import Path

from sdkgen.package.apple_sources import FOLDERS, c_target_paths
from sdkgen.scons_tools.apple import static_libraries
from sdkgen.scons_tools.publish import publish_tree
from sdkgen.scons_tools.recipes.common import Model, Node, Platform, Sdk, templates
from sdkgen.toolchain.swift import Swift

NATIVE = Path("native")


def ios(sdk: Sdk, model: Model) -> Platform:
    """From the model to dist/<sdk>/ios.

    Raises:
        SpecError: the spec has no iOS target.
    """
    build, target = sdk.build / "ios", sdk.spec.require_ios()
    coreml = _coreml(sdk, model) if "coreml" in target.engines else []
    (api,) = sdk.steps.step(
        "generate_swift",
        title="generate: the Swift API",
        sections=["sdk", "input", "task", "ios"],
        values=[sdk.fingerprint],
        reads=templates("swift"),
        fills=[build / "api"],
    )
    c_target = sdk.steps.step(
        "apple_native",
        title="native: the C target of the Swift package",
        sections=["sdk"],
        reads=sorted(path for folder in FOLDERS for path in (NATIVE / folder).rglob("*") if path.is_file()),
        writes=[build / "c_target" / path for path in c_target_paths(NATIVE, sdk.name)],
    )
    libraries = static_libraries(sdk.env, build, sdk.name, target, c_target)
    sizes, packages = sdk.steps.step(
        "package_ios",
        title="package: the Swift package and the XCFramework",
        sections=["sdk", "input", "task", "ios"],
        values=[sdk.fingerprint],
        reads=[api, *c_target, *libraries, *coreml[:2], model.pte, model.export_json],
        writes=[build / "sizes.json"],
        fills=[build / "dist"],
    )
    swift = sdk.steps.step(
        "prove_swift",
        title="prove: the Swift package on this machine",
        sections=["sdk", "input", "task", "data", "ios"],
        values=[sdk.fingerprint],
        tools=[Swift],
        reads=[api, packages, model.pte, model.outputs, *sdk.evaluation, sdk.host.c_api, *templates("swift")],
        writes=[sdk.build / "prove" / "swift.json"],
    )
    published = publish_tree(sdk.env, build / "dist", sdk.dist / "ios", sdk.build / "published" / "ios.json")
    return Platform(results=[sizes, *coreml[:1]], proofs=[*coreml[2:], *swift], published=[published], tools=[Swift])


def _coreml(sdk: Sdk, model: Model) -> list[Node]:
    """coreml.json, the manifest of the packages's folder, and the proof."""
    build = sdk.build / "ios"
    figures, package = sdk.steps.step(
        "coreml",
        title="coreml: convert and compress for Core ML",
        sections=["sdk", "input", "task", "compress", "ios"],
        values=[sdk.fingerprint],
        reads=[model.float_program, model.quantised_program],
        writes=[build / "coreml.json"],
        fills=[build / "coreml"],
    )
    proof = sdk.steps.step(
        "prove_coreml",
        title="prove: the Core ML program agrees with PyTorch",
        sections=["sdk", "input", "task", "data", "ios"],
        reads=[
            *(figures, package, model.float_program, model.quantised_program, model.outputs),
            *sdk.evaluation,
            *(sdk.host.c_api, sdk.host.image),
        ],
        writes=[sdk.build / "prove" / "coreml.json"],
    )
    return [figures, package, *proof]
