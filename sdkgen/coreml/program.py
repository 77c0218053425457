"""Reads an .mlpackage from disk: the features, and the program with all its constants."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sdkgen.coreml.weights import STORED, Array, WeightFile
from sdkgen.errors import PackageError

Value = Array | str | bool | tuple[Any, ...]
"""A constant: an array of any rank, a string, a boolean, or a tuple of them."""


@dataclass(frozen=True, kw_only=True)
class Type:
    """Type of a tensor: element type such as "float16" or "int8", and extents. Other types have only a `kind`."""

    kind: str
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step of the program.

    Attributes:
        kind: such as "conv".
        name: as coremltools assigned it.
        arguments: by parameter; a string is the name of a value, a tuple several names; anything else is `Constant`.
        outputs: names and types.
    """

    kind: str
    name: str
    arguments: Mapping[str, Any]
    outputs: Mapping[str, Type]


@dataclass(frozen=True)
class Constant:
    """An argument that is written out at the operation."""

    value: Value


@dataclass(frozen=True, kw_only=True)
class Feature:
    """An input or output of the model, as apps use it.

    Attributes:
        kind: "image", "array", "string" or "dictionary".
        colour_layout: "RGB" or "BGR" of an image, else "".
    """

    name: str
    kind: str
    shape: tuple[int, ...] = ()
    element: str = ""
    colour_layout: str = ""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The main function of a package, in execution order.

    Attributes:
        specification_version: 7 for iOS 16, 8 for iOS 17, 9 for iOS 18.
        inputs: names and types in the program.
        outputs: names of values.
        weight_bytes: size of the weight file.
    """

    specification_version: int
    features_in: tuple[Feature, ...]
    features_out: tuple[Feature, ...]
    inputs: Mapping[str, Type]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
    metadata: Mapping[str, str]
    weight_bytes: int

    def constant(self, operation: Operation, parameter: str) -> Value | None:
        """Return the value of a parameter that is a plain constant; None when it is left out or computed."""
        argument = operation.arguments.get(parameter)
        if isinstance(argument, Constant):
            return argument.value
        source = next((o for o in self.operations if o.kind == "const" and argument in o.outputs), None)
        return None if source is None else self.constant(source, "val")


def read_package(package: Path) -> Program:
    """Read a package as a device would: the manifest names the model, the model the weights.

    Raises:
        PackageError: a file is missing or damaged, or the package holds something else than one ML program.
    """
    model_file = package / "Data" / _root_model(package)
    from google.protobuf.message import DecodeError

    from sdkgen.log_filters import silence_import_noise

    silence_import_noise()
    from coremltools.proto import Model_pb2

    model = Model_pb2.Model()
    try:
        model.ParseFromString(model_file.read_bytes())
    except DecodeError as error:
        raise PackageError(f"{model_file}: not a Core ML model ({error})") from error
    except (OSError, ValueError) as error:  # a name with a null byte is a ValueError
        raise PackageError(f"{model_file}: {error}") from error
    functions = model.mlProgram.functions
    if model.WhichOneof("Type") != "mlProgram" or set(functions) != {"main"}:
        raise PackageError(f"{model_file}: not an ML program of one function")
    main = functions["main"]
    if main.opset not in main.block_specializations:
        raise PackageError(f"{model_file}: the program for {main.opset!r} is missing")
    block = main.block_specializations[main.opset]
    reader = _Reader(model_file.parent)
    return Program(
        specification_version=model.specificationVersion,
        features_in=tuple(_feature(f, Model_pb2) for f in model.description.input),
        features_out=tuple(_feature(f, Model_pb2) for f in model.description.output),
        inputs={item.name: reader.type(item.type) for item in main.inputs},
        operations=tuple(reader.operation(operation) for operation in block.operations),
        outputs=tuple(block.outputs),
        metadata=dict(model.description.metadata.userDefined),
        weight_bytes=reader.weight_bytes,
    )


def _root_model(package: Path) -> str:
    try:
        manifest = json.loads((package / "Manifest.json").read_text(encoding="utf-8"))
        path = str(manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"])
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise PackageError(f"{package}: not a Core ML package (Manifest.json: {error})") from error
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise PackageError(f"{package}: Manifest.json names {path!r}, which is outside of the package")
    return path


class _Reader:
    """Turns the protobuf messages of one package into the values of this module."""

    def __init__(self, folder: Path) -> None:
        from coremltools.proto import MIL_pb2

        self._folder = folder
        self._kinds = {number: name.lower() for name, number in MIL_pb2.DataType.items()}
        self._files: dict[str, WeightFile] = {}

    @property
    def weight_bytes(self) -> int:
        return sum((self._folder / name).stat().st_size for name in self._files)

    def type(self, message: Any) -> Type:
        which = message.WhichOneof("type")
        if which != "tensorType":
            return Type(kind=str(which).removesuffix("Type"))
        tensor = message.tensorType
        shape = []
        for dimension in tensor.dimensions:
            if dimension.WhichOneof("dimension") != "constant":
                raise PackageError("a tensor of the program has no fixed shape")
            shape.append(int(dimension.constant.size))
        return Type(kind=self._kinds.get(tensor.dataType, str(tensor.dataType)), shape=tuple(shape))

    def operation(self, message: Any) -> Operation:
        name = str(self.value(message.attributes["name"])) if "name" in message.attributes else ""
        arguments: dict[str, Any] = {}
        for key in sorted(message.inputs):
            bindings = [
                binding.name if binding.WhichOneof("binding") == "name" else Constant(self.value(binding.value))
                for binding in message.inputs[key].arguments
            ]
            arguments[key] = bindings[0] if len(bindings) == 1 else tuple(bindings)
        for key in sorted(set(message.attributes) - {"name"}):
            arguments[key] = Constant(self.value(message.attributes[key]))
        return Operation(
            kind=message.type,
            name=name,
            arguments=arguments,
            outputs={item.name: self.type(item.type) for item in message.outputs},
        )

    def value(self, message: Any) -> Value:
        if message.WhichOneof("value") == "blobFileValue":
            kind = self.type(message.type)
            blob = message.blobFileValue
            return self._file(blob.fileName).read(int(blob.offset), kind.kind, kind.shape)
        immediate = message.immediateValue
        which = immediate.WhichOneof("value")
        if which == "tensor":
            return self._tensor(self.type(message.type), immediate.tensor)
        if which in ("list", "tuple"):
            return tuple(self.value(item) for item in getattr(immediate, which).values)
        raise PackageError(f"a constant of the program is a {which}, which is not supported")

    def _tensor(self, kind: Type, message: Any) -> Value:
        which = message.WhichOneof("value")
        values: Any = getattr(message, which).values if which else ()
        try:
            if kind.kind in ("string", "bool"):
                convert = str if kind.kind == "string" else bool
                return tuple(convert(v) for v in values) if kind.shape else convert(values[0])
            dtype = STORED[kind.kind].dtype if kind.kind in STORED else np.dtype(kind.kind).type
            array: Array = np.frombuffer(values, dtype) if which == "bytes" else np.array(list(values), dtype)
            return array.reshape(kind.shape)
        except (IndexError, OverflowError, TypeError, ValueError) as error:
            raise PackageError(f"a constant of the program is no {kind.kind} {kind.shape}: {error}") from error

    def _file(self, name: str) -> WeightFile:
        relative = name.removeprefix("@model_path/")
        if relative == name or ".." in Path(relative).parts or Path(relative).is_absolute():
            raise PackageError(f"the program's constants are in {name!r}, which is outside of the package")
        if relative not in self._files:
            self._files[relative] = WeightFile(self._folder / relative)
        return self._files[relative]


def _feature(message: Any, model_pb2: Any) -> Feature:
    which = message.type.WhichOneof("Type")
    if which == "imageType":
        image = message.type.imageType
        spaces = {image.RGB: "RGB", image.BGR: "BGR", image.GRAYSCALE: "GRAYSCALE"}
        layout = spaces.get(image.colorSpace, str(image.colorSpace))
        return Feature(
            name=message.name,
            kind="image",
            shape=(1, 3, int(image.height), int(image.width)),
            element="uint8",
            colour_layout=layout,
        )
    if which == "multiArrayType":
        array = message.type.multiArrayType
        return Feature(
            name=message.name,
            kind="array",
            shape=tuple(int(d) for d in array.shape),
            element=type(array).ArrayDataType.Name(array.dataType).lower(),
        )
    return Feature(name=message.name, kind=str(which).removesuffix("Type"))
