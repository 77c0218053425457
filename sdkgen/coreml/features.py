"""Names the inputs and outputs of the Core ML program, for the export that writes it and the code that calls it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sdkgen.spec.values import ImageInput, SdkSpec

IMAGE = "image"
SCORES = "scores"
CLASS_LABEL = "classLabel"
CLASS_PROBABILITIES = "classLabel_probs"

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# Words of Core ML's program text, which coremltools would rename without an error.
_RESERVED = frozenset(
    {"any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "true", "false", "string", "state"}
) | {"bf16", "fp16", "fp32", "fp64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}


@dataclass(frozen=True, kw_only=True)
class Features:
    """Names of the program's features, in the order of the spec; all different.

    Attributes:
        inputs: "image" for an image, else one per tensor.
        outputs: "scores" for a classifier, else one per tensor. A classifier has, for tools that need them,
            `CLASS_LABEL` and `CLASS_PROBABILITIES` too; only `scores` is complete, since labels may be equal.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def features(spec: SdkSpec) -> Features:
    """Keep a name of the spec that is a plain ASCII identifier; others become input_0, output_1 and so on."""
    is_classifier = spec.task.coreml.classifier is not None
    taken = frozenset({SCORES, CLASS_LABEL, CLASS_PROBABILITIES}) if is_classifier else frozenset()
    if isinstance(spec.inputs[0], ImageInput):
        inputs: tuple[str, ...] = (IMAGE,)
    else:
        inputs = _plain([item.name for item in spec.inputs], "input", taken)
    if is_classifier:
        return Features(inputs=inputs, outputs=(SCORES,))
    return Features(inputs=inputs, outputs=_plain(spec.task.output_names, "output", frozenset(inputs)))


def package_name(name: str) -> str:
    """Convert `photo_tagger` to "PhotoTagger.mlpackage"; letters and digits of any script are kept."""
    words = re.findall(r"[^\W_]+", name)
    return "".join(word[:1].upper() + word[1:] for word in words) + ".mlpackage"


def _plain(names: Sequence[str], role: str, taken: frozenset[str]) -> tuple[str, ...]:
    result: list[str] = []
    for index, name in enumerate(names):
        unusable = taken | _RESERVED | set(result)
        feature = name if _PLAIN.fullmatch(name) and name not in unusable else f"{role}_{index}"
        while feature in unusable or (feature != name and feature in names):
            feature += "_"
        result.append(feature)
    return tuple(result)
