"""Imports the module that a spec names, from the spec's folder first, and calls the factory in it."""

import difflib
import importlib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.spec.values import SdkSpec
from sdkgen.types import JsonValue


def make_module(spec: SdkSpec, factory: str, arguments: Mapping[str, JsonValue]) -> nn.Module:
    """Import the factory's module, call the factory, "module:function", with `arguments`, and return the module.

    Raises:
        ModelError: the module or function is missing or raises, or its result is no nn.Module.
    """
    made = call_factory(spec, factory, arguments)
    if not isinstance(made, nn.Module):
        hint = f"Write return {made.__name__}() with parentheses." if isinstance(made, type) else ""
        raise ModelError(
            f'the factory "{factory}" returned {_kind(made)}, not a torch.nn.Module',
            remedy=hint or "Let the factory return the network itself.",
        )
    return made


def call_factory(spec: SdkSpec, factory: str, arguments: Mapping[str, JsonValue]) -> object:
    """Call the function `factory`, "module:function"; the module is looked up in the spec's folder first.

    The settings of torch that the user's code changes for its own tensors are set back afterwards.

    Raises:
        ModelError: the module or function is missing or raises.
    """
    folder = spec.origin.parent
    module_name, function_name = factory.split(":")
    with beside(folder, module_name), _torch_defaults():
        function = _find(_import(spec, factory), module_name, function_name)
        try:
            return function(**arguments)
        except (Exception, SystemExit) as error:
            raise raised(spec, f'the factory "{factory}"', error) from error


@contextmanager
def beside(folder: Path, module_name: str) -> Iterator[None]:
    """Put `folder` first on the import path, and restore the path afterwards.

    A module of the same name that was imported from another place, for instance for another spec, is forgotten first.
    What is imported here stays in sys.modules: torch.export looks classes up there later.
    """
    top = module_name.partition(".")[0]
    own_names = {path.stem for path in (*folder.glob("*.py"), *(init.parent for init in folder.glob("*/__init__.py")))}
    if top in own_names and top in sys.stdlib_module_names:
        raise ModelError(
            f'"{top}" beside the spec has the name of a module of Python itself', remedy="Give it another name."
        )
    for name in [name for name in sys.modules if name.partition(".")[0] in own_names]:
        if _is_foreign(name, folder, is_factory=name.partition(".")[0] == top):
            del sys.modules[name]
    path = list(sys.path)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path


@contextmanager
def _torch_defaults() -> Iterator[None]:
    """Set default device, default type, gradients and autocast back to what they were."""
    device, dtype = torch.get_default_device(), torch.get_default_dtype()
    gradients, autocast = torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")
    try:
        yield
    finally:
        if torch.get_default_device() != device:
            torch.set_default_device(None)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradients)
        torch.set_autocast_enabled("cpu", autocast)


def raised(spec: SdkSpec, what: str, error: BaseException) -> ModelError:
    """Make the error for an exception from the user's code: its type, its text, and the user's line that raised it."""
    return ModelError(f"{what} raised {type(error).__name__}: {error}\n  at {user_line(spec, error)}")


def user_line(spec: SdkSpec, error: BaseException) -> str:
    """Return `file:line` of the last line of the user's own code that an exception passed through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    folder = spec.origin.parent.resolve()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(folder)]
    # Code of a package has no line in the spec's folder; then the last line of all.
    frame = (own or frames)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _import(spec: SdkSpec, factory: str) -> ModuleType:
    name = factory.partition(":")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # "a.b" is missing when a or a.b cannot be found; any other name is an import inside it.
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            missing = raised(spec, f'the import of the module "{name}"', error)
            missing.remedy = f'Install what provides "{error.name}" into the environment that runs the build.'
            raise missing from error
        folder = spec.origin.parent
        near = difflib.get_close_matches(name, sorted(path.stem for path in folder.glob("*.py")), n=1)
        raise ModelError(
            f'the module "{name}" of the factory "{factory}" was found neither in {folder} nor installed',
            remedy=f'Did you mean "{near[0]}"?' if near else f"Write the network in {name}.py beside the spec.",
        ) from error
    except (Exception, SystemExit) as error:
        raise raised(spec, f'the import of the module "{name}"', error) from error


def _find(module: ModuleType, module_name: str, function_name: str) -> Callable[..., object]:
    factory = getattr(module, function_name, None)
    if callable(factory):
        function: Callable[..., object] = factory
        return function
    if factory is not None:
        raise ModelError(f'"{function_name}" in the module "{module_name}" is {_kind(factory)}, not a function')
    functions = sorted(name for name, value in vars(module).items() if callable(value) and not name.startswith("_"))
    near = difflib.get_close_matches(function_name, functions, n=1)
    listed = f"It has: {', '.join(functions[:10])}." if functions else "It has no function."
    raise ModelError(
        f'the module "{module_name}" has no function "{function_name}"',
        remedy=f'Did you mean "{near[0]}"?' if near else listed,
    )


def _kind(value: object) -> str:
    if value is None:
        return "None"
    return f"the class {value.__name__}" if isinstance(value, type) else f"a value of type {type(value).__name__}"


def _is_foreign(name: str, folder: Path, *, is_factory: bool) -> bool:
    """Return whether the imported module `name` must be replaced by the one of the same name in `folder`."""
    file = getattr(sys.modules[name], "__file__", None)
    if file is None or Path(file).is_relative_to(folder):
        return False
    # The factory's module replaces any other; its helpers replace other projects' modules, not installed packages.
    return is_factory or not any(Path(file).is_relative_to(prefix) for prefix in (sys.prefix, sys.base_prefix))
