"""Prepares the PyTorch program for coremltools: prepends normalisation, appends softmax, gives readable names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

from sdkgen.coreml.features import Features
from sdkgen.engines.coreml.pooling import complete_windows
from sdkgen.engines.coreml.weights import base_name
from sdkgen.errors import ExportError
from sdkgen.fx.names import layer_of
from sdkgen.spec.values import ImageInput, SdkSpec

aten = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class NamedNode:
    """A value of the user's program and its name in the Core ML program.

    Attributes:
        layer: path of the module that made it, such as "features.3.conv.0.0"; "" when unknown.
        node: name of the node in the program that the compress stage saved.
        value: name in the Core ML program, before coremltools appends to it.
        operator: such as "aten.conv2d"; "" of an input of the network.
    """

    layer: str
    node: str
    value: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A program to convert, and the names of its nodes."""

    program: ExportedProgram
    names: tuple[NamedNode, ...]


def prepare(spec: SdkSpec, program: GraphModule, features: Features) -> Prepared:
    """Add normalisation and softmax to the network, and name every value after its layer.

    An image input takes the pixels 0..255 in the network's colour order: (pixel - 255 mean) / (255 std), per channel,
    is part of the program, since an ImageType has one scale for all channels. It is not folded into the first
    convolution, whose zero padding means a normalised zero. The program ends in softmax if the task demands it.

    Args:
        program: takes the inputs of the spec; is changed.

    Raises:
        ExportError: inputs or outputs are not those of the spec.
    """
    users = {node: (layer_of(node), node.name) for node in program.graph.nodes}
    _state_strides(program)
    rewritten = complete_windows(program)
    for last, pooling in rewritten.items():
        users[last] = users.pop(pooling)
    _allow_any_layout(program)
    placeholders = _check_inputs(spec, program)
    added: dict[Node, str] = {}
    if spec.image is not None:
        added |= _normalise(program, placeholders[0], spec.image)
    results = _check_outputs(spec, program)
    if spec.task.coreml.softmax:
        with program.graph.inserting_after(results[0]):
            softmax = program.graph.call_function(aten.softmax.int, (results[0], -1))
        program.graph.output_node().args = ((softmax,),)
    program.graph.lint()
    program.recompile()
    sources = [node for node in program.graph.nodes if node.op == "call_function"]
    examples = tuple(torch.zeros(tuple(item.shape)) for item in spec.inputs)
    with torch.no_grad():
        exported = torch.export.export(program, examples, strict=False).run_decompositions({})
    return _rename(exported, sources, users, added, rewritten, [node.name for node in placeholders], features)


def _state_strides(program: GraphModule) -> None:
    """Write out the default stride of pooling, the kernel; coremltools expects the argument."""
    pools = (aten.max_pool2d.default, aten.avg_pool2d.default)
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target in pools and (len(node.args) == 2 or node.args[2] in ([], ())):
            node.args = (*node.args[:2], node.args[1], *node.args[3:])


def _allow_any_layout(program: GraphModule) -> None:
    """Replace views by reshapes: a view of a transposed tensor needs a copy in PyTorch; Core ML has no strides."""
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target in (aten.view.default, aten._unsafe_view.default):
            node.target = aten.reshape.default


def _check_inputs(spec: SdkSpec, program: GraphModule) -> list[Node]:
    placeholders = list(program.graph.find_nodes(op="placeholder"))
    shapes = [tuple(node.meta["val"].shape) for node in placeholders]
    expected = [tuple(item.shape) for item in spec.inputs]
    if shapes != expected:
        raise ExportError(
            f"the network's inputs are {shapes}, the spec's {expected}",
            remedy="Make [[input]] of the spec agree with the model's forward().",
        )
    return placeholders


def _check_outputs(spec: SdkSpec, program: GraphModule) -> list[Node]:
    results = list(program.graph.output_node().all_input_nodes)
    if len(results) != len(spec.task.output_names):
        raise ExportError(
            f"the network has {len(results)} outputs, the spec names {len(spec.task.output_names)}",
            remedy="Name every output of the model's forward() in the spec, in order.",
        )
    labels, scores = len(spec.task.class_names), results[0].meta["val"].numel()
    if labels not in (0, scores):
        raise ExportError(
            f"the network gives {scores} scores, the spec has {labels} labels",
            remedy="Give one label per output of the network, in order.",
        )
    return results


