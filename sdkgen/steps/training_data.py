"""The labelled data of [training], as the steps use it."""

from pathlib import Path
from typing import TYPE_CHECKING

from sdkgen.spec.files import ASSET
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.assets import asset_path

if TYPE_CHECKING:
    from sdkgen.compress.training.data import LabelledData


def training_assets(spec: SdkSpec) -> list[Path]:
    """Return the files of the assets that the data factory of [training] gets, those of a folder sorted."""
    assert spec.training is not None
    names = [value for value in spec.training.arguments.values() if isinstance(value, str) and value.startswith(ASSET)]
    paths = [asset_path(name.removeprefix(ASSET)) for name in sorted(names)]
    return [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path]) if file.is_file()]


def load_labelled_data(spec: SdkSpec) -> "LabelledData":
    """Call the data factory of [training] and check its result; reads [input], [task] and [training].

    Raises:
        ModelError: the factory is missing or raises.
        DataError: a sample has another shape, or a label is out of range.
    """
    from sdkgen.compress.training.data import labelled_data
    from sdkgen.models.load import load_data

    assert spec.training is not None
    shape, classes = spec.inputs[0].shape[1:], len(spec.task.class_names)
    return labelled_data(load_data(spec), shape=shape, classes=classes, origin=spec.training.data)
