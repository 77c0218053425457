"""A search without files: spec and results that are made up."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdkgen.documents.search import Figures
from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.search.configuration import Configuration
from sdkgen.search.figures import Result
from sdkgen.spec.values import (
    Budgets,
    DataSpec,
    ImageInput,
    KnobRange,
    PassSpec,
    SdkSpec,
    SearchLimits,
    SearchPass,
    SearchSpec,
    TrainingSpec,
)
from sdkgen.targets.android import AndroidTarget
from sdkgen.tasks.classification import ClassificationTask

NO_LIMITS = SearchLimits(download_bytes=None, macs=None, instructions=None, min_top1=None)
SEARCH = SearchSpec(
    trials=8,
    sampler="tpe",
    seed=0,
    storage=None,
    tier="neondot",
    prefer="accuracy",
    limits=NO_LIMITS,
    arguments={"width": (0.5, 1.0), "layers": ([1, 2], [2, 2])},
    sizes=((28, 28), (20, 24)),
    passes=(
        SearchPass(
            name="structured_pruning", fixed={"epochs": 1}, knobs={"macs_fraction": KnobRange(low=0.3, high=0.9)}
        ),
        SearchPass(name="cluster_weights", fixed={}, knobs={"bits": (4, 6, 8)}),
        SearchPass(name="int8_ptq", fixed={"bias_correction": True}, knobs={}),
        SearchPass(name="int8_qat", fixed={"epochs": 1}, knobs={}),
    ),
)
IMAGE = ImageInput(
    name="image",
    height=28,
    width=28,
    resize="shorter_side",
    resize_to=32,
    colour_order="rgb",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
)


def spec(search: SearchSpec = SEARCH) -> SdkSpec:
    return SdkSpec(
        origin=Path("nowhere/sdk.toml").resolve(),
        name="sample",
        version="1.0.0",
        description="",
        vendor="",
        license="",
        model=TorchFactory(factory="m:f", arguments={"width": 1.0, "other": 3}, weights=None, weights_sha256=None),
        inputs=(IMAGE,),
        task=ClassificationTask(labels=("a", "b"), scores="softmax"),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        training=TrainingSpec(
            data="d:f",
            arguments={"folder": "x"},
            loss="cross_entropy",
            epochs=1,
            batch_size=8,
            threads=2,
            learning_rate=0.01,
            weight_decay=0.0,
            seed=0,
            teacher=None,
        ),
        passes=(PassSpec(name="int8_ptq", options={}),),
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        search=search,
        targets={"android": AndroidTarget(package="com.example", min_sdk=26, abis=("arm64-v8a",))},
    )


def limited(**limits: Any) -> SearchSpec:
    return replace(SEARCH, limits=replace(NO_LIMITS, **limits))


def result(number: int, top1: float, download: int, instructions: int, macs: int = 1000) -> Result:
    tiers: Mapping[str, int] = {"neon": 3 * instructions, "neondot": instructions, "neoni8mm": instructions // 2}
    return Result(
        number=number,
        configuration=Configuration(arguments={}, size=None, passes=(PassSpec(name="int8_ptq", options={}),)),
        figures=Figures(top1=top1, download_bytes=download, macs=macs, instructions=tiers, parameters=10),
        seconds=1.0,
    )


class Choices:
    """Takes what `wanted` says, else the first choice or the lower end, and remembers what was asked."""

    def __init__(self, **wanted: Any) -> None:
        self.wanted = {name.replace("__", "."): value for name, value in wanted.items()}
        self.asked: list[str] = []

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        self.asked.append(name)
        chosen = self.wanted.get(name, choices[0])
        assert chosen in choices
        return chosen

    def suggest_float(self, name: str, low: float, high: float) -> float:
        self.asked.append(name)
        return float(self.wanted.get(name, low))

    def suggest_int(self, name: str, low: int, high: int) -> int:
        self.asked.append(name)
        return int(self.wanted.get(name, low))