def _normalise(program: GraphModule, image: Node, spec: ImageInput) -> dict[Node, str]:
    """Add (pixel - 255 mean) * (1 / (255 std)): the difference is nearly exact in float16, so one rounding remains."""
    mean = torch.tensor([255 * m for m in spec.mean], dtype=torch.float64).reshape(1, 3, 1, 1)
    factor = torch.tensor([1 / (255 * s) for s in spec.std], dtype=torch.float64).reshape(1, 3, 1, 1)
    program.register_buffer("image_mean", mean.to(torch.float32))
    program.register_buffer("image_factor", factor.to(torch.float32))
    users = list(image.users)
    with program.graph.inserting_before(image.next):
        means, factors = program.graph.get_attr("image_mean"), program.graph.get_attr("image_factor")
        centred = program.graph.call_function(aten.sub.Tensor, (image, means))
        normalised = program.graph.call_function(aten.mul.Tensor, (centred, factors))
    for user in users:
        user.replace_input_with(image, normalised)
    return {centred: "", normalised: image.name}


def _rename(
    exported: ExportedProgram,
    sources: Sequence[Node],
    users: Mapping[Node, tuple[str, str]],
    added: Mapping[Node, str],
    rewritten: Mapping[Node, Node],
    placeholders: Sequence[str],
    features: Features,
) -> Prepared:
    """Name values after layers, inputs and outputs after features."""
    calls = [node for node in exported.graph.nodes if node.op == "call_function"]
    known: list[tuple[Node, str, str, str]] = []
    if len(calls) == len(sources):  # else a decomposition inserted or removed nodes, and the pairs would be guesses
        for node, source in zip(calls, sources, strict=True):
            layer, original = users.get(source, ("", added.get(source, "")))
            _give_name(exported, node, _wanted(node, layer, source in added))
            operator = "" if source in added else base_name(rewritten.get(source, node))
            known.append((node, layer, original, operator))
    inputs = [node for node in exported.graph.nodes if node.name in exported.graph_signature.user_inputs]
    results = list(exported.graph.output_node().all_input_nodes)
    for node, name in zip([*inputs, *results], [*features.inputs, *features.outputs], strict=True):
        for other in exported.graph.nodes:
            if other.name == name and other is not node:
                _give_name(exported, other, f"{name}_value")
        _give_name(exported, node, name)
    exported.graph_module.recompile()
    names = [
        NamedNode(layer=layer, node=original, value=node.name, operator=kind) for node, layer, original, kind in known
    ]
    if not added:
        names += [
            NamedNode(layer="", node=original, value=name, operator="")
            for original, name in zip(placeholders, features.inputs, strict=True)
        ]
    return Prepared(program=exported, names=tuple(names))


def _wanted(node: Node, layer: str, added: bool) -> str:
    source = node.args[0] if node.args and isinstance(node.args[0], Node) else None
    kind = base_name(node)
    if added:
        return "image_centred" if kind == "aten.sub" else "image_normalised"
    if kind == "quantized_decomposed.quantize_per_tensor" and source is not None:
        return f"{source.name}_quantized"
    if kind == "quantized_decomposed.dequantize_per_tensor" and source is not None:
        return source.name.replace("_quantized", "_dequantized")
    if kind == "quantized_decomposed.dequantize_per_channel":
        readers = [layer_of(user) for user in node.users]
        return _identifier(f"{readers[0]}_weight") if readers and readers[0] else "weight"
    return _identifier(layer) if layer else kind.rpartition(".")[2]


def _identifier(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return name if name[:1].isalpha() else f"layer_{name}"


def _give_name(exported: ExportedProgram, node: Node, wanted: str) -> None:
    """Rename a node, and in the program's signature with it; a number is appended to a name that is taken."""
    before = node.name
    if before == wanted:
        return
    taken = {other.name for other in exported.graph.nodes}
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    node.name = name
    if node.op == "placeholder":
        node.target = name
    signature = exported.graph_signature
    for spec in (*signature.input_specs, *signature.output_specs):
        if getattr(spec.arg, "name", None) == before:
            spec.arg.name = name
