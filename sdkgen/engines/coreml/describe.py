"""Completes the converted model: adds the scores as an output and descriptions; removes traces of machine and date."""

from typing import Any

from sdkgen.coreml.features import CLASS_LABEL, CLASS_PROBABILITIES, SCORES, Features
from sdkgen.errors import ExportError
from sdkgen.spec.values import ImageInput, SdkSpec
from sdkgen.targets.ios import ios_target

FINGERPRINT = "sdkgen.fingerprint"

_COREMLTOOLS = "com.github.apple.coremltools"
_KEPT = (f"{_COREMLTOOLS}.version", f"{_COREMLTOOLS}.source_dialect")
"""Metadata of coremltools that is kept; the date of the conversion and the build of torch are not."""


def describe(model: Any, spec: SdkSpec, features: Features, fingerprint: int) -> None:
    """Change the protobuf message Model in place.

    Raises:
        ExportError: coremltools renamed an input or output.
    """
    if spec.task.coreml.classifier is not None:
        _add_scores(model)
    _check_names(model, features)
    _forget_build_of_torch(model)
    metadata = model.description.metadata
    metadata.shortDescription = spec.description
    metadata.author = spec.vendor
    metadata.license = spec.license
    metadata.versionString = spec.version
    kept = {key: value for key, value in metadata.userDefined.items() if key in _KEPT}
    metadata.userDefined.clear()
    metadata.userDefined.update(kept | {FINGERPRINT: f"{fingerprint:#018x}", "sdkgen.precision": _precision(spec)})
    texts = _texts(spec, features)
    for feature in (*model.description.input, *model.description.output):
        feature.shortDescription = texts[feature.name]


def _forget_build_of_torch(model: Any) -> None:
    """Shorten "torch==2.13.0+cpu" to "torch==2.13.0" in coremltools' build metadata."""
    for note in model.mlProgram.attributes["buildInfo"].immediateValue.dictionary.values:
        texts = note.value.immediateValue.tensor.strings.values
        texts[:] = [text.partition("+")[0] for text in texts]


def _precision(spec: SdkSpec) -> str:
    return ios_target(spec).coreml


def _add_scores(model: Any) -> None:
    """Add the scores as an output: a classifier has a label and a dictionary, in which equal labels share an entry."""
    (block,) = model.mlProgram.functions["main"].block_specializations.values()
    classify = next(operation for operation in block.operations if operation.type == "classify")
    source = classify.inputs["probabilities"].arguments[0].name
    producer = next(o for operation in block.operations for o in operation.outputs if o.name == source)
    if source != SCORES:
        _rename_value(block, source, SCORES)
    block.outputs.insert(0, SCORES)
    feature = type(model.description.output[0])(name=SCORES)
    array = feature.type.multiArrayType
    array.shape.extend(d.constant.size for d in producer.type.tensorType.dimensions)
    array.dataType = array.FLOAT32
    outputs = [feature, *model.description.output]
    del model.description.output[:]
    model.description.output.extend(outputs)


def _rename_value(block: Any, before: str, name: str) -> None:
    taken = {output.name for operation in block.operations for output in operation.outputs}
    if name in taken:
        _rename_value(block, name, f"{name}_float16")
    for operation in block.operations:
        for output in operation.outputs:
            if output.name == before:
                output.name = name
        for argument in operation.inputs.values():
            for binding in argument.arguments:
                if binding.WhichOneof("binding") == "name" and binding.name == before:
                    binding.name = name


def _check_names(model: Any, features: Features) -> None:
    description = model.description
    inputs = tuple(feature.name for feature in description.input)
    outputs = tuple(f.name for f in description.output if f.name not in (CLASS_LABEL, CLASS_PROBABILITIES))
    if (inputs, outputs) != (features.inputs, features.outputs):
        raise ExportError(
            f"coremltools calls the inputs and outputs {inputs} and {outputs}, not {features.inputs} and "
            f"{features.outputs}",
            remedy="Choose other names for them in the spec.",
        )


def _texts(spec: SdkSpec, features: Features) -> dict[str, str]:
    texts = {}
    for item, name in zip(spec.inputs, features.inputs, strict=True):
        if isinstance(item, ImageInput):
            texts[name] = (
                f"The picture, {item.width} x {item.height} pixels, already resized and cropped; "
                "the program normalises it."
            )
        else:
            texts[name] = f"{item.name}: float32 {list(item.shape)}"
    texts |= dict(zip(features.outputs, spec.task.coreml.texts, strict=True))
    classifier = spec.task.coreml.classifier
    if classifier is not None:
        texts |= {CLASS_LABEL: classifier.label_text, CLASS_PROBABILITIES: classifier.probabilities_text}
    return texts
