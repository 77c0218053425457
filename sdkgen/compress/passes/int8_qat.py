"""Pass "int8_qat": trains with int8 in the loop by PT2E, then converts; the trained integers are the deployed ones."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sdkgen.compress.base import FineTunePass
from sdkgen.errors import SpecError
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.network import Network
    from sdkgen.compress.program import ExportedNetwork

NAME = "int8_qat"


@register("pass", NAME)
class Int8Qat(FineTunePass):
    """Quantisation-aware training: rounding is part of the forward pass, and its gradient is taken as 1.

    Jacob et al., arXiv:1712.05877. Weights are per-channel symmetric, activations per-tensor affine, placed as
    `int8_ptq` places them. Before epoch `freeze_epoch` (default: half of the epochs, rounded down) BatchNorm trains on
    the statistics of each batch and ranges follow the observed values. Then BatchNorm is folded, ranges with the least
    squared error are calibrated, and the folded network is trained further in the arithmetic of the device. In the end
    weights and biases are rounded to their grids.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 90
    reason: ClassVar[str] = "it quantises, and what follows would change quantised weights"
    needs_training: ClassVar[bool] = True
    yields_int8: ClassVar[bool] = True

    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(default=3, description="epochs of training, at least 1")
    freeze_epoch: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None, description="the epoch from which BatchNorm and ranges stand still, at least 0"
    )

    def run(self, network: "Network") -> tuple["ExportedNetwork", PassReport]:
        """Train and quantise a copy of the module.

        Raises:
            CompressionError: the module cannot be exported for any batch size, or training diverges.
            SpecError: an option needs [training] or [training.teacher].
        """
        import copy
        from dataclasses import asdict, replace
        from functools import partial

        import torch

        from sdkgen.compress.int8.bias import snap_biases
        from sdkgen.compress.int8.fixed_fake_quantize import calibrate_and_fix
        from sdkgen.compress.int8.qat import trained_with_batch_norm
        from sdkgen.compress.int8.qat_graphs import folded_graph, with_trained_weights
        from sdkgen.compress.int8.qat_quantizer import Int8TrainingQuantizer
        from sdkgen.compress.int8.quantisation_rows import rows_of
        from sdkgen.compress.int8.snap_to_grid import require_same_integers, snap_to_grid
        from sdkgen.compress.macs import size_of
        from sdkgen.compress.normalise import remove_identities
        from sdkgen.compress.program import ExportedNetwork, export_graph
        from sdkgen.compress.training.evaluate import predictions
        from sdkgen.compress.training.fine_tune import fine_tune, fine_tuning

        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e  # isort: skip

        training = network.training
        if training is None:
            raise SpecError(f"pass {NAME} trains the network", remedy="Add the table [training] to the spec.")
        tuning = fine_tuning(self, network)
        freeze = min(tuning.epochs // 2 if self.freeze_epoch is None else self.freeze_epoch, tuning.epochs)

        if freeze:
            network = network.with_module(trained_with_batch_norm(NAME, network, replace(tuning, epochs=freeze)))
        folded = folded_graph(network)
        prepared = prepare_qat_pt2e(copy.deepcopy(folded), Int8TrainingQuantizer(fixed=True))
        calibrate_and_fix(prepared, torch.cat([sample[0] for sample in network.calibration]))
        rows = rows_of(prepared, folded)
        fine_tune(NAME, network, prepared, replace(tuning, epochs=tuning.epochs - freeze), step="folded")

        float_program = export_graph(with_trained_weights(folded, prepared), network.example_inputs)
        integers = snap_to_grid(prepared)
        trained = copy.deepcopy(prepared).double()  # conversion takes `prepared` apart
        converted = convert_pt2e(prepared)
        raised = snap_biases(converted)
        if not raised:
            require_same_integers(NAME, integers, converted)
        remove_identities(converted)
        result = ExportedNetwork(
            exported=export_graph(converted, network.example_inputs),
            example_inputs=network.example_inputs,
            calibration=network.calibration,
            float_program=float_program,
            quantisation=rows,
            trained_predictions=partial(predictions, trained, training.data.evaluation, torch.float64),
        )
        notes = [
            f"trained for {tuning.epochs} epochs with int8 in the loop, {freeze} of them with BatchNorm beside the "
            "weights",
            f"all {len(integers)} layers: the integers of the program are those that were trained",
        ]
        if raised:
            notes[-1] = f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits"
        before, after = size_of(float_program), size_of(result.exported)
        return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))
