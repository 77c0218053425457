"""Claim: on every labelled evaluation sample the SDK's C API gives the class that the network gave when it was made."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sdkgen.documents.compress import PredictionsDocument
from sdkgen.runtime import FloatArray, Model
from sdkgen.types import Proof

NAME = "c_api_predicts_as_trained"
MOST_DIFFERING = 0.001
"""Largest fraction of other classes for a program that was quantised after training: PyTorch computes it in float32,
the device in integers, and a sum that lies between two int8 values may be rounded either way. A network that was
trained in int8 must agree on every sample."""

Batch = tuple[FloatArray, npt.NDArray[np.int64]]


def classes_of(model: Model, batches: Iterable[Batch]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return predicted class and label of every sample; batches of float32 inputs (n, …) and labels (n,)."""
    predicted, labels = [], []
    for inputs, true in batches:
        predicted += [int(np.argmax(model.run([sample[None]])[0])) for sample in inputs]
        labels.append(true)
    return np.array(predicted, np.int64), np.concatenate(labels)


def c_api_predicts_as_trained(
    *,
    expected: PredictionsDocument,
    predicted: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    host: str,
) -> Proof:
    """Compare the predictions on all samples.

    Args:
        expected: the predictions of the compress step.
        predicted: by the C API.
    """
    differing = np.flatnonzero(predicted != np.asarray(expected.classes, np.int64))
    allowed = 0 if expected.trained_in_int8 else int(MOST_DIFFERING * len(labels))
    top1 = float(np.mean(predicted == labels))
    maker = "the network trained in int8" if expected.trained_in_int8 else "the quantised program under PyTorch"
    passed = len(differing) <= allowed
    summary = f"{len(labels) - len(differing)} of {len(labels)} predictions are those of {maker}"
    first = f", the first other one at sample {differing[0]}" if len(differing) else ""
    return Proof(
        name=NAME,
        host=host,
        status="passed" if passed else "failed",
        reason=f"{summary}{first}; {100 * top1:.2f} % are right.",
        metrics={"samples_count": len(labels), "differing_count": len(differing), "top1": top1},
    )
