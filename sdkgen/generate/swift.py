"""Renders an ApiModel as a Swift package: runtime sources under the SDK's names, one template per construct."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment

from sdkgen import templates
from sdkgen.errors import SpecError
from sdkgen.generate import naming, swift_text
from sdkgen.generate.api_model import ApiApple, ApiError, ApiModel, ApiTensor
from sdkgen.generate.naming import SWIFT
from sdkgen.tasks.base import Sources

TEMPLATES = templates.ROOT / "swift"
_NATIVE_RUNTIME = ("ModelMemory", "NativeEngine", "NativeModel")
_COREML_RUNTIME = ("CoreMLEngine", "CoreMLFiles")
_IMAGE_PARTS = ("", "+CoreGraphics", "+CoreImage", "+CoreVideo", "+Orientation", "+UIKit")
_ERROR_OF_CORE_ML = ApiError(
    name="PredictionFailed",
    text="Core ML cannot run the model, for example on the GPU while the app is in the background.",
)


def module_name(api: ApiModel) -> str:
    """Return the name of the Swift module, which is also that of its class and its package: `PhotoTagger`."""
    return naming.swift_module(api.name)


def c_module_name(api: ApiModel) -> str:
    """Return the name of the module that holds the C sources: `CPhotoTagger`."""
    return naming.swift_c_module(api.name)


def render(api: ApiModel) -> dict[str, str]:
    """Render all files of the package, except the C target and the models, by path below its folder.

    Raises:
        SpecError: the spec has no iOS target, or its names clash in Swift.
    """
    apple, context, environment = _apple(api), _context(api), _environment(api)
    module = context["module"]
    sources = f"Sources/{module}"
    rendered = {
        ".swift-format": "swift-format.json.j2",
        "Package.swift": "package.swift.j2",
        "README.md": "readme.md.j2",
        f"{sources}/{module}.swift": "sdk.swift.j2",
        f"{sources}/{module}+Backend.swift": "backend.swift.j2",
        f"{sources}/{context['error_name']}.swift": "error.swift.j2",
        f"{sources}/{module}.docc/{module}.md": "catalogue.md.j2",
        f"{sources}/Network.swift": "network.swift.j2",
        f"{sources}/Opening.swift": "opening.swift.j2",
        f"{sources}/Resources/PrivacyInfo.xcprivacy": "PrivacyInfo.xcprivacy",
        f"Tests/{module}Tests/{module}Tests.swift": "tests.swift.j2",
    }
    if api.image:
        rendered[f"{sources}/{module}+Images.swift"] = "images.swift.j2"
        rendered[f"Tests/{module}Tests/Pictures.swift"] = "pictures.swift.j2"
    elif "coreml" in apple.engines:
        rendered[f"{sources}/{module}+MultiArrays.swift"] = "multi_arrays.swift.j2"
    result = {path: templates.template(environment, name).render(context) for path, name in rendered.items()}
    folders = templates.task_folder("swift", api.task) / "runtime", TEMPLATES / "runtime"
    for name in runtime_files(api):
        result[f"{sources}/Runtime/{name}"] = _under_own_names(templates.source(name, *folders), api)
    for name, text in _sources(api).resources.items():
        result[f"{sources}/Resources/{name}"] = text
    return dict(sorted(result.items()))


def render_binary_manifest(api: ApiModel) -> str:
    """Render `Package.swift` of the package on the XCFramework; packaging fills in @XCFRAMEWORK@ and its checksum."""
    return _environment(api).get_template("package.swift.j2").render({**_context(api), "binary": True})


def render_proof(api: ApiModel) -> dict[str, str]:
    """Render a package on the public API, next to the SDK's folder, whose program prints the SDK's results."""
    context, environment = _context(api), _environment(api)
    return {
        "Package.swift": environment.get_template("proof/package.swift.j2").render(context),
        "Sources/Proof/Proof.swift": templates.template(environment, "proof.swift.j2").render(context),
    }


def runtime_files(api: ApiModel) -> tuple[str, ...]:
    """Return the sources that do not vary with the model, as far as this API needs them; names below `runtime/`."""
    engines = _apple(api).engines
    input_kind = "Image" if api.image else "Tensors"
    names = ["EngineOutput", "Resources", "ImageEngine" if api.image else "TensorEngine"]
    names += [f"PixelImage{part}" for part in _IMAGE_PARTS] if api.image else ["TensorInfo"]
    if "neon" in engines:
        names += [*_NATIVE_RUNTIME, f"NativeEngine+{input_kind}"]
    if "coreml" in engines:
        names += [*_COREML_RUNTIME, f"CoreMLEngine+{input_kind}"]
        names += ["PixelImage+Network"] if api.image else []
    if "neon" in engines or api.image:
        names += ["Status"]
    return tuple(sorted({*(f"{name}.swift" for name in names), *_sources(api).runtime}))


def resources(api: ApiModel) -> tuple[str, ...]:
    """Files and folders in the package's bundle: the models and the files that belong to them."""
    preferred, *others = _apple(api).bundle
    return ("PrivacyInfo.xcprivacy", preferred, *_sources(api).resources, *others)


