"""The compression passes as a spec writes them: their options, and which may follow which, with the reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sdkgen.spec.tables import Rate, Table

Level = Literal["module", "program"]


class PassTable(Table):
    """One entry of [[compress]].

    Attributes:
        level: what the pass works on: the user's module, which can be trained, or the exported graph, which cannot.
        rank: passes of a spec stand in ascending rank.
        reason: why nothing of a lower rank may follow, a clause that starts with "it".
        needs_training: whether the pass is senseless without a table [training].
    """

    level: ClassVar[Level]
    rank: ClassVar[int]
    reason: ClassVar[str]
    needs_training: ClassVar[bool] = False


class FineTuneTable(PassTable):
    """A pass on the module after which the network may be trained again."""

    level: ClassVar[Level] = "module"
    epochs: Annotated[int, Field(ge=0, le=10_000)] = Field(default=0, description="epochs of training after the pass")
    learning_rate: Rate = Field(default=0.001, description="a number above 0")
    distil: bool = Field(default=False, description="true or false: whether [training.teacher] teaches")
    temperature: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = Field(
        default=4.0, description="a number above 0 by which logits are divided in distillation"
    )
    distil_weight: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.7, description="the teacher's part in the loss, between 0 and 1"
    )


class FoldBatchNormTable(PassTable):
    level: ClassVar[Level] = "program"
    rank: ClassVar[int] = 50
    reason: ClassVar[str] = "it works on the exported graph, which cannot be trained or pruned any more"
    pass_: Literal["fold_batch_norm"] = Field(alias="pass")


class Int8PtqTable(PassTable):
    level: ClassVar[Level] = "program"
    rank: ClassVar[int] = 90
    reason: ClassVar[str] = "it quantises, and what follows would change quantised weights"
    pass_: Literal["int8_ptq"] = Field(alias="pass")
    activation_range: Literal["mse", "min_max"] = "mse"
    weight_range: Literal["mse", "min_max"] = "mse"
    bias_correction: bool = True


# By name, declared here so that a spec is checked without importing torch.
PASSES: Mapping[str, type[PassTable]] = {
    "fold_batch_norm": FoldBatchNormTable,
    "int8_ptq": Int8PtqTable,
}
QUANTISERS = ("int8_ptq", "int8_qat")


def order_mistakes(names: Sequence[str | None], *, has_training: bool) -> Iterator[tuple[int | None, str]]:
    """What is wrong with the passes as a whole: index (None = all of them) and a sentence.

    Args:
        names: in the order of the spec; None for an entry that is wrong by itself.
        has_training: whether the spec has a table [training].
    """
    for index, name in enumerate(names):
        if name is None:
            continue
        if name in names[:index]:
            yield index, f'"{name}" is listed twice; one pass of a kind is enough'
            continue
        for earlier in names[:index]:
            if earlier is not None and PASSES[earlier].rank > PASSES[name].rank:
                yield index, f'"{name}" must come before "{earlier}": {PASSES[earlier].reason}'
                break
        if PASSES[name].needs_training and not has_training:
            yield index, f'"{name}" trains the network: it needs the table [training]'
    quantisers = [name for name in names if name in QUANTISERS]
    if names and None not in names and not quantisers:
        yield None, 'the last pass must be "int8_ptq" or "int8_qat": the runtime executes int8 networks only'
    if len(set(quantisers)) > 1:
        yield None, '"int8_ptq" and "int8_qat" both quantise; leave one of them out'
