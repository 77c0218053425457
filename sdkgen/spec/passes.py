"""The compression passes as a spec writes them: their options, and which may follow which, with the reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sdkgen.schema import Table
from sdkgen.spec.tables import TEACHERS_PART, TEMPERATURE, THREADS, Fraction, Rate, Temperature, Threads

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
    """A pass on the module after which the network may be trained again.

    Attributes:
        temperature, distil_weight: default to those of [training.teacher].
        threads: defaults to those of [training].
    """

    level: ClassVar[Level] = "module"
    epochs: Annotated[int, Field(ge=0, le=10_000)] = Field(default=0, description="epochs of training after the pass")
    learning_rate: Rate = Field(default=0.001, description="a number above 0")
    distil: bool = Field(default=False, description="true or false: whether [training.teacher] teaches")
    temperature: Temperature | None = Field(default=None, description=TEMPERATURE)
    distil_weight: Fraction | None = Field(default=None, description=TEACHERS_PART)
    threads: Threads | None = Field(default=None, description=THREADS)


class StructuredPruningTable(FineTuneTable):
    rank: ClassVar[int] = 10
    reason: ClassVar[str] = "it removes channels, and what was done to their weights before would be lost"
    pass_: Literal["structured_pruning"] = Field(alias="pass")
    macs_fraction: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.5, description="the fraction of the multiply-accumulates that may stay, between 0 and 1"
    )
    importance: Literal["l2", "l1", "taylor"] = "l2"
    scope: Literal["global", "layer"] = "global"
    iterations: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="a whole number of steps, 1…100")


class LowRankTable(FineTuneTable):
    rank: ClassVar[int] = 20
    reason: ClassVar[str] = "it replaces layers, so that channels can no longer be removed across them"
    pass_: Literal["low_rank"] = Field(alias="pass")
    energy: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.9, description="the part of the squared singular values that stays, between 0 and 1"
    )
    rank_fraction: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="instead of energy: the rank as a fraction of the full one, between 0 and 1"
    )
    method: Literal["tucker", "cp"] = "tucker"


class MagnitudePruningTable(FineTuneTable):
    rank: ClassVar[int] = 30
    reason: ClassVar[str] = "it sets weights to 0, which a change of the layers afterwards would undo"
    pass_: Literal["magnitude_pruning"] = Field(alias="pass")
    sparsity: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.5, description="the fraction of the weights that becomes 0, between 0 and 1"
    )
    scope: Literal["global", "layer"] = "global"


class ClusterWeightsTable(FineTuneTable):
    rank: ClassVar[int] = 40
    reason: ClassVar[str] = "it gives the weights a palette, which training or zeros set afterwards would break"
    pass_: Literal["cluster_weights"] = Field(alias="pass")
    bits: Literal[4, 6, 8] = Field(default=6, description="4, 6 or 8")


class Int8QatTable(FineTuneTable):
    rank: ClassVar[int] = 90
    reason: ClassVar[str] = "it quantises, and what follows would change quantised weights"
    needs_training: ClassVar[bool] = True
    pass_: Literal["int8_qat"] = Field(alias="pass")
    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(default=3, description="epochs of training, at least 1")
    freeze_epoch: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None, description="the epoch from which BatchNorm and ranges stand still, at least 0"
    )


class FoldBatchNormTable(PassTable):
    level: ClassVar[Level] = "program"
    rank: ClassVar[int] = 50
    reason: ClassVar[str] = "it works on the exported graph, which cannot be trained or pruned any more"
    pass_: Literal["fold_batch_norm"] = Field(alias="pass")


class EqualiseTable(PassTable):
    level: ClassVar[Level] = "program"
    rank: ClassVar[int] = 60
    reason: ClassVar[str] = "it works on the folded graph, which cannot be trained, pruned or folded any more"
    pass_: Literal["equalise"] = Field(alias="pass")
    strength: Fraction = Field(default=0.4, description="the activations' part against the weights', between 0 and 1")


class Int8PtqTable(PassTable):
    level: ClassVar[Level] = "program"
    rank: ClassVar[int] = 90
    reason: ClassVar[str] = "it quantises, and what follows would change quantised weights"
    pass_: Literal["int8_ptq"] = Field(alias="pass")
    activation_range: Literal["mse", "output_mse", "min_max", "percentile", "entropy"] = "mse"
    percentile: Annotated[float, Field(ge=90, le=100)] | None = Field(
        default=None, description='with activation_range = "percentile": the part that is kept, 90…100 (99.99)'
    )
    weight_range: Literal["mse", "min_max"] = "mse"
    weight_granularity: Literal["channel", "tensor"] = "channel"
    rounding: Literal["nearest", "adaround"] = "nearest"
    bias_correction: bool = True
    sensitivity: bool = Field(default=False, description="true or false: whether every layer's damage is measured")


# By name, declared here so that a spec is checked without importing torch.
PASSES: Mapping[str, type[PassTable]] = {
    "structured_pruning": StructuredPruningTable,
    "low_rank": LowRankTable,
    "magnitude_pruning": MagnitudePruningTable,
    "cluster_weights": ClusterWeightsTable,
    "fold_batch_norm": FoldBatchNormTable,
    "equalise": EqualiseTable,
    "int8_ptq": Int8PtqTable,
    "int8_qat": Int8QatTable,
}
QUANTISERS = ("int8_ptq", "int8_qat")
# Pairs that rank alone does not forbid: the later one undoes what the earlier one did.
UNDONE: Mapping[tuple[str, str], str] = {
    ("magnitude_pruning", "int8_qat"): "training moves the weights off 0 again",
    ("cluster_weights", "int8_qat"): "training moves the weights off their palette again",
    ("cluster_weights", "equalise"): "factors per input channel take the weights off their palette",
    ("equalise", "int8_qat"): "it trains the module, which the factors have not reached",
    ("fold_batch_norm", "int8_qat"): "it trains the module with its BatchNorm, and folds it itself",
}


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
            if earlier is not None and (earlier, name) in UNDONE:
                yield index, f'"{name}" cannot follow "{earlier}": {UNDONE[earlier, name]}'
                break
        if PASSES[name].needs_training and not has_training:
            yield index, f'"{name}" trains the network: it needs the table [training]'
    quantisers = [name for name in names if name in QUANTISERS]
    if names and None not in names and not quantisers:
        yield None, 'the last pass must be "int8_ptq" or "int8_qat": the runtime executes int8 networks only'
    if len(set(quantisers)) > 1:
        yield None, '"int8_ptq" and "int8_qat" both quantise; leave one of them out'
