"""Reads and writes a frozen dataclass as a JSON file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from sdkgen.errors import PackageError
from sdkgen.files import write_json
from sdkgen.types import JsonValue

T = TypeVar("T")


def read_document(path: Path, kind: type[T]) -> T:
    """Read the file as a value of the dataclass `kind`; lists become tuples.

    Raises:
        PackageError: the file is missing, is not JSON, or lacks what `kind` declares.
    """
    try:
        return document_of(kind, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise PackageError(
            f"{path}: not a {kind.__name__}: {str(error).splitlines()[0]}",
            remedy="Remove the build folder and build again.",
        ) from error


def document_of(kind: type[T], value: JsonValue) -> T:
    """Convert a JSON value to the dataclass `kind`; lists become tuples.

    Raises:
        ValueError: the value lacks what `kind` declares.
    """
    return TypeAdapter(kind).validate_python(value)


def write_document(path: Path, value: Any) -> None:
    """Write a dataclass as JSON with sorted keys; equal values give equal bytes.

    Raises:
        PackageError: the file cannot be written.
    """
    write_json(path, asdict(value))