def _sources(api: ApiModel) -> Sources:
    return api.task.swift(engines=_apple(api).engines)


def _under_own_names(source: str, api: ApiModel) -> str:
    """Rename C symbols and modules, which are global, so that each of two SDKs in an app has its own."""
    names = {
        r"\bCSdkgen\b": c_module_name(api),
        r"\bTheSDKError\b": f"{module_name(api)}Error",
        r"\bTheSDK\b": module_name(api),
        r"\bsg_": f"{api.name}_",
        r"\bSG_": f"{api.name.upper()}_",
    }
    for pattern, name in names.items():
        source = re.sub(pattern, name, source)
    return _ordered_imports(source)


def _ordered_imports(source: str) -> str:
    """Sort each block of imports alphabetically; the new names may have changed the order."""
    block = re.compile(r"^(?:[ ]*import \w+\n)+", re.MULTILINE)
    return block.sub(lambda match: "".join(sorted(match[0].splitlines(keepends=True), key=str.strip)), source)


def _context(api: ApiModel) -> Mapping[str, Any]:
    module, apple = module_name(api), _apple(api)
    errors = [error for error in api.errors if error.name != "Closed"]  # the last reference closes
    outputs = [ApiTensor(name=name, shape=None) for name in api.task.output_names]
    inputs = _members(api, api.tensors, "input")
    return {
        "api": api,
        "task": api.task,
        "result": _sources(api).result,
        "apple": apple,
        "engines": apple.engines,
        "module": module,
        "c_module": c_module_name(api),
        "class_name": module,
        "error_name": f"{module}Error",
        "errors": errors + ([_ERROR_OF_CORE_ML] if "coreml" in apple.engines else []),
        "variable": SWIFT.quoted(naming.camel_case(api.name)),
        "inputs": inputs,
        "outputs": _members(api, outputs, "output"),
        "parameters": _parameters(inputs),
        "options": swift_text.Options(options=api.task.options),
        "arguments": [f"{t['label']}: {t['identifier']}" for t in inputs] or ["image"],
        "read_inputs": [f"{t['label']}: tensors[{index}]" for index, t in enumerate(inputs)],
        "ramps": [f"{t['label']}: ramp({index})" for index, t in enumerate(inputs)],
        "image_types": "  // CGImage, CIImage, UIImage or CVPixelBuffer" if api.image else "",
        "input_names": [api.image.name] if api.image else [t.name for t in api.tensors],
        "input_shapes": [api.image.shape] if api.image else [t.shape for t in api.tensors],
        "output_count": len(api.task.output_names),
        "fingerprint": f"0x{api.fingerprint:016x}",
        "resources": resources(api),
        "mlmodelc": apple.mlpackage.removesuffix(".mlpackage") + ".mlmodelc",
        "binary": False,
        # A line may hold the name several times, and not every SDK's is short.
        "line_length": swift_text.LINE_LENGTH + 3 * max(0, len(module) - 12),
    }


def _apple(api: ApiModel) -> ApiApple:
    if api.apple is None:
        raise SpecError(f"{api.name} has no iOS target", remedy="Add the table [targets.ios] to the spec.")
    return api.apple


def _members(api: ApiModel, tensors: Sequence[ApiTensor], role: str) -> list[dict[str, Any]]:
    options = {option.name for option in api.task.options}
    names = SWIFT.member_names([t.name for t in tensors], role, options)
    return [
        {
            "identifier": SWIFT.quoted(n),
            "label": n,
            "name": t.name,
            "shape": t.shape,
            "array": f"{SWIFT.quoted(n)}: MLMultiArray",
            "scalars": f"{n}: MLShapedArray<Float>(converting: {SWIFT.quoted(n)}).scalars",
        }
        for n, t in zip(names, tensors, strict=True)
    ]


def _parameters(inputs: Sequence[Mapping[str, Any]]) -> swift_text.Parameters:
    documented = [
        f"{tensor['label']}: The input `{tensor['name']}`, shape {swift_text.shape(tensor['shape'])}, "
        "in row-major order."
        for tensor in inputs
    ]
    return swift_text.Parameters(
        tensors=tuple(tensor["identifier"] for tensor in inputs),
        documented=tuple(documented) or ("image: The input image.",),
    )


def _environment(api: ApiModel) -> Environment:
    environment = templates.environment("swift", escape=False, task=api.task)
    environment.filters.update(
        string=swift_text.swift_string,
        strings=swift_text.strings,
        markdown=swift_text.markdown,
        doc=swift_text.doc,
        shape=swift_text.shape,
        arrays=swift_text.arrays,
        camel=naming.camel_case,
    )
    return environment
