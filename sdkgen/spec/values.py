"""The frozen values of a validated sdk.toml; `sdkgen.spec.load` makes them.

Images are uint8 RGB unless stated otherwise; tensors that users see are NCHW, tensors inside the plan NHWC.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from sdkgen.errors import SpecError
from sdkgen.schema import Reading, Table
from sdkgen.tasks.base import Task
from sdkgen.types import JsonValue

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ImageInput:
    """One RGB image. The resize rule is torchvision's: shorter side to `resize_to`, then a centre crop.

    Attributes:
        name: name of the input in the API.
        height, width: size of the network's input in pixels.
        resize: "shorter_side" (then centre crop), "stretch" (both sides, aspect ratio not kept).
        resize_to: length of the shorter side in pixels before the crop; only for "shorter_side".
        colour_order: channel order the network was trained with.
        mean, std: per channel, in units of 0..1, in `colour_order`.
    """

    name: str
    height: int
    width: int
    resize: Literal["shorter_side", "stretch"]
    resize_to: int
    colour_order: Literal["rgb", "bgr"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @property
    def shape(self) -> tuple[int, ...]:
        """NCHW shape of the float32 tensor that the PyTorch module takes."""
        return (1, 3, self.height, self.width)


@dataclass(frozen=True, kw_only=True)
class TensorInput:
    """One float32 tensor; rank 2 (N, features) or 4 (NCHW), N = 1."""

    name: str
    shape: tuple[int, ...]


class ModelSource(ABC):
    """Source of the network: the frozen value of `[model]`, one class per plug-in of the kind "model_source".

    A subclass is a frozen dataclass, registered under the key of `[model]` that only its own tables have.

    Attributes:
        table: validates `[model]`.
        paths: keys of it that name files.
    """

    table: ClassVar[type[Table]]
    paths: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def read(cls, table: Any, reading: Reading) -> Self | None:
        """Convert a valid `table`; mistakes are reported through `reading`."""

    @abstractmethod
    def make(self, spec: "SdkSpec") -> "nn.Module":
        """Make the network, with its weights if it comes with any.

        Raises:
            ModelError: the network cannot be made.
        """

    @abstractmethod
    def identity(self) -> Mapping[str, JsonValue]:
        """Return the identity of the network for the fingerprint: names, and digests of files."""

    @abstractmethod
    def section(self, folder: Path) -> JsonValue:
        """Return the values of the table, for `section_json`; paths relative to `folder`, which holds the spec."""

    @abstractmethod
    def files(self, folder: Path) -> tuple[Path, ...]:
        """Return the files, sorted, that the network is made from; relative paths start at `folder`."""

    @property
    @abstractmethod
    def has_weights(self) -> bool:
        """Whether the source has trained weights; else [training] trains the network."""

    def argument(self, name: str) -> JsonValue:
        """Return the argument `name`, which a search may vary; None if there is no such argument."""
        return None

    def with_arguments(self, arguments: Mapping[str, JsonValue]) -> Self:
        """Return the source with these arguments, the others unchanged.

        Raises:
            SpecError: it takes none.
        """
        raise SpecError(
            "the network takes no arguments that a search could vary",
            remedy="Remove the table [search.arguments].",
        )

    @property
    def module_name(self) -> str | None:
        """Python module in the spec's folder with the network's code, or None."""
        return None


@dataclass(frozen=True, kw_only=True)
class TeacherSpec:
    """A larger network that teaches the SDK's one; trained on the same data, for `epochs`, before anything else.

    Attributes:
        temperature: of distillation; logits are divided by it.
        weight: the teacher's part in the loss of the training from scratch, 0…1; with 0 it serves the passes only.
        hint: paths of two modules, the network's and the teacher's, whose outputs are to be alike; or None.
        hint_weight: of the hint in the loss.
    """

    factory: str
    arguments: Mapping[str, JsonValue]
    epochs: int
    learning_rate: float
    temperature: float
    weight: float
    hint: tuple[str, str] | None
    hint_weight: float


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """Labelled data, and how the network and every fine-tuning after it are trained on it.

    Attributes:
        data: "module:function", looked up in the spec's folder first; returns the training and the evaluation data set.
        arguments: keyword arguments of that function; "asset:NAME" in them becomes the path of the asset.
        loss: on the network's logits.
        epochs: of the training from scratch; 0 trains nothing.
        batch_size: samples per step.
        learning_rate: highest, of AdamW with a one-cycle schedule.
        weight_decay: of AdamW.
        seed: of the weights, the order of the samples and all other random numbers.
        threads: number of threads of the training on every machine: the order of float sums, and so the result, depends
            on it.
        teacher: or None.
    """

    data: str
    arguments: Mapping[str, JsonValue]
    loss: Literal["cross_entropy"]
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int
    threads: int
    teacher: TeacherSpec | None


@dataclass(frozen=True, kw_only=True)
class PassSpec:
    """One compression pass by its registered name, with its options as written in the spec."""

    name: str
    options: Mapping[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Files that calibrate and evaluate, each tuple sorted and disjoint from the other.

    Attributes:
        calibration: images (image input) or .safetensors with one tensor per input name (tensor input).
        evaluation: the same, never used by a compression pass.
        crops: number of views of every image (1 = the image itself; more adds fixed crops and mirrors).
        limit: largest number of pictures, spread evenly over all of them; None = all.
    """

    calibration: tuple[Path, ...]
    evaluation: tuple[Path, ...]
    calibration_crops: int
    evaluation_crops: int
    calibration_limit: int | None = None
    evaluation_limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """Limits of the spec; None = not set. A budget can only tighten a store limit.

    Attributes:
        download_bytes: size that the SDK adds to an app's compressed download, for one ABI of Android or for iOS.
        ios_download_bytes: the same for iOS alone, where the SDK may carry a model for each engine.
        min_snr_db: quantised against float network on the evaluation data.
        min_top1_agreement: fraction of evaluation views with the same top-1 class, 0..1.
    """

    download_bytes: int | None
    min_snr_db: float | None
    min_top1_agreement: float | None
    ios_download_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class KnobRange:
    """A number between `low` and `high`, both included; a whole one when both are."""

    low: int | float
    high: int | float


