"""Pass "int8_ptq": post-training quantisation to int8 by PT2E with our own quantizer, calibrated on samples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sdkgen.compress.base import GraphPass
from sdkgen.documents.compress import SensitivityRow
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.program import ExportedNetwork

NAME = "int8_ptq"


@register("pass", NAME)
class Int8Ptq(GraphPass):
    """Quantises weights and activations to int8; biases are snapped to the int32 grid of the device.

    `activation_range`: "mse" is the least squared error of the tensor, "output_mse" that of the network's outputs.
    `rounding` of the weights: "adaround" is learned on the calibration samples. `sensitivity` measures the effect of
    each layer in int8 on the outputs.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 90
    reason: ClassVar[str] = "it quantises, and what follows would change quantised weights"
    yields_int8: ClassVar[bool] = True
    prepared_by: ClassVar[tuple[str, ...]] = ("fold_batch_norm",)

    activation_range: Literal["mse", "output_mse", "min_max", "percentile", "entropy"] = "mse"
    percentile: Annotated[float, Field(ge=90, le=100)] = Field(
        default=99.99, description='with activation_range = "percentile": the part that is kept, 90…100 (99.99)'
    )
    weight_range: Literal["mse", "min_max"] = "mse"
    weight_granularity: Literal["channel", "tensor"] = "channel"
    rounding: Literal["nearest", "adaround"] = "nearest"
    bias_correction: bool = Field(default=True, description="true or false: whether biases take up the mean error")
    sensitivity: bool = Field(default=False, description="true or false: whether every layer's damage is measured")

    @model_validator(mode="after")
    def _percentile_is_used(self) -> "Int8Ptq":
        if "percentile" in self.model_fields_set and self.activation_range != "percentile":
            raise ValueError(
                f'percentile is given, but activation_range is "{self.activation_range}"; '
                'set activation_range = "percentile", or remove percentile'
            )
        return self

    def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]:
        """Quantise.

        Raises:
            CompressionError: nothing can be quantised, or a layer gives NaN or infinity.
        """
        from dataclasses import asdict, replace

        from sdkgen.compress.int8.adaround import learn_rounding
        from sdkgen.compress.int8.bias import snap_biases
        from sdkgen.compress.int8.bias_correction import correct_biases
        from sdkgen.compress.int8.ptq import calibrate, calibration_snr_db
        from sdkgen.compress.int8.quantisation_rows import activation_observers, rows_of
        from sdkgen.compress.int8.quantizer import Int8Quantizer
        from sdkgen.compress.int8.sensitivity import sensitivity
        from sdkgen.compress.int8.weight_rows import weight_rows
        from sdkgen.compress.macs import size_of
        from sdkgen.compress.program import graph_of, with_graph

        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e  # isort: skip

        quantizer = Int8Quantizer(
            activation_range=self.activation_range,
            percentile=self.percentile,
            weight_range=self.weight_range,
            weight_granularity=self.weight_granularity,
        )
        prepared = prepare_pt2e(graph_of(program.exported), quantizer)
        if not activation_observers(prepared):
            raise CompressionError(
                f"pass {NAME}: the network holds no operator that can be quantised",
                remedy="docs/operators.md lists what is supported.",
            )
        float_graph = graph_of(program.exported)
        calibrate(prepared, program.calibration)
        rows = rows_of(prepared, float_graph)
        converted = convert_pt2e(prepared)
        learned = None
        if self.rounding == "adaround":
            learned = learn_rounding(converted, float_graph, program.calibration, centred=self.bias_correction)
        if self.bias_correction:
            correct_biases(float_graph, converted, program.calibration)
        raised = snap_biases(converted)
        ranking = sensitivity(float_graph, converted, program.calibration) if self.sensitivity else []
        result = replace(
            with_graph(program, converted),
            float_program=program.exported,
            quantisation=rows,
            weights=weight_rows(float_graph, converted),
            sensitivity=tuple(ranking),
        )

        snr_db = calibration_snr_db(program, result)
        before, after = size_of(program.exported), size_of(result.exported)
        notes = [
            f"activation ranges by {self.activation_range}, weight ranges by {self.weight_range} per "
            f"{self.weight_granularity}, {len(program.calibration)} calibration samples",
            f"{len(rows)} activation tensors in int8; against float {snr_db:.1f} dB on calibration samples",
        ]
        if learned is not None:
            notes.append(
                f"rounding learned for {learned.layers} layers, {learned.moved:.1%} of the weights went the other way; "
                f"the layers' squared error is {learned.error:.2f} of that of rounding to nearest"
            )
        if self.bias_correction:
            notes.append("biases corrected for the mean error of the rounded weights")
        if raised:
            notes.append(f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits")
        if ranking:
            notes.append(_worst(ranking))
        return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))


def _worst(ranking: Sequence[SensitivityRow]) -> str:
    """Describe the most damaging operators in a sentence."""
    worst = [row for row in ranking if row.without_db is not None]
    names = ", ".join(f"{row.name} ({row.alone_db:.1f} dB alone)" for row in worst if row.alone_db is not None)
    first = worst[0].without_db if worst else None
    gain = f"; with the first in float the network would have {first:.1f} dB" if first is not None else ""
    return (
        f"most sensitive: {names}{gain}. The runtime has int8 kernels only, and the last layer's float32 result: "
        "it stays in int8"
    )
