"""The delegate's compiler: ExecuTorch calls `preprocess` with the partition; it returns the plan."""

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
    """Content of the plan in addition to the network."""

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


# ExecuTorch calls a static method and would store every compile spec in the .pte next to the plan. The plan's inputs
# from the SDK's spec therefore reach `preprocess` through the context of the calling thread.
_session: ContextVar[_Session] = ContextVar("sdkgen_lowering")


@contextmanager
def lowering(request: Request) -> Iterator[list[Lowered]]:
    """Make `SdkgenBackend` compile for `request` inside the block; yield the list of compiled partitions."""
    session = _Session(request=request)
    token = _session.set(session)
    try:
        yield session.results
    finally:
        _session.reset(token)


class SdkgenBackend(BackendDetails):  # type: ignore[misc]  # ExecuTorch carries no types
    """Backend of ExecuTorch; the class name is its id in the .pte."""

    @classmethod
    def copy_exported_program_for_preprocess(
        cls, edge_program: ExportedProgram, compile_specs: list[CompileSpec]
    ) -> ExportedProgram:
        """Return the program without a copy: `preprocess` only reads, and the weights are most of the program."""
        return edge_program

    @staticmethod
    def preprocess(edge_program: ExportedProgram, compile_specs: list[CompileSpec]) -> PreprocessResult:
        """Compile a partition to a plan (native/README.md).

        Raises:
            ExportError: called outside of `lowering`, or the partition cannot be expressed in a plan.
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
