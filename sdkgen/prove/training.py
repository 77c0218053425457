"""Proves an SDK that was trained: runs all labelled evaluation samples through its C API."""

from collections.abc import Iterable

from sdkgen.documents.compress import read_predictions
from sdkgen.layout import Layout
from sdkgen.prove import c_api
from sdkgen.prove.c_api_predicts_as_trained import NAME, Batch, c_api_predicts_as_trained, classes_of
from sdkgen.prove.machine import MACHINE
from sdkgen.prove.verdict import judge
from sdkgen.runtime import Library
from sdkgen.types import Proof


def prove_training(files: Layout, batches: Iterable[Batch]) -> list[Proof]:
    """Run c_api_predicts_as_trained.

    Args:
        files: `predictions`, `pte` and `c_api` are read.
        batches: the labelled evaluation data of [training].

    Raises:
        DataError: a sample is wrong.
        ToolchainError: the C API has not been built.
    """
    library = Library(c_api.require_built(files.c_api))
    expected = read_predictions(files.predictions)
    host = f"C API, {MACHINE}"

    def prove() -> Proof:
        with library.open(files.pte) as model:
            predicted, labels = classes_of(model, batches)
        return c_api_predicts_as_trained(expected=expected, predicted=predicted, labels=labels, host=host)

    return [judge(NAME, host, prove)]
