"""The delegate's compiler: ExecuTorch calls `preprocess` with the partition, it answers with the plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from executorch.exir.backend.backend_details import BackendDetails, PreprocessResult
from executorch.exir.backend.compile_spec_schema import CompileSpec
from torch.export import ExportedProgram

from sdkgen.errors import ExportError
from sdkgen.plan.band_choice import Banded, with_bands
from sdkgen.plan.graph import Graph
from sdkgen.plan.image_table import image_record
from sdkgen.plan.lower import lower
from sdkgen.plan.rewrites import prefer_dying_input
from sdkgen.plan.writer import PlanBytes, write_plan
from sdkgen.spec.values import ImageInput


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the plan holds beside the network."""

    fingerprint: int
    labels: tuple[str, ...]
    image: ImageInput | None


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """One compiled partition: the graph with its bands, and the plan made of it."""

    banded: Banded
    plan: PlanBytes

    @property
    def graph(self) -> Graph:
        return self.banded.graph


@dataclass(frozen=True, kw_only=True)
class _Session:
    request: Request
    results: list[Lowered] = field(default_factory=list)


# ExecuTorch calls a static method and would store every compile spec in the .pte beside the plan, so what the plan
# needs from the SDK's spec reaches `preprocess` through the context of the calling thread.
_session: ContextVar[_Session] = ContextVar("sdkgen_lowering")


@contextmanager
def lowering(request: Request) -> Iterator[list[Lowered]]:
    """While the context is open `SdkgenBackend` compiles for `request`; yields the list of compiled partitions."""
    session = _Session(request=request)
    token = _session.set(session)
    try:
        yield session.results
    finally:
        _session.reset(token)


class SdkgenBackend(BackendDetails):  # type: ignore[misc]  # ExecuTorch carries no types
    """The class name is the backend's id in the .pte."""

    @classmethod
    def copy_exported_program_for_preprocess(
        cls, edge_program: ExportedProgram, compile_specs: list[CompileSpec]
    ) -> ExportedProgram:
        """No copy: `preprocess` only reads, and the weights are most of the program."""
        return edge_program

    @staticmethod
    def preprocess(edge_program: ExportedProgram, compile_specs: list[CompileSpec]) -> PreprocessResult:
        """The plan of a partition (native/README.md).

        Raises:
            ExportError: outside of `lowering`, or what the partition does cannot be expressed in a plan.
        """
        session = _session.get(None)
        if session is None:
            raise ExportError(
                "SdkgenBackend compiles only within sdkgen's own export", remedy="Use sdkgen.engines.neon.pte."
            )
        banded = with_bands(prefer_dying_input(lower(edge_program)))
        graph = banded.graph
        request = session.request
        plan = write_plan(
            graph,
            fingerprint=request.fingerprint,
            labels=request.labels,
            image=image_record(request.image, graph) if request.image is not None else None,
            bands=banded.bands,
        )
        session.results.append(Lowered(banded=banded, plan=plan))
        return PreprocessResult(processed_bytes=plan.data)
