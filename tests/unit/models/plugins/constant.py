"""A model source of an app's own: `[model] constant`, a network that gives the same scores for every input."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field

from sdkgen.registry import register
from sdkgen.schema import Reading, Table
from sdkgen.spec.values import ModelSource, SdkSpec

if TYPE_CHECKING:
    from torch import nn


class ConstantTable(Table):
    constant: Annotated[list[float], Field(min_length=1)] = Field(description="a list of scores")


@register("model_source", "constant")
@dataclass(frozen=True, kw_only=True)
class Constant(ModelSource):
    """Scores that do not depend on the input."""

    constant: tuple[float, ...]

    table: ClassVar[type[Table]] = ConstantTable

    @classmethod
    def read(cls, table: ConstantTable, reading: Reading) -> Self:
        return cls(constant=tuple(table.constant))

    def make(self, spec: SdkSpec) -> "nn.Module":
        import torch
        from torch import nn

        linear = nn.Linear(spec.inputs[0].shape[1], len(self.constant))
        with torch.no_grad():
            linear.weight.zero_()
            linear.bias.copy_(torch.tensor(self.constant))
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)

    def identity(self) -> Mapping[str, Any]:
        return {"constant": list(self.constant)}

    def section(self, folder: Path) -> Any:
        return {"constant": list(self.constant)}

    def files(self, folder: Path) -> tuple[Path, ...]:
        return ()

    @property
    def has_weights(self) -> bool:
        return True
