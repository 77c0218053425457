"""Declares the tables of sdk.toml that belong to no plug-in, and the allowed values of each key."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue

from sdkgen.schema import Line, SnakeCase, Table, matches, unique_names

# semver.org, "Is there a suggested regular expression"
SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?",
    re.ASCII,
)


def _unit_scale(value: float) -> float:
    if abs(value) > 10:
        raise ValueError(f"{value:g} looks like units of 0…255; write it in units of 0…1: {value / 255:.6g}")
    return value


def _tensor_shape(value: list[int]) -> list[int]:
    if len(value) not in (2, 4) or value[0] != 1:
        raise ValueError
    return value


def _finite(value: Any) -> Any:
    """Refuse inf and nan, which JSON, and so the fingerprint, cannot represent."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(child)
    return value


Pixels = Annotated[int, Field(ge=1, le=8192)]
Real = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_unit_scale)]
Positive = Annotated[float, Field(allow_inf_nan=False, gt=0), AfterValidator(_unit_scale)]
Dimension = Annotated[int, Field(ge=1, le=2**31 - 1)]
Json = Annotated[JsonValue, AfterValidator(_finite)]
FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)
PATHS = "a non-empty list of paths or patterns relative to this file, or asset:NAME, each in quotes"
LIMIT = "how many of all pictures are used at most, spread evenly over them, at least 1"
VIEWS = 24  # the length of sdkgen.images.VIEW_CROPS


class SdkTable(Table):
    name: SnakeCase = Field(description="snake_case, at most 50 characters: a letter, then letters, digits and _")
    version: Annotated[str, matches(SEMVER)] = Field(description='a semantic version such as "1.0.0"')
    description: Line = Field(default="", description="one line of text")
    vendor: Line = Field(default="", description="one line of text")
    license: Line = Field(default="", description='one line of text, best an SPDX identifier such as "Apache-2.0"')


class ImageTable(Table):
    kind: Literal["image"]
    name: SnakeCase = Field(default="image", description="snake_case, at most 50 characters")
    size: Annotated[list[Pixels], Field(min_length=2, max_length=2)] = Field(
        description="[height, width] in pixels, each 1…8192"
    )
    resize: Literal["shorter_side", "stretch"]
    resize_to: Pixels | None = Field(
        default=None, description="the shorter side in pixels before the centre crop, 1…8192"
    )
    colour_order: Literal["rgb", "bgr"]
    mean: Annotated[list[Real], Field(min_length=3, max_length=3)] = Field(
        description="three finite numbers in units of 0…1, in the colour order"
    )
    std: Annotated[list[Positive], Field(min_length=3, max_length=3)] = Field(
        description="three finite numbers above 0 in units of 0…1, in the colour order"
    )


class TensorEntry(Table):
    name: SnakeCase = Field(description="snake_case, at most 50 characters")
    shape: Annotated[list[Dimension], AfterValidator(_tensor_shape)] = Field(
        description="[1, features] or [1, channels, height, width], each at least 1"
    )


class TensorsTable(Table):
    kind: Literal["tensor"]
    tensors: Annotated[list[TensorEntry], Field(min_length=1, max_length=64), AfterValidator(unique_names)] = Field(
        description='a list of 1…64 tables such as {name = "features", shape = [1, 16]}'
    )


class DataTable(Table):
    calibration: Annotated[list[Line], Field(min_length=1)] = Field(description=PATHS)
    evaluation: Annotated[list[Line], Field(min_length=1)] = Field(description=PATHS)
    calibration_crops: Annotated[int, Field(ge=1, le=VIEWS)] = Field(
        default=1, description=f"how many views of each image are used, 1…{VIEWS}"
    )
    evaluation_crops: Annotated[int, Field(ge=1, le=VIEWS)] = Field(
        default=1, description=f"how many views of each image are used, 1…{VIEWS}"
    )
    calibration_limit: Annotated[int, Field(ge=1)] | None = Field(default=None, description=LIMIT)
    evaluation_limit: Annotated[int, Field(ge=1)] | None = Field(default=None, description=LIMIT)


Rate = Annotated[float, Field(allow_inf_nan=False, gt=0, le=10)]
Temperature = Annotated[float, Field(allow_inf_nan=False, gt=0, le=100)]
Fraction = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Threads = Annotated[int, Field(ge=1, le=256)]
THREADS = "a whole number of threads to train with, 1…256; the result depends on it"
TEMPERATURE = "a number above 0 by which logits are divided in distillation"
TEACHERS_PART = "the teacher's part in the loss, between 0 and 1"


class TeacherTable(Table):
    factory: Annotated[str, matches(FACTORY)] = Field(
        description='"module:function" that makes the teacher; the module is looked up beside this file first'
    )
    arguments: dict[str, Json] = Field(default={}, description="a table of keyword arguments for the factory")
    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(description="a whole number of epochs, at least 1")
    learning_rate: Rate = Field(default=0.003, description="a number above 0")
    temperature: Temperature = Field(default=4.0, description=TEMPERATURE)
    weight: Fraction = Field(default=0.7, description=TEACHERS_PART)
    hint: Annotated[list[Line], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description='two paths of modules, ["of the network", "of the teacher"]'
    )
    hint_weight: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        default=1.0, description="a number above 0: the hint's part in the loss"
    )


class TrainingTable(Table):
    data: Annotated[str, matches(FACTORY)] = Field(
        description='"module:function" that returns the training and the evaluation data set'
    )
    arguments: dict[str, Json] = Field(
        default={}, description='a table of keyword arguments for it; "asset:NAME" becomes a path'
    )
    loss: Literal["cross_entropy"] = "cross_entropy"
    epochs: Annotated[int, Field(ge=0, le=10_000)] = Field(description="a whole number of epochs; 0 trains nothing")
    batch_size: Annotated[int, Field(ge=2, le=65_536)] = Field(default=128, description="a whole number, at least 2")
    learning_rate: Rate = Field(default=0.003, description="a number above 0")
    weight_decay: Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)] = Field(
        default=0.0005, description="a number between 0 and 1"
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(default=0, description="a whole number, at least 0")
    threads: Threads = Field(default=2, description=THREADS)
    teacher: TeacherTable | None = Field(default=None, description="a table [training.teacher]")


class BudgetsTable(Table):
    download_bytes: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="a whole number of bytes above 0: what one ABI, or iOS, adds to an app's download",
    )
    ios_download_bytes: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="a whole number of bytes above 0: what counts for iOS instead of download_bytes"
    )
    min_snr_db: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, description="a finite number of decibels"
    )
    min_top1_agreement: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="a fraction between 0 and 1"
    )


# Tables of inputs by their kind. Plug-ins declare the tables of tasks, model sources and targets.
INPUTS: Mapping[str, type[Table]] = {"image": ImageTable, "tensor": TensorsTable}
TABLES: Mapping[str, type[Table]] = {
    "sdk": SdkTable,
    "data": DataTable,
    "training": TrainingTable,
    "budgets": BudgetsTable,
}
