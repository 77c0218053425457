"""Executes a Core ML program with torch: proves graph, constants and rounding, not the arithmetic of a device."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from sdkgen.coreml.operators import CONSTANT_RULES, RULES
from sdkgen.coreml.program import Constant, Feature, Operation, Program, Type
from sdkgen.errors import PackageError, ProofError

Arithmetic = Literal["float32", "float16", "float64"]
FloatArray = npt.NDArray[np.float32]

_DTYPES = {"float32": torch.float32, "float16": torch.float32, "float64": torch.float64}
_FLOATS = ("float16", "float32")


class Evaluator:
    """A program ready to run on the CPU.

    Args:
        program: as `read_package` returns it.
        arithmetic: "float32": every result in float32, constants as they are stored. "float16": in addition, every
            constant and result that the program declares as float16 is rounded to it. "float64": the exact meaning of
            the program, free of the rounding of sums.

    Raises:
        ProofError: the program holds an operator without a rule here.
        PackageError: a constant is damaged.
    """

    def __init__(self, program: Program, arithmetic: Arithmetic = "float32") -> None:
        unknown = sorted({o.kind for o in program.operations} - {"const", *RULES, *CONSTANT_RULES})
        if unknown:
            first = next(o for o in program.operations if o.kind == unknown[0])
            raise ProofError(
                f"the evaluator of Core ML programs has no rule for the operator {', '.join(unknown)} "
                f"(first met as {first.name!r})",
                remedy="Add one in sdkgen/coreml/operators.",
            )
        self.program = program
        self._dtype = _DTYPES[arithmetic]
        self._rounds = arithmetic == "float16"
        self._constants: dict[str, Any] = {}
        self._steps: list[Operation] = []
        for operation in program.operations:
            if operation.kind == "const" or operation.kind in CONSTANT_RULES:
                self._add_constant(operation)
            else:
                self._steps.append(operation)
        defined = {f.name for f in program.features_in} | {n for o in program.operations for n in o.outputs}
        if not defined.issuperset(program.outputs):
            raise PackageError(f"the program returns {program.outputs}, and does not compute all of them")
        self._last_use = self._find_last_uses()

    def run(
        self,
        inputs: Mapping[str, npt.NDArray[Any]],
        *,
        record: Collection[str] = (),
        replace: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> dict[str, Any]:
        """Execute the program once.

        Args:
            inputs: by feature name: an image as uint8 RGB (height, width, 3), a tensor as float32 of its shape.
            record: names of values that are returned in addition to the outputs.
            replace: arrays that replace computed values (after recording), in the value's own unit; an int8 value as
                integers.

        Returns:
            float32 arrays (int32 for integers) by name; text and dictionary of a classifier as they are.

        Raises:
            PackageError: inputs do not fit, or an operation of the program is inconsistent.
        """
        values: dict[str, Any] = {f.name: self._input(f, inputs) for f in self.program.features_in}
        results: dict[str, Any] = {}
        wanted = {*self.program.outputs, *record}
        with torch.no_grad():
            for index, operation in enumerate(self._steps):
                for name, value in self._execute(operation, values).items():
                    if name in wanted:
                        results[name] = _external(value)
                    if replace is not None and name in replace:
                        value = torch.from_numpy(np.ascontiguousarray(replace[name])).to(value.dtype)
                    values[name] = value
                for name in self._last_use[index]:
                    values.pop(name, None)
        return results

    def _input(self, feature: Feature, inputs: Mapping[str, npt.NDArray[Any]]) -> torch.Tensor:
        if feature.name not in inputs:
            raise PackageError(f"the program's input {feature.name!r} was not given")
        array = inputs[feature.name]
        if feature.kind == "image":
            if array.dtype != np.uint8 or array.shape != (*feature.shape[2:], 3):
                raise PackageError(f"{feature.name!r} must be a uint8 picture {feature.shape[2:]}, not {array.shape}")
            channels = array[:, :, ::-1] if feature.colour_layout == "BGR" else array
            array = channels.transpose(2, 0, 1)[None]
        elif array.shape != feature.shape:
            raise PackageError(f"{feature.name!r} must have the shape {feature.shape}, not {array.shape}")
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._dtype)

    def _add_constant(self, operation: Operation) -> None:
        if len(operation.outputs) != 1:
            raise PackageError(f"constant {operation.name!r} has {len(operation.outputs)} results")
        ((name, kind),) = operation.outputs.items()
        arguments = {key: self._constant_argument(value) for key, value in operation.arguments.items()}
        if operation.kind == "const":
            if "val" not in arguments:
                raise PackageError(f"constant {name!r} has no value")
            value = arguments["val"]
        else:
            value = _apply(operation, CONSTANT_RULES[operation.kind], arguments)
            _check_shape(operation, name, kind, value)
        if kind.kind in _FLOATS:
            value = self._rounded(torch.from_numpy(np.array(value)).to(self._dtype), kind)
        self._constants[name] = value

    def _constant_argument(self, argument: Any) -> Any:
        if isinstance(argument, Constant):
            return argument.value
        if argument not in self._constants:
            raise PackageError(f"the program uses the constant {argument!r} before it is defined")
        value = self._constants[argument]
        return value.numpy() if isinstance(value, torch.Tensor) else value

    def _find_last_uses(self) -> list[list[str]]:
        seen: set[str] = set(self.program.outputs)
        result: list[list[str]] = []
        for operation in reversed(self._steps):
            names: set[str] = set()
            for argument in operation.arguments.values():
                names |= {a for a in (argument if isinstance(argument, tuple) else (argument,)) if isinstance(a, str)}
            unused = {name for name in operation.outputs if name not in seen}
            result.append(sorted((names - seen) | unused))
            seen |= names | unused
        return result[::-1]

    def _execute(self, operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {key: self._resolve(value, values) for key, value in operation.arguments.items()}
        answer = _apply(operation, RULES[operation.kind], arguments)
        answers = answer if isinstance(answer, tuple) else (answer,)
        if len(answers) != len(operation.outputs):
            raise PackageError(f"operation {operation.name!r} ({operation.kind}) gives {len(answers)} results")
        results = {}
        for (name, kind), value in zip(operation.outputs.items(), answers, strict=True):
            if isinstance(value, torch.Tensor):
                _check_shape(operation, name, kind, value)
                value = self._rounded(value, kind)
            results[name] = value
        return results

    def _resolve(self, argument: Any, values: Mapping[str, Any]) -> Any:
        if isinstance(argument, tuple):
            return tuple(self._resolve(item, values) for item in argument)
        if isinstance(argument, Constant):
            value = argument.value
            return self._as_number(value) if isinstance(value, np.ndarray) else value
        if argument in values:
            return values[argument]
        if argument in self._constants:
            return self._constants[argument]
        raise PackageError(f"the program uses {argument!r} before it is computed")

    def _as_number(self, value: npt.NDArray[Any]) -> Any:
        return torch.from_numpy(np.array(value)).to(self._dtype) if value.dtype.kind == "f" else value

    def _rounded(self, value: torch.Tensor, kind: Type) -> torch.Tensor:
        if self._rounds and kind.kind == "float16" and value.is_floating_point():
            return value.to(torch.float16).to(self._dtype)
        return value


def _apply(operation: Operation, rule: Any, arguments: Mapping[str, Any]) -> Any:
    try:
        return rule(**arguments)
    except Exception as error:  # unusual arguments may make a rule raise any type
        cause = str(error).strip().splitlines()
        raise PackageError(
            f"operation {operation.name!r} ({operation.kind}) of the Core ML program cannot be executed: "
            f"{cause[0] if cause else type(error).__name__}"
        ) from error


def _check_shape(operation: Operation, name: str, kind: Type, value: Any) -> None:
    if tuple(value.shape) != kind.shape:
        raise PackageError(
            f"operation {operation.name!r} ({operation.kind}) gives {tuple(value.shape)}, but {name!r} is {kind.shape}"
        )


def _external(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return value.to(torch.float32).numpy() if value.is_floating_point() else value.numpy()
