"""The image record's table: normalisation and quantisation of every byte value in one look-up."""

import numpy as np

from sdkgen.errors import ExportError
from sdkgen.plan.format import ImageRecord
from sdkgen.plan.graph import Graph
from sdkgen.spec.values import ImageInput


def image_record(image: ImageInput, graph: Graph) -> ImageRecord:
    """Make the record for a graph whose operator 0 quantises the image.

    Raises:
        ExportError: the graph does not begin with the quantisation of an image.
    """
    first = graph.operators[0]
    quantisation = graph.tensors[first.output].quantisation
    if not graph.quantises_input(first) or quantisation is None or graph.tensors[graph.inputs[0]].shape != image.shape:
        raise ExportError(
            f"the network's first input is {graph.tensors[graph.inputs[0]].shape}, not a quantised image {image.shape}",
            remedy="Compress the model again after changing the input's size in the spec.",
        )
    return ImageRecord(
        resize=image.resize,
        resize_to=image.resize_to,
        colour_order=image.colour_order,
        table=byte_table(image, quantisation.scale, quantisation.zero_point).tobytes(),
    )


def byte_table(image: ImageInput, scale: float, zero_point: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int8]]":
    """Return (3, 256) int8: per channel in the network's order, the quantised value of every byte.

    Every step is the float32 operation of torchvision or quantize_per_tensor: x = byte / 255,
    (x - mean) / std, then round half to even of x times 1/scale, plus the zero point, clamped.
    """
    pixels = np.arange(256, dtype=np.float32) / np.float32(255)
    mean = np.array(image.mean, np.float32)[:, None]
    std = np.array(image.std, np.float32)[:, None]
    normalised = (pixels[None, :] - mean) / std
    scaled = np.rint(normalised * (np.float32(1) / np.float32(scale)))
    return np.asarray(np.clip(scaled + np.float32(zero_point), -128, 127), dtype=np.int8)
