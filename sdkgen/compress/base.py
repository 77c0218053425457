"""The two kinds of compression passes: on the module, which can be trained, and on the exported graph, which cannot.

A file in sdkgen/compress/passes imports without torch, because every check of a spec imports it: `run` imports the
modules that it computes with.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sdkgen.compress.summary import summarise
from sdkgen.spec.passes import FineTuneTable, PassTable
from sdkgen.types import PassReport, PassSummary

if TYPE_CHECKING:
    from sdkgen.compress.network import Network
    from sdkgen.compress.program import ExportedNetwork


class CompressionPass(PassTable):
    """A pass with a default summary from the measured figures."""

    @classmethod
    def summary(cls, before: Mapping[str, Any], after: Mapping[str, Any]) -> PassSummary:
        """Summarise download, instructions, multiply-accumulates, parameters and accuracy before and after."""
        return summarise(cls.name, before, after, yields_int8=cls.yields_int8)


class ModulePass(CompressionPass):
    """A pass on the user's module."""

    @abstractmethod
    def run(self, network: "Network") -> tuple["Network | ExportedNetwork", PassReport]:
        """Apply the pass to a copy of the module.

        Returns:
            The network with the changed module, in eval mode and without gradients, or the quantised program of a pass
            that quantises while it trains; and what changed.

        Raises:
            CompressionError: the pass does not apply to the network.
            SpecError: an option needs a table that the spec does not have.
        """


class FineTunePass(ModulePass, FineTuneTable):
    """A pass on the user's module after which the network may be trained again."""


class GraphPass(CompressionPass):
    """A pass on the exported graph, which is float32 before it."""

    @abstractmethod
    def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]:
        """Apply the pass to a copy of the graph.

        Raises:
            CompressionError: the pass does not apply, or the outputs change by more than its tolerance.
        """
