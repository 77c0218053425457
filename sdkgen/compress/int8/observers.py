"""PT2E observers: statistics per activation and per weight, and the quantisation parameters chosen from them."""

from typing import Any

import torch
from torchao.quantization.pt2e.observer import ObserverBase

from sdkgen.compress.int8.activation_ranges import chosen_range
from sdkgen.compress.int8.ranges import affine_parameters, weight_scale

BINS = 2048
BARS = 64
"""Bins of the histograms in the report; a divisor of BINS."""


class ActivationObserver(ObserverBase):
    """Range of one activation tensor, per-tensor affine int8.

    The first pass over the calibration data finds the minimum and maximum. A second one, begun by `start_histogram`,
    fills a histogram of 2048 bins between them, from which `method` chooses the range; for "output_mse" `add_weighted`
    fills another.

    Args:
        method: as in `activation_ranges.chosen_range`; without a histogram the range is the observed one.
        percentile: of method "percentile".
    """

    def __init__(
        self,
        *,
        method: str,
        dtype: torch.dtype,
        quant_min: int,
        quant_max: int,
        percentile: float = 100.0,
        **keywords: Any,
    ) -> None:
        super().__init__(dtype=dtype, is_dynamic=keywords.get("is_dynamic", False))
        self.method = method
        self.percentile = percentile
        self.quant_min = quant_min
        self.quant_max = quant_max
        self.qscheme = torch.per_tensor_affine
        self.low = torch.inf
        self.high = -torch.inf
        self.histogram: torch.Tensor | None = None
        self.weighted: torch.Tensor | None = None

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.histogram is None:
            low, high = torch.aminmax(x.detach())
            # Python's min and max lose a NaN when it comes second; torch's keep it.
            self.low = float(torch.minimum(low, torch.tensor(self.low)))
            self.high = float(torch.maximum(high, torch.tensor(self.high)))
        elif self.high > self.low:
            self.histogram += torch.histc(x.detach().float(), BINS, self.low, self.high).double()
        return x

    def start_histogram(self) -> None:
        """End the first pass; from here on values are counted between the extremes observed so far."""
        self.histogram = torch.zeros(BINS, dtype=torch.float64)

    def add_weighted(self, x: torch.Tensor, weights: torch.Tensor) -> None:
        """Add to a histogram like the other, in which each value of `x` counts by its weight, shaped like `x`."""
        if self.weighted is None:
            self.weighted = torch.zeros(BINS, dtype=torch.float64)
        if self.high > self.low:
            places = ((x - self.low) * (BINS / (self.high - self.low))).long().clamp_(0, BINS - 1)
            self.weighted += torch.bincount(places.flatten(), weights.flatten().double(), BINS)

    @property
    def is_finite(self) -> bool:
        """Whether the tensor was observed and held neither NaN nor infinity."""
        return bool(torch.isfinite(torch.tensor([self.low, self.high])).all())

    def bars(self) -> tuple[int, ...]:
        """Return the histogram in 64 bins between `low` and `high`, for the report; empty before there is one."""
        if self.histogram is None:
            return ()
        return tuple(int(count) for count in self.histogram.reshape(BARS, -1).sum(1))

    def calculate_qparams(self, **keywords: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scale (float32, shape ()) and zero point (int64, shape ())."""
        low, high = self.low, self.high
        # Without a weight above 0 no output depends on the tensor, and the plain histogram decides.
        counts = self.weighted if self.weighted is not None and float(self.weighted.sum()) > 0 else self.histogram
        if counts is not None:
            low, high = chosen_range(self.method, counts, low, high, percentile=self.percentile)
        return affine_parameters(torch.tensor(low, dtype=torch.float64), torch.tensor(high, dtype=torch.float64))


class PerChannelWeightObserver(ObserverBase):
    """Scales of one weight tensor (out channels on axis `ch_axis`), per-channel symmetric int8 in -127..127.

    Args:
        method: "mse" or "min_max".
        granularity: "channel", or "tensor": all channels have the same scale.
    """

    def __init__(
        self,
        *,
        method: str,
        dtype: torch.dtype,
        quant_min: int,
        quant_max: int,
        ch_axis: int,
        granularity: str = "channel",
        **keywords: Any,
    ) -> None:
        super().__init__(dtype=dtype, is_dynamic=keywords.get("is_dynamic", False))
        self.method = method
        self.granularity = granularity
        self.quant_min = quant_min
        self.quant_max = quant_max
        self.ch_axis = ch_axis
        self.qscheme = torch.per_channel_symmetric
        self.scale: torch.Tensor | None = None

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.scale is None:  # a weight is the same for every sample
            channels_first = x.detach().movedim(self.ch_axis, 0)
            self.scale = weight_scale(channels_first, method=self.method, granularity=self.granularity)
        return x

    def calculate_qparams(self, **keywords: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scales (float32, (channels,)) and zero points (int64, zeros)."""
        assert self.scale is not None, "convert_pt2e runs weight observers that calibration did not"
        return self.scale, torch.zeros_like(self.scale, dtype=torch.int64)
