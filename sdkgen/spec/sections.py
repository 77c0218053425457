"""Restricts a spec to the sections that a step declares: an edit of an undeclared section would not rerun the step."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NoReturn

from sdkgen.spec.values import SdkSpec

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sdk": ("name", "version", "description", "vendor", "license"),
        "model": ("model",),
        "input": ("inputs",),
        "task": ("task",),
        "data": ("data",),
        "training": ("training",),
        "compress": ("passes",),
        "budgets": ("budgets",),
        "search": ("search",),
    }
)
"""Fields of SdkSpec by the section of sdk.toml that they come from."""


class UndeclaredSectionError(AssertionError):
    """A step read a section of the spec that it does not declare: a mistake in sdkgen."""


class _Undeclared:
    """Placeholder for the value of a section that a step does not declare; any use of it raises."""

    def __init__(self, section: str) -> None:
        object.__setattr__(self, "_section", section)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        section = object.__getattribute__(self, "_section")
        raise UndeclaredSectionError(f"the step reads the section [{section}] of the spec and does not declare it")

    __getattr__ = __bool__ = __iter__ = __len__ = __str__ = __repr__ = __format__ = __eq__ = __hash__ = _refuse
    __getitem__ = __contains__ = __lt__ = __deepcopy__ = __reduce_ex__ = __fspath__ = _refuse


def restricted(spec: SdkSpec, sections: Collection[str]) -> SdkSpec:
    """Return `spec` with `origin` and the fields of `sections`; to use another field raises UndeclaredSectionError.

    Args:
        sections: keys of FIELDS, names of platforms, "targets" for all platforms.
    """
    hidden: dict[str, Any] = {
        field: _Undeclared(section) for section, fields in FIELDS.items() if section not in sections for field in fields
    }
    targets = {
        name: value if {name, "targets"} & set(sections) else _Undeclared(f"targets.{name}")
        for name, value in spec.targets.items()
    }
    return replace(spec, targets=targets, **hidden)
