"""Render an ApiModel as Kotlin: ordinary runtime sources with the package set, and one template per construct."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment

from sdkgen import templates
from sdkgen.generate import naming
from sdkgen.generate.api_model import ApiModel, ApiTensor
from sdkgen.generate.naming import KOTLIN

TEMPLATES = templates.ROOT / "kotlin"
_RUNTIME_PACKAGE = re.compile(r"^(package|import) sdkgen\.runtime\b", re.MULTILINE)
_LINE_LENGTH = 120
_FLOAT_DIGITS = 9  # distinguish any two float32 values


def render(api: ApiModel) -> dict[str, str]:
    """All files of the API by path below the output folder: `kotlin/**.kt` and `proguard.txt`."""
    context = _context(api)
    root = "kotlin/" + api.package.replace(".", "/")
    rendered = {
        f"{root}/{context['class_name']}.kt": "sdk.kt.j2",
        f"{root}/{context['exception_name']}.kt": "exception.kt.j2",
        f"{root}/internal/Failures.kt": "failures.kt.j2",
        "proguard.txt": "proguard.txt.j2",
    }
    environment = _environment()
    result = {path: environment.get_template(name).render(context) for path, name in rendered.items()}
    for name in runtime_files(api):
        source = (TEMPLATES / "runtime" / name).read_text(encoding="utf-8")
        result[f"{root}/{name}"] = _RUNTIME_PACKAGE.sub(lambda match: f"{match[1]} {context['package']}", source)
    return dict(sorted(result.items()))


def render_proof(api: ApiModel) -> str:
    """`ProofMain.kt`: a program on the public API that prints what the SDK answers, for the proofs on the JVM."""
    return _environment().get_template("proof/proof_main.kt.j2").render(_context(api))


def _internal_imports(api: ApiModel) -> list[str]:
    names = ["ModelFile", "ModelSession"]
    names += ["imageInput", "pixelsOf"] if api.image else []
    names += ["Ranking"] if api.classification else []
    names += [] if api.image and api.classification else ["namedTensors"]
    return sorted(names)


def runtime_files(api: ApiModel) -> tuple[str, ...]:
    """The sources that do not vary with the model, as far as this API needs them; paths below `runtime/`."""
    common = ("FailureKind", "Memory", "ModelFile", "ModelSession", "NativeModel", "Pixels", "Status", "TensorShape")
    names = [f"internal/{name}.kt" for name in common]
    names += ["InputInfo.kt", "internal/BitmapPixels.kt", "internal/ImageInput.kt"] if api.image else []
    names += ["Category.kt", "internal/Ranking.kt"] if api.classification else []
    names += [] if api.image and api.classification else ["TensorInfo.kt", "internal/TensorNames.kt"]
    return tuple(sorted(names))


def _context(api: ApiModel) -> Mapping[str, Any]:
    class_name = KOTLIN.type_name(api.name)
    return {
        "api": api,
        "package": naming.package_name(api.package, KOTLIN),
        "class_name": class_name,
        "variable": KOTLIN.quoted(naming.camel_case(api.name)),
        "exception_name": f"{class_name}Exception",
        "internal_imports": _internal_imports(api),
        "inputs": _members(api.tensors, "input"),
        "outputs": _members(api.outputs, "output"),
        "fingerprint": f"0x{api.fingerprint:016x}uL.toLong()",
    }


def _members(tensors: Sequence[ApiTensor], role: str) -> list[dict[str, Any]]:
    names = KOTLIN.member_names([t.name for t in tensors], role)
    return [
        {"identifier": KOTLIN.quoted(n), "name": t.name, "shape": t.shape} for n, t in zip(names, tensors, strict=True)
    ]


def _environment() -> Environment:
    environment = templates.environment("kotlin", escape=False)
    environment.filters.update(
        string=kotlin_string, kdoc=kdoc, shape=_shape, constant=_constant, floats=_floats, suffix=_suffix, index=_index
    )
    return environment


def kotlin_string(text: str) -> str:
    """A Kotlin string literal, quotes included."""
    special = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(c, c if c.isprintable() else _unicode_escape(c)) for c in text) + '"'


def _unicode_escape(character: str) -> str:
    """UTF-16 code units, as Kotlin counts."""
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le", "surrogatepass")).cast("H"))


def kdoc(text: str, indent: int = 0) -> str:
    """Free text as lines of a KDoc comment, wrapped, to stand after `indent` spaces and ` * `.

    Nothing in it can end the comment, open another, or become a tag or a link.
    """
    for mark, entity in (("&", "&amp;"), ("*/", "*&#47;"), ("/*", "/&#42;"), ("[", "&#91;"), ("@", "&#64;")):
        text = text.replace(mark, entity)
    lead = " " * indent + " * "
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    width = _LINE_LENGTH - len(lead)
    wrapped = [textwrap.wrap(p, width, break_long_words=False, break_on_hyphens=False) for p in paragraphs]
    return f"\n{lead.rstrip()}\n{lead}".join(f"\n{lead}".join(lines) for lines in wrapped)


def _shape(dimensions: Sequence[int]) -> str:
    return "(" + ", ".join(map(str, dimensions)) + ")"


def _constant(pascal: str) -> str:
    """`ModelNotFound` as `MODEL_NOT_FOUND`."""
    return "_".join(naming.words(pascal)).upper()


def _suffix(text: str, suffix: str) -> str:
    return text + suffix


def _floats(values: Sequence[float]) -> str:
    return ", ".join(f"{v:.{_FLOAT_DIGITS}g}" for v in values)


def _index(position: int, sequence: str) -> str:
    return f"{sequence}[{position}]"
