"""A network made by a Python function in the spec's folder, with weights from a checkpoint or from training."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field

from sdkgen.files import sha256_file
from sdkgen.registry import register
from sdkgen.schema import Line, Reading, Table, matches
from sdkgen.spec.files import portable
from sdkgen.spec.tables import FACTORY, Json
from sdkgen.spec.values import ModelSource, SdkSpec
from sdkgen.types import JsonValue

if TYPE_CHECKING:
    from torch import nn


class TorchFactoryTable(Table):
    factory: Annotated[str, matches(FACTORY)] = Field(
        description='"module:function"; the module is looked up beside this file first'
    )
    arguments: dict[str, Json] = Field(
        default={}, description="a table of keyword arguments for the factory: strings, finite numbers, booleans, lists"
    )
    weights: Line | None = Field(
        default=None,
        description="the path of a safetensors file or torch checkpoint, relative to this file, or asset:NAME",
    )
    weights_sha256: Annotated[str, matches(re.compile(r"[0-9a-f]{64}"))] | None = Field(
        default=None, description="64 lower-case hexadecimal digits, as sha256sum prints them"
    )
    weights_key: Line | None = Field(
        default=None, description='the state dict in a checkpoint that holds several, for example "state_dict_ema"'
    )


@register("model_source", "factory")
@dataclass(frozen=True, kw_only=True)
class TorchFactory(ModelSource):
    """A function that returns the torch.nn.Module.

    Attributes:
        factory: "module:function"; the module is looked up in the spec's folder first.
        arguments: keyword arguments of the factory.
        weights: safetensors or torch checkpoint, or None to keep the factory's own.
        weights_sha256: lower-case hex digest of the file, or None when not pinned.
        weights_key: key of the state dict in a checkpoint that holds several, or None to take the one that is there.
    """

    factory: str
    arguments: Mapping[str, JsonValue]
    weights: Path | None
    weights_sha256: str | None
    weights_key: str | None = None

    table: ClassVar[type[Table]] = TorchFactoryTable
    paths: ClassVar[tuple[str, ...]] = ("weights",)

    @classmethod
    def read(cls, table: TorchFactoryTable, reading: Reading) -> Self:
        """Convert [model]."""
        weights = None
        if table.weights is not None:
            weights = reading.file(("model", "weights"), table.weights)
        for key in ("weights_sha256", "weights_key"):
            if table.weights is None and getattr(table, key) is not None:
                reading.wrong(("model", key), 'belongs to the key "weights", which is missing')
        return cls(
            factory=table.factory,
            arguments=table.arguments,
            weights=weights,
            weights_sha256=table.weights_sha256,
            weights_key=table.weights_key,
        )

    def make(self, spec: SdkSpec) -> "nn.Module":
        """Call the factory and load the weights, if there are any.

        Raises:
            ModelError: the module or function is missing or raises, or the weights do not fit.
        """
        from sdkgen.models.factory import make_module
        from sdkgen.models.weights import load_weights

        module = make_module(spec, self.factory, self.arguments)
        if self.weights is not None:
            load_weights(module, self.weights, self.weights_sha256, self.weights_key)
        return module

    def identity(self) -> Mapping[str, JsonValue]:
        """Return the factory, its arguments, the SHA-256 of the weights and the key in them."""
        weights = self.weights_sha256
        if weights is None and self.weights is not None:
            weights = sha256_file(self.weights)
        identity = {"factory": self.factory, "arguments": dict(self.arguments), "weights_sha256": weights}
        return identity | self._chosen()

    def section(self, folder: Path) -> JsonValue:
        """Return the keys of the table."""
        return {
            "factory": self.factory,
            "arguments": dict(self.arguments),
            "weights": None if self.weights is None else portable(self.weights, folder),
            "weights_sha256": self.weights_sha256,
            **self._chosen(),
        }

    def _chosen(self) -> dict[str, JsonValue]:
        # Left out where nothing is chosen, so that what was trained or built before the key existed stays valid.
        return {} if self.weights_key is None else {"weights_key": self.weights_key}

    def files(self, folder: Path) -> tuple[Path, ...]:
        """Return the Python files that the factory may consist of, and the weights."""
        package = folder / self.module_name.split(".")[0]
        sources = {*folder.glob("*.py"), *(package.rglob("*.py") if package.is_dir() else ())}
        return (*sorted(sources), *([self.weights] if self.weights else []))

    @property
    def has_weights(self) -> bool:
        """Whether the spec names a checkpoint."""
        return self.weights is not None

    @property
    def module_name(self) -> str:
        """The module of the factory, dotted."""
        return self.factory.partition(":")[0]

    def argument(self, name: str) -> JsonValue:
        """Return the keyword argument `name` or None."""
        return self.arguments.get(name)

    def with_arguments(self, arguments: Mapping[str, JsonValue]) -> Self:
        """Return the factory with these arguments, the others unchanged."""
        return replace(self, arguments={**self.arguments, **arguments})
