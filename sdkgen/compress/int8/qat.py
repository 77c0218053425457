"""Pass "int8_qat": trains with int8 in the loop by PT2E, then converts; the trained integers are the deployed ones."""

import copy
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial

import torch
from torch.fx import GraphModule

from sdkgen.compress.int8.bias import snap_biases
from sdkgen.compress.int8.fixed_fake_quantize import calibrate_and_fix
from sdkgen.compress.int8.qat_graphs import folded_graph, training_graph, with_trained_weights
from sdkgen.compress.int8.qat_quantizer import Int8TrainingQuantizer
from sdkgen.compress.int8.quantisation_rows import rows_of
from sdkgen.compress.int8.snap_to_grid import refuse_other_integers, settle
from sdkgen.compress.macs import size_of
from sdkgen.compress.network import Network
from sdkgen.compress.normalise import remove_identities
from sdkgen.compress.program import Program, export_graph, refuse_unknown
from sdkgen.compress.training.evaluate import predictions
from sdkgen.compress.training.fine_tune import DEFAULTS, FineTuning, fine_tune, fine_tuning
from sdkgen.errors import SpecError
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

from torchao.quantization.pt2e import (  # isort: skip  # after the quantizer, which silences its import
    move_exported_model_to_train,
)
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e  # isort: skip

NAME = "int8_qat"
EPOCHS = 3


@register("compress_module", NAME)
def int8_qat(network: Network, options: Mapping[str, JsonValue]) -> tuple[Program, PassReport]:
    """Quantisation-aware training: rounding is part of the forward pass, and its gradient is taken as 1.

    Jacob et al., arXiv:1712.05877. Weights are per-channel symmetric, activations per-tensor affine, placed as
    `int8_ptq` places them. Before epoch `freeze_epoch` (default: half of the epochs, rounded down) BatchNorm trains on
    the statistics of each batch and ranges follow what they see. Then BatchNorm is folded for good, ranges with the
    least squared error are calibrated, and the folded network is trained on in the very arithmetic of the device. In
    the end weights and biases are rounded to their grids. Options: `freeze_epoch` and those of fine-tuning (`epochs`
    defaults to 3).

    Raises:
        CompressionError: the module cannot be exported for any batch size, or training diverges.
        SpecError: the spec has no [training], or an option does not fit.
    """
    refuse_unknown(NAME, options, ("freeze_epoch", *DEFAULTS))
    training = network.training
    if training is None:
        raise SpecError(f"pass {NAME} trains the network", remedy="Add the table [training] to the spec.")
    tuning = fine_tuning(NAME, network, {"epochs": EPOCHS, **options})
    freeze = min(int(options.get("freeze_epoch", tuning.epochs // 2)), tuning.epochs)

    if freeze:
        network = replace(network, module=_trained_with_batch_norm(network, replace(tuning, epochs=freeze)))
    folded = folded_graph(network)
    prepared = prepare_qat_pt2e(copy.deepcopy(folded), Int8TrainingQuantizer(fixed=True))
    calibrate_and_fix(prepared, torch.cat([sample[0] for sample in network.calibration]))
    rows = rows_of(prepared, folded)
    fine_tune(NAME, network, prepared, replace(tuning, epochs=tuning.epochs - freeze), step="folded")

    float_program = export_graph(with_trained_weights(folded, prepared), network.example_inputs)
    integers = settle(prepared)
    trained = copy.deepcopy(prepared).double()  # conversion takes `prepared` apart
    converted = convert_pt2e(prepared)
    raised = snap_biases(converted)
    if not raised:
        refuse_other_integers(NAME, integers, converted)
    remove_identities(converted)
    result = Program(
        exported=export_graph(converted, network.example_inputs),
        example_inputs=network.example_inputs,
        calibration=network.calibration,
        float_program=float_program,
        quantisation=rows,
        trained_predictions=partial(predictions, trained, training.data.evaluation, torch.float64),
    )
    notes = [
        f"trained for {tuning.epochs} epochs with int8 in the loop, {freeze} of them with BatchNorm beside the weights",
        f"all {len(integers)} layers: the integers of the program are those that were trained",
    ]
    if raised:
        notes[-1] = f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits"
    before, after = size_of(float_program), size_of(result.exported)
    return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))


def _trained_with_batch_norm(network: Network, tuning: FineTuning) -> torch.nn.Module:
    """The user's module with the weights and statistics that it has after training with BatchNorm in place."""
    prepared: GraphModule = prepare_qat_pt2e(training_graph(network), Int8TrainingQuantizer(fixed=False))
    move_exported_model_to_train(prepared)
    fine_tune(NAME, network, prepared, tuning, step="batch_norm")
    module = copy.deepcopy(network.module)
    state, trained = module.state_dict(), prepared.state_dict()
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(trained[name])
    return module.eval().requires_grad_(False)
