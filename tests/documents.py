"""Documents with as much in them as a test needs."""

from collections.abc import Mapping, Sequence

from sdkgen.documents.export import ExportDocument, OperatorRow
from sdkgen.types import Artifact


def export_document(operators: Sequence[Mapping[str, str]]) -> ExportDocument:
    """export.json of a plan with operators of these layers and kinds, and no numbers."""
    rows = [
        OperatorRow(
            index=index, macs=0, weight_bytes=0, output_shape=(1, 1), output_bytes=1, in_place=False, **operator
        )
        for index, operator in enumerate(operators)
    ]
    return ExportDocument(
        pte=Artifact(path="a.pte", sha256="0" * 64, bytes=1),
        plan_bytes=0,
        arena_bytes=0,
        arena_bytes_without_bands=0,
        arena_lower_bound_bytes=0,
        arena_aligned_lower_bound_bytes=0,
        band_bytes=0,
        bands=(),
        fingerprint="0x1",
        ops=tuple(rows),
        inputs=(),
        outputs=(),
        macs=0,
        weight_bytes=0,
    )
