"""Writes a document in the subset of TOML that an sdk.toml uses: tables, arrays of tables, values on one line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def dump(document: Mapping[str, Any]) -> str:
    """Return text that tomllib reads as `document`; the order of its keys is kept, values before tables."""
    return "\n".join(_table(document, ())).strip() + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Format a table, values first: after a header they would belong to another table."""
    for key, value in table.items():
        if not _is_table(value) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        inner = (*path, key)
        header = ".".join(map(_key, inner))
        if _is_tables(value):
            for entry in value:
                yield from ("", f"[[{header}]]", *_table(entry, inner))
        elif _is_table(value):
            # A table of tables alone needs no header of its own.
            own = not value or any(not _is_table(item) and not _is_tables(item) for item in value.values())
            yield from (*(("", f"[{header}]") if own else ()), *_table(value, inner))


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # A JSON string is a TOML basic string, except that TOML requires DEL to be escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)  # whole numbers and finite floats read the same in both


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)
