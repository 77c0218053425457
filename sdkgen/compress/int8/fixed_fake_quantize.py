"""Fake quantisation with a range that is calibrated once and stays fixed while the network trains."""

from typing import Any

import torch

from sdkgen.compress.int8.observers import ActivationObserver, PerChannelWeightObserver

from torchao.quantization.pt2e import FakeQuantizeBase  # isort: skip  # after observers, which silences its import


class _Round(torch.autograd.Function):
    """Equals torch.fake_quantize_per_tensor_affine bit for bit, in less than half the time.

    torch's kernel processes one element after the other, and its gradient multiplies by a mask that is converted to
    float first. This one makes four passes of vector instructions, and one for the gradient.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, inverse: float, scale: float, low: int, high: int) -> torch.Tensor:
        steps = (x * inverse).round_()
        ctx.save_for_backward(steps)
        ctx.bounds = low, high
        return steps.clamp(low, high).mul_(scale)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        (steps,) = ctx.saved_tensors
        low, high = ctx.bounds
        # Zero at its bounds and beyond them: whole numbers, so that half a step further out keeps the bounds' own.
        passed = torch.ops.aten.hardtanh_backward(gradient, steps, low - 0.5, high + 0.5)
        return passed, None, None, None, None


class FixedFakeQuantize(FakeQuantizeBase):
    """Observes a tensor until `fix` is called; afterwards rounds it to the values of int8.

    The gradient is 1 inside the range and 0 outside (Jacob et al., arXiv:1712.05877, section 3). On float64 it computes
    in float64, so that nothing but the rounding to int8 is rounded.

    Attributes:
        observer: an ActivationObserver or a PerChannelWeightObserver; it chooses scale and zero point.
    """

    scale: torch.Tensor
    zero_point: torch.Tensor

    def __init__(self, *, observer: type[Any], method: str, quant_min: int, quant_max: int, **keywords: Any) -> None:
        super().__init__()
        self.observer = observer(method=method, quant_min=quant_min, quant_max=quant_max, **keywords)
        self.quant_min, self.quant_max = quant_min, quant_max
        self.dtype, self.qscheme = self.observer.dtype, self.observer.qscheme
        self.is_dynamic = False
        self.ch_axis = getattr(self.observer, "ch_axis", -1)
        self.fixed = False

    @property
    def is_per_channel(self) -> bool:
        """Whether the tensor is a weight."""
        return isinstance(self.observer, PerChannelWeightObserver)

    def fix(self) -> None:
        """End the calibration and fix scale and zero point, of weights as well."""
        scale, zero_point = self.observer.calculate_qparams()
        self.register_buffer("scale", scale.detach().float())
        self.register_buffer("zero_point", zero_point.to(torch.int32))
        self.fixed = True

    def calculate_qparams(self, **keywords: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Scale (float32) and zero point (int64): of shape (), or (channels,) of a weight."""
        return self.scale.float(), self.zero_point.long()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.fixed:
            seen: torch.Tensor = self.observer(x)
            return seen
        if x.dtype == torch.float64:
            return (self.integers(x) - self._along(self.zero_point, x)) * self._along(self.scale, x)
        bounds = (self.quant_min, self.quant_max)
        if self.is_per_channel:
            return torch.fake_quantize_per_channel_affine(x, self.scale, self.zero_point, self.ch_axis, *bounds)
        inverse, scale, zero_point = float(1 / self.scale), float(self.scale), int(self.zero_point)
        low, high = (bound - zero_point for bound in bounds)
        # torch declares no types for apply().
        rounded: torch.Tensor = _Round.apply(x, inverse, scale, low, high)  # type: ignore[no-untyped-call]
        return rounded

    def integers(self, x: torch.Tensor) -> torch.Tensor:
        """Return the int8 values of `x` as float64: rounded half to even, computed in float64."""
        quotient = x.detach().double() / self._along(self.scale.double(), x)
        return quotient.round().add(self._along(self.zero_point, x)).clamp(self.quant_min, self.quant_max)

    def _along(self, parameter: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Reshape a parameter per channel to broadcast with `x`."""
        return parameter.reshape(-1, *[1] * (x.dim() - 1)) if self.is_per_channel else parameter


def fake_quantisations(module: torch.nn.Module) -> list[FixedFakeQuantize]:
    """Return the fake quantisations of a prepared graph, each once."""
    return [part for part in module.modules() if isinstance(part, FixedFakeQuantize)]


def calibrate_and_fix(module: torch.nn.Module, samples: torch.Tensor, *, batch: int = 64) -> None:
    """Calibrate all ranges on `samples` (n, …) float32: first the extremes, then the histograms between them."""
    parts = fake_quantisations(module)
    with torch.no_grad():
        for begin_histograms in (False, True):
            for part in parts:
                if begin_histograms and isinstance(part.observer, ActivationObserver):
                    part.observer.start_histogram()
            for start in range(0, len(samples), batch):
                module(samples[start : start + batch])
    for part in parts:
        part.fix()