Knob = KnobRange | tuple[JsonValue, ...]
"""Values from which a search may choose an option: a range, or single values."""


@dataclass(frozen=True, kw_only=True)
class SearchPass:
    """A pass that a trial may use: options that are fixed, and options that it chooses."""

    name: str
    fixed: Mapping[str, JsonValue]
    knobs: Mapping[str, Knob]


@dataclass(frozen=True, kw_only=True)
class SearchLimits:
    """Limits that the best configuration must keep; None = not set.

    Attributes:
        download_bytes: of the weights as int8, deflated.
        macs: multiply-accumulates of one inference.
        instructions: modelled, of one inference on the search's tier.
        min_top1: fraction of the evaluation samples that are classified correctly.
    """

    download_bytes: int | None
    macs: int | None
    instructions: int | None
    min_top1: float | None


@dataclass(frozen=True, kw_only=True)
class SearchSpec:
    """The table [search].

    Attributes:
        trials: finished ones, of all workers together.
        storage: URL of a database that workers share, or None for a file of this build.
        tier: instruction set whose modelled instructions represent latency.
        prefer: the figure that decides among the configurations that keep the limits.
        arguments: of the model's factory, each with the values to choose from.
        sizes: (height, width) of the input to choose from; empty = the spec's own.
        passes: in the order in which a trial runs those that it chooses.
    """

    trials: int
    sampler: Literal["tpe", "nsga2"]
    seed: int
    storage: str | None
    tier: Literal["neon", "neondot", "neoni8mm"]
    prefer: Literal["accuracy", "download", "latency"]
    limits: SearchLimits
    arguments: Mapping[str, tuple[JsonValue, ...]]
    sizes: tuple[tuple[int, int], ...]
    passes: tuple[SearchPass, ...]


@dataclass(frozen=True, kw_only=True)
class SdkSpec:
    """A validated sdk.toml. Paths are absolute; `origin` is the file itself.

    Attributes:
        targets: by name of the platform, the value of its table [targets.NAME]; at least one.
    """

    origin: Path
    name: str
    version: str
    description: str
    vendor: str
    license: str
    model: ModelSource
    inputs: tuple[ImageInput | TensorInput, ...]
    task: Task
    data: DataSpec
    training: TrainingSpec | None = None
    passes: tuple[PassSpec, ...]
    budgets: Budgets
    search: SearchSpec | None = None
    targets: Mapping[str, Any]

    @property
    def image(self) -> ImageInput | None:
        """The image input, or None for an SDK of plain tensors."""
        first = self.inputs[0]
        return first if isinstance(first, ImageInput) else None
