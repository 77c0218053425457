"""Calls coremltools without its messages; an error names the operator and the layer that could not be converted."""

import contextlib
import gc
import io
import logging
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import coremltools as ct
import numpy as np
from coremltools.converters.mil.frontend.torch.internal_graph import InternalTorchIRNode
from coremltools.converters.mil.frontend.torch.torch_op_registry import _TORCH_OPS_REGISTRY
from torch.fx import Node

from sdkgen.coreml.features import CLASS_LABEL, SCORES, Features
from sdkgen.engines.coreml import compressed_weights, operation_names
from sdkgen.engines.coreml.graph import Prepared
from sdkgen.errors import ExportError, SpecError
from sdkgen.fx.names import layer_of, operator_name
from sdkgen.spec.values import ImageInput, SdkSpec
from sdkgen.targets.ios import IosTarget, ios_target

_TARGETS = ((16, 13, ct.target.iOS16), (17, 14, ct.target.iOS17), (18, 15, ct.target.iOS18))
"""(iOS, macOS, set of operators). Our programs use nothing from later sets."""

_RESCALING = "common::distributive_quantized_binary_op_scale_normalization"
"""Disabled: it divides the scales of an int8 addition by one of them, for a gain that cannot be measured here. Without
it every quantised activation has the parameters of the .pte, and both SDKs can be compared with one program."""

_REMEDY = (
    "Replace the layer by one that coremltools can convert, move it out of the network into the app, "
    'or leave "coreml" out of the engines of [targets.ios].'
)


@dataclass(frozen=True, kw_only=True)
class Converted:
    """Result of coremltools: the protobuf message Model, and the content of its weight file."""

    model: Any
    weights: bytes
    deployment_target: str


def deployment_target(target: IosTarget) -> Any:
    """Return the newest operator set that the oldest system of the spec supports.

    Raises:
        SpecError: the system is too old for ML programs as we write them, or for int8 activations.
    """
    ios, macos = (int(version.split(".")[0]) for version in (target.min_ios, target.min_macos))
    fitting = [found for least_ios, least_macos, found in _TARGETS if ios >= least_ios and macos >= least_macos]
    if not fitting:
        raise SpecError(
            f"[targets.ios]: Core ML on iOS {target.min_ios} or macOS {target.min_macos} is too old",
            remedy='Set min_ios = "16.0" and min_macos = "13.0" or newer, or leave "coreml" out of engines.',
        )
    if target.coreml == "int8" and fitting[-1] < ct.target.iOS17:
        raise SpecError(
            '[targets.ios]: coreml = "int8" needs min_ios = "17.0" and min_macos = "14.0"',
            remedy='Raise both, or choose coreml = "int8_weights", which runs from iOS 16 on.',
        )
    return fitting[-1]


def convert(spec: SdkSpec, prepared: Prepared, features: Features) -> Converted:
    """Convert a prepared program to an ML program in float16, with inputs and outputs as `features` names them.

    Raises:
        ExportError: an operator that coremltools has no rule for, or whose rule failed; named with its layer.
        SpecError: the deployment target is too old.
    """
    ios = ios_target(spec)
    target = deployment_target(ios)
    _refuse_unknown(prepared)
    pipeline = ct.PassPipeline.DEFAULT
    pipeline.remove_passes({_RESCALING})
    operation_names.add_to(pipeline)
    compressed_weights.add_to(pipeline, spec)
    try:
        with _quiet():
            model = ct.convert(
                prepared.program,
                source="pytorch",
                convert_to="mlprogram",
                inputs=[_input(item, name) for item, name in zip(spec.inputs, features.inputs, strict=True)],
                outputs=[ct.TensorType(name=name, dtype=np.float32) for name in features.outputs],
                minimum_deployment_target=target,
                compute_precision=ct.precision.FLOAT16,
                classifier_config=_classifier(spec),
                pass_pipeline=pipeline,
                skip_model_load=True,
            )
    except Exception as error:  # coremltools' rules raise many types
        reason = _not_converted(prepared, error)
        with _quiet():
            # Otherwise frames, some of them in cycles, keep coremltools' temporary folder until after `_quiet` ends.
            traceback.clear_frames(error.__traceback__)
            gc.collect()
        raise reason from error
    weights = Path(model.weights_dir) / "weight.bin"
    return Converted(
        model=model.get_spec(),
        weights=weights.read_bytes() if weights.is_file() else b"",
        deployment_target=target.name,
    )


def _input(item: Any, name: str) -> Any:
    if isinstance(item, ImageInput):
        layout = ct.colorlayout.RGB if item.colour_order == "rgb" else ct.colorlayout.BGR
        return ct.ImageType(name=name, shape=item.shape, scale=1.0, bias=[0.0, 0.0, 0.0], color_layout=layout)
    return ct.TensorType(name=name, shape=item.shape, dtype=np.float32)


def _classifier(spec: SdkSpec) -> Any:
    classifier = spec.task.coreml.classifier
    if classifier is None:
        return None
    labels = list(classifier.labels)
    return ct.ClassifierConfig(labels, predicted_feature_name=CLASS_LABEL, predicted_probabilities_output=SCORES)


def _refuse_unknown(prepared: Prepared) -> None:
    for node in prepared.program.graph.nodes:
        if node.op != "call_function":
            continue
        if not _has_rule(node):
            raise ExportError(f"{_place(node)} cannot be converted to Core ML", remedy=_REMEDY)


def _has_rule(node: Node) -> bool:
    try:
        with _quiet():
            kind = InternalTorchIRNode.from_exir_node(node).kind
    except NotImplementedError:  # coremltools has no name for this kind of fx target
        return False
    return _TORCH_OPS_REGISTRY.get_func(kind) is not None


def _not_converted(prepared: Prepared, error: Exception) -> ExportError:
    cause = str(error).strip().splitlines()
    text = cause[0] if cause else type(error).__name__
    name = _failing_node(error.__traceback__)
    node = next((n for n in prepared.program.graph.nodes if n.name == name), None)
    if node is None:
        return ExportError(f"coremltools cannot convert the network: {text}", remedy=_REMEDY)
    return ExportError(f"{_place(node)} cannot be converted to Core ML: {text}", remedy=_REMEDY)


def _failing_node(trace: TracebackType | None) -> str:
    """Return the name of the node that coremltools was converting; its own message names it only for TorchScript."""
    name = ""
    while trace is not None:
        node = trace.tb_frame.f_locals.get("node")
        if isinstance(node, InternalTorchIRNode):
            name = str(node.name)
        trace = trace.tb_next
    return name


def _place(node: Node) -> str:
    layer = layer_of(node)
    return f"operator {operator_name(node)} in " + (f"layer {layer!r}" if layer else "the network's forward()")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress progress bars and log of coremltools; the exception has the relevant part."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            # coremltools uses one of its own deprecated functions
            warnings.filterwarnings("ignore", message="Function _TORCH_OPS_REGISTRY", category=DeprecationWarning)
            # … and its temporary folder is removed by the garbage collector
            warnings.filterwarnings("ignore", message="Implicitly cleaning up", category=ResourceWarning)
            yield
    finally:
        logger.setLevel(level)
