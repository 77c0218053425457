"""Loads calibration and evaluation data: pictures or tensors, and the float32 inputs of the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sdkgen.errors import DataError
from sdkgen.images import load_views
from sdkgen.runtime import ByteImage, FloatArray, Library, preprocess_float
from sdkgen.spec.values import SdkSpec, TensorInput
from sdkgen.tensors import read_tensors


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One run of the network.

    Attributes:
        name: of the file, with #index for a view of an image other than the whole.
        picture: uint8 RGB (height, width, 3) of any size, or None for an SDK of plain tensors.
        inputs: float32, one per input of the network, NCHW or (N, features). A picture is resized and cropped by the C
            code that runs on the phone.
    """

    name: str
    picture: ByteImage | None
    inputs: tuple[FloatArray, ...]


def calibration_samples(spec: SdkSpec, library: Library) -> list[Sample]:
    """Load every calibration view of the spec, in order.

    Raises:
        DataError: a file cannot be read, or there is none.
    """
    return _load(
        spec, library, spec.data.calibration, spec.data.calibration_crops, spec.data.calibration_limit, "calibration"
    )


def evaluation_samples(spec: SdkSpec, library: Library) -> list[Sample]:
    """Load every evaluation view of the spec, in order; no compression pass has seen any of them.

    Raises:
        DataError: a file cannot be read, or there is none.
    """
    return _load(
        spec, library, spec.data.evaluation, spec.data.evaluation_crops, spec.data.evaluation_limit, "evaluation"
    )


def _load(
    spec: SdkSpec, library: Library, paths: Sequence[Path], crops: int, limit: int | None, key: str
) -> list[Sample]:
    image = spec.image
    if image is not None:
        samples = [
            Sample(name=view.name, picture=view.pixels, inputs=(preprocess_float(library, image, view.pixels),))
            for view in load_views(paths, crops, limit)
        ]
    else:
        tensors = [tensor for tensor in spec.inputs if isinstance(tensor, TensorInput)]
        samples = [Sample(name=path.name, picture=None, inputs=read_tensors(path, tensors)) for path in paths][:limit]
    if not samples:
        raise DataError(
            f"{spec.origin}: there is no {key} data", remedy=f"Name at least one file under {key} in [data]."
        )
    return samples
