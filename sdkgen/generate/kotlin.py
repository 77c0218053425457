"""Renders an ApiModel as Kotlin: ordinary runtime sources with the package set, and one template per construct."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from sdkgen import templates
from sdkgen.generate import kotlin_text, naming
from sdkgen.generate.api_model import ApiModel, ApiTensor
from sdkgen.generate.naming import KOTLIN
from sdkgen.tasks.base import Sources

TEMPLATES = templates.ROOT / "kotlin"
_RUNTIME_PACKAGE = re.compile(r"^(package|import) sdkgen\.runtime\b", re.MULTILINE)
_RUNTIME = ("FailureKind", "Memory", "ModelFile", "ModelSession", "NativeModel", "Pixels", "Status", "TensorShape")
_IMAGE_RUNTIME = ("InputInfo.kt", "internal/BitmapPixels.kt", "internal/ImageInput.kt")
_TENSOR_RUNTIME = ("TensorInfo.kt", "internal/TensorNames.kt")
_BITMAP = (
    "@param bitmap the input image: any configuration, up to 16384 x 16384 pixels. Alpha is ignored. A hardware bitmap",
    "is copied first. The bitmap is not modified.",
)


def render(api: ApiModel) -> dict[str, str]:
    """Render all files of the API by path below the output folder: `kotlin/**.kt` and `proguard.txt`."""
    context = _context(api)
    root = "kotlin/" + api.package.replace(".", "/")
    rendered = {
        f"{root}/{context['class_name']}.kt": "sdk.kt.j2",
        f"{root}/{context['exception_name']}.kt": "exception.kt.j2",
        f"{root}/internal/Failures.kt": "failures.kt.j2",
        "proguard.txt": "proguard.txt.j2",
    }
    environment = _environment(api)
    result = {path: templates.template(environment, name).render(context) for path, name in rendered.items()}
    for name in runtime_files(api):
        source = templates.source(name, *_folders(api))
        result[f"{root}/{name}"] = _RUNTIME_PACKAGE.sub(lambda match: f"{match[1]} {context['package']}", source)
    return dict(sorted(result.items()))


def render_proof(api: ApiModel) -> str:
    """Render `ProofMain.kt`: a program on the public API that prints the SDK's results, for the proofs on the JVM."""
    return templates.template(_environment(api), "proof_main.kt.j2").render(_context(api))


def runtime_files(api: ApiModel) -> tuple[str, ...]:
    """Return the sources that do not vary with the model, as far as this API needs them; paths below `runtime/`."""
    common = {f"internal/{name}.kt" for name in _RUNTIME}
    inputs = _IMAGE_RUNTIME if api.image else _TENSOR_RUNTIME
    return tuple(sorted({*common, *inputs, *_sources(api).runtime}))


def _sources(api: ApiModel) -> Sources:
    return api.task.kotlin(is_image=api.image is not None)


def _folders(api: ApiModel) -> tuple[Path, ...]:
    return templates.task_folder("kotlin", api.task) / "runtime", TEMPLATES / "runtime"


def _context(api: ApiModel) -> Mapping[str, Any]:
    class_name = KOTLIN.type_name(api.name)
    outputs = [ApiTensor(name=name, shape=None) for name in api.task.output_names]
    inputs = _members(api, api.tensors, "input")
    imports = {"ModelFile", "ModelSession", *_sources(api).imports}
    imports |= {"imageInput", "pixelsOf"} if api.image else {"namedTensors"}
    return {
        "api": api,
        "task": api.task,
        "package": naming.package_name(api.package, KOTLIN),
        "class_name": class_name,
        "variable": KOTLIN.quoted(naming.camel_case(api.name)),
        "exception_name": f"{class_name}Exception",
        "internal_imports": sorted(imports),
        "inputs": inputs,
        "outputs": _members(api, outputs, "output"),
        "parameters": _parameters(inputs),
        "read_inputs": [f"tensors[{index}]" for index in range(len(inputs))] or ["bitmap"],
        "fingerprint": f"0x{api.fingerprint:016x}uL.toLong()",
    }


def _parameters(inputs: Sequence[Mapping[str, Any]]) -> kotlin_text.Parameters:
    documented = [
        f"@param {tensor['identifier']} the input `{tensor['name']}`, shape {kotlin_text.shape(tensor['shape'])}, "
        "in row-major order."
        for tensor in inputs
    ]
    return kotlin_text.Parameters(
        tensors=tuple(tensor["identifier"] for tensor in inputs), documented=tuple(documented) or _BITMAP
    )


def _members(api: ApiModel, tensors: Sequence[ApiTensor], role: str) -> list[dict[str, Any]]:
    options = {option.name for option in api.task.options}
    names = KOTLIN.member_names([t.name for t in tensors], role, options)
    return [
        {"identifier": KOTLIN.quoted(n), "name": t.name, "shape": t.shape} for n, t in zip(names, tensors, strict=True)
    ]


def _environment(api: ApiModel) -> Environment:
    environment = templates.environment("kotlin", escape=False, task=api.task)
    environment.filters.update(
        string=kotlin_text.kotlin_string,
        kdoc=kotlin_text.kdoc,
        constant=kotlin_text.constant,
        floats=kotlin_text.floats,
    )
    return environment
