"""Declares the elements of the tables of an sdk.toml: base class, shared field types, conversion of tables to values.

Tasks, targets and model sources declare their own tables with it; `sdkgen.spec` validates and converts them all alike.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

# Path of a value in the document: ("input", "size", 0), ("compress", 1, "weight_range").
Location = tuple[str | int, ...]

SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class Table(BaseModel):
    """A table of the file, which refuses undeclared keys and does not convert between types.

    A field's description completes the sentence "expected …": it is both the documentation and the error message.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Reading(Protocol):
    """Services for converters of valid tables: files in the folder of the sdk.toml, and the list of mistakes."""

    def wrong(self, location: Location, message: str) -> None:
        """Add a mistake; the message continues `[table] key: `."""
        ...

    def file(self, location: Location, name: str) -> Path | None:
        """Return the absolute path of the file `name` (asset:NAME, or relative), or None and add a mistake."""
        ...

    def text_lines(self, location: Location, name: str, what: str) -> tuple[str, ...]:
        """Return the lines of a UTF-8 file, stripped; add a mistake if it is not there, is empty or has a blank line.

        Args:
            what: the content of a line, such as "label".
        """
        ...


class Section(Protocol):
    """Owner of a table, as the registry holds it: a task, a model source, or the section of a target."""

    table: ClassVar[type[Table]]

    def read(self, table: Any, reading: Reading) -> Any:
        """Convert a valid `table` to a value of the spec; None after a mistake that leaves no value."""
        ...


def matches(pattern: re.Pattern[str]) -> AfterValidator:
    """Accept strings that match as a whole."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError
        return value

    return AfterValidator(check)


def one_of(choices: Callable[[], Sequence[str]]) -> AfterValidator:
    """Accept the strings that `choices` returns; it is called at each check, so that plug-ins count."""

    def check(value: str) -> str:
        if value not in choices():
            raise PydanticCustomError("not_one_of", "", {"choices": tuple(choices())})
        return value

    return AfterValidator(check)


def unique_names(value: Sequence[Any]) -> Sequence[Any]:
    """Refuse a list in which a name, or the `name` of a table, occurs twice."""
    names = [getattr(item, "name", item) for item in value]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'the name "{name}" stands more than once')
    return value


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError
    return value


SnakeCase = Annotated[str, matches(SNAKE_CASE)]
Line = Annotated[str, AfterValidator(_one_line)]
