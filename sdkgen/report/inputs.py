"""Inputs of the report: the results of the other stages, read but not interpreted."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdkgen import files
from sdkgen.documents.compress import CompressDocument
from sdkgen.documents.export import ExportDocument
from sdkgen.documents.search import FrontDocument
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Artifact, Limit, Proof

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class MeasuredArtifact:
    """A file of the distribution and its size as a store would transfer it."""

    artifact: Artifact
    download_bytes: int


@dataclass(frozen=True, kw_only=True)
class PlatformInputs:
    """One platform's results.

    Attributes:
        sizes: the package stage's sizes.json: `abis`, `breakdown`, `native`, and the platform's own fields.
        limits: the target's rules, compared with `sizes`.
        download_limit_bytes: the store limit that a download budget can only tighten.
        advisory: rules that bind only some apps, such as App Clips; compared with `sizes` and only reported.
        section: the platform's own section of report.json, or None.
    """

    sizes: Mapping[str, Any]
    limits: tuple[Limit, ...]
    download_limit_bytes: int
    advisory: tuple[Limit, ...] = ()
    section: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """One build's results.

    Attributes:
        compress: compress.json.
        export: export.json.
        platforms: by name of the target.
        proofs: in any order; the report sorts nothing, so the page has the caller's order.
        artifacts: files under dist/<sdk>, paths relative to it.
        environment: name to version of the tools and libraries that built it; no paths and no dates.
        search: front.json of a search that this SDK's configuration may come from, or None.
    """

    spec: SdkSpec
    compress: CompressDocument
    export: ExportDocument
    platforms: Mapping[str, PlatformInputs]
    proofs: tuple[Proof, ...]
    artifacts: tuple[MeasuredArtifact, ...]
    environment: Mapping[str, str]
    search: FrontDocument | None = None


def measure(root: Path, relatives: Iterable[str]) -> tuple[MeasuredArtifact, ...]:
    """Hash and measure files below `root`, sorted by path.

    The download size is min(file, gzip of the file), the estimate that bundletool's `get-size` makes of an APK.
    """
    return tuple(
        MeasuredArtifact(
            artifact=(artifact := files.artifact(root, relative)),
            download_bytes=min(artifact.bytes, _gzip_bytes(root / relative)),
        )
        for relative in sorted(relatives)
    )


def _gzip_bytes(path: Path) -> int:
    compressor = zlib.compressobj(level=6, wbits=zlib.MAX_WBITS | 16)
    count = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            count += len(compressor.compress(chunk))
    return count + len(compressor.flush())
