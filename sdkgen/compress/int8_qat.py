"""Pass "int8_qat": trains with int8 in the loop by PT2E, then converts; the trained integers are the deployed ones."""

import copy
from collections.abc import Mapping
from dataclasses import asdict

import torch
from torch import nn
from torch.fx import GraphModule

from sdkgen.compress.bias import snap_biases
from sdkgen.compress.fine_tune import DEFAULTS, fine_tune, fine_tuning
from sdkgen.compress.fold_batch_norm import fold
from sdkgen.compress.macs import size_of
from sdkgen.compress.measure import BatchedProgram
from sdkgen.compress.network import Network
from sdkgen.compress.program import (
    Program,
    capture,
    export_graph,
    graph_of,
    refuse_unknown,
    remove_identities,
    with_graph,
)
from sdkgen.compress.qat_quantizer import Int8TrainingQuantizer, make_functional
from sdkgen.compress.quantisation_rows import rows_of
from sdkgen.compress.training.evaluate import predictions
from sdkgen.errors import CompressionError, SpecError
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

from torchao.quantization.pt2e import (  # isort: skip  # after the quantizer, which silences its import
    disable_observer,
    move_exported_model_to_eval,
    move_exported_model_to_train,
)
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e  # isort: skip

NAME = "int8_qat"
EPOCHS = 3
LARGEST_BATCH = 1 << 16
"""Bound that torch.export wants for the batch axis of the training graph."""


@register("compress_module", NAME)
def int8_qat(network: Network, options: Mapping[str, JsonValue]) -> tuple[Program, PassReport]:
    """Quantisation-aware training: rounding is part of the forward pass, and its gradient is taken as 1.

    Jacob et al., arXiv:1712.05877. Weights are per-channel symmetric, activations per-tensor affine, placed as
    `int8_ptq` places them. BatchNorm trains on batch statistics first; from epoch `freeze_epoch` on (default: the
    second half) it uses its running statistics, as it does once folded, and the activation ranges stand still. Options:
    `freeze_epoch` and those of fine-tuning (`epochs` defaults to 3).

    Raises:
        CompressionError: the module cannot be exported in training mode, or training diverges.
        SpecError: the spec has no [training], or an option does not fit.
    """
    refuse_unknown(NAME, options, ("freeze_epoch", *DEFAULTS))
    training = network.training
    if training is None:
        raise SpecError(f"pass {NAME} trains the network", remedy="Add the table [training] to the spec.")
    tuning = fine_tuning(NAME, network, {"epochs": EPOCHS, **options})
    freeze = int(options.get("freeze_epoch", (tuning.epochs + 1) // 2))

    prepared = prepare_qat_pt2e(_training_graph(network), Int8TrainingQuantizer())

    def on_epoch(epoch: int) -> None:
        if epoch >= freeze:
            move_exported_model_to_eval(prepared)
            prepared.apply(disable_observer)
        else:
            move_exported_model_to_train(prepared)

    fine_tune(NAME, network, prepared, tuning, on_epoch=on_epoch)
    move_exported_model_to_eval(prepared)
    prepared.apply(disable_observer)
    trained = predictions(prepared, training.data.evaluation)

    float_program = _float_program(network, prepared)
    rows = rows_of(prepared)
    converted = convert_pt2e(prepared)
    raised = snap_biases(converted)
    remove_identities(converted)
    result = Program(
        exported=export_graph(converted, network.example_inputs),
        example_inputs=network.example_inputs,
        calibration=network.calibration,
        float_program=float_program.exported,
        quantisation=rows,
    )
    deployed = predictions(BatchedProgram(result), training.data.evaluation)
    same = int((trained == deployed).sum())
    notes = [
        f"trained for {tuning.epochs} epochs with int8 in the loop; BatchNorm and ranges stood from epoch {freeze}",
        f"the converted program predicts what the trained one does on {same} of {len(deployed)} evaluation samples",
    ]
    if raised:
        notes.append(f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits")
    before, after = size_of(float_program.exported), size_of(result.exported)
    return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))


def _training_graph(network: Network) -> GraphModule:
    """The module exported in training mode for any batch size, with functional operators."""
    module = copy.deepcopy(network.module).requires_grad_(True).train()
    batch = torch.export.Dim("batch", min=2, max=LARGEST_BATCH)
    # Two samples: with one, torch.export would take the batch size for a constant.
    examples = tuple(torch.cat([tensor, tensor]) for tensor in network.example_inputs)
    try:
        exported = torch.export.export(module, examples, dynamic_shapes=tuple({0: batch} for _ in examples))
    except Exception as error:
        cause = str(error).strip().splitlines()
        raise CompressionError(
            f"pass {NAME}: torch.export cannot capture the network in training mode for any batch size: "
            f"{cause[0] if cause else type(error).__name__}",
            remedy="Keep the batch size out of forward(): x.flatten(1) instead of x.view(1, -1).",
        ) from error
    graph_module = graph_of(exported)
    make_functional(graph_module)
    return graph_module


def _float_program(network: Network, prepared: GraphModule) -> Program:
    """The trained weights in the user's module, captured and folded: the float network that the integers stand for."""
    module = copy.deepcopy(network.module)
    state = module.state_dict()
    trained = prepared.state_dict()
    missing = sorted(set(state) - set(trained))
    if missing:
        raise CompressionError(f"pass {NAME}: the trained graph lost the parameter {missing[0]!r}")
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(trained[name])
    program = capture(_frozen(module), network.example_inputs, network.calibration)
    graph = graph_of(program.exported)
    fold(graph)
    return with_graph(program, graph)


def _frozen(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)
