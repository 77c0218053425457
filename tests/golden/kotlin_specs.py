"""Specs that together use every construct of the Kotlin and Swift templates; shared by golden and consumer tests."""

from pathlib import Path
from typing import Literal

from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.spec.values import (
    Budgets,
    DataSpec,
    ImageInput,
    SdkSpec,
    TensorInput,
)
from sdkgen.targets.android import AndroidTarget
from sdkgen.targets.ios import IosTarget
from sdkgen.tasks.classification import ClassificationTask
from sdkgen.tasks.tensor import TensorTask

FINGERPRINT = 0xFEDCBA9876543210  # beyond a signed Long, which Kotlin's is
LABELS = (
    "tabby, tabby cat",
    "Schäferhund",
    "図形",
    'a "quoted" $label\\',
    "👩‍🚀",
    "",
    *(f"class {i}" for i in range(6, 20)),
)


def image(height: int, width: int) -> ImageInput:
    return ImageInput(
        name="image",
        height=height,
        width=width,
        resize="shorter_side",
        resize_to=max(height, width) + 4,
        colour_order="rgb",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )


def spec(
    name: str,
    package: str,
    inputs: tuple[ImageInput | TensorInput, ...],
    task: ClassificationTask | TensorTask,
    description: str = "",
    engines: tuple[Literal["coreml", "neon"], ...] = ("coreml", "neon"),
) -> SdkSpec:
    return SdkSpec(
        origin=Path("sdk.toml"),
        name=name,
        version="1.2.0",
        description=description,
        vendor="Example & Sons",
        license="BSD-3-Clause",
        model=TorchFactory(factory="model:make", arguments={}, weights=None, weights_sha256=None),
        inputs=inputs,
        task=task,
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        passes=(),
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        targets={
            "android": AndroidTarget(package=package, min_sdk=23, abis=("arm64-v8a", "x86_64")),
            "ios": IosTarget(min_ios="16.0", min_macos="13.0", engines=engines, coreml="int8_weights"),
        },
    )


PHOTO_TAGGER = spec(
    "photo_tagger",
    "com.example.phototagger",
    (image(16, 24),),
    ClassificationTask(labels=LABELS, scores="softmax"),
    "Names what a photograph shows.",
)
AWKWARD = spec(
    "object",
    "com.example.in.awkward",
    (
        TensorInput(name="fun", shape=(1, 3)),
        TensorInput(name="in_class", shape=(1, 2, 4, 5)),
        TensorInput(name="class", shape=(1, 7)),
        TensorInput(name="session", shape=(1, 1)),
    ),
    TensorTask(outputs=("class", "val", "größe", "2d$scores")),
    'He said "*/ $x" /* and [link] — 図形, twice.\n\n'
    "@throws Nothing that matters:\n\\u0041, ${1 + 1}, `code` and <b>bold</b>.",
)
SEGMENTER = spec(
    "segmenter", "com.example.segmenter", (image(8, 8),), TensorTask(outputs=("mask",)), engines=("coreml",)
)
CATEGORY = spec(
    "category",
    "com.example.rows",
    (TensorInput(name="row", shape=(1, 3)), TensorInput(name="top_k", shape=(1, 2))),
    ClassificationTask(labels=("a", "b", "c"), scores="identity"),
    "Rows of numbers.",
    engines=("neon",),
)
NAMES_LABELS = (
    "class",
    "protocol",
    "`ticks`",
    'a "quoted" \\(label) ${in} both\\',
    "'single'",
    "line\nbreak\r\n\ttab",
    "*/ // /* \u0022",
    "العربية",
    "ไทย\u0e33",
    "e\u0301 combined",
    "🏳️‍🌈👩‍🚀",
    "",
    " ",
)
NAMES = spec(
    "protocol",
    "com.example.names",
    (
        TensorInput(name="default", shape=(1, 2)),
        TensorInput(name="init", shape=(1, 3)),
        TensorInput(name="self", shape=(1, 1)),
        TensorInput(name="inout", shape=(1, 1)),
        TensorInput(name="object", shape=(1, 1)),
        TensorInput(name="some thing", shape=(1, 1)),
        TensorInput(name='quo"te\\', shape=(1, 1)),
        TensorInput(name="数値", shape=(1, 1)),
        TensorInput(name="Ünï_çode", shape=(1, 2)),
    ),
    ClassificationTask(labels=NAMES_LABELS, scores="softmax"),
    'init: "quotes" \\(interpolation) ${x} $y */ `ticks` — 図形 👩‍🚀 '
    "<b>&amp;</b> # * [link] ``Type``\n\n- Throws: nothing",
)
"""Names, labels and a description made of keywords, quotes, spaces and letters that are not Latin."""
SPECS = {s.name: s for s in (PHOTO_TAGGER, AWKWARD, SEGMENTER, CATEGORY, NAMES)}
